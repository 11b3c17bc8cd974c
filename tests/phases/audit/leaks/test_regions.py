"""A leak for a part of the rows is found amid the noise of the others; strong honest columns are not."""

import numpy as np
import pytest

from tests.phases.audit.tables import audited, finding, is_bad, leaks, loans, prices, put

N = 3000
L, P = loans(N), prices(N)
BAD, Y = is_bad(L), P["y"].to_numpy()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.4, 0.6])
def test_ranges_of_one_class_amid_noise_warn(share, seed):
    rng = np.random.default_rng(seed)
    some = rng.random(N) < share
    clue = np.where(some, BAD + rng.normal(0, 0.008, N), rng.normal(0.5, 1.2, N))
    report = audited(put(L, clue=clue))
    assert leaks(report) == [("leak.region", "warn", ("clue",))]
    assert "says nothing" in finding(report, "leak.region").evidence


@pytest.mark.parametrize("seed", range(3))
def test_strong_columns_steps_and_heaps_are_left_alone(seed):
    rng = np.random.default_rng(seed)
    normal = rng.normal(size=N)
    honest = {
        "near": BAD + rng.normal(0, 0.5, N),
        "skew": np.exp(BAD + rng.normal(0, 1, N)),
        "heap": np.where(rng.random(N) < 0.4, 0.0, BAD + normal),
        "both": normal * (1 + 2 * BAD),
        "noise": rng.normal(size=N),
    }
    assert [r for r in leaks(audited(put(L, **honest))) if r[0] == "leak.region"] == []
    step = np.where(normal > 1, rng.random(N) < 0.99, rng.random(N) < 0.2)
    frame = put(L.drop("y"), step=normal, y=np.where(step, "bad", "good"))
    assert leaks(audited(frame)) == []


@pytest.mark.parametrize(("share", "level"), [(0.4, "warn"), (0.95, "warn"), (0.996, "block")])
def test_a_number_that_is_the_target_in_a_part_of_the_rows_is_a_copy(share, level):
    rng = np.random.default_rng(1)
    clue = np.where(rng.random(N) < share, 0.01 * Y + 3, 0.02 * rng.permutation(Y))
    assert leaks(audited(put(P, clue=clue))) == [("leak.copy", level, ("clue",))]


def test_list_prices_and_values_that_stand_still_are_left_alone():
    rng = np.random.default_rng(1)
    asked = np.where(rng.random(N) < 0.4, Y, (Y * rng.lognormal(0.1, 0.3, N)).round())
    assert leaks(audited(put(P, asked=asked))) == []
    slow = np.repeat(rng.normal(size=150).cumsum().round(2), 20)
    frame = put(P.drop("y"), before=np.r_[slow[0], slow[:-1]], y=slow + 0.0)
    assert "leak.copy" not in [r for r, _, _ in leaks(audited(frame))]
