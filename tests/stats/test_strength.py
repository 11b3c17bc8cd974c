"""What one column, the order of rows or a gap says about the truth."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from ownproof.stats import strength
from ownproof.stats.curves import roc_auc


def draws(seed=0, n=4000):
    draw = np.random.default_rng(seed)
    return draw, draw.integers(0, 2, n)


def test_a_column_alone_scores_as_its_own_auc_when_it_is_monotone():
    draw, truth = draws()
    column = truth + draw.normal(size=len(truth))
    alone = strength.single_column_auc(strength.bin_codes(column), truth, seed=1)
    assert alone == pytest.approx(roc_auc(truth, column)[0], abs=0.01)


def test_a_column_that_tells_by_its_middle_is_seen_too():
    draw, truth = draws()
    column = np.where(truth == 1, draw.normal(size=len(truth)) * 0.2, draw.normal(size=len(truth)) * 3)
    assert roc_auc(truth, column)[0] == pytest.approx(0.5, abs=0.03)
    assert strength.single_column_auc(strength.bin_codes(column), truth, seed=1) > 0.85


@pytest.mark.parametrize(
    "make",
    [
        lambda draw, n: np.arange(n),
        lambda draw, n: draw.permutation(n),
        lambda draw, n: draw.integers(0, n // 2, n),
        lambda draw, n: np.zeros(n),
        lambda draw, n: strength.bin_codes(draw.normal(size=n)),
    ],
)
def test_ids_constants_and_noise_say_nothing(make):
    draw, truth = draws(3)
    assert strength.single_column_auc(make(draw, len(truth)), truth, seed=1) == pytest.approx(0.5, abs=0.03)


def test_a_copy_says_all_even_with_rare_classes_and_gaps():
    _, truth = draws(4)
    truth = np.where(np.arange(len(truth)) % 20 == 0, 2, truth)
    codes = np.where(truth == 2, -1, truth)
    assert strength.class_aucs(codes, truth, 4, seed=1)[:3] == pytest.approx([1.0, 1.0, 1.0])
    assert np.isnan(strength.class_aucs(codes, truth, 4, seed=1)[3])
    assert strength.single_column_auc(codes, truth, 4, seed=1) == pytest.approx(1.0)


def test_a_small_table_of_noise_is_not_accused():
    worst = 0.0
    for seed in range(40):
        draw, truth = draws(seed, 200)
        worst = max(worst, strength.single_column_auc(strength.bin_codes(draw.normal(size=200)), truth, seed=seed))
    assert worst < 0.7


def test_a_class_of_few_rows_has_no_figure():
    truth = np.array([1] * 19 + [0] * 100)
    assert np.isnan(strength.single_column_auc(truth, truth, seed=0))
    assert np.isnan(strength.class_aucs([], [], 2, seed=0)).all()


def test_the_same_seed_gives_the_same_figure_and_time_is_short():
    draw, truth = draws(5, 40_000)
    codes = strength.bin_codes(draw.normal(size=len(truth)) + truth)
    start = time.process_time()
    first = strength.single_column_auc(codes, truth, seed=7)
    assert time.process_time() - start < 1.0
    assert strength.single_column_auc(codes, truth, seed=7) == first


def test_a_number_explained_by_a_column_has_the_share_that_it_should():
    draw = np.random.default_rng(6)
    signal = draw.normal(size=5000)
    target = signal + draw.normal(size=5000)
    by_value = strength.single_column_r2(strength.bin_codes(signal), target, seed=0, by_rank=False)
    assert by_value == pytest.approx(0.5, abs=0.04)
    assert strength.single_column_r2(strength.bin_codes(signal**2), target, seed=0) < 0.1
    assert strength.single_column_r2(strength.bin_codes(np.exp(target)), np.exp(3 * target), seed=0) > 0.99
    assert strength.single_column_r2(np.arange(5000), target, seed=0) == pytest.approx(0.0, abs=0.01)
    assert np.isnan(strength.single_column_r2([0, 1] * 10, np.ones(20), seed=0))


@given(hn.arrays(float, st.integers(0, 60)), st.integers(1, 9))
def test_bins_keep_the_order_and_gaps_are_their_own(values, bins):
    codes = strength.bin_codes(values, bins)
    assert ((codes == -1) == np.isnan(values)).all()
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    assert (np.diff(codes[known][order]) >= 0).all()
    assert codes.max(initial=-1) < bins


def test_bins_hold_about_the_same_count():
    counts = np.bincount(strength.bin_codes(np.random.default_rng(0).normal(size=1000), 10))
    assert len(counts) == 10
    assert counts.min() >= 99
    assert counts.max() <= 101


def test_runs_worked_by_hand():
    # two kinds, 5 and 5: expected 1 + 2 * 25 / 10 = 6, variance 50 * 40 / (100 * 9) = 20 / 9
    signal = strength.order_signal([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    assert (signal.runs, signal.expected_runs, signal.auc) == (2, 6.0, 1.0)
    assert signal.runs_p == pytest.approx(0.00729, abs=1e-4)
    assert signal.auc_p == pytest.approx(0.00902, abs=1e-4)


def test_a_sorted_and_an_alternating_file_are_seen_and_a_shuffled_one_is_not():
    truth = np.sort(np.random.default_rng(0).integers(0, 3, 900))
    assert strength.order_signal(truth).auc_p < 1e-30
    assert strength.order_signal(np.arange(900) % 2).runs_p < 1e-30
    assert strength.order_signal(np.arange(900) % 2).auc_p > 0.05


def test_p_values_of_shuffled_files_are_even():
    draw = np.random.default_rng(1)
    signals = [strength.order_signal(draw.integers(0, 2, 200)) for _ in range(600)]
    for name in ("auc_p", "runs_p"):
        share = np.mean([getattr(s, name) < 0.1 for s in signals])
        assert 0.06 < share < 0.14
    several = np.mean([strength.order_signal(draw.integers(0, 4, 200)).auc_p < 0.1 for _ in range(600)])
    assert 0.04 < several < 0.12


@pytest.mark.parametrize("truth", [[], [1], [1, 1, 1], [-1, -1]])
def test_one_kind_has_no_order(truth):
    assert np.isnan(strength.order_signal(truth).auc)


def test_gaps_that_tell_are_told_from_gaps_that_do_not():
    draw, truth = draws(8, 2000)
    told = strength.missing_signal((draw.random(2000) < 0.1 + 0.5 * truth), truth)
    assert told.strength > 0.4
    assert told.p_value < 1e-20
    quiet = strength.missing_signal(draw.random(2000) < 0.3, truth)
    assert quiet.strength < 0.06
    assert quiet.p_value > 0.01
    assert quiet.share == pytest.approx(0.3, abs=0.03)
    number = truth + draw.normal(size=2000)
    assert strength.missing_signal_of_numbers(draw.random(2000) < 0.1 + 0.5 * truth, number).p_value < 1e-20
    assert strength.missing_signal_of_numbers(draw.random(2000) < 0.3, number).p_value > 0.01
    assert np.isnan(strength.missing_signal(np.zeros(2000), truth).strength)
    assert np.isnan(strength.missing_signal_of_numbers(np.zeros(2000), number).p_value)


def test_the_chi_squared_test_of_gaps_by_hand():
    # 20 of 50 against 10 of 50: chi2 = 100 (20*40 - 30*10)^2 / (30*70*50*50) = 4.7619
    gap = np.repeat([1, 0, 1, 0], [20, 30, 10, 40])
    truth = np.repeat([0, 1], 50)
    assert strength.missing_signal(gap, truth).p_value == pytest.approx(0.0291, abs=1e-4)
