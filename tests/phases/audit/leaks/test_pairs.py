"""Two columns that give the target together are named; keys of single rows and honest interactions are not."""

import numpy as np
import polars as pl
import pytest

from tests.phases.audit.tables import audited, finding, gate, is_bad, leaks, loans, prices, put

N = 2000
L = loans(N)
BAD = is_bad(L)


def exclusive(rng, wrong=0.0):
    """Two columns of two values, of which one says whether the other is to be turned."""
    one = rng.integers(0, 2, N)
    return {"one": np.array(["u", "v"])[one], "two": np.where(rng.random(N) < wrong, rng.integers(0, 2, N), one ^ BAD)}


def test_an_exclusive_or_stops_and_both_are_named():
    report = audited(put(L, **exclusive(np.random.default_rng(0))))
    assert leaks(report) == [("leak.pair", "block", ("one", "two"))]
    assert gate(report, "pair").status == "refused"
    assert "--drop one or --drop two" in finding(report, "leak.pair").advice


def test_some_wrong_rows_make_it_a_warning():
    report = audited(put(L, **exclusive(np.random.default_rng(0), wrong=0.02)))
    assert leaks(report) == [("leak.pair", "warn", ("one", "two"))]


def test_a_key_of_two_parts_stops():
    rng = np.random.default_rng(1)
    shelf, of_bad = rng.integers(0, 20, N), rng.random((20, 12)) < 0.3
    of_bad[:, 0], of_bad[:, 1] = True, False
    place = [int(rng.choice(np.flatnonzero(of_bad[s] == b))) for s, b in zip(shelf, BAD, strict=True)]
    report = audited(put(L, shelf=[f"shelf {s}" for s in shelf], place=place))
    assert leaks(report) == [("leak.pair", "block", ("place", "shelf"))]


def test_a_number_that_two_columns_look_up_warns():
    rng = np.random.default_rng(2)
    size, colour, priced = rng.integers(0, 15, N), rng.integers(0, 15, N), rng.normal(100, 20, (15, 15)).round(2)
    frame = put(prices(N).drop("y"), size=size, colour=colour, y=priced[size, colour])
    assert leaks(audited(frame)) == [("leak.pair", "warn", ("colour", "size"))]


@pytest.mark.parametrize("seed", range(4))
def test_keys_of_single_rows_and_honest_interactions_are_left_alone(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 60, 300), rng.integers(0, 60, 300)
    small = pl.DataFrame({"a": a, "b": b, "c": rng.integers(0, 3, 300), "y": rng.choice(["yes", "no"], 300)})
    assert leaks(audited(small)) == []
    one, two = rng.integers(0, 2, N), rng.integers(0, 2, N)
    y = np.where(rng.random(N) < 0.06, rng.integers(0, 2, N), one ^ two)
    assert (
        leaks(audited(pl.DataFrame({"one": one, "two": two, "x": rng.normal(size=N), "y": np.where(y, "p", "q")})))
        == []
    )


def test_a_pair_is_silent_when_one_of_it_is_declared_known_before():
    frame = put(L, **exclusive(np.random.default_rng(0)))
    assert leaks(audited(frame, available={"two": "before"})) == []


def test_the_combinations_are_drawn():
    section = audited(put(L, **exclusive(np.random.default_rng(0)))).sections[0]
    drawn = next(b for b in section.blocks if getattr(b, "form", "") == "heat")
    assert [s.name for s in drawn.series] == ["u", "v"]
    assert {round(v) for s in drawn.series for v in s.y} == {0, 1}
