"""Time in a split: forward windows, and the column that seems to order the rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.core.moments import Times, ascending, missing, moments
from ownproof.core.policy import Policy
from ownproof.core.report import Finding
from ownproof.core.split import Fold
from ownproof.stats.ordered import different
from ownproof.stats.units import nearest_start

WINDOWS = 3
ORDERING = {
    "time",
    "date",
    "datetime",
    "timestamp",
    "ts",
    "day",
    "hour",
    "week",
    "month",
    "period",
    "when",
    "at",
    "created",
    "recorded",
    "observed",
    "measured",
    "occurred",
    "logged",
    "event",
    "opened",
    "submitted",
    "sold",
    "ordered",
    "booked",
    "arrival",
    "entry",
    "listed",
    "published",
    "posted",
    "received",
    "reported",
}
ASIDE = {
    "birth",
    "birthday",
    "birthdate",
    "born",
    "dob",
    "expiry",
    "expires",
    "expiration",
    "expired",
    "due",
    "deadline",
    "end",
    "ended",
    "until",
    "valid",
    "maturity",
    "updated",
    "modified",
    "closed",
    "resolved",
    "cancelled",
    "canceled",
    "death",
    "died",
    "next",
    "built",
    "founded",
    "hired",
    "hire",
    "renewal",
}
"""Words of a name: those of a moment that orders the rows, and those of one that is a property of a row, or later."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The column that the rows seem to be ordered by (None: none, or not clear which), why, and what to say of it."""

    column: str | None
    reason: str = ""
    findings: tuple[Finding, ...] = ()


def forward(
    times: Times, work: np.ndarray, *, share: float, horizon_us: float = 0, least: int = 10, most: int = WINDOWS
) -> tuple[Fold, ...]:
    """Up to `most` expanding windows: train on what is known by then, answer the next `share` (0..1) of the work rows.

    times: one a row of the dataset; work: positions, int64. Equal times fall on one side; rows whose outcome is known
    only `horizon_us` microseconds (or units of a numeric time) later are purged before each window. Rows without a
    time are trained on. Fewer windows, or none, where a part would have fewer than `least` rows or a third of its share.
    """
    known = work[~missing(times[work])]
    timeless = work[missing(times[work])]
    order = known[np.argsort(times[known], kind="stable")]
    for count in range(most, 0, -1):
        folds = _windows(times, order, timeless, (count, share, horizon_us))
        smallest = max(least, share * len(work) / 3)
        if folds and all(min(len(f.train), len(f.validation)) >= smallest for f in folds):
            return folds
    return ()


def before(times: Times, moment: Any, horizon_us: float) -> np.ndarray:
    """bool (n,): rows whose outcome is known by a moment, and rows without a time."""
    if times.dtype.kind == "M":
        limit = moment - np.timedelta64(int(horizon_us), "us")
    else:
        limit = moment - horizon_us / 1e6
    inside = times <= limit if horizon_us else times < moment
    return np.asarray(inside | missing(times))


def _windows(times: Times, order: np.ndarray, timeless: np.ndarray, plan: tuple[int, float, float]) -> tuple[Fold, ...]:
    count, share, horizon_us = plan
    rows = len(order) + len(timeless)
    starts = [nearest_start(times[order], len(order) - k * share * rows) for k in range(count, 0, -1)]
    if not all(a < b for a, b in zip([0, *starts], [*starts, len(order)], strict=True)):
        return ()
    folds = []
    for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
        early = order[:start]
        train = early[before(times[early], times[order[start]], horizon_us)]
        folds.append(Fold(np.sort(np.r_[train, timeless]), np.sort(order[start:stop])))
    return tuple(folds)


def guess_time(dataset: Dataset, inputs: Mapping[str, Input], *, policy: Policy) -> Guess:
    """The one moment column that the rows are plausibly ordered by: they lie in its order, or its name says so.

    Columns of births, expiries and the like are set aside. Where several compete, none is chosen and all are named.
    """
    found: dict[str, bool] = {}
    others: list[str] = []
    for column in dataset.schema.columns:
        if column.role != "feature" or column.kind not in inputs or column.kind != "moment":
            continue
        words = _words(column.name)
        if words & ASIDE:
            others.append(column.name)
            continue
        ordered = _orders(moments(dataset, column.name), policy)
        if ordered is None or not (ordered or words & ORDERING):
            others.append(column.name)
            continue
        found[column.name] = ordered
    sure = [n for n, ordered in found.items() if ordered]
    chosen = sure if len(sure) == 1 else list(found)
    if len(chosen) == 1:
        name = chosen[0]
        why = "the rows lie in its order" if found[name] else "its name says when a row came about"
        evidence = f"{name!r} orders the rows in time: {why}"
        return Guess(
            name,
            evidence,
            (
                Finding(
                    "split.time-guessed",
                    "ok",
                    (name,),
                    None,
                    evidence,
                    f"say --time {name} to confirm; --drop {name} if it is no such time",
                ),
            ),
        )
    names = tuple(found) or tuple(others)
    if not names:
        return Guess(None)
    listed = ", ".join(map(repr, names))
    evidence = (
        f"rows may be ordered in time by {listed}, but it is not clear which"
        if found
        else f"there are dates ({listed}), but none seems to say when a row came about"
    )
    return Guess(
        None,
        evidence,
        (Finding("split.time-unclear", "ok", names, None, evidence, f"if one does, say so: --time {names[0]}"),),
    )


def _orders(times: Times, policy: Policy) -> bool | None:
    """Whether the rows lie in the order of a column; None when it could not order them at all."""
    known = times[~missing(times)]
    if len(known) < 0.95 * len(times):
        return None
    ordered = ascending(known)
    if len(different(ordered)) < 10:
        return None
    start = nearest_start(ordered, (1 - policy.sealed_share) * len(known))
    if not 1 / 3 <= (len(known) - start) / (policy.sealed_share * len(known)) <= 2:
        return None
    steps = known[1:].astype(np.int64) - known[:-1].astype(np.int64)
    return bool(max((steps >= 0).mean(), (steps <= 0).mean()) >= 0.99)


def _words(name: str) -> set[str]:
    return {w.lower() for w in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
