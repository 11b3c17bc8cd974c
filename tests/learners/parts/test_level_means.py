import numpy as np
import pytest

from ownproof.core.dataset import Encoded
from ownproof.core.input import Feature
from ownproof.learners.parts.level_means import LevelMeans, outcomes

FEATURES = (Feature("x", "x"), Feature("c", "c", "categorical", 3), Feature("flag", "flag", "categorical", 2))


def encoded(codes: list[float]) -> Encoded:
    columns = [np.arange(len(codes)), codes, np.zeros(len(codes))]
    return Encoded(np.column_stack(columns).astype(np.float32), FEATURES)


def test_a_level_is_its_smoothed_distance_from_the_mean() -> None:
    rows = encoded([0, 0, 1, np.nan])
    means = LevelMeans.fit(rows, outcomes(np.array([1, 1, 0, 0]), 2), None)
    # overall 0.5; level 0: (2 * 0.5) / (2 + 10); level 1 and missing: -0.5 / 11; level 2 was never met
    assert means.table[:, 0] == pytest.approx([1 / 12, -0.5 / 11, 0, -0.5 / 11])
    assert means.width == 1
    wide = means.apply(rows.matrix)
    assert wide.shape == (4, 4)
    assert wide[:, 3] == pytest.approx([1 / 12, 1 / 12, -0.5 / 11, -0.5 / 11])


def test_unknown_codes_count_as_missing() -> None:
    rows = encoded([0, 0, 1, np.nan])
    means = LevelMeans.fit(rows, outcomes(np.array([1, 1, 0, 0]), 2), None)
    assert means.apply(encoded([7, -1]).matrix)[:, 3] == pytest.approx([-0.5 / 11] * 2)


def test_a_row_of_weight_two_is_two_rows() -> None:
    y = np.array([1.0, 4.0, 2.0])
    heavy = LevelMeans.fit(encoded([0, 1, 2]), outcomes(y, 0), np.array([2.0, 1.0, 1.0]))
    z = outcomes(y, 0)[:, 0]
    overall = (2 * z[0] + z[1] + z[2]) / 4
    assert heavy.table[0, 0] == pytest.approx(2 * (z[0] - overall) / 12)


def test_no_row_sees_its_own_outcome() -> None:
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(150), 2).astype(float)
    rows = Encoded(codes[:, None].astype(np.float32), (Feature("id", "id", "categorical", 150),))
    truth = rng.integers(0, 2, 300)
    outcome = outcomes(truth, 2)
    means = LevelMeans.fit(rows, outcome, None)
    told = np.corrcoef(means.apply(rows.matrix)[:, 1], truth)[0, 1]
    honest = np.corrcoef(means.out_of_fold(rows.matrix, outcome, None, seed=1)[:, 1], truth)[0, 1]
    assert told > 0.6
    assert abs(honest) < 0.2


def test_several_classes_get_a_mean_each_ten_at_most() -> None:
    assert outcomes(np.array([0, 2, 1]), 3).tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert outcomes(np.arange(25) % 12, 12).shape == (25, 10)


def test_without_categories_the_matrix_stays_as_it_is() -> None:
    rows = Encoded(np.ones((3, 1), np.float32), (Feature("x", "x"),))
    means = LevelMeans.fit(rows, outcomes(np.array([0, 1, 1]), 2), None)
    assert means.width == 0
    assert means.apply(rows.matrix) is rows.matrix
    assert means.out_of_fold(rows.matrix, outcomes(np.array([0, 1, 1]), 2), None, seed=0) is rows.matrix
