import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.stats.conformal import Reach, effective, reach, spreads


def covered(found, truth, answers):
    low, high = found.around(answers)
    return float(((low <= truth) & (truth <= high)).mean())


def made(rng, rows, noise=lambda x: 1.0 + 0 * x):
    answers = rng.uniform(0, 10, rows)
    return answers + noise(answers) * rng.normal(size=rows), answers


def fitted(truth, answers, level=0.95, *, weights=None, units=None):
    rows = len(truth)
    return reach(
        truth,
        answers,
        np.ones(rows) if weights is None else weights,
        np.arange(rows) if units is None else units,
        level=level,
    )


def test_the_quantile_leaves_room_for_one_more_row():
    # 19 residuals of 1 to 19: at 90 % the 18th of them, ceil(0.9 * 20), symmetric because 19 < 2 / 0.1
    truth = np.arange(1.0, 20.0) * np.where(np.arange(19) % 2, 1, -1)
    found = fitted(truth, np.zeros(19), 0.9)
    assert found.around(np.array([0.0]))[1][0] == pytest.approx(18.0)
    assert found.low == -found.high


def test_with_too_few_units_no_interval_is_made():
    assert fitted(np.arange(18.0), np.zeros(18)) is None  # 1 / 0.05 - 1 = 19 are needed
    assert fitted(np.arange(19.0), np.zeros(19)) is not None
    grouped = np.arange(200) // 20  # ten groups say as much as ten rows
    assert fitted(np.arange(200.0), np.zeros(200), units=grouped) is None


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.99])
def test_new_rows_are_covered_as_often_as_promised(level):
    rng = np.random.default_rng(0)
    shares = [covered(fitted(*made(rng, 400), level), *made(rng, 2000)) for _ in range(30)]
    assert np.mean(shares) == pytest.approx(level, abs=0.012)


def test_where_noise_grows_with_the_answer_so_does_the_interval():
    rng = np.random.default_rng(1)
    truth, answers = made(rng, 4000, lambda x: 0.2 + x)
    found = fitted(truth, answers)
    low, high = found.around(np.array([1.0, 9.0]))
    assert (high - low)[1] > 4 * (high - low)[0]
    fresh, said = made(rng, 20_000, lambda x: 0.2 + x)
    for part in (said < 2, said > 8):
        assert covered(found, fresh[part], said[part]) == pytest.approx(0.95, abs=0.025)


def test_each_side_is_calibrated_for_itself():
    rng = np.random.default_rng(2)
    answers = rng.uniform(0, 1, 5000)
    found = fitted(answers + rng.exponential(size=5000) - 1.0, answers)
    low, high = (end[0] for end in found.around(np.array([0.5])))
    assert 0.5 - low == pytest.approx(0.975, abs=0.08)  # 1 - F^-1(0.025) of the exponential
    assert high - 0.5 == pytest.approx(2.69, abs=0.25)  # F^-1(0.975) - 1


def test_heavier_rows_decide():
    truth = np.concatenate([np.linspace(-1, 1, 500), np.linspace(-10, 10, 500)])
    late = np.repeat([0.02, 1.0], 500)
    wide, narrow = fitted(truth, np.zeros(1000), weights=late), fitted(truth, np.zeros(1000), weights=late[::-1])
    assert wide.around(np.zeros(1))[1][0] > 9
    assert narrow.around(np.zeros(1))[1][0] < 2


def test_numbers_that_are_never_negative_get_no_negative_end():
    rng = np.random.default_rng(3)
    found = fitted(rng.exponential(size=300), np.full(300, 0.3))
    low, high = found.around(np.array([-5.0, 0.1]))
    assert low.tolist() == [0.0, 0.0]
    assert high[1] > high[0] >= 0.0


def test_a_model_without_an_error_gets_an_interval_without_a_width():
    low, high = fitted(np.arange(100.0), np.arange(100.0)).around(np.array([5.0]))
    assert (low[0], high[0]) == (5.0, 5.0)


def test_units_of_many_rows_count_as_few():
    assert effective(np.ones(10), np.arange(10)) == 10
    assert effective(np.array([1.0, 1.0, 2.0]), np.array([0, 0, 1])) == 2.0


def test_groups_of_fewer_than_fifty_units_are_not_told_apart():
    at, spread, own = spreads(np.ones(99), np.arange(99.0), np.ones(99), behind=99.0)
    assert not own.any()
    assert (len(at), len(spread)) == (1, 1)
    assert len(spreads(np.ones(5000), np.arange(5000.0), np.ones(5000), behind=5000.0)[0]) == 20


def test_what_the_last_window_lacked_widens_the_interval():
    rng = np.random.default_rng(4)
    windows = np.repeat([0, 1, 2], 400)
    truth = np.array([1.0, 1.5, 2.25])[windows] * rng.normal(size=1200)
    later = reach(truth, np.zeros(1200), 0.5 ** (2.0 - windows), np.arange(1200), level=0.9, windows=windows)
    fresh = 2.25 * 1.5 * rng.normal(size=20_000)
    assert covered(later, fresh, np.zeros(20_000)) > 0.87
    plain = fitted(truth, np.zeros(1200), 0.9, weights=0.5 ** (2.0 - windows))
    assert covered(plain, fresh, np.zeros(20_000)) < 0.75


def test_windows_alike_widen_next_to_nothing():
    rng = np.random.default_rng(5)
    truth, windows = rng.normal(size=3000), np.repeat([0, 1, 2], 1000)
    found = reach(truth, np.zeros(3000), np.ones(3000), np.arange(3000), level=0.9, windows=windows)
    assert covered(found, rng.normal(size=50_000), np.zeros(50_000)) == pytest.approx(0.9, abs=0.02)
    alone = reach(truth, np.zeros(3000), np.ones(3000), np.arange(3000), level=0.9, windows=np.zeros(3000, dtype=int))
    assert alone == fitted(truth, np.zeros(3000), 0.9)


@given(st.integers(0, 2**32 - 1), st.integers(19, 99), st.sampled_from([0.5, 0.9, 0.95]))
def test_it_comes_back_from_json_and_holds_its_share_of_the_rows_it_was_made_from(seed, rows, level):
    rng = np.random.default_rng(seed)
    truth, answers = rng.normal(size=rows).round(1), rng.normal(size=rows).round(1)
    found = fitted(truth, answers, level)
    assert Reach.from_json(found.to_json()) == found
    low, high = found.around(answers)
    assert float(((low <= truth + 1e-9) & (truth <= high + 1e-9)).mean()) >= level
