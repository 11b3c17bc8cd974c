"""A target that two columns make is found, both are named, and honest pairs are left alone."""

import numpy as np
import polars as pl
import pytest

from tests.phases.audit.tables import audited, finding, gate, is_bad, leaks, loans, prices, put

RNG = np.random.default_rng(7)
P, L = prices(800), loans(800)
Y, BAD = P["y"].to_numpy(), is_bad(L)
AREA, START = RNG.uniform(30, 300, 800).round(1), RNG.integers(0, 10**6, 800)
AT = np.datetime64("2020-01-01", "us") + START.astype("m8[s]")
LATE = np.where(BAD, RNG.integers(16, 90, 800), RNG.integers(-30, 16, 800))

NUMBERS = {
    "ratio": {"amount": (Y * AREA).round(2), "area": AREA},
    "product": {"per": Y / AREA, "area": AREA},
    "sum": {"part": START.astype(float), "rest": Y - START},
    "difference": {"start": START, "end": START + Y},
    "cents": {"start": START, "end": START + 100 * Y},
    "moments": {"start": AT, "end": AT + (Y * 60).astype("m8[s]")},
}


@pytest.mark.parametrize("made", NUMBERS.values(), ids=NUMBERS.keys())
def test_a_number_that_two_columns_make_stops_and_both_are_named(made):
    report = audited(put(P, **made))
    assert leaks(report) == [("leak.derived", "block", tuple(sorted(made)))]
    assert gate(report, "derived").status == "refused"
    assert all(f"--drop {name}" in finding(report, "leak.derived").advice for name in made)


@pytest.mark.parametrize("made", NUMBERS.values(), ids=NUMBERS.keys())
def test_without_either_column_the_other_is_left_alone(made):
    for name, values in made.items():
        assert leaks(audited(put(P, **{name: values}))) == []


LABELS = {
    "difference": {"planned": START, "was": START + LATE},
    "moments": {"planned": AT, "was": AT + (LATE * 60).astype("m8[s]")},
    "ratio": {"debt": AREA * np.where(BAD, RNG.uniform(0.4, 0.8, 800), RNG.uniform(0.0, 0.4, 800)), "income": AREA},
    "sum": {"one": START * 1e-4, "two": LATE - START * 1e-4},
}


@pytest.mark.parametrize("made", LABELS.values(), ids=LABELS.keys())
def test_a_label_that_was_cut_from_two_columns_stops(made):
    report = audited(put(L, **made))
    named = tuple(sorted(n for n in made if n != "planned"))  # what is planned is known before
    assert leaks(report) == [("leak.derived", "block", named)]
    assert all(name in finding(report, "leak.derived").evidence for name in made)
    assert "cut at" in finding(report, "leak.derived").evidence


def test_a_difference_that_nearly_is_the_target_warns():
    report = audited(put(P, start=START, end=START + Y * RNG.normal(1, 0.003, 800)))
    assert leaks(report) == [("leak.derived", "warn", ("end", "start"))]
    some = np.where(np.arange(800) % 40 == 0, RNG.permutation(Y), Y)
    assert leaks(audited(put(P, start=START, end=START + some))) == [("leak.derived", "warn", ("end", "start"))]


def test_a_label_that_a_difference_nearly_tells_warns():
    late = np.where(RNG.random(800) < 0.01, RNG.permutation(LATE), LATE)
    report = audited(put(L, planned=START, was=START + late))
    assert leaks(report) == [("leak.derived", "warn", ("was",))]


def test_a_pair_is_silent_when_one_of_it_is_declared_known_before():
    frame = put(P, start=START, end=START + Y)
    for name in ("start", "end"):
        assert leaks(audited(frame, available={name: "before"})) == []


def test_the_time_of_the_rows_is_a_partner_and_no_culprit():
    frame = put(P, at=AT, end=AT + (Y * 60).astype("m8[s]"))
    assert leaks(audited(frame, time="at")) == [("leak.derived", "block", ("end",))]


@pytest.mark.parametrize("seed", range(4))
def test_parts_that_add_up_and_honest_laws_with_noise_are_not_accused(seed):
    rng = np.random.default_rng(seed)
    n = 500
    a, b, c = rng.lognormal(3, 1, n).round(2), rng.lognormal(3, 1, n).round(2), rng.integers(1, 9, n)
    frame = pl.DataFrame({"a": a, "b": b, "total": a + b, "ratio": a / b, "c": c, "per": a / c})
    for y in (
        (a + b) * rng.lognormal(0, 0.3, n),
        3.1 * a + 7.7 * b + rng.normal(0, 1, n),
        np.where(a - b + rng.logistic(0, 25, n) > 0, "up", "down"),
    ):
        assert "leak.derived" not in [rule for rule, _, _ in leaks(audited(put(frame, y=y)))]


def test_each_of_the_two_is_drawn_and_so_is_the_law():
    section = audited(put(P, start=START, end=START + Y)).sections[0]
    titles = [getattr(b, "title", "") for b in section.blocks]
    assert {"start", "end", "y against end - start"} <= set(titles)
