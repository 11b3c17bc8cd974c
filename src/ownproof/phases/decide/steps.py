"""What to try next, cheapest first: each with what it costs, how long it takes, and a command where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.labelling import Plan
from ownproof.phases.decide.options import API, DEEP, KNOWN_KINDS, NO_ML, SMALL, TUNE
from ownproof.phases.decide.questions import Question
from ownproof.phases.decide.verdict import Decision

ROWS_TO_TRY: Final = 150
"""Rows that show a hosted model's accuracy to about six points."""
LABELS_TO_TRY: Final = 200
"""Labels from which a small model and its learning curve show anything at all."""
HOUR, DAY, WEEK = 60.0, 480.0, 2_400.0


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do. dollars and minutes (of work): about; None where it is not known."""

    do: str
    dollars: float | None = 0.0
    minutes: float | None = None
    command: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON object of `next`."""
        return {"do": self.do, "dollars": self.dollars, "minutes": self.minutes, "command": self.command or None}


def steps(
    answers: Answers,
    found: Decision,
    *,
    questions: Sequence[Question],
    label: Plan | None,
    call: float | None,
    data: str = "DATA",
    target: str = "TARGET",
) -> tuple[Step, ...]:
    """The steps that follow from a decision, those of no cost and little time first.

    call: dollars of one call, None where it is not known.
    """
    named = f"{data} --target {target}"
    made = [
        *_asking(found, questions),
        *_rule(answers, found, named),
        *_hosted(answers, found, call),
        *_own(answers, found, named),
        *_label(found, label),
    ]
    return tuple(sorted(made, key=lambda s: ((s.dollars or 0.0) + (s.minutes or 0.0), s.do)))


def _asking(found: Decision, questions: Sequence[Question]) -> list[Step]:
    if found.verdict is not None or not questions:
        return []
    asked = " ".join(q.asks for q in questions[:3])
    return [
        Step(f"Answer what decides, in the file of answers: {asked}", minutes=5, command="ownproof decide ANSWERS.toml")
    ]


def _rule(answers: Answers, found: Decision, named: str) -> list[Step]:
    if found.verdict == NO_ML:
        return [
            Step(
                "Write the rule down and measure it on labelled rows; it is the one to beat from then on.",
                minutes=HOUR,
                command=f"ownproof judge {named} --predictions FILE",
            )
        ]
    if answers.rule_good_enough is not None or answers.task not in (
        "tabular",
        "text-label",
        "sensor",
        "forecast",
        None,
    ):
        return []
    return [Step("Write down the rule that people use today, and see how often it is right.", minutes=HOUR)]


def _hosted(answers: Answers, found: Decision, call: float | None) -> list[Step]:
    way = found.standing(API)
    if answers.task not in KNOWN_KINDS or not way.open or found.verdict == NO_ML:
        return []
    dollars = None if call is None else call * ROWS_TO_TRY
    price = "" if dollars is None else f" (about ${max(dollars, 0.01):,.2f})"
    rows = "your validation rows" if answers.labels else "rows that you label by hand first"
    took = ", ten minutes" if answers.labels else ""
    return [
        Step(
            f"Ask a hosted model for {ROWS_TO_TRY} answers on {rows}{price}{took}; then hold them against the truth.",
            dollars=dollars,
            minutes=10 if answers.labels else 180,
            command="ownproof judge DATA --target TARGET --predictions FILE",
        )
    ]


def _own(answers: Answers, found: Decision, named: str) -> list[Step]:
    made = []
    trainable = (
        answers.task in ("tabular", "text-label", "forecast", "sensor") and (answers.labels or 0) >= LABELS_TO_TRY
    )
    if trainable and found.standing(SMALL).open and found.verdict not in (NO_ML, API):
        made.append(
            Step(
                "Train a small model for a minute: it is the bar that anything larger has to clear.",
                minutes=10,
                command=f"ownproof run {named} --budget 60s",
            )
        )
        made.append(Step("See what more labels would bring.", minutes=5, command=f"ownproof plan {named}"))
    if found.verdict == TUNE and not found.first:
        made.append(
            Step(
                "Tune the smallest open model that reads your input, a day with the measuring of it.",
                minutes=DAY,
                dollars=5,
            )
        )
    if found.verdict == DEEP:
        made.append(
            Step(
                "Train one small net on a tenth of the data, beside boosting on features: does it win at all?",
                minutes=WEEK,
            )
        )
    return made


def _label(found: Decision, label: Plan | None) -> list[Step]:
    if found.first is None or label is None:
        return []
    first = Step(
        "Write the labelling guide, and have two people label the same 50 examples: do they agree?",
        minutes=DAY,
        command="ownproof label init DIR --kind label",
    )
    weeks = "" if label.weeks is None else f", {weeks_in_words(label.weeks)}"
    rest = Step(
        f"Label {label.needed:,} examples{weeks}.",
        dollars=round(label.dollars[1], 2),
        minutes=None if label.weeks is None else label.weeks[1] * WEEK,
        command="ownproof label serve DIR",
    )
    return [first, rest]


def weeks_in_words(weeks: tuple[float, float, float]) -> str:
    """Weeks with their range.

    >>> weeks_in_words((1.0, 2.0, 4.5)), weeks_in_words((1.0, 1.0, 1.0))
    ('1 to 4.5 weeks', '1 week')
    """
    low, high = f"{max(0.1, weeks[0]):.1f}".removesuffix(".0"), f"{max(0.1, weeks[2]):.1f}".removesuffix(".0")
    if low == high:
        return f"{low} week{'' if low == '1' else 's'}"
    return f"{low} to {high} weeks"
