"""How many examples a kind of model asks for, and how many weeks pass before its first result; customary figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

OPTIONS = ("no-ml", "api", "fine-tune", "small-model", "deep-from-scratch")


@dataclass(frozen=True, slots=True)
class Minimum:
    """What a kind of model customarily asks for.

    low: fewer than that and it is not tried; enough: from there on nobody doubts it; unit: `rows`, `examples` or
    `examples of each class`."""

    option: str
    task: str
    low: int
    enough: int
    unit: str
    source: str

    @property
    def by_class(self) -> bool:
        """Whether it counts the smallest class."""
        return self.unit == "examples of each class"

    def met(self, labels: int | None, in_smallest_class: int | None = None) -> bool | None:
        """Whether there are enough; None where the count that matters is unknown.

        >>> minimum("fine-tune", "image-label").met(50_000)
        """
        have = in_smallest_class if self.by_class else labels
        return None if have is None else have >= self.low

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "option": self.option,
            "task": self.task,
            "low": self.low,
            "enough": self.enough,
            "unit": self.unit,
            "source": self.source,
        }


TABLES = "Grinsztajn and others 2022: trees lead from 3,000 to 50,000 rows; below about 5,000 gains drown in noise"
WORDS = "InstructGPT, LIMA (1,000) and QLoRA's smaller sets (Ouyang 2022, Zhou 2023, Dettmers 2023)"
ENCODED = "Howard and Ruder 2018: from 100 to 1,000 labels of each class a pretrained encoder is near its best"
IMAGES = "Kornblith and others 2019; Figueroa and others 2012 for the shape of the curve"
SCRATCH = (
    "Dosovitskiy and others 2021 (ImageNet's 1.3 M is small for a net without a pretrained one); Sun and others 2017"
)

MINIMA: tuple[Minimum, ...] = (
    *(Minimum("small-model", t, 5_000, 100_000, "rows", TABLES) for t in ("tabular", "forecast", "sensor")),
    Minimum("small-model", "text-label", 500, 10_000, "examples", ENCODED),
    Minimum("small-model", "multi-modal", 5_000, 100_000, "rows", TABLES),
    *(Minimum("fine-tune", t, 500, 5_000, "examples", WORDS) for t in ("generation", "extraction", "multi-modal")),
    Minimum("fine-tune", "text-label", 500, 10_000, "examples", ENCODED),
    *(Minimum("fine-tune", t, 1_000, 20_000, "examples of each class", IMAGES) for t in ("image-label", "detection")),
    *(
        Minimum("deep-from-scratch", t, 100_000, 1_000_000, "examples", SCRATCH)
        for t in (
            "tabular", "text-label", "extraction", "generation", "image-label", "detection", "forecast", "sensor",
            "multi-modal",
        )
    ),
)  # fmt: skip
_BY = {(m.option, m.task): m for m in MINIMA}


def minimum(option: str, task: str | None) -> Minimum | None:
    """What an option asks for on a task; None where it asks for no labels, or is no way for it.

    >>> minimum("fine-tune", "generation").low
    500
    """
    return _BY.get((option, task or ""))


# Weeks from a standing start with labels at hand to the first result that can be shown, least and most.
_WEEKS: dict[tuple[str, str], tuple[float, float]] = {
    ("no-ml", ""): (0.4, 2),
    ("api", ""): (0.2, 2),
    ("small-model", ""): (0.4, 3),
    ("small-model", "text-label"): (0.4, 3),
    ("fine-tune", ""): (3, 8),
    ("fine-tune", "text-label"): (1, 4),
    ("fine-tune", "generation"): (1, 8),
    ("fine-tune", "image-label"): (2, 5),
    ("fine-tune", "detection"): (3, 8),
    ("deep-from-scratch", ""): (13, 30),
    ("deep-from-scratch", "tabular"): (6, 16),
}


@dataclass(frozen=True, slots=True)
class Weeks:
    """Weeks to a first result: building alone, and with the labels that must come first. None: cannot be said."""

    low: float
    high: float
    labelling: float | None = 0.0

    @property
    def total(self) -> tuple[float, float] | None:
        """Least and most, labels included."""
        return None if self.labelling is None else (self.low + self.labelling, self.high + self.labelling)

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"low": self.low, "high": self.high, "labelling": self.labelling}


def weeks(
    option: str,
    task: str | None,
    *,
    labels: int | None = None,
    per_week: float | None = None,
    classes: int | None = None,
) -> Weeks:
    """Weeks to the first result of an option, with those for the labels that its minimum still lacks.

    labels: that are there (None: unknown, the weeks for labels too); per_week: how many come in a week.

    >>> weeks("fine-tune", "generation", labels=0, per_week=500).labelling
    1.0
    """
    low, high = _WEEKS.get((option, task or "")) or _WEEKS[option, ""]
    asked = minimum(option, task)
    if asked is None:
        return Weeks(low, high)
    needed = asked.low * (max(2, classes or 2) if asked.by_class else 1)
    if labels is None:
        return Weeks(low, high, None)
    lacking = max(0, needed - labels)
    if not lacking:
        return Weeks(low, high)
    return Weeks(low, high, lacking / per_week if per_week else None)


TODAY_ENOUGH, A_WEEK_ENOUGH = 1_000, 500
"""Labels today, or labels a week, without which a first model is customarily not begun (either is enough)."""


def short(
    option: str,
    task: str | None,
    *,
    labels: int | None,
    in_smallest_class: int | None = None,
    per_week: float | None = None,
) -> str:
    """What is short of the customary minimum of an option, in words; "" where nothing that is known is.

    >>> short("fine-tune", "image-label", labels=1_500, in_smallest_class=150)
    'the rarest class has 150 labelled examples, and 1,000 of each class are the customary least for this task'
    """
    asked = minimum(option, task)
    if asked is None:
        return ""
    if asked.met(labels, in_smallest_class) is False:
        have = in_smallest_class if asked.by_class else labels
        who = f"the rarest class has {have:,} labelled examples" if asked.by_class else f"there are {have:,} labels"
        told = f"{who}, and {asked.low:,}{' of each class' if asked.by_class else ''} are the customary least for this task"
        slow = labels is not None and labels < TODAY_ENOUGH and per_week is not None and per_week < A_WEEK_ENOUGH
        return f"{told}; {per_week:,.0f} a week are few as well" if slow else told
    return ""
