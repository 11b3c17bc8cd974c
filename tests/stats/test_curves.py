"""ROC, precision-recall and calibration of a score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from ownproof.stats import curves

rows = st.lists(st.tuples(st.integers(0, 1), st.integers(-4, 4), st.integers(0, 3)), min_size=1, max_size=30).map(
    lambda r: tuple(map(np.array, zip(*r, strict=True)))
)


def both(truth, weight):
    return weight[truth == 1].sum() > 0 and weight[truth == 0].sum() > 0


def test_auc_of_hanley_and_mcneils_ratings_is_theirs():
    # Hanley and McNeil 1982, table I: 58 normal and 51 abnormal images on a five-point scale; W = 0.893
    normal, abnormal = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
    score = np.repeat([1, 2, 3, 4, 5] * 2, normal + abnormal)
    truth = np.repeat([0, 1], [58, 51])
    assert curves.roc_auc(truth, score)[0] == pytest.approx(0.893, abs=5e-4)


@given(rows)
def test_auc_and_average_precision_agree_with_the_oracle_under_weights_and_ties(case):
    truth, score, weight = case
    auc, ap = curves.roc_auc(truth, score, weight)[0], curves.average_precision(truth, score, weight)[0]
    if both(truth, weight):
        assert auc == pytest.approx(oracle.roc_auc_score(truth, score, sample_weight=weight))
    else:
        assert np.isnan(auc)
    if weight[truth == 1].sum() > 0:
        assert ap == pytest.approx(oracle.average_precision_score(truth, score, sample_weight=weight))
    else:
        assert np.isnan(ap)


@given(rows)
def test_auc_is_symmetric_blind_to_monotone_maps_and_to_row_order(case):
    truth, score, weight = case
    auc = curves.roc_auc(truth, score, weight)
    np.testing.assert_allclose(curves.roc_auc(1 - truth, score, weight), 1 - auc)
    np.testing.assert_allclose(curves.roc_auc(truth, -score, weight), 1 - auc)
    np.testing.assert_allclose(curves.roc_auc(truth, np.exp(score) * 7, weight), auc)
    np.testing.assert_allclose(curves.roc_auc(truth[::-1], score[::-1], weight[::-1]), auc)
    assert np.isnan(auc[0]) or 0 <= auc[0] <= 1


@given(rows)
def test_a_weight_is_a_number_of_equal_rows(case):
    truth, score, weight = case
    spread = np.repeat(np.arange(len(truth)), weight)
    for measure in (curves.roc_auc, curves.average_precision):
        np.testing.assert_allclose(measure(truth, score, weight), measure(truth[spread], score[spread]))


@pytest.mark.parametrize("measure", [curves.roc_auc, curves.average_precision, curves.ece])
def test_each_row_of_weights_gives_its_own_answer(measure):
    draw = np.random.default_rng(0)
    truth, score = draw.integers(0, 2, 2000), draw.random(2000).round(2)
    table = draw.integers(0, 3, (700, 2000))
    np.testing.assert_allclose(measure(truth, score, table), [measure(truth, score, w)[0] for w in table])


def test_a_constant_score_has_an_auc_of_one_half_and_the_share_of_positives_as_average_precision():
    truth = np.array([1, 0, 0, 0])
    assert curves.roc_auc(truth, np.zeros(4)).tolist() == [0.5]
    assert curves.average_precision(truth, np.zeros(4)).tolist() == [0.25]


@pytest.mark.parametrize("truth", [[], [0, 0], [1, 1]])
def test_one_class_or_none_is_unknown(truth):
    assert np.isnan(curves.roc_auc(truth, np.arange(len(truth)))).all()


def test_a_score_that_is_no_number_is_unknown():
    assert np.isnan(curves.roc_auc([0, 1, 1], [0.1, np.nan, 0.4])).all()
    assert np.isnan(curves.average_precision([0, 1, 1], [0.1, np.nan, 0.4])).all()


def test_one_vs_rest_agrees_with_the_oracle_and_leaves_out_absent_classes():
    draw = np.random.default_rng(1)
    proba, truth = draw.dirichlet(np.ones(3), 200), draw.integers(0, 3, 200)
    assert curves.roc_auc_ovr(truth, proba)[0] == pytest.approx(
        oracle.roc_auc_score(truth, proba, multi_class="ovr", average="macro")
    )
    some = truth < 2
    two = [curves.roc_auc(truth[some] == c, proba[some, c])[0] for c in (0, 1)]
    assert curves.roc_auc_ovr(truth[some], proba[some])[0] == pytest.approx(np.mean(two))


def test_the_drawn_curves_are_thin_start_and_end_right_and_keep_the_area():
    draw = np.random.default_rng(2)
    truth = draw.integers(0, 2, 5000)
    score = truth + draw.normal(size=5000)
    roc, pr = curves.roc_points(truth, score), curves.pr_points(truth, score)
    assert max(len(roc.x), len(pr.x)) <= 200
    assert (roc.x[0], roc.y[0], roc.x[-1], roc.y[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(roc.y, roc.x) == pytest.approx(curves.roc_auc(truth, score)[0], abs=2e-3)
    assert (pr.x[-1], pr.y[-1]) == (1.0, pytest.approx(truth.mean()))
    assert (np.diff(roc.x) >= 0).all()
    assert (np.diff(pr.x) >= 0).all()
    at = score >= roc.threshold[50]
    assert roc.y[50] == pytest.approx(at[truth == 1].mean())


def test_a_short_roc_curve_worked_by_hand():
    roc = curves.roc_points([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    assert roc.x.tolist() == [0, 0, 0.5, 0.5, 1]
    assert roc.y.tolist() == [0, 0.5, 0.5, 1, 1]
    assert roc.threshold.tolist() == [np.inf, 0.8, 0.4, 0.35, 0.1]


@pytest.mark.parametrize("spacing", ["count", "width"])
def test_calibration_bins_agree_with_the_rows_in_them(spacing):
    draw = np.random.default_rng(4)
    proba = draw.random(3000)
    truth = (draw.random(3000) < proba).astype(int)
    bins = curves.calibration_bins(truth, proba, 10, spacing=spacing)
    assert len(bins.predicted) == 10
    assert bins.weight.sum() == 3000
    assert float(bins.weight @ bins.observed) == pytest.approx(truth.sum())
    assert float(bins.weight @ bins.predicted) == pytest.approx(proba.sum())
    np.testing.assert_allclose(bins.observed, bins.predicted, atol=0.1)
    assert len(bins.edges) == 11
    assert ((bins.edges[:-1] <= bins.predicted) & (bins.predicted <= bins.edges[1:])).all()


def test_calibration_error_worked_by_hand():
    # bin of 0.1: two rows, share 0.5, gap 0.4; bin of 0.9: two rows, share 1, gap 0.1
    assert curves.ece([0, 1, 1, 1], [0.1, 0.1, 0.9, 0.9])[0] == pytest.approx(0.25)
    assert curves.ece([0, 1, 1, 1], [0.1, 0.1, 0.9, 0.9], [1, 0, 1, 1])[0] == pytest.approx(0.1)
    assert curves.ece([1, 1], [1.0, 1.0])[0] == 0.0


def test_calibration_of_nothing_is_empty_and_unknown():
    assert len(curves.calibration_bins([], [], 10).predicted) == 0
    assert np.isnan(curves.ece([], [])).all()


def test_many_classes_under_many_weightings_have_the_standard_error_of_the_exact_way():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 25, 1500)
    shares = rng.random((1500, 25)) + 0.8 * np.eye(25)[codes]
    counts = np.stack([np.bincount(rng.integers(0, 1500, 1500), minlength=1500) for _ in range(150)])
    fast = curves.roc_auc_ovr(codes, shares, counts)
    exact = np.concatenate([curves.roc_auc_ovr(codes, shares, one) for one in counts])  # one weighting is always exact
    assert fast.std() == pytest.approx(exact.std(), rel=0.05)
    assert np.abs(fast - exact).max() < 0.3 * exact.std()
    same = curves.roc_auc_ovr(codes, shares, np.ones((2, 1500)))
    assert same[0] == pytest.approx(curves.roc_auc_ovr(codes, shares)[0], abs=1e-6)
