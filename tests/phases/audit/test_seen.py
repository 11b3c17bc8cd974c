"""One look at a column sees its extremes, its levels and the strongest part of it."""

import numpy as np
import polars as pl

from ownproof.core.policy import Policy
from ownproof.core.schema import Column
from ownproof.phases.audit.seen import Eye
from ownproof.phases.audit.truth import Truth
from tests.phases.audit.tables import INPUTS

RNG = np.random.default_rng(12)


def look(cells, kind, codes, *, times=None, watched=True, name="x"):
    codes = np.asarray(codes)
    truth = Truth("y", codes, int(codes.max()) + 1, True, codes.astype(np.uint64), str)
    eye = Eye(
        truth=truth, some=np.arange(len(codes)), times=times, height=len(codes), policy=Policy(), available={}, seed=0
    )
    return eye.look(Column(name, kind), pl.Series(name, cells), INPUTS[kind], watched=watched)


def test_the_hour_of_a_moment_may_be_its_strongest_part():
    hours = RNG.integers(0, 24, 3000)
    cells = np.datetime64("2024-01-01", "us") + RNG.integers(0, 300, 3000).astype("m8[D]") + hours.astype("m8[h]")
    seen = look(cells, "moment", (hours >= 12) ^ (RNG.random(3000) < 0.1))
    assert seen.part == "hour of x"
    assert seen.strength > 0.85


def test_extremes_are_left_out_of_the_fences():
    seen = look(np.r_[np.arange(99.0), 1e6], "number", np.arange(100) % 2)
    assert (seen.extremes.below, seen.extremes.above, seen.extremes.most) == (0, 1, 1e6)
    assert look(np.arange(100.0) % 7, "number", np.arange(100) % 2).extremes is None


def test_few_levels_are_known_by_name_in_the_order_of_their_codes():
    assert look(["b", None, "a", "b"] * 10, "category", np.arange(40) % 2).names == ("a", "b")
    assert look([2.5, 1.0] * 20, "number", np.arange(40) % 2).names == ("1", "2.5")
    assert look(np.arange(100.0), "number", np.arange(100) % 2).names == ()


def test_a_copy_is_looked_for_only_where_a_model_may_look():
    codes = np.arange(100) % 2
    assert look(codes, "number", codes).copy.how == "recoded"
    assert look(codes, "number", codes, watched=False).copy is None


def test_moments_are_set_against_the_row_s_own_time():
    own = np.datetime64("2024-01-01", "us") + np.arange(100).astype("m8[h]")
    later = look(own + np.timedelta64(1, "D"), "moment", np.arange(100) % 2, times=own)
    assert later.after == 1.0
    assert look(own, "moment", np.arange(100) % 2, times=own).after == 0.0
    assert np.isnan(look(np.arange(100.0), "number", np.arange(100) % 2, times=own).after)
