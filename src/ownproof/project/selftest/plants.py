"""What is planted in data: leaks, overlaps, a shuffled time, a class that is missing, a sealed row in training."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.project import answer as answers
from ownproof.project import flow, steps
from ownproof.project.judging import judge
from ownproof.project.project import waive
from ownproof.project.selftest.cases import Case, Place, Seen
from ownproof.project.selftest.tables import ROWS, customers, readings, visits

if TYPE_CHECKING:
    import polars as pl

HELD = ROWS // 5


def _copied(place: Place) -> Seen:
    import polars as pl

    copy = customers().with_columns(pl.col("left").replace({"yes": "C", "no": "O"}).alias("account_state"))
    return place.walked(copy, "audit", target="left")


def _uncopied(place: Place) -> Seen:
    return place.walked(customers(), "audit", target="left")


def _derived(place: Place, *, noise: float) -> Seen:
    import polars as pl

    table, rng = customers().drop("left"), np.random.default_rng(1)
    bought = rng.normal(100, 20, ROWS).round(2)
    fee = rng.normal(20, 5, ROWS).round(2)
    sold = (bought + fee + noise * rng.normal(0, 20, ROWS)).round(2)
    columns = {"bought": bought, "fee": fee, "sold": sold}
    return place.walked(table.with_columns(**{n: pl.Series(v) for n, v in columns.items()}), "audit", target="sold")


def _declared(place: Place, known: str) -> Seen:
    path = place.folder / f"available-{known}.csv"
    path.write_text(f"column,known\nusage,{known}\n", encoding="utf-8")
    return place.walked(customers(), "audit", target="left", available=str(path))


def _beside(place: Place, whole: pl.DataFrame, held: pl.DataFrame, last: str, **choices: Any) -> Seen:
    """A table with a test of its own."""
    return place.walked(whole, last, test=place.file(held), **choices)


def _repeated(place: Place, rows: int) -> Seen:
    import polars as pl

    table = customers()
    train, held = table[HELD:], table[:HELD]
    return _beside(place, train, pl.concat([held[rows:], train[:rows]]), "audit", target="left")


def _grouped(place: Place, *, whole: bool) -> Seen:
    import polars as pl

    table = visits()
    first = [f"P{n}" for n in range(HELD // 4)]
    mine = pl.col("patient").is_in(first) if whole else pl.int_range(pl.len()) < HELD
    return _beside(place, table.filter(~mine), table.filter(mine), "audit", target="left", group="patient")


def _timed(place: Place, held: np.ndarray, *, waived: str = "") -> Seen:
    table = readings()
    data, test = place.file(table.filter(~held)), place.file(table.filter(held))
    project = place.project(data, target="alarm", time="at", test=test)
    if waived:
        with project.lock("ownproof waive"):
            waive(project, waived, because="selftest", until="9999-12-31", who="selftest")
    return Seen.of(flow.run(project, data, last="split", command="split"))


def _latest() -> np.ndarray:
    return np.arange(ROWS) >= ROWS - HELD


def _shuffled() -> np.ndarray:
    return np.random.default_rng(2).permutation(ROWS) < HELD


def _classes(place: Place, *, lacking: bool) -> Seen:
    import polars as pl

    kinds = np.where(np.arange(ROWS) % 10 == 0, "paused", customers()["left"].to_numpy())
    table = customers().with_columns(pl.Series("left", kinds))
    train, held = table[HELD:], table[:HELD]
    kept = held.filter(pl.col("left") != "paused") if lacking else held
    return _beside(place, train, kept, "split", target="left")


def _sealed(place: Place, *, lost: int) -> Seen:
    """The split of a sealed table after `lost` sealed rows were not recognised."""
    data = place.file(customers())
    project = place.project(data, target="left")
    with flow.working(project, "split"):
        state = flow.begin(project, data)
        steps.read(state)
        steps.seal(state)
        matched = state.need("matched")
        marks = matched.sealed.copy()
        marks[np.flatnonzero(marks)[:lost]] = False
        state.matched = replace(matched, sealed=marks)
        steps.split(state)
        return Seen.of(answers.body(state, "split"))


def _judged(place: Place, *, share: float) -> Seen:
    """Predictions that are the truth for a share of the rows, and drawn for the others."""
    import polars as pl

    table, rng = customers(), np.random.default_rng(3)
    truth = table["left"].to_numpy()
    guess = np.where(rng.random(ROWS) < share, truth, rng.permutation(truth))
    data = place.file(table.with_columns(pl.Series("guess", guess)))
    return Seen.of(judge(place.project(data, target="left"), data, "column:guess"))


CASES = (
    Case("leak", "a column that is the target under other words", "audit.copy", 4, _copied, _uncopied),
    Case(
        "leak.derived",
        "two columns whose sum is the target",
        "audit.derived",
        4,
        lambda p: _derived(p, noise=0.0),
        lambda p: _derived(p, noise=1.0),
    ),
    Case(
        "leak.availability",
        "a column declared to be known only afterwards",
        "audit.availability",
        4,
        lambda p: _declared(p, "after"),
        lambda p: _declared(p, "before"),
    ),
    Case(
        "duplicates",
        "rows of the test that are training rows",
        "audit.duplicates",
        4,
        lambda p: _repeated(p, HELD // 3),
        lambda p: _repeated(p, 0),
    ),
    Case(
        "groups",
        "patients with visits on both sides",
        "audit.group-overlap",
        4,
        lambda p: _grouped(p, whole=False),
        lambda p: _grouped(p, whole=True),
    ),
    Case(
        "time",
        "a test drawn from the middle of the time",
        "audit.time-overlap",
        4,
        lambda p: _timed(p, _shuffled()),
        lambda p: _timed(p, _latest()),
    ),
    Case(
        "time.split",
        "the same, with the audit's refusal waived",
        "split.time",
        4,
        lambda p: _timed(p, _shuffled(), waived="audit.time-overlap"),
        lambda p: _timed(p, _latest(), waived="audit.time-overlap"),
    ),
    Case(
        "classes",
        "a test without one of the classes",
        "split.class",
        4,
        lambda p: _classes(p, lacking=True),
        lambda p: _classes(p, lacking=False),
    ),
    Case(
        "sealed-row",
        "sealed rows that were not recognised",
        "seal.train",
        4,
        lambda p: _sealed(p, lost=3),
        lambda p: _sealed(p, lost=0),
    ),
    Case(
        "judge",
        "predictions no better than drawn ones",
        "evaluate.baseline",
        4,
        lambda p: _judged(p, share=0.0),
        lambda p: _judged(p, share=0.95),
    ),
)
