"""What came true of which decision, as it was known at a moment: late, repeated, corrected, partial or for nobody."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """What was told and what became of it; counted in lines of the outcome log that were known in time.

    logged: all of them. unmatched: name no decision that is there (kept: it may still come). repeated: say again what
    was said already. corrected: say something else than before. late: became known before something that was logged
    earlier, which counts on. withdrawn: took back what was said. partial: speak of one part. several: name by the caller's
    id more than one decision, of which the latest before the outcome is meant.
    decisions: those asked about; with_outcome: of them, those of which something is known.
    """

    logged: int = 0
    unmatched: int = 0
    repeated: int = 0
    corrected: int = 0
    late: int = 0
    withdrawn: int = 0
    partial: int = 0
    several: int = 0
    decisions: int = 0
    with_outcome: int = 0

    def to_json(self) -> dict[str, int]:
        """A JSON object."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The latest outcome of each decision and part.

    table: id (of the decision), part, outcome (JSON text), known, at (when it was logged), decided (the decision's
    `at`), revisions (how often it was said otherwise before). unmatched: the rows of the log that name no decision.
    """

    table: pl.DataFrame
    unmatched: pl.DataFrame
    counts: OutcomeCounts


def as_of(
    outcomes: pl.DataFrame,
    decisions: pl.DataFrame,
    moment: dt.datetime | None = None,
    *,
    by: Literal["known", "logged"] = "known",
) -> Outcomes:
    """The latest outcome of each decision and part, as it was at a moment (None: now).

    outcomes and decisions: frames of `reading.read`; of decisions `id`, `at`, `key` are enough. by `known`: what had
    come true by then, whenever it was logged; by `logged`: what this journal could have told then. Latest is what became
    known last; of what became known at once, what was logged last.
    """
    import polars as pl

    told = outcomes.with_row_index("line")
    if moment is not None:
        told = told.filter(pl.col("known" if by == "known" else "at") <= moment)
    matched, unmatched, several = _matched(told, decisions)
    ordered = matched.sort("known", "at", "line").with_columns(
        before=pl.col("outcome").shift(1).over("decision", "part"),
        first=pl.int_range(pl.len()).over("decision", "part") == 0,
    )
    said = ordered.with_columns(same=~pl.col("first") & (pl.col("outcome") == pl.col("before")))
    latest = said.group_by("decision", "part", maintain_order=True).agg(
        pl.col("outcome", "known", "at", "decided").last(),
        revisions=(~pl.col("first") & ~pl.col("same")).sum().cast(pl.Int64),
    )
    held = latest.filter(pl.col("outcome") != "null").rename({"decision": "id"})
    gone = pl.col("outcome") == "null"
    counts = OutcomeCounts(
        logged=told.height,
        unmatched=unmatched.height,
        repeated=int(said["same"].sum()),
        corrected=said.filter(~pl.col("first") & ~pl.col("same") & ~gone).height,
        late=_late(matched),
        withdrawn=said.filter(gone & ~pl.col("same")).height,
        partial=said.filter(pl.col("part").is_not_null()).height,
        several=several,
        decisions=decisions.height,
        with_outcome=held["id"].n_unique(),
    )
    return Outcomes(held, unmatched.drop("line"), counts)


def _late(matched: pl.DataFrame) -> int:
    """Lines that became known before something that had been logged earlier of the same decision and part."""
    import polars as pl

    order = matched.sort("line").with_columns(latest=pl.col("known").cum_max().over("decision", "part"))
    return order.filter(pl.col("known") < pl.col("latest")).height


def _matched(told: pl.DataFrame, decisions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """The lines with the decision that each one means, those that mean none, and how many meant one of several."""
    import polars as pl

    known = decisions.select(decision="id", decided="at", key="key").unique(
        "decision", keep="first", maintain_order=True
    )
    by_id = told.filter(pl.col("prediction_id").is_not_null())
    direct = by_id.join(known.drop("key"), left_on="prediction_id", right_on="decision", how="left", coalesce=False)
    keyed = known.filter(pl.col("key").is_not_null()).sort("decided")
    times = keyed.group_by("key").agg(times=pl.len())
    by_key = told.filter(pl.col("prediction_id").is_null()).sort("known")
    asof = by_key.join_asof(
        keyed, left_on="known", right_on="decided", by_left="id", by_right="key", coalesce=False, check_sortedness=False
    )
    first = keyed.unique("key", keep="first", maintain_order=True)
    later = asof.filter(pl.col("decision").is_null()).drop("decision", "decided", "key", strict=False)
    later = later.join(first, left_on="id", right_on="key", how="left")  # told before it was decided: clocks differ
    names = [*told.columns, "decision", "decided"]
    both = pl.concat(
        [direct.select(names), asof.filter(pl.col("decision").is_not_null()).select(names), later.select(names)]
    )
    matched = both.filter(pl.col("decision").is_not_null())
    several = (
        matched.filter(pl.col("prediction_id").is_null())
        .join(times, left_on="id", right_on="key", how="left")
        .filter(pl.col("times") > 1)
        .height
    )
    return matched, both.filter(pl.col("decision").is_null()).select(told.columns).sort("line"), several
