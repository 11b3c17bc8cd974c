"""What a forecast says of today, of twice and four times the rows, and of a score to be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from ownproof.core.report import plain
from ownproof.phases.plan.asked import Asked, Rows
from ownproof.phases.plan.forecast import Forecast, Range
from ownproof.phases.plan.labels import P10, P90
from ownproof.stats.weights import Floats

Enough = Literal["yes", "no", "cannot tell"]

TIMES: Final = (2, 4)
LIKELY: Final = 0.5
"""The chance from which a score is worth labelling for: as likely as not."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What so many times today's rows would bring; more: labelled rows beyond today's; weeks and cost p10 to p90."""

    times: float
    labelled: int
    more: int
    score: Range
    gain: Range
    weeks: Range
    cost: Range

    def to_json(self) -> dict[str, Any]:
        """An object of `ahead`."""
        return {
            "times": self.times,
            "rows": self.labelled,
            "more": self.more,
            "value": self.score.value,
            "low": self.score.low,
            "high": self.score.high,
            "gain": self.gain.value,
            "gain_low": self.gain.low,
            "gain_high": self.gain.high,
            "weeks": _p(self.weeks),
            "cost": _p(self.cost),
        }


@dataclass(frozen=True, slots=True)
class Reach:
    """A score to be reached. met: the chance that it is reached today; more: further labelled rows over the fits that
    reach it within eight times today's rows, p10 to p90, None where fewer than one in ten does; never, beyond: shares of
    the fits that never do, and that do later than that."""

    wanted: float
    met: float
    more: Range | None
    weeks: Range | None
    cost: Range | None
    never: float
    beyond: float

    def reached(self, chance: float) -> Enough:
        """Whether the score is there today, said at that chance."""
        return "yes" if self.met >= chance else "no" if self.met <= 1.0 - chance else "cannot tell"

    @property
    def within(self) -> float:
        """The share of the fits that reach it within eight times today's rows."""
        return 1.0 - self.never - self.beyond

    def to_json(self) -> dict[str, Any]:
        """The object `reach`."""
        return {
            "value": self.wanted,
            "met": self.met,
            "more": _p(self.more),
            "weeks": _p(self.weeks),
            "cost": _p(self.cost),
            "never": self.never,
            "beyond": self.beyond,
        }


@dataclass(frozen=True, slots=True)
class Round:
    """The next round of labelling; labels: further labelled rows, 0 for none."""

    labels: int
    ahead: Ahead | None

    def to_json(self) -> dict[str, Any]:
        """The object `next`."""
        return {"labels": self.labels, **({} if self.ahead is None else self.ahead.to_json())}


def _p(found: Range | None) -> dict[str, Any] | None:
    return None if found is None else dict(plain({"p10": found.low, "p50": found.value, "p90": found.high}))


def ahead(found: Forecast, asked: Asked, rows: Rows, *, times: float, seed: int) -> Ahead:
    """What so many times today's rows would bring. Raises ValueError beyond eight times them."""
    most = asked.policy.curve_times_most
    if times > most:
        raise ValueError(f"a curve is carried on to {most} times the rows and no further, not {times:g}")
    more = round((times - 1.0) * rows.labelled)
    items = np.full(2_000, float(more))
    return Ahead(
        times,
        rows.labelled + more,
        more,
        asked.scores(asked.range(found.errors(times * rows.training))),
        asked.range(found.gain(times * rows.training)),
        asked.labelling.weeks(items, seed),
        asked.labelling.cost(items, seed),
    )


def reach(found: Forecast, asked: Asked, rows: Rows, *, seed: int) -> Reach | None:
    """The labels for the score that was asked for; None where none was."""
    if asked.reach is None:
        return None
    training = found.rows_for(asked.error(asked.reach))
    met = float(np.mean(training <= rows.training))
    never = float(np.mean(~np.isfinite(training)))
    within = training <= asked.policy.curve_times_most * rows.training
    beyond = float(np.mean(np.isfinite(training) & ~within))
    more: Floats = np.maximum(training[within] / rows.share - rows.labelled, 0.0)
    if len(more) < 0.1 * len(training):
        return Reach(asked.reach, met, None, None, None, never, beyond)
    return Reach(
        asked.reach,
        met,
        Range.of(more, P10, P90),
        asked.labelling.weeks(more, seed),
        asked.labelling.cost(more, seed),
        never,
        beyond,
    )


def enough(double: Ahead, goal: Reach | None, asked: Asked) -> Enough:
    """Whether today's data are enough: for the score where one was asked for, else for the gain worth having."""
    if goal is not None:
        return goal.reached(asked.policy.curve_reached)
    if double.gain.high < asked.worthwhile:
        return "yes"
    return "no" if double.gain.value >= asked.worthwhile and double.gain.low > 0.0 else "cannot tell"


def next_round(found: Forecast, asked: Asked, rows: Rows, *, goal: Reach | None, word: Enough, seed: int) -> Round:
    """How many labels to buy before looking again: a fifth of what is needed or of a doubling, at least a week's, at most as
    many as there are. None where the data are enough, or where half of the fits do not reach the score and twice the rows
    would not bring what is worth having either."""
    if word == "yes":
        return Round(0, None)
    double = ahead(found, asked, rows, times=2.0, seed=seed)
    wanted = float(rows.labelled)
    if goal is not None and goal.within >= LIKELY and goal.more is not None:
        wanted = goal.more.value
    elif goal is not None and double.gain.value < asked.worthwhile:
        return Round(0, None)
    labels = min(
        max(wanted / asked.policy.label_rounds, asked.labelling.per_week / (1 + asked.labelling.overlap[1])),
        float(rows.labelled),
    )
    whole = max(10, int(np.ceil(labels / 10.0)) * 10)
    return Round(whole, ahead(found, asked, rows, times=1.0 + whole / rows.labelled, seed=seed))
