"""What is known before anything is trained; every answer may be unknown, and unknown is no answer and no `no`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ownproof.errors import ConfigError, OwnproofError, all_at_once, did_you_mean

UNKNOWN = "unknown"
TASKS = (
    "tabular", "text-label", "extraction", "generation", "image-label", "detection", "forecast", "sensor", "multi-modal",
)  # fmt: skip
CHOICES: Mapping[str, tuple[str, ...]] = {
    "task": TASKS,
    "sovereignty": ("none", "private", "isolated"),
    "domain": ("general", "vocabulary", "modality"),
}
FLAGS = ("standard_task", "proprietary_data", "pretrained_equivalent", "edge", "rule_good_enough")
COUNTS = ("labels", "classes", "labels_in_smallest_class", "rows")
NUMBERS = ("labels_per_week", "calls_per_month", "tokens_in", "tokens_out", "latency_ms", "weeks_to_first_result")
LEAST: Mapping[str, float] = {"classes": 1, "latency_ms": 0.001}
MOST = 1e15
COST = "cost"
"""The section of one's own figures for what a model takes."""


@dataclass(frozen=True, slots=True)
class Answers:
    """One field for every answer; None is unknown.

    labels: examples with a known answer, rows: examples with or without; calls_per_month: how often a model would be
    asked; tokens of one call; latency_ms: the time in which 95 % of answers must be there; sovereignty: `private` data
    stay in the organisation, `isolated` there is no network either; domain: `vocabulary` for words that are not
    everybody's, `modality` for a kind of input that public models have not seen. cost: the user's own figures.
    """

    task: str | None = None
    standard_task: bool | None = None
    proprietary_data: bool | None = None
    pretrained_equivalent: bool | None = None
    edge: bool | None = None
    rule_good_enough: bool | None = None
    sovereignty: str | None = None
    domain: str | None = None
    labels: int | None = None
    labels_per_week: float | None = None
    classes: int | None = None
    labels_in_smallest_class: int | None = None
    rows: int | None = None
    calls_per_month: float | None = None
    tokens_in: float | None = None
    tokens_out: float | None = None
    api_model: str | None = None
    latency_ms: float | None = None
    weeks_to_first_result: float | None = None
    cost: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, said: Mapping[str, Any], *, where: str = "the answers") -> Answers:
        """From the content of a file of answers. Raises ConfigError with every problem, near misses named.

        >>> Answers.read({"labels": 6200, "task": "tabular", "edge": "unknown"}).edge is None
        True
        """
        problems: list[OwnproofError] = []
        clean: dict[str, Any] = {}
        for name, value in said.items():
            if name not in KEYS and name != COST:
                problems.append(_strange(name, where))
            elif value is None or (isinstance(value, str) and value.strip().casefold() == UNKNOWN):
                continue
            else:
                right = _expected(name, value)
                if right:
                    problems.append(_wrong(name, value, right, where))
                clean[name] = int(value) if name in COUNTS and not right else value
        problems += [] if problems else _apart(clean, where)
        if problems:
            raise all_at_once(problems)
        return cls(**clean)

    @property
    def known(self) -> tuple[str, ...]:
        """The names of what is known, in the order of the fields."""
        return tuple(n for n in KEYS if getattr(self, n) is not None)

    def to_json(self) -> dict[str, Any]:
        """Every answer by name, None where it is unknown; the user's own figures of cost where there are any."""
        return {n: getattr(self, n) for n in KEYS} | ({COST: dict(self.cost)} if self.cost else {})


KEYS = tuple(f.name for f in fields(Answers) if f.name != COST)


def _strange(name: str, where: str) -> ConfigError:
    return ConfigError(
        f"no answer is called {name!r}",
        expected=f"one of {', '.join(KEYS)}",
        hint=did_you_mean(name, KEYS, what="answers"),
        where=f"{where}: {name}",
        code="unknown-answer",
    )


def _wrong(name: str, value: Any, right: str, where: str) -> ConfigError:
    close = did_you_mean(value, CHOICES[name]) if name in CHOICES and isinstance(value, str) else ""
    hint = close if close.startswith("did you mean") else f'write {name} = {_example(name)}, or "unknown"'
    return ConfigError(f"{name} is {value!r}"[:120], expected=right, hint=hint, where=f"{where}: {name}")


def _example(name: str) -> str:
    if name in CHOICES:
        return f'"{CHOICES[name][0]}"'
    return "true" if name in FLAGS else '"NAME"' if name == "api_model" else "{}" if name == COST else "400"


def _expected(name: str, value: Any) -> str:
    """What would have been right, "" where it is."""
    if name == COST:
        return "" if isinstance(value, Mapping) else "a table [cost]"
    if name in CHOICES:
        return "" if isinstance(value, str) and value in CHOICES[name] else f"one of {', '.join(CHOICES[name])}"
    if name in FLAGS:
        return "" if isinstance(value, bool) else "true or false"
    if name == "api_model":
        return "" if isinstance(value, str) and value.strip() else "the name of a model"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "a number"
    least = LEAST.get(name, 0)
    if not least <= value <= MOST:  # also what is no number (NaN)
        return f"a number from {least:g} on"
    return "a whole number" if name in COUNTS and value != int(value) else ""


def contradictions(answers: Answers) -> str:
    """What cannot be true together, in words; "" where everything can.

    >>> contradictions(Answers(labels=100, classes=3, labels_in_smallest_class=40))
    '3 classes of at least 40 are more than all 100 labels'
    """
    smallest, labels, classes = answers.labels_in_smallest_class, answers.labels, answers.classes
    if smallest is None or labels is None or smallest * (classes or 1) <= labels:
        return ""
    have = f"{classes} classes of at least {smallest:,}" if classes else f"a class of {smallest:,}"
    return f"{have} are more than all {labels:,} labels"


def _apart(clean: Mapping[str, Any], where: str) -> list[OwnproofError]:
    said = contradictions(Answers(**clean))
    hint = "count again: labels is the sum over the classes"
    place = f"{where}: labels_in_smallest_class"
    return (
        [ConfigError(said, expected="labels of all classes, and of the smallest", hint=hint, where=place)]
        if said
        else []
    )
