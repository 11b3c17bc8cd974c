"""Every coefficient against hand-worked tables of the literature and against the libraries of the field."""

import krippendorff as reference
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import inter_rater

from ownproof.stats.agreement import cohen, fleiss, gwet, raters
from ownproof.stats.agreement import krippendorff as alpha
from ownproof.stats.agreement.counts import counts
from ownproof.stats.agreement.distances import Nominal, Ratio, Table, interval, ordinal, ratio

NONE = -1
# Krippendorff 2011, "Computing Krippendorff's alpha-reliability": 4 observers, 12 units, values 1 to 5.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
).T - 1  # fmt: skip
PUBLISHED = {"nominal": 0.743, "ordinal": 0.815, "interval": 0.849, "ratio": 0.797}
# Fleiss 1971: 30 patients, 6 psychiatrists, 5 diagnoses is unwieldy; the 10 subjects of 14 raters of his textbook.
FOURTEEN = np.array(
    [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]
)  # fmt: skip


def found(matrix):
    item, rater = np.nonzero(matrix != NONE)
    return counts(item, matrix[item, rater], items=len(matrix), values=int(matrix.max()) + 1)


def distances(made, numbers):
    return {
        "nominal": Nominal(),
        "ordinal": ordinal(made.shares),
        "interval": interval(numbers),
        "ratio": ratio(numbers),
    }


def drawn(seed, items=60, people=4, values=4, missing=0.0):
    draw = np.random.default_rng(seed)
    truth = draw.integers(0, values, items)
    said = np.where(draw.random((items, people)) < 0.6, truth[:, None], draw.integers(0, values, (items, people)))
    return np.where(draw.random(said.shape) < missing, NONE, said)


@pytest.mark.parametrize("scale", list(PUBLISHED))
def test_alpha_is_what_krippendorff_worked_by_hand(scale):
    made = found(OBSERVERS)
    numbers = np.arange(1.0, 6.0)
    value = alpha.sums(made, distances(made, numbers)[scale]).point
    assert value == pytest.approx(PUBLISHED[scale], abs=6e-4)
    data = np.where(OBSERVERS == NONE, np.nan, OBSERVERS + 1.0).T
    assert value == pytest.approx(reference.alpha(reliability_data=data, level_of_measurement=scale), abs=1e-12)


def test_fleiss_is_what_the_textbook_says():
    item = np.repeat(np.arange(10), 14)
    value = np.concatenate([np.repeat(np.arange(5), row) for row in FOURTEEN])
    made = fleiss.sums(counts(item, value, items=10, values=5)).point
    assert made == pytest.approx(0.20993, abs=1e-5)
    assert made == pytest.approx(inter_rater.fleiss_kappa(FOURTEEN), abs=1e-12)


@pytest.mark.parametrize(
    ("table", "kappa"), [([[20, 5], [10, 15]], 0.4), ([[45, 15], [25, 15]], 0.1304), ([[25, 35], [5, 35]], 0.2593)]
)
def test_cohen_of_two_by_two_tables(table, kappa):
    one = np.repeat([0, 0, 1, 1], np.ravel(table))
    two = np.repeat([0, 1, 0, 1], np.ravel(table))
    assert cohen.sums(one, two, values=2).point == pytest.approx(kappa, abs=5e-5)


# Cohen 1968: three diagnoses; weights of his table are not steps, so the library is asked for steps.
DIAGNOSES = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])


@pytest.mark.parametrize("weighting", ["", "linear", "quadratic"])
def test_cohen_is_the_librarys_weighted_or_not(weighting):
    cells = DIAGNOSES.ravel()
    one, two = np.repeat(np.arange(9) // 3, cells), np.repeat(np.arange(9) % 3, cells)
    made = cohen.sums(one, two, values=3, weighting=weighting).point
    assert made == pytest.approx(inter_rater.cohens_kappa(DIAGNOSES, wt=weighting or None).kappa, abs=1e-12)
    if not weighting:
        assert made == pytest.approx(0.492, abs=5e-4)


def test_cohen_of_many_classes_is_the_same_by_groups_of_items():
    draw = np.random.default_rng(0)
    one = draw.integers(0, 90, 6_000)
    two = np.where(draw.random(6_000) < 0.7, one, draw.integers(0, 90, 6_000))
    table = np.zeros((90, 90))
    np.add.at(table, (one, two), 1)
    for weighting in ("", "quadratic"):
        made = cohen.sums(one, two, values=90, weighting=weighting)
        expected = inter_rater.cohens_kappa(table, wt=weighting or None).kappa
        assert made.point == pytest.approx(expected, abs=1e-10)
        assert len(made.shape) < 6_000


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.3]), scale=st.sampled_from(list(PUBLISHED)))
def test_alpha_is_the_librarys_on_any_ratings(seed, missing, scale):
    said = drawn(seed, missing=missing)
    made = found(said)
    numbers = np.array([0.0, 1.0, 2.5, 7.0])
    value = alpha.sums(made, distances(made, numbers)[scale]).point
    data = np.where(said == NONE, np.nan, numbers[said] if scale != "ordinal" else said).T
    assert value == pytest.approx(reference.alpha(reliability_data=data, level_of_measurement=scale), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_fleiss_is_the_librarys_on_any_ratings(seed):
    said = drawn(seed)
    table, _ = inter_rater.aggregate_raters(said)
    assert fleiss.sums(found(said)).point == pytest.approx(inter_rater.fleiss_kappa(table), abs=1e-10)


def test_numbers_of_many_values_are_the_librarys(monkeypatch):
    monkeypatch.setattr(alpha, "VALUES_MOST", 50)
    draw = np.random.default_rng(1)
    values = np.round(np.abs(draw.normal(50, 20, (60, 1)) + draw.normal(0, 5, (60, 4))), 1)
    there = draw.random(values.shape) > 0.2
    numbers, code = np.unique(values[there], return_inverse=True)
    item, _ = np.nonzero(there)
    made = counts(item, code, items=60, values=len(numbers))
    assert len(numbers) > alpha.VALUES_MOST
    data = np.where(there, values, np.nan).T
    for scale, each in (("interval", [interval(numbers)]), ("ratio", [ratio(numbers), Ratio(numbers)])):
        expected = reference.alpha(reliability_data=data, level_of_measurement=scale)
        for distance in each:
            assert alpha.sums(made, distance).point == pytest.approx(expected, abs=1e-9)


def test_any_distance_may_be_a_table():
    said = drawn(5)
    made = found(said)
    steps = np.abs(np.subtract.outer(np.arange(4.0), np.arange(4.0)))
    assert alpha.sums(made, Table(steps**2)).point == pytest.approx(
        alpha.sums(made, interval(np.arange(4.0))).point, abs=1e-12
    )
    assert alpha.sums(made, Table((steps > 0) * 1.0)).point == pytest.approx(
        alpha.sums(made, Nominal()).point, abs=1e-12
    )


def test_gwet_is_what_his_paper_says_where_kappa_is_fooled():
    # Gwet 2008, table 2: 118 and 2 agreed, 5 disputed: AC1 0.95 where kappa is lower by far.
    one = np.repeat([0, 0, 1, 1], [118, 5, 0, 2])
    two = np.repeat([0, 1, 0, 1], [118, 5, 0, 2])
    item = np.arange(125)
    made = counts(np.append(item, item), np.append(one, two), items=125, values=2)
    agreed, share = 120 / 125, (2 * 2 + 5) / 250
    chance = 2 * share * (1 - share)
    assert gwet.sums(made).point == pytest.approx((agreed - chance) / (1 - chance), abs=1e-12)
    assert gwet.sums(made).point == pytest.approx(0.957, abs=1e-3)
    assert cohen.sums(one, two, values=2).point < 0.5


def test_a_rater_against_one_other_is_cohens_kappa():
    said = drawn(7, people=2)
    made = found(said)
    kappa = cohen.sums(said[:, 0], said[:, 1], values=4).point
    for column in (0, 1):
        rater = raters.against_others(made, np.arange(len(said)), said[:, column], Nominal())
        assert rater.point == pytest.approx(kappa, abs=1e-12)


def test_a_rater_who_draws_lots_is_the_lowest():
    said = drawn(8, items=300)
    said[:, 2] = np.random.default_rng(9).integers(0, 4, 300)
    made = found(said)
    kappas = [raters.against_others(made, np.arange(300), said[:, j], Nominal()).point for j in range(4)]
    assert int(np.argmin(kappas)) == 2
    assert abs(kappas[2]) < 0.1


def test_unequal_numbers_of_ratings_are_not_for_fleiss():
    with pytest.raises(ValueError, match="different numbers"):
        fleiss.sums(found(drawn(1, missing=0.3)))
