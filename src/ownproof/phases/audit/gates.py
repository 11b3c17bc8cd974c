"""The gates of an audit: one for each leak that stops when it is certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ownproof.core.report import Finding, Gate

RULES: Mapping[str, str] = {
    "copy": "no column is the target under another name",
    "derived": "no two columns make the target by a sum, a difference, a product or a ratio",
    "aggregate": "no column is a mean of the target over rows of which the row itself is one",
    "later": "no column is a later value of another column",
    "pair": "no two columns have one label in each combination of their values",
    "text": "no text names the class of its row",
    "id": "no column that numbers the rows tells the outcome",
    "row-order": "the order of the file is not handed on to a model",
    "availability": "no column is declared to be known only after the outcome",
    "duplicates": "no more equal rows across the split than repeats inside each side predict",
    "group-overlap": "no group is on both sides of the split, unless groups may return",
    "time-overlap": "no training row lies at or after the start of the other side",
    "horizon": "no training row waits for its outcome when the other side begins",
}


def gates(findings: Sequence[Finding], ran: Mapping[str, int | None]) -> tuple[Gate, ...]:
    """A gate a rule. ran: what was counted by rule, None for what there was nothing to look at."""
    return tuple(
        _gate(what, rule, [f for f in findings if f.rule == f"leak.{what}" and f.level == "block"], ran.get(what))
        for what, rule in RULES.items()
    )


def _gate(what: str, rule: str, found: Sequence[Finding], count: int | None) -> Gate:
    if found:
        columns = tuple(dict.fromkeys(c for f in found for c in f.columns))
        advice = "; ".join(dict.fromkeys(f.advice for f in found))
        value: float | str = len(columns) if columns else found[0].evidence
        return Gate(f"audit.{what}", "refused", value, 0, rule=rule, columns=columns, advice=advice)
    if count is None:
        return Gate(f"audit.{what}", "not-run", rule=rule)
    return Gate(f"audit.{what}", "pass", count, 0, rule=rule)
