"""The reference that a bundle brings: what it was trained on, what it answered out of fold, and how days differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.watch import Reference
from ownproof.phases.monitor.between import learn
from ownproof.project.state import State
from ownproof.runtime.watch import build, count, counters, joined
from ownproof.runtime.watch.answers import answer_columns, answer_kinds, truth_column

if TYPE_CHECKING:
    import polars as pl

ROWS: Final = 200_000
"""Rows that a reference is made from, an even spread of the training rows: shares are known within 0.2 %."""
WINDOWS: Final = 60
WINDOW_ROWS: Final = 50
PERIODS: Final = ("1d", "1w", "1mo")


def reference_of(state: State, rows: Dataset, weights: Mapping[str, float]) -> Reference:
    """What a bundle that was fitted on these rows watches with."""
    return reference_over(rows, _answers(state), weights, inputs=state.need("loaded").inputs)


def reference_over(
    rows: Dataset, answered: pl.DataFrame, weights: Mapping[str, float], *, inputs: Mapping[str, Input]
) -> Reference:
    """The same for rows and answers, with the truth, of wherever they come from."""
    some = rows.take(np.linspace(0, len(rows) - 1, min(len(rows), ROWS)).astype(np.int64))
    time = rows.schema.role("time")
    names = [c.name for c in rows.schema.features]
    table = some.table(list(dict.fromkeys([*names, *([time.name] if time else [])])))
    kinds = {c.name: c.kind for c in rows.schema.features}
    ordered = table.sort(time.name) if time else table.clear()  # without a time the order of the rows says nothing
    bare = counters(ordered) | ({time.name} if time else set())
    reference = build(table.select(names), kinds, weights=weights, inputs=inputs, bare=bare)
    reference = joined(reference, build(answered, answer_kinds(answered), inputs=inputs))
    if time is None:
        return reference
    windows = [count(reference, part.select(names), inputs=inputs) for part in windows_of(table, time.name)]
    return replace(reference, between=learn(reference, windows)) if windows else reference


def _answers(state: State) -> pl.DataFrame:
    """Out-of-fold answers and the truth of the same rows: answers to rows of the fit itself would be too sure."""
    task, target, trained = state.need("task"), state.need("target"), state.need("trained")
    answered = state.need("split").answered
    some = np.linspace(0, len(answered) - 1, min(len(answered), ROWS)).astype(np.int64)
    answers = target.answers(trained.predictions.raw[some], task, trained.operating)
    frame = answer_columns(answers, task)
    truth = state.need("dataset").take(answered[some]).truth
    outcomes: Sequence[Any] = [target.to_json(t, task) for t in truth]
    return frame if task.truth == "none" else frame.with_columns(truth_column(outcomes, task))


def windows_of(table: pl.DataFrame, time: str) -> list[pl.DataFrame]:
    """The rows of each day, else week, else month, of at most 60 spread over the whole time; none where there are fewer
    than 20 of enough rows, or the time is no moment."""
    import polars as pl

    if not table.schema[time].is_temporal():
        return []
    for period in PERIODS:
        mark = table.select(pl.col(time).dt.truncate(period).alias("at"))["at"]
        sizes = mark.drop_nulls().alias("at").value_counts(name="rows").sort("at").filter(pl.col("rows") >= WINDOW_ROWS)
        if sizes.height >= 20 and sizes["rows"].sum() >= 0.8 * table.height:
            places = np.linspace(0, sizes.height - 1, min(WINDOWS, sizes.height)).astype(np.int64)
            return [table.filter(mark == at) for at in sizes["at"][places]]
    return []
