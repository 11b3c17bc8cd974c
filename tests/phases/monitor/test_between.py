"""Day effects: what ordinary windows differ by is learnt from them and allowed for."""

import json

import numpy as np
import polars as pl
import pytest

from ownproof.core.watch import Between
from ownproof.phases.monitor.between import larger, learn
from ownproof.phases.monitor.compare import compare
from ownproof.runtime.watch import build, count

KINDS = {"x": "number", "y": "number", "town": "category"}
ROWS = 1000


def day(seed, effect, shift=0.0):
    """A day on which everybody is a little off, and some town is busy."""
    rng = np.random.default_rng(seed)
    off = rng.normal(size=2) * effect
    share = np.array([0.5, 0.3, 0.2]) * np.exp(rng.normal(size=3) * 2 * effect)
    return pl.DataFrame(
        {
            "x": rng.normal(size=ROWS) + off[0] + shift,
            "y": rng.exponential(size=ROWS) * np.exp(off[1]),
            "town": rng.choice(["Bern", "Chur", "Thun"], ROWS, p=share / share.sum()),
        }
    )


def watched(effect):
    reference = build(pl.concat([day(1000 + i, effect) for i in range(60)]), KINDS)
    return reference, [count(reference, day(2000 + i, effect)) for i in range(30)]


@pytest.fixture(scope="module")
def restless():
    return watched(0.1)


def test_the_variance_between_days_is_found_again(restless):
    learnt = learn(*restless)
    assert learnt.windows == 30
    assert learnt.variance["x"]["location"] == pytest.approx(0.01, rel=0.6)
    assert learnt.levels["town"]["Bern"] > 0


def test_days_that_do_not_differ_leave_next_to_nothing_to_allow_for():
    learnt = learn(*watched(0.0))
    assert learnt.variance.get("x", {}).get("location", 0.0) < 0.001


def test_ordinary_days_alarm_without_what_was_learnt_and_hardly_ever_with_it(restless):
    reference, windows = restless
    between = learn(reference, windows)
    days = [count(reference, day(3000 + i, 0.1)) for i in range(30)]
    assert sum(compare(reference, d).alarm for d in days) > 15
    assert sum(compare(reference, d, between=between).alarm for d in days) <= 3
    assert not compare(reference, days[0], history=windows).alarm


def test_a_day_beyond_all_ordinary_ones_still_alarms(restless):
    reference, windows = restless
    found = compare(reference, count(reference, day(9, 0.1, shift=1.0)), history=windows)
    assert [c.column for c in found.columns if c.drift] == ["x"]


def test_few_windows_are_no_history(restless):
    reference, windows = restless
    odd = count(reference, day(9, 0.1, shift=0.3))
    assert compare(reference, odd, history=windows[:19]).to_json() == compare(reference, odd).to_json()
    with pytest.raises(ValueError, match="two windows"):
        learn(reference, windows[:1])


def test_what_was_learnt_survives_json(restless):
    learnt = learn(*restless)
    again = Between.from_json(json.loads(json.dumps(learnt.to_json(), allow_nan=False)))
    assert (again.variance, again.levels, again.windows) == (learnt.variance, learnt.levels, learnt.windows)
    assert again.pairs == pytest.approx(learnt.pairs, rel=1e-3)


def test_what_follows_the_calendar_is_no_drift_in_the_next_window_but_its_gaps_are():
    def month(number, rows=200):
        return pl.DataFrame({"month": [float(number)] * rows, "x": np.random.default_rng(number).normal(size=rows)})

    kinds = {"month": "number", "x": "number"}
    reference = build(pl.concat([month(k) for k in range(1, 25)]), kinds)
    between = learn(reference, [count(reference, month(k)) for k in range(1, 25)])
    assert compare(reference, count(reference, month(30))).alarm
    assert not compare(reference, count(reference, month(30)), between=between).alarm
    gone = month(30).with_columns(month=pl.lit(None, dtype=pl.Float64))
    assert compare(reference, count(reference, gone), between=between).alarm
    assert Between.from_json(json.loads(json.dumps(between.to_json(), allow_nan=False))).variance == between.variance


def test_of_two_histories_the_larger_variance_and_the_fewer_windows_count(restless):
    reference, windows = restless
    first, second = learn(reference, windows), learn(reference, windows[:20])
    both = larger(first, second)
    assert both.windows == 20
    assert both.variance["x"]["location"] == max(f.variance["x"]["location"] for f in (first, second))
    assert larger(None, first) is first
    assert (both.pairs >= first.pairs).all()


def test_a_reference_of_many_days_is_wider_than_each_of_them_and_that_is_no_drift():
    def load(seed):
        rng = np.random.default_rng(seed)
        return pl.DataFrame({"x": rng.normal(size=ROWS) + 0.6 * rng.normal()})

    reference = build(pl.concat([load(100 + i) for i in range(60)]), {"x": "number"})
    between = learn(reference, [count(reference, load(200 + i)) for i in range(30)])
    assert between.centers["x"]["scale"] < -0.1
    assert sum(compare(reference, count(reference, load(i)), between=between).alarm for i in range(20)) <= 1
    wide = load(7).with_columns(pl.col("x") * 1.6)
    assert compare(reference, count(reference, wide), between=between).alarm
