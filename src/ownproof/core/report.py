"""Findings, gates, verdicts and reports: what every phase returns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["ok", "warn", "block"]
Status = Literal["pass", "refused", "waived", "inconclusive", "not-run"]


def plain(value: Any) -> Any:
    """A value as JSON holds it: numpy scalars and arrays unpacked, tuples as lists, NaN and infinity as None.

    >>> plain({"a": (1, float("nan"))})
    {'a': [1, None]}
    """
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if hasattr(value, "to_json"):
        return plain(value.to_json())
    return str(value)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something seen, with the evidence a person can check and the line that mends it.

    rule: `leak.copy`, `quality.missing` ...; level: `warn` and `block` are accusations, `ok` is information.
    columns: the culprits only; partners belong into `evidence`.
    """

    rule: str
    level: Level
    columns: tuple[str, ...] = ()
    value: float | None = None
    evidence: str = ""
    advice: str = ""

    def to_json(self) -> dict[str, Any]:
        """The object of `findings` in the JSON answer."""
        return {
            "rule": self.rule,
            "level": self.level,
            "columns": list(self.columns),
            "value": plain(self.value),
            "evidence": self.evidence,
            "advice": self.advice,
        }


@dataclass(frozen=True, slots=True)
class Gate:
    """One decision of the kind that stops: what was seen against what was asked.

    interval: (low, high) of the value where there is one. rule: the rule in one sentence.
    """

    id: str
    status: Status
    value: float | str | None = None
    threshold: float | str | None = None
    interval: tuple[float, float] | None = None
    rule: str = ""
    columns: tuple[str, ...] = ()
    advice: str = ""
    waived_by: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The object of `gates` in the JSON answer."""
        return {
            "id": self.id,
            "status": self.status,
            "value": plain(self.value),
            "threshold": plain(self.threshold),
            "interval": plain(self.interval),
            "rule": self.rule,
            "columns": list(self.columns),
            "advice": self.advice,
            "waived_by": self.waived_by,
        }


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric with its interval; low and high are None where none was made."""

    value: float
    low: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The object of `metrics` in the JSON answer."""
        return {"value": plain(self.value), "low": plain(self.low), "high": plain(self.high)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The model against the baseline on the same units, paired.

    gain is in the metric's own unit, positive when the model is better, with its interval (low, high);
    worthwhile: the smallest gain worth having; units_needed: how many units a decision would take, None if unknown.
    """

    word: Literal["BETTER", "NOT BETTER", "CANNOT TELL"]
    metric: str
    baseline: str
    value: float
    model: float
    gain: float
    low: float
    high: float
    worthwhile: float
    units: int
    different: int
    units_needed: int | None = None
    level: float = 0.95

    def to_json(self) -> dict[str, Any]:
        """The object `baseline` of the JSON answer."""
        return dict(
            plain(
                {
                    "name": self.baseline,
                    "metric": self.metric,
                    "value": self.value,
                    "model": self.model,
                    "gain": self.gain,
                    "low": self.low,
                    "high": self.high,
                    "worthwhile": self.worthwhile,
                    "units_needed": self.units_needed,
                    "units": self.units,
                    "different": self.different,
                    "level": self.level,
                }
            )
        )


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph of a report."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of a report. rows: cells are text or numbers (None is blank); caption: one sentence on top."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One line, set of points or set of bars. low and high: an interval around each y, where there is one; without
    any y they are a band over x."""

    name: str
    x: tuple[Any, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of a report.

    form: `line` (x numeric), `step`, `points`, `bars` (x are names, horizontal), `columns` (histogram: x are bin
    edges with one y fewer, or names), `dots` (names with an interval each), `heat` (one Series a row, x the column
    names). marks: (x, y, text) points to single out, such as the operating point; reference: `diagonal`, `zero`
    or `y=NUMBER`. log: the axes of a line, step or points chart that rise by factors (`x`, `y`, `xy`); what is not above
    0 has no place on them.
    """

    title: str
    form: Literal["line", "step", "points", "bars", "columns", "dots", "heat"]
    series: tuple[Series, ...]
    x_label: str = ""
    y_label: str = ""
    marks: tuple[tuple[float, float, str], ...] = ()
    reference: str = ""
    caption: str = ""
    log: Literal["", "x", "y", "xy"] = ""


Block = Note | Grid | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of a report."""

    title: str
    blocks: tuple[Block, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a phase returns: findings, gates, numbers for machines and sections for people.

    facts: JSON values that go into the answer under their own names.
    """

    phase: str
    findings: tuple[Finding, ...] = ()
    gates: tuple[Gate, ...] = ()
    sections: tuple[Section, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refused(self) -> tuple[Gate, ...]:
        """The gates that stopped."""
        return tuple(g for g in self.gates if g.status == "refused")


def blocks_to_json(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """Sections as JSON objects, so that a stored report can be drawn again."""

    def block(item: Block) -> dict[str, Any]:
        if isinstance(item, Note):
            return {"is": "note", "text": item.text}
        if isinstance(item, Grid):
            return {"is": "grid", "columns": item.columns, "rows": item.rows, "caption": item.caption}
        return {
            "is": "chart",
            "title": item.title,
            "form": item.form,
            "x_label": item.x_label,
            "y_label": item.y_label,
            "marks": item.marks,
            "reference": item.reference,
            "caption": item.caption,
            "log": item.log,
            "series": [{"name": s.name, "x": s.x, "y": s.y, "low": s.low, "high": s.high} for s in item.series],
        }

    return list(plain([{"title": s.title, "id": s.id, "blocks": [block(b) for b in s.blocks]} for s in sections]))


def blocks_from_json(data: Sequence[Mapping[str, Any]]) -> tuple[Section, ...]:
    """The inverse of `blocks_to_json`."""

    def numbers(values: Sequence[Any]) -> tuple[float, ...]:
        return tuple(float("nan") if v is None else v for v in values)

    def block(item: Mapping[str, Any]) -> Block:
        if item["is"] == "note":
            return Note(item["text"])
        if item["is"] == "grid":
            return Grid(tuple(item["columns"]), tuple(tuple(r) for r in item["rows"]), item["caption"])
        series = tuple(
            Series(s["name"], tuple(s["x"]), numbers(s["y"]), numbers(s["low"]), numbers(s["high"]))
            for s in item["series"]
        )
        marks = tuple((m[0], m[1], m[2]) for m in item["marks"])
        return Chart(
            item["title"],
            item["form"],
            series,
            x_label=item["x_label"],
            y_label=item["y_label"],
            marks=marks,
            reference=item["reference"],
            caption=item["caption"],
            log=item.get("log", ""),
        )

    return tuple(Section(s["title"], tuple(block(b) for b in s["blocks"]), s["id"]) for s in data)
