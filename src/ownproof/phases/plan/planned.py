"""Everything that follows from a learning curve, put together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ownproof.phases.plan.asked import Asked, Rows
from ownproof.phases.plan.evidence import Needed, rows_needed
from ownproof.phases.plan.forecast import Forecast, Range, Refusal, forecast, refusal
from ownproof.phases.plan.measure import Curve
from ownproof.phases.plan.outlook import TIMES, Ahead, Enough, Reach, Round, ahead, enough, next_round, reach

CANNOT_TELL = 3


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """All that a plan found; parts that could not be said are None."""

    asked: Asked
    rows: Rows
    enough: Enough
    refused: Refusal | None
    curve: Curve | None = None
    forecast: Forecast | None = None
    now: Range | None = None
    ahead: tuple[Ahead, ...] = ()
    reach: Reach | None = None
    next: Round | None = None
    test: Needed | None = None

    @property
    def exit(self) -> int:
        """3 where nothing can be said, else 0."""
        return CANNOT_TELL if self.refused and self.enough == "cannot tell" else 0


def planned(curve: Curve | None, asked: Asked, rows: Rows, *, refused: Refusal | None, seed: int) -> Planned:
    """Everything that follows from a curve."""
    if curve is None:
        return Planned(asked, rows, "cannot tell", refused or "few")
    test = rows_needed(curve, asked, rows)
    reason = refused or refusal(curve)
    now = asked.scores(asked.range(curve.draws[:, -1]))
    if reason is not None:
        word: Enough = "yes" if reason == "flat" and _flat_for_sure(curve, asked) else "cannot tell"
        return Planned(asked, rows, word, reason, curve, None, now, test=test)
    found = forecast(curve, rows.training)
    points = tuple(ahead(found, asked, rows, times=t, seed=seed) for t in TIMES)
    goal = reach(found, asked, rows, seed=seed)
    word = enough(points[0], goal, asked)
    return Planned(
        asked,
        rows,
        word,
        None,
        curve,
        found,
        asked.scores(asked.range(found.errors(rows.training))),
        points,
        goal,
        next_round(found, asked, rows, goal=goal, word=word, seed=seed),
        test,
    )


def _flat_for_sure(curve: Curve, asked: Asked) -> bool:
    """Whether even the largest fall that the draws allow is, a doubling, less than what is worth having."""
    fall = float(np.quantile(curve.draws[:, 0] - curve.draws[:, -1], 0.95))
    return fall / float(np.log2(curve.sizes[-1] / curve.sizes[0])) < asked.worthwhile
