"""The leakage sheet of a bundle: what is known of each of the eight kinds of leakage, and by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ownproof.core.report import Finding, Gate, Grid, Section

ROWS = (
    "leak.duplicates",
    "leak.group-overlap",
    "leak.horizon",
    "leak.preprocessing",
    "leak.row-order",
    "leak.time-overlap",
)
COLUMN_GATES = ("audit.copy", "audit.derived", "audit.id", "audit.row-order", "audit.availability")


@dataclass(frozen=True, slots=True)
class Handling:
    """How the rows were handled, as far as the sheet asks.

    sealed_rows: of the test; supplied: it was handed in (`--test`); against: another table was compared with. time and
    group: the names of those columns; horizon: of the labels, as it was typed. features: how many columns a model may
    look at; available: what the availability file says, by column; available_file: its name. returning: `--groups
    returning` was typed. found: the findings; gates: with their waivers.
    """

    sealed_rows: int
    supplied: bool = False
    against: bool = False
    time: str | None = None
    group: str | None = None
    horizon: str | None = None
    features: int = 0
    available: Mapping[str, str] = field(default_factory=dict)
    available_file: str = ""
    returning: bool = False
    found: Sequence[Finding] = ()
    gates: Sequence[Gate] = ()

    @property
    def handed_in(self) -> bool:
        """Whether there is a second table that the rows were held against."""
        return self.supplied or self.against


def sheet(seen: Handling) -> list[dict[str, Any]]:
    """The eight kinds of leakage of Kapoor and Narayanan (2023, Patterns 4:100804): `sheet.json`.

    Each has an `id`, the `kind`, a `status` (`checked`, `declared` or `not checkable`), by what or `by` whom, the `rules`
    that looked and the `result` in words.
    """
    return [
        _declared_by_waiver(row, seen)
        for row in (
            _test(seen),
            _preprocessing(seen),
            _selection(),
            _duplicates(seen),
            _features(seen),
            _time(seen),
            _dependence(seen),
            _population(seen),
        )
    ]


def unknown() -> list[dict[str, Any]]:
    """The sheet of a model that somebody else trained: nothing of it can be checked here."""
    said = "the model came trained: how its rows were chosen, split and prepared is known to whoever trained it"
    return [{**row, "status": "not checkable", "by": "", "rules": [], "result": said} for row in sheet(Handling(0))]


def _row(kind: tuple[str, str], status: str, by: str, result: str, rules: Sequence[str] = ()) -> dict[str, Any]:
    return {"id": kind[0], "kind": kind[1], "status": status, "by": by, "rules": list(rules), "result": result}


def _result(seen: Handling, rules: Sequence[str]) -> str:
    hit = [f for f in seen.found if f.rule in rules and f.level != "ok"]
    said = [f"{f.rule} {'stops' if f.level == 'block' else 'warns'}" + _of(f.columns) for f in hit]
    return "found: " + "; ".join(dict.fromkeys(said)) if hit else "nothing found"


def _of(columns: Sequence[str]) -> str:
    return f" ({', '.join(columns)})" if columns else ""


def _test(seen: Handling) -> dict[str, Any]:
    kind = "L1.1", "no separate test set"
    rows = f"{seen.sealed_rows:,} rows"
    if seen.supplied:
        return _row(kind, "declared", "whoever handed in --test", f"{rows} were handed in as the test", ["seal.train"])
    return _row(
        kind,
        "checked",
        "seal",
        f"{rows} were sealed before anything looked at the rows; none is trained on",
        ["seal.train"],
    )


def _preprocessing(seen: Handling) -> dict[str, Any]:
    rules = ["leak.preprocessing"]
    result = f"{_result(seen, rules)}; what ownproof encodes itself it fits on training rows only"
    return _row(("L1.2", "preprocessing on training and test rows"), "checked", "audit", result, rules)


def _selection() -> dict[str, Any]:
    return _row(
        ("L1.3", "feature selection on training and test rows"),
        "not checkable",
        "",
        "a choice of columns made before the table was handed in leaves no trace in it; ownproof itself chooses without "
        "the test",
    )


def _duplicates(seen: Handling) -> dict[str, Any]:
    kind, rules = ("L1.4", "duplicates across training and test"), ["leak.duplicates"]
    if seen.handed_in:
        return _row(kind, "checked", "audit", _result(seen, rules), rules)
    return _row(kind, "checked", "seal", "equal rows were sealed together or not at all", ["split.units"])


def _features(seen: Handling) -> dict[str, Any]:
    kind = "L2", "features that are not legitimate"
    rules = sorted({f.rule for f in seen.found if f.rule.startswith("leak.") and f.rule not in ROWS} | {
        "leak.availability", "leak.copy", "leak.derived", "leak.id", "leak.proxy", "leak.row-order"
    })  # fmt: skip
    result = _result(seen, rules)
    if seen.available:
        result = f"{len(seen.available)} of {seen.features} columns declared, the others checked: {result}"
        return _row(kind, "declared", f"the availability file {seen.available_file}".strip(), result, rules)
    return _row(kind, "checked", "audit", result, rules)


def _time(seen: Handling) -> dict[str, Any]:
    kind, rules = ("L3.1", "temporal leakage"), ["leak.time-overlap", "leak.horizon", "split.time"]
    if seen.time is None:
        return _row(kind, "not checkable", "", "no column says when a row came about (--time)", rules)
    horizon = f"a label reaches {seen.horizon}, as declared" if seen.horizon else "no --horizon was declared"
    result = _result(seen, rules) if seen.handed_in else "the test is the latest part"
    return _row(kind, "checked", "audit and split", f"{result}; by {seen.time}; {horizon}", rules)


def _dependence(seen: Handling) -> dict[str, Any]:
    kind, rules = ("L3.2", "dependence between training and test rows"), ["leak.group-overlap", "split.units"]
    if seen.group is None:
        return _row(kind, "not checkable", "", "no column says which rows belong together (--group)", rules)
    if seen.returning or (seen.time is not None and not seen.handed_in):
        by = "--groups returning" if seen.returning else "time and group together: groups may return"
        return _row(kind, "declared", by, f"a known {seen.group} may come back; new ones are evaluated apart", rules)
    result = _result(seen, rules) if seen.handed_in else f"every {seen.group} is on one side"
    return _row(kind, "checked", "audit and split", result, rules)


def _population(seen: Handling) -> dict[str, Any]:
    kind, rules = ("L3.3", "test rows that are not the population of interest"), ["quality.population"]
    if seen.handed_in:
        return _row(kind, "checked", "audit", f"{_result(seen, rules)}: the two tables beside one another", rules)
    how = "the latest rows of the table" if seen.time is not None else "drawn from the table by hash"
    return _row(
        kind,
        "not checkable",
        "",
        f"the test is {how}; whether the table is the population of interest, nobody declared",
        rules,
    )


GATES: Mapping[str, tuple[str, ...]] = {
    "L1.1": ("seal.train",),
    "L1.4": ("audit.duplicates",),
    "L2": COLUMN_GATES,
    "L3.1": ("audit.time-overlap", "audit.horizon", "split.time"),
    "L3.2": ("audit.group-overlap", "split.units"),
}


def _declared_by_waiver(row: dict[str, Any], seen: Handling) -> dict[str, Any]:
    """What was found and waived is declared harmless, by the one who waived it."""
    waived = [
        g for g in seen.gates if g.status == "waived" and (g.id in GATES.get(row["id"], ()) or _column_gate(row, g))
    ]
    if not waived:
        return row
    by = "; ".join(dict.fromkeys(f"{g.waived_by} (waived {g.id})" for g in waived))
    return {**row, "status": "declared", "by": by}


def _column_gate(row: Mapping[str, Any], gate: Gate) -> bool:
    return row["id"] == "L2" and gate.id.replace("audit.", "leak.") in row["rules"]


def section(rows: Sequence[Mapping[str, Any]]) -> Section:
    """The sheet as a chapter of the report."""
    grid = Grid(
        ("kind", "of leakage", "status", "by", "result"),
        tuple((r["id"], r["kind"], r["status"], r["by"], r["result"]) for r in rows),
        "The eight kinds of leakage that Kapoor and Narayanan (2023) found in published work",
    )
    return Section("Kinds of leakage", (grid,), "sheet")
