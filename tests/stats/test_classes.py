"""Measures of decided classes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from ownproof.stats import classes

TRUTH = [0, 0, 0, 0, 1, 1, 2, 2, 2, 2]
SAID = [0, 0, 1, 2, 1, 0, 2, 2, 2, 1]
ALL = (classes.accuracy, classes.balanced_accuracy, classes.macro_f1, classes.weighted_f1)

cases = st.integers(2, 4).flatmap(
    lambda k: st.lists(
        st.tuples(st.integers(0, k - 1), st.integers(0, k - 1), st.integers(0, 3)), min_size=1, max_size=25
    ).map(lambda rows: (k, *map(np.array, zip(*rows, strict=True))))
)


def test_a_confusion_matrix_worked_by_hand():
    assert classes.confusion(TRUTH, SAID, None, 3).tolist() == [[[2, 1, 1], [1, 1, 0], [0, 1, 3]]]


def test_figures_worked_by_hand():
    m = classes.confusion(TRUTH, SAID, None, 3)
    assert classes.accuracy(m).tolist() == [0.6]
    assert classes.balanced_accuracy(m)[0] == pytest.approx((0.5 + 0.5 + 0.75) / 3)
    assert classes.precision(m, 1)[0] == pytest.approx(1 / 3)
    assert classes.recall(m, 1)[0] == pytest.approx(1 / 2)
    assert classes.f1(m, 1)[0] == pytest.approx(0.4)
    assert classes.macro_f1(m)[0] == pytest.approx((4 / 7 + 0.4 + 0.75) / 3)
    assert classes.weighted_f1(m)[0] == pytest.approx(0.4 * 4 / 7 + 0.2 * 0.4 + 0.4 * 0.75)


@given(cases)
def test_measures_agree_with_the_oracle_under_weights(case):
    k, truth, said, weight = case
    m = classes.confusion(truth, said, weight, k)
    if weight.sum() == 0:
        assert all(np.isnan(f(m)).all() for f in ALL)
        return
    np.testing.assert_allclose(m[0], oracle.confusion_matrix(truth, said, labels=range(k), sample_weight=weight))
    assert classes.accuracy(m)[0] == pytest.approx(oracle.accuracy_score(truth, said, sample_weight=weight))
    assert classes.weighted_f1(m)[0] == pytest.approx(
        oracle.f1_score(truth, said, labels=range(k), average="weighted", sample_weight=weight, zero_division=0)
    )
    told = classes.per_class(m)
    precision, recall, f1, support = oracle.precision_recall_fscore_support(
        truth, said, labels=range(k), sample_weight=weight, zero_division=np.nan
    )
    for ours, theirs in zip((told.precision, told.recall, told.support), (precision, recall, support), strict=True):
        np.testing.assert_allclose(ours[0], theirs)
    known = np.isfinite(told.f1[0])
    np.testing.assert_allclose(told.f1[0][known], np.nan_to_num(f1)[known])


@given(cases)
def test_a_weight_is_a_number_of_equal_rows_and_order_does_not_count(case):
    k, truth, said, weight = case
    once = classes.confusion(truth, said, weight, k)
    spread = np.repeat(np.arange(len(truth)), weight)[::-1]
    np.testing.assert_array_equal(once, classes.confusion(truth[spread], said[spread], None, k))
    for measure in ALL:
        value = measure(once)
        assert np.isnan(value).all() or (0 <= value[0] <= 1)


def test_each_row_of_weights_gives_its_own_answer():
    draw = np.random.default_rng(3)
    truth, said, table = draw.integers(0, 3, 400), draw.integers(0, 3, 400), draw.integers(0, 3, (40, 400))
    together = classes.confusion(truth, said, table, 3)
    apart = np.concatenate([classes.confusion(truth, said, w, 3) for w in table])
    np.testing.assert_array_equal(together, apart)


@pytest.mark.parametrize("codes", [[0, 2], [-1, 1]])
def test_a_code_outside_the_classes_is_an_error(codes):
    with pytest.raises(ValueError, match=r"decision must hold codes 0\.\.1"):
        classes.confusion([0, 1], codes, None, 2)


def test_no_rows_at_all_are_unknown_not_an_error():
    m = classes.confusion([], [], None, 2)
    assert all(np.isnan(f(m)).all() for f in ALL)
    assert np.isnan(classes.f1(m)).all()


def test_log_loss_and_brier_agree_with_the_oracle():
    draw = np.random.default_rng(5)
    proba = draw.dirichlet(np.ones(4), 300)
    truth, weight = draw.integers(0, 4, 300), draw.random(300)
    assert classes.log_loss(truth, proba, weight)[0] == pytest.approx(
        oracle.log_loss(truth, proba, sample_weight=weight)
    )
    yes, one = (truth == 1).astype(int), proba[:, 1]
    assert classes.brier(yes, one, weight)[0] == pytest.approx(oracle.brier_score_loss(yes, one, sample_weight=weight))
    assert classes.log_loss(yes, one)[0] == pytest.approx(oracle.log_loss(yes, one))
    two = np.column_stack([1 - one, one])
    assert classes.brier(yes, two)[0] == pytest.approx(2 * classes.brier(yes, one)[0])


def test_a_certain_and_wrong_answer_costs_much_but_not_infinitely_much():
    assert classes.log_loss([1], [0.0])[0] == pytest.approx(34.54, abs=0.01)


def test_a_probability_that_is_no_number_makes_the_loss_unknown():
    assert np.isnan(classes.log_loss([1, 0], [np.nan, 0.2])).all()
    assert np.isnan(classes.brier([1, 0], [np.nan, 0.2])).all()


def test_the_entropy_of_the_shares_is_the_loss_of_always_saying_them():
    assert classes.chance_log_loss([30, 10]) == pytest.approx(
        classes.log_loss([0] * 30 + [1] * 10, np.full(40, 0.25))[0]
    )
    assert np.isnan(classes.chance_log_loss([]))
