"""Whether a project that lies in a label folder may learn from its labels: what agreement said last."""

from __future__ import annotations

from typing import Any

from ownproof.core.report import Finding, Gate, Report
from ownproof.phases.agree.evidence import TITLES
from ownproof.project.labelling.folder import FILE
from ownproof.project.project import Project
from ownproof.project.store import digest

RULE = "the raters of a label folder agree (kappa, by its rule on the overlap)"


def agreement(project: Project) -> Report | None:
    """The gate on agreement: refused when the last `ownproof agree` in the folder said stop; a warning where it did not
    decide, or was never asked. None where the project is no label folder."""
    if not (project.root / FILE).is_file():
        return None
    said = project.ledger.entries("agree")
    if not said:
        return _unsure(project, "no agreement was ever measured on these labels")
    told = said[-1].data
    value, low, high = (_number(told.get(name)) for name in ("value", "low", "high"))
    items = int(_number(told.get("items")) or 0)
    name = TITLES.get(str(told.get("coefficient")), "agreement")
    words = f"{name}{'' if value is None else f' {value:.2f}'} on {items:,} items"
    if told.get("exit") not in (0, 4):
        needed = _number(told.get("needed"))
        more = f"; {needed:,.0f} more items with two raters would settle it" if needed else ""
        why = f"undefined, {told['undefined']}" if told.get("undefined") else f"{words} does not decide{more}"
        return _unsure(project, why, int(needed or 0))
    refused = told["exit"] == 4
    gate = Gate(
        "label.agreement",
        "refused" if refused else "pass",
        value,
        project.config.rules().kappa,
        None if low is None or high is None else (low, high),
        RULE,
        advice=f"ownproof label adjudicate {project.root}, mend the guide, label another draw, then: ownproof agree "
        f"{project.root}"
        if refused
        else "",
    )
    return Report("label", gates=(gate,))


def mark(project: Project) -> str:
    """What a stored answer depends on of all this: empty outside a label folder."""
    if not (project.root / FILE).is_file():
        return ""
    said = project.ledger.entries("agree")
    return digest(dict(said[-1].data) if said else None)[:12]


def _unsure(project: Project, why: str, needed: int = 0) -> Report:
    more = f"ownproof label sample {project.root} --double {needed}, then: " if needed else ""
    advice = f"{more}ownproof agree {project.root}"
    finding = Finding("label.agreement", "warn", (), None, f"the labels are not known to be agreed upon: {why}", advice)
    return Report("label", (finding,), (Gate("label.agreement", "not-run", rule=RULE, advice=advice),))


def _number(value: Any) -> float | None:
    fine = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if fine else None
