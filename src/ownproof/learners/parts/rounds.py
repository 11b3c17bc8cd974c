"""How many rounds a booster gets: the most, when to stop, and how many for the refit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

EVERY: Final = 10
"""Rounds between two points of the curve."""

_FEWEST_WAITED: Final = 100
_MOST_WAITED: Final = 400
_SMALL: Final = 2000  # rows: below, the best rounds of single folds scatter widely and their mean curve says more


def most(rows: int, learning_rate: float) -> int:
    """The most rounds worth planning: they grow with the rows and shrink with the rate.

    >>> most(1_000, 0.05), most(100_000, 0.05)
    (317, 2000)
    """
    return round(min(3000.0, max(100.0, 20.0 * float(rows**0.4) * 0.05 / learning_rate)))


def expected(params: Mapping[str, Any], planned: int, share: float = 0.65) -> float:
    """The rounds that a plan should count with: under early stopping a share of what is usual, else all of them.

    planned: the most rounds that are usual for the rows and the rate; fewer in `params` are a bound that is reached.
    """
    usual = float(planned) if not params.get("stop", True) else share * planned
    bound = float(params.get("rounds", usual))
    return min(usual, bound) if params.get("stop", True) else bound


def settled(facts: Sequence[Mapping[str, Any]]) -> int:
    """Rounds for a refit on all rows: 1.1 times the folds' mean best, since there are more rows than in a fold.

    On small data the minimum of the folds' mean curve stands for the mean of their minima.

    >>> settled([{"rounds": 100, "rows": 9000}, {"rounds": 120, "rows": 9000}])
    121
    """
    best = float(np.mean([float(f["rounds"]) for f in facts])) if facts else 100.0
    curves = [list(f.get("curve", ())) for f in facts]
    if facts and all(curves) and max(float(f.get("rows", _SMALL)) for f in facts) < _SMALL:
        shortest = min(map(len, curves))
        mean = np.mean([c[:shortest] for c in curves], axis=0)
        best = 1.0 + EVERY * int(np.argmin(mean))
    return max(1, round(1.1 * best))


@dataclass(slots=True)
class Patience:
    """Waits max(100, 0.3 x best + 20) rounds, 400 at most, for a lower loss (AutoGluon's rule, capped).

    stops: whether the loss decides at all; without it every round is kept. best: rounds of the lowest loss so far;
    done: all rounds so far.

    >>> p = Patience(stops=True)
    >>> [p.after(r, 1.0 / r if r < 5 else 1.0) for r in (1, 2, 3, 4)], p.best, p.after(104, 1.0)
    ([False, False, False, False], 4, True)
    """

    stops: bool
    best: int = 0
    done: int = 0
    loss: float = float("inf")
    curve: list[float] = field(default_factory=list)

    def after(self, done: int, loss: float | None) -> bool:
        """Take note of `done` rounds and the loss then; True when it is time to stop."""
        self.done = done
        if loss is not None and (done - 1) % EVERY == 0:
            self.curve.append(loss)
        if not self.stops or loss is None or loss < self.loss or not self.best:
            self.best = done
            self.loss = float("nan") if loss is None else loss
        waits = min(_MOST_WAITED, max(_FEWEST_WAITED, 0.3 * self.best + 20))
        return self.stops and done - self.best >= waits

    def text(self) -> str:
        """A few words of progress."""
        return f"loss {self.loss:.4g} at round {self.best}" if self.loss == self.loss else f"round {self.best}"

    def facts(self, *, rows: int) -> dict[str, Any]:
        """What a refit needs to know, as JSON values."""
        found: dict[str, Any] = {"rounds": self.best, "rows": rows}
        if self.curve:
            found |= {"loss": self.loss, "curve": [round(c, 6) for c in self.curve]}
        return found
