"""One decision about a window: what was planted is named, what was not is left alone, small moves are shown only."""

import numpy as np
import polars as pl
import pytest

from ownproof.phases.monitor.compare import compare
from ownproof.runtime.watch import build, count

KINDS = {"a": "number", "b": "number", "c": "number", "heavy": "number", "town": "category"}


def table(rows, seed, **changed):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(3, rows))
    columns = {
        "a": z[0],
        "b": 0.7 * z[0] + np.sqrt(0.51) * z[1],
        "c": np.where(rng.random(rows) < 0.02, np.nan, z[2]),
        "heavy": rng.standard_t(1.5, size=rows),
        "town": rng.choice([f"t{k}" for k in range(50)], rows),
    }
    for name, change in changed.items():
        columns[name] = change(columns[name], rng)
    return pl.DataFrame(columns).with_columns(pl.col("a", "b", "c", "heavy").fill_nan(None))


@pytest.fixture(scope="module")
def reference():
    return build(table(20_000, 0), KINDS)


def drifted(reference, rows, seed, **changed):
    found = compare(reference, count(reference, table(rows, seed, **changed)))
    return found, {c.column: c.test for c in found.columns if c.drift}


PLANTS = {
    "location": ("a", lambda v, _: v + 0.3),
    "scale": ("a", lambda v, _: v * 1.4),
    "missing": ("c", lambda v, rng: np.where(rng.random(len(v)) < 0.08, np.nan, v)),
    "upper tail": ("heavy", lambda v, rng: np.where(rng.random(len(v)) < 0.02, 1e6, v)),
    "level": ("town", lambda v, rng: np.where(rng.random(len(v)) < 0.04, "new", v)),
    "unseen": ("town", lambda v, rng: np.where(rng.random(len(v)) < 0.04, [f"n{k}" for k in range(len(v))], v)),
    "infinite": ("c", lambda v, rng: np.where(rng.random(len(v)) < 0.05, np.inf, v)),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_what_was_planted_is_named_and_nothing_else(reference, plant):
    column, change = PLANTS[plant]
    found, said = drifted(reference, 1500, 5, **{column: change})
    assert found.alarm
    assert set(said) == {column}
    tests = {t.name: t.p for c in found.columns if c.column == column for t in c.tests}
    assert tests[plant] < 1e-6


def test_rows_of_the_same_source_raise_no_alarm(reference):
    assert [drifted(reference, rows, 20 + i)[1] for i, rows in enumerate((100, 200, 1000, 5000))] == [{}] * 4


def test_a_small_reference_is_no_certainty():
    """Forty references of 150 rows each: what they do not know is not held against the window."""
    alarms = 0
    for seed in range(40):
        small = build(table(150, 100 + seed), KINDS)
        alarms += compare(small, count(small, table(5_000, 200 + seed))).alarm
    assert alarms <= 2


def test_a_vanished_correlation_is_found_between_columns_that_stayed(reference):
    found, said = drifted(reference, 1000, 6, b=lambda v, rng: rng.permutation(v))
    assert (said, found.joint.drift) == ({}, True)
    assert found.joint.pairs[0][:2] == ("a", "b")
    assert found.alarm


def test_a_sure_and_tiny_move_is_shown_and_raises_no_alarm(reference):
    found, said = drifted(reference, 60_000, 7, a=lambda v, _: v + 0.05)
    moved = {c.column for c in found.columns if c.sure}
    assert (said, moved, found.alarm) == ({}, {"a"}, False)


def test_a_constant_column_is_named_whatever_it_is_stuck_at(reference):
    found, said = drifted(reference, 300, 8, a=lambda v, _: np.zeros(len(v)))
    assert "a" in said
    tests = {t.name: t.p for c in found.columns if c.column == "a" for t in c.tests}
    assert tests["constant"] < 1e-9


def test_a_window_of_other_cells_is_refused(reference):
    other = build(table(500, 9), KINDS)
    with pytest.raises(ValueError, match="cells of"):
        compare(reference, other.counts)


def test_an_alpha_is_a_limit_for_the_whole_table(reference):
    now = count(reference, table(1000, 11, a=lambda v, _: v + 0.12))
    p = {c.column: c.p for c in compare(reference, now).columns}["a"]
    assert compare(reference, now, alpha=min(0.9, p * 6.01)).alarm
    assert not compare(reference, now, alpha=p * 5.0).alarm
