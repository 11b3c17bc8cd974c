"""What of a plan's room is spent: counted by the learners' own formulas and never by a clock, so a restart counts the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ownproof.core.learner import Candidate, Learner, Shape

CAUTION: Final = 1.3  # another recipe of a learner may stop that much later than those before it
UNTRIED: Final = 0.8  # of its estimate: a recipe of weak trees goes on where one of strong trees stopped early


@dataclass(frozen=True, slots=True)
class Item:
    """One candidate to try on every fold; seconds: what it is estimated to take in all; most_s: if nothing stops it."""

    candidate: Candidate
    seconds: float
    most_s: float = 0.0


def estimated(learner: Learner, params: Mapping[str, Any], shape: Shape, folds: int) -> Item:
    """A candidate with what it takes on so many folds of a shape, as usual and if nothing stops it."""
    usual, most = (learner.cost(p, shape).seconds * folds for p in (params, {**params, "stop": False}))
    return Item(Candidate(learner.name, dict(params)), usual, most)


@dataclass(slots=True)
class Account:
    """Seconds by formula. room_s: what may be spent in all; limit_s: what no fit may reach beyond, whenever it stops.

    A fit that may stop early is estimated before and counted after (`work_s` among its facts); what the fits before it
    took of their estimates corrects the next one's.

    >>> account = Account(room_s=10.0)
    >>> big = Item(Candidate("lightgbm", {"name": "big"}), 9.0)
    >>> account.note(Item(Candidate("lightgbm"), 8.0), 2.0, told=True)  # it stopped after a quarter of the rounds
    >>> round(account.expected(big), 3), account.fits(big)
    (7.2, True)
    """

    room_s: float
    limit_s: float = float("inf")
    spent_s: float = 0.0
    _pace: dict[str, float] = field(default_factory=dict)
    _tried: set[str] = field(default_factory=set)

    def expected(self, item: Item) -> float:
        """The estimate, corrected by the learner's own pace so far; that of the others may only shorten it."""
        own = self._pace.get(item.candidate.learner)
        if own is not None:
            return item.seconds * max(own * CAUTION, 0.0 if item.candidate.label in self._tried else UNTRIED)
        return item.seconds * min(1.0, max(self._pace.values(), default=1.0) * CAUTION)

    def fits(self, item: Item, times: int = 1) -> bool:
        """Whether there is room for a candidate, or for so many like it."""
        within = self.spent_s + item.most_s <= self.limit_s
        return within and self.spent_s + times * self.expected(item) <= self.room_s

    def note(self, item: Item, work_s: float, *, told: bool) -> None:
        """Count what was tried. told: whether the learner said itself what its fits took of the estimate."""
        self.spent_s += work_s
        self._tried.add(item.candidate.label)
        if told:
            learner = item.candidate.learner
            self._pace[learner] = max(self._pace.get(learner, 0.0), work_s / item.seconds)
