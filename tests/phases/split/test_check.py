"""A split is judged by what it turned out to be."""

import numpy as np
import polars as pl
import pytest

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.report import Grid, blocks_to_json
from ownproof.core.schema import Schema
from ownproof.phases.split import propose

POLICY = Policy()


def split(strata, sealed, **more):
    n = len(strata)
    keys = more.pop("units", np.arange(n, dtype=np.uint64))
    return propose(Dataset(pl.LazyFrame(), Schema(()), "x", n), sealed, keys, np.asarray(strata), policy=POLICY, **more)


def class_gate(proposal):
    return next(g for g in proposal.report.gates if g.id == "split.class")


@pytest.mark.parametrize(("units", "status", "findings"), [(20, "refused", 0), (19, "pass", 1)])
def test_a_class_that_is_missing_on_a_side_is_refused_from_twenty_units_on_and_else_a_warning(units, status, findings):
    strata = np.r_[np.zeros(1000, int), np.ones(units, int)]
    sealed = np.r_[np.arange(1000) >= 850, np.zeros(units, bool)]
    made = split(strata, sealed, classes=("no", "yes"))
    assert class_gate(made).status == status
    assert [(f.rule, f.level) for f in made.report.findings] == [("split.class-rare", "warn")] * findings
    said = class_gate(made).value if status == "refused" else made.report.findings[0].evidence
    assert "yes" in said
    assert "sealed" in said


def test_rows_of_one_unit_count_once():
    strata = np.r_[np.zeros(1000, int), np.ones(40, int)]
    units = np.r_[np.arange(1000), np.repeat(np.arange(1000, 1010), 4)].astype(np.uint64)
    made = split(strata, np.r_[np.arange(1000) >= 850, np.zeros(40, bool)], units=units, classes=("no", "yes"))
    assert class_gate(made).status == "pass"
    assert made.report.findings[0].value == 10


def test_a_class_that_appears_only_at_the_end_is_missing_in_training():
    times = np.datetime64("2024-01-01", "us") + np.arange(1000).astype("m8[h]")
    strata = np.r_[np.zeros(850, int), np.arange(150) % 2]
    made = split(strata, np.arange(1000) >= 850, times=times, classes=("no", "yes"))
    assert class_gate(made).status == "refused"
    assert "training" in class_gate(made).value
    assert "validation" in class_gate(made).value


def test_strata_of_numbers_are_no_classes():
    strata = np.r_[np.zeros(850, int), np.ones(150, int)]
    made = split(strata, np.arange(1000) >= 850)
    assert [g.id for g in made.report.gates] == ["split.units", "split.time"]
    assert not made.report.refused


def test_the_table_shows_every_part_with_its_classes_and_times():
    times = np.datetime64("2024-01-01", "us") + np.arange(1000).astype("m8[h]")
    made = split(np.arange(1000) % 4 // 3, np.arange(1000) >= 850, times=times, classes=("no", "yes"))
    grid = next(b for b in made.report.sections[0].blocks if isinstance(b, Grid))
    assert grid.columns == ("part", "rows", "units", "from", "to", "no", "yes")
    assert [r[0] for r in grid.rows] == [
        f"window {k}: {part}" for k in (1, 2, 3) for part in ("train", "validation")
    ] + ["sealed"]
    assert grid.rows[-1][1:] == (150, 150, "2024-02-05T10:00:00", "2024-02-11T15:00:00", "74.7%", "25.3%")
    assert blocks_to_json(made.report.sections)


def test_many_classes_do_not_make_an_endless_table():
    strata = np.arange(3000) % 30
    made = split(strata, np.arange(3000) >= 2550, classes=tuple(f"c{i}" for i in range(30)))
    grid = next(b for b in made.report.sections[0].blocks if isinstance(b, Grid))
    assert len(grid.columns) == 3 + 8
    assert "22 more classes" in grid.caption
    assert [r[0] for r in grid.rows] == ["train and validation (5 folds)", "sealed"]
