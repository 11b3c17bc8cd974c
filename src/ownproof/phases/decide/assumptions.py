"""What a model of one's own takes, as triangles: people, labels, serving, upkeep; each may be said better by the user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ownproof.errors import ConfigError, OwnproofError, all_at_once, did_you_mean
from ownproof.phases.decide.ranges import Triangle

T = Triangle


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The guesses behind the cost of an own model, in US dollars. One who knows better says so under `[cost]`.

    Weeks, wages and labels are wide on purpose: of a small team that has done it before and of one that has not.
    Hours of upkeep count watching, incidents and retraining by hand; what retraining itself takes stands apart.
    """

    # Building it once: weeks of an engineer, dollars a week with everything.
    engineer_weeks: Triangle = field(default=T(3, 5, 8))
    week_price: Triangle = field(default=T(2_000, 4_000, 7_000))
    # Labels bought once, dollars each; an offer of a labelling service and the hour of an own expert are the two ends.
    labels: Triangle = field(default=T(1_000, 3_000, 8_000))
    label_price: Triangle = field(default=T(0.05, 0.2, 0.8))
    # Months that both are spread over: how long a model is in use before it is built anew.
    months: Triangle = field(default=T(12, 18, 24))
    # A machine that answers, dollars a month, and calls that it can answer in a month (0: any number).
    serving: Triangle = field(default=T(30, 80, 300))
    capacity: Triangle = field(default=T.exactly(0))
    # Upkeep: hours a month, dollars an hour.
    upkeep_hours: Triangle = field(default=T(4, 10, 24))
    hour_price: Triangle = field(default=T(50, 90, 150))
    # Retraining: times a month (every six months to every month), fresh labels and dollars of machines each time.
    retrains: Triangle = field(default=T(1 / 6, 1 / 3, 1))
    fresh_labels: Triangle = field(default=T(0, 100, 500))
    retrain_compute: Triangle = field(default=T(0.02, 0.2, 2))

    @classmethod
    def of(cls, option: str, task: str | None = None) -> Assumptions:
        """Those of an option (`small-model`, `fine-tune`, `deep-from-scratch`); a task of words written out needs a GPU to answer.

        >>> Assumptions.of("deep-from-scratch").engineer_weeks.mode
        18
        """
        own = cls()
        if option == "fine-tune":
            own = replace(own, labels=T(500, 2_000, 5_000), retrain_compute=T(2, 10, 50))
        if option == "deep-from-scratch":
            own = replace(
                own,
                engineer_weeks=T(12, 18, 30),
                labels=T(50_000, 150_000, 500_000),
                upkeep_hours=T(8, 20, 48),
                retrain_compute=T(20, 200, 2_000),
            )
        if option != "small-model" and task in WRITTEN_OUT:
            own = replace(own, serving=T(380, 570, 1_500), capacity=T(1_000_000, 4_000_000, 12_000_000))
        return own

    def read(self, changes: Mapping[str, Any]) -> Assumptions:
        """The same with what the user said: a number, (low, high) or (low, likeliest, high).

        Raises ConfigError with every unknown name and every wrong value at once.

        >>> Assumptions().read({"upkeep_hours": [2, 6]}).upkeep_hours
        Triangle(low=2.0, mode=4.0, high=6.0)
        """
        changed, problems = self.changed(changes)
        if problems:
            raise all_at_once(problems)
        return changed

    def changed(
        self, changes: Mapping[str, Any], *, also: Sequence[str] = ()
    ) -> tuple[Assumptions, list[OwnproofError]]:
        """As `read`, with the problems in place of an error; also: further names that near misses are looked for in."""
        known = [f.name for f in fields(self)]
        problems: list[OwnproofError] = []
        clean: dict[str, Triangle] = {}
        for name, value in changes.items():
            if name not in known:
                hint = did_you_mean(name, [*known, *also], what="names")
                problems.append(wrong(name, f"no figure of cost is called {name!r}", "a name of [cost]", hint))
                continue
            try:
                guess = Triangle.read(value)
            except ValueError as why:
                problems.append(wrong(name, f"{name} is {value!r}", str(why), f"write {name} = [2, 5, 9], for example"))
                continue
            if guess.low < (1e-6 if name == "months" else 0) or not guess.high < MOST:
                problems.append(wrong(name, f"{name} is {value!r}", "numbers above 0", f"say {name} as it really is"))
            clean[name] = guess
        return (self if problems else replace(self, **clean)), problems

    def to_json(self) -> dict[str, list[float]]:
        """All of them by name, [low, mode, high]."""
        return {f.name: getattr(self, f.name).to_json() for f in fields(self)}


WRITTEN_OUT = frozenset({"generation"})  # answers of many words: a language model, and so a GPU, must write them


MOST = 1e12  # dollars, labels or calls: more is a slip of the hand, and infinity no number


def wrong(name: str, message: str, expected: str, hint: str) -> ConfigError:
    """What is wrong with a name or a value under `[cost]`."""
    return ConfigError(message, expected=expected, hint=hint, where=f"cost.{name}")
