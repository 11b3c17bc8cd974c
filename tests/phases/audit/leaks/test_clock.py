"""Clocks that give the answer away warn; hours and days that say something of it are left alone."""

import numpy as np
import pytest

from tests.phases.audit.tables import audited, finding, is_bad, leaks, loans, prices, put

RNG = np.random.default_rng(3)
N = 2000
L, P = loans(N), prices(N)
BAD, Y = is_bad(L), P["y"].to_numpy()
AT = np.datetime64("2024-01-01", "us") + RNG.integers(0, 86400 * 300, N).astype("m8[s]")
HOUR, DAY = np.timedelta64(1, "h"), AT.astype("M8[D]").astype("M8[us]")

WRITTEN = {
    "full minute": np.where(BAD & (RNG.random(N) < 0.8), AT.astype("M8[m]").astype("M8[us]"), AT),
    "fraction": np.where(BAD, AT, AT + RNG.integers(1, 10**6, N).astype("m8[us]")),
    "nightly batch": np.where(BAD & (RNG.random(N) < 0.5), DAY + 2 * HOUR, AT),
    "minute": AT.astype("M8[h]").astype("M8[us]") + np.where(BAD, 30, 0).astype("m8[m]") + RNG.integers(0, 20, N).astype("m8[m]"),
}  # fmt: skip


@pytest.mark.parametrize("at", WRITTEN.values(), ids=WRITTEN.keys())
def test_a_clock_that_tells_the_class_warns(at):
    report = audited(put(L, logged=at))
    assert leaks(report) == [("leak.timestamp", "warn", ("logged",))]
    assert 'logged = "before"' in finding(report, "leak.timestamp").advice


def test_a_clock_that_tells_a_number_warns():
    seconds = (Y.argsort().argsort() * 60 // N).astype("m8[s]")
    report = audited(put(P, logged=AT.astype("M8[m]").astype("M8[us]") + seconds))
    assert leaks(report) == [("leak.timestamp", "warn", ("logged",))]


HONEST = {
    "any": AT,
    "days": DAY,
    "midnight": np.where(RNG.random(N) < 0.5, DAY, AT),
    "daytime": DAY + np.clip(np.where(BAD, 16, 11) + RNG.normal(0, 4, N), 0, 23).astype("m8[h]"),
    "quarters": AT.astype("M8[h]").astype("M8[us]") + (15 * RNG.integers(0, 4, N)).astype("m8[m]"),
}


@pytest.mark.parametrize("at", HONEST.values(), ids=HONEST.keys())
def test_honest_clocks_are_left_alone(at):
    assert leaks(audited(put(L, logged=at))) == []
    assert leaks(audited(put(P, logged=at))) == []


def test_a_moment_that_is_declared_known_before_is_left_alone():
    assert leaks(audited(put(L, logged=WRITTEN["full minute"]), available={"logged": "before"})) == []


def test_the_clock_is_drawn():
    titles = [getattr(b, "title", "") for b in audited(put(L, logged=WRITTEN["full minute"])).sections[0].blocks]
    assert "second of logged" in titles
