"""Answers and outcomes as watched columns: what was decided, how sure, what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ownproof.core.task import Task
from ownproof.core.watch import PREDICTION, SCORE, TRUTH

if TYPE_CHECKING:
    import polars as pl


def answer_columns(answers: Sequence[Mapping[str, Any]], task: Task) -> pl.DataFrame:
    """JSON answers, as a target gives them and a journal holds them, as columns to watch.

    PREDICTION: the class or the number; of any other answer how large its JSON is. SCORE: the probability of the positive
    class of two, of the likeliest of more; none where answers have no probabilities.
    """
    import polars as pl

    said = pl.Series(PREDICTION, [plain(a.get("prediction"), task) for a in answers], dtype=_type(task))
    shares = [a.get("probabilities") for a in answers]
    if not any(shares):
        return said.to_frame()
    positive = str(task.positive) if task.positive is not None else None
    scores = [None if not s else s.get(positive) if positive in s else max(s.values()) for s in shares]
    return pl.DataFrame([said, pl.Series(SCORE, scores, dtype=pl.Float64)])


def truth_column(outcomes: Sequence[Any], task: Task) -> pl.Series:
    """Outcomes (JSON values) as a column to watch."""
    import polars as pl

    return pl.Series(TRUTH, [plain(o, task) for o in outcomes], dtype=_type(task))


def answer_kinds(frame: pl.DataFrame) -> dict[str, str]:
    """The input kind that each of these columns is watched as."""
    import polars as pl

    return {n: "category" if t == pl.String else "number" for n, t in frame.schema.items()}


def plain(value: Any, task: Task) -> str | float | None:
    """One answer or outcome: a class by its name, a number as it is, anything else by the size of its JSON."""
    if value is None:
        return None
    if task.classes:
        return str(value)
    if isinstance(value, (int, float)):
        return float(value)
    return float(len(value)) if hasattr(value, "__len__") else None


def _type(task: Task) -> Any:
    import polars as pl

    return pl.String if task.classes else pl.Float64
