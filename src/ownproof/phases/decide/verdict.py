"""From rules to a verdict: vetoes, then what can be done at all, then evidence and cost by points, a tie to the cheaper to undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.conditions import RULES
from ownproof.phases.decide.options import API, KNOWN_KINDS, NO_ML, OPTIONS, OWN, UNDO, enough
from ownproof.phases.decide.rules import Money, Seen, ask

KNOWN_LEAST: Final = 3
"""Answers that a verdict takes: the task and two more; for tables and signals their labels alone."""
KNOWN_WITHOUT_LABELS: Final = 4
"""Answers that a verdict on a model of one's own takes while its labels are unknown; fewer where the rows are known."""
AHEAD: Final = 2
"""Points by which an option is well ahead of another."""
PLENTY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Standing:
    """One option as it stands. by: the rule that vetoed it; unfit: the rules by which it cannot be done; points: of all
    rules that fired."""

    option: str
    by: str | None
    unfit: tuple[str, ...]
    points: int

    @property
    def open(self) -> bool:
        """Whether nothing vetoed it and it can be done."""
        return self.by is None and not self.unfit


@dataclass(frozen=True, slots=True)
class Decision:
    """What came out. verdict: an option, None undecided; why: in a sentence; first: `label` where labels come first;
    interim: what does the work meanwhile."""

    verdict: str | None
    first: str | None
    interim: str | None
    why: str
    standings: tuple[Standing, ...]
    seen: tuple[Seen, ...]

    def standing(self, option: str) -> Standing:
        """How an option stands."""
        return next(s for s in self.standings if s.option == option)


def decide(answers: Answers, money: Money | None = None) -> Decision:
    """The verdict by the rules; nothing is read, drawn or written.

    >>> decide(Answers(task="tabular", labels=6200)).verdict
    'small-model'
    """
    answers = _counted(answers)
    seen = ask(RULES, answers, money)
    fired = [s for s in seen if s.fired]
    standings = tuple(_standing(option, fired) for option in OPTIONS)
    verdict, why = _verdict(answers, money, seen, standings)
    label = verdict in OWN and enough(verdict or "", answers) is False
    interim = (API if _can_help(answers, standings) else NO_ML) if label else None
    return Decision(verdict, "label" if label else None, interim, why, standings, seen)


def _counted(answers: Answers) -> Answers:
    """The labels that other answers tell of: every row of a series is one, and no class has fewer than the rarest."""
    if answers.labels is not None:
        return answers
    if answers.task == "forecast" and answers.rows is not None:
        return replace(answers, labels=answers.rows)
    if answers.labels_in_smallest_class is not None and answers.classes is not None:
        return replace(answers, labels=answers.labels_in_smallest_class * answers.classes)
    return answers


def _standing(option: str, fired: Sequence[Seen]) -> Standing:
    by = next((s.rule.id for s in fired if option in s.rule.bars), None)
    unfit = tuple(s.rule.id for s in fired if option in s.rule.unfit)
    gained = sum(s.points for s in fired if option in s.rule.favours)
    return Standing(option, by, unfit, gained - sum(s.points for s in fired if option in s.rule.against))


def _verdict(
    answers: Answers, money: Money | None, seen: Sequence[Seen], standings: Sequence[Standing]
) -> tuple[str | None, str]:
    if any(s.option == NO_ML and s.points > 0 for s in standings):
        return NO_ML, "a rule is good enough"
    if answers.task is None:
        return None, "the task is not known"
    ways = [s for s in standings if s.open and s.option != NO_ML]
    if not ways:
        if answers.rule_good_enough is None:
            return NO_ML, "nothing else can be done with what there is"
        return None, "a rule is not good enough, and nothing else can be done with what there is"
    if len(answers.known) < KNOWN_LEAST and not (_ours(seen) and answers.labels is not None):
        return None, "too little is known"
    best = _best(seen, ways)
    if best is None:
        return None, "nothing strong is known that speaks for one way"
    if best in OWN and answers.labels is None:
        return _whatever_labels(answers, money, ours=_ours(seen))
    tied = [s.option for s in ways if s.option != best and s.points == max(w.points for w in ways)]
    cheaper = all(UNDO.index(best) < UNDO.index(other) for other in tied)
    why = "this is cheaper to undo" if cheaper else "though nothing strong does"
    return best, f"as much speaks for {' and '.join(tied)}; {why}" if tied else ""


def _ours(seen: Sequence[Seen]) -> bool:
    """Whether nobody else's model reads the input, so that one's own is the only kind there is."""
    return any(s.fired and s.rule.key == "task" and API in s.rule.unfit for s in seen)


def _best(seen: Sequence[Seen], ways: Sequence[Standing]) -> str | None:
    """The best way for which something strong speaks, unless another is well ahead; or one that is well ahead."""

    def order(way: Standing) -> tuple[int, int]:
        return way.points, -UNDO.index(way.option)

    ranked = sorted(ways, key=order, reverse=True)
    reasoned = [w for w in ranked if _reason(w.option, seen) and w.points > ranked[0].points - AHEAD]
    if reasoned:
        return reasoned[0].option
    ahead = len(ranked) == 1 or ranked[0].points >= ranked[1].points + AHEAD
    return ranked[0].option if ahead and ranked[0].points > 0 else None


def _reason(option: str, seen: Sequence[Seen]) -> bool:
    """Whether something strong speaks for an option; too few labels do for an API."""
    if _ours(seen) and option in OWN:
        return True
    strong = [s for s in seen if s.fired and option in s.rule.favours and s.rule.weight != "weak"]
    return bool(strong) or (option == API and any(s.fired and s.rule.id == "data.short" for s in seen))


def _whatever_labels(answers: Answers, money: Money | None, *, ours: bool) -> tuple[str | None, str]:
    """With the labels unknown: a verdict that is the same with none and with a million of them, or stays a model of one's own."""
    ends = {decide(replace(answers, labels=n), money).verdict for n in (0, answers.rows or PLENTY)}
    least = KNOWN_LEAST if ours and answers.rows is not None else KNOWN_WITHOUT_LABELS
    if len(answers.known) < least or not ends <= set(OWN):
        return None, "how many labels there are is not known"
    best = min((e for e in ends if e), key=UNDO.index)
    return best, "" if len(ends) == 1 else "whatever the labels, a model of one's own; this is the cheaper to undo"


def _can_help(answers: Answers, standings: Sequence[Standing]) -> bool:
    """Whether a hosted API can do the work while labels are made."""
    return answers.task in KNOWN_KINDS and next(s for s in standings if s.option == API).open
