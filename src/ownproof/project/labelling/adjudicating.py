"""Disputes are listed and decided; every decision is on the disk before the next one, and its rule goes into the guide."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ownproof.core import registry
from ownproof.core.labelling import Item, LabelSchema
from ownproof.core.policy import Policy
from ownproof.core.reading import collected, read_table
from ownproof.errors import InputError, OwnproofError, UsageError, all_at_once, did_you_mean
from ownproof.phases.label.consensus import HOWS
from ownproof.phases.label.disputes import Dispute, confusions
from ownproof.phases.label.guide import with_rule
from ownproof.project.disk import disk, replaced
from ownproof.project.labelling import making
from ownproof.project.labelling.answers import append_line
from ownproof.project.labelling.final import Standing, standing
from ownproof.project.labelling.folder import LabelFolder
from ownproof.project.ledger import Ledger
from ownproof.project.lock import Lock

LEAVE_OUT: Final = "(leave out)"
"""The value of an item that is no case for a label."""
NAME: Final = "decisions.jsonl"
COLUMNS: Final = ("item", "value", "why", "rule", "by")


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on one item. value: None leaves it out; rule: a sentence for the guide, empty for none."""

    item: str
    value: Any
    by: str
    why: str = ""
    rule: str = ""


def listing(folder: LabelFolder, *, policy: Policy | None = None) -> dict[str, Any]:
    """Where the labels stand and what is to decide, the most worth first; the answer of `label adjudicate`."""
    found = standing(folder, policy)
    hows = [s.how for s in found.settled.values()]
    queued = {p.item for p in folder.queue()}
    made = folder.decisions()
    return {
        "schema": "ownproof/1",
        "command": "label adjudicate",
        "exit": 0,
        "folder": str(folder.root),
        "items": len(found.items),
        "answered": len(found.votes),
        "unanswered": len(queued - set(found.settled)),
        "settled": {how: hows.count(how) for how in HOWS if how in hows and how != "open"},
        "open": hows.count("open"),
        "about": [{"about": about, "items": n} for about, n in confusions(found.open)],
        "disputes": [_told(d, found) for d in found.open],
        "decisions": len(made),
        "rules": sum(bool(d.get("rule")) for d in made),
        "torn": found.torn,
        "guide": folder.guide_hash(),
        "ledger": str(folder.ledger),
    }


def _told(dispute: Dispute, found: Standing) -> dict[str, Any]:
    item, settled = found.items[dispute.item], found.settled[dispute.item]
    return {
        "item": item.item,
        "text": item.text,
        "fields": dict(item.fields),
        "about": dispute.about,
        "alike": dispute.alike,
        "worth": dispute.worth,
        "votes": [
            {"rater": v.rater, "value": v.value, "skip": v.skip, **({"note": v.note} if v.note else {})}
            for v in dispute.votes
        ],
        "stands": {"value": settled.value, "how": settled.how, "confidence": settled.confidence},
    }


def decide(folder: LabelFolder, decision: Decision, *, at: float, day: str) -> None:
    """Keep one decision, and its rule in the guide. at: seconds since 1970; day: the same as a date, for the guide.

    When this returns both are on the disk. Raises InputError for an item or a value that cannot be.
    """
    items = {i.item: i for i in folder.items()}
    clean = checked(decision, folder.schema(), items)
    with Lock(folder.root / ".lock", command="ownproof label adjudicate"):
        line = {"at": at, "item": clean.item, "value": clean.value, "by": clean.by, "why": clean.why}
        append_line(folder.labels / NAME, line | {"rule": clean.rule or None})
        if clean.rule:
            shown = LEAVE_OUT if clean.value is None else clean.value if isinstance(clean.value, str) else ""
            about = ", ".join(x for x in (f"item {clean.item}", shown, clean.by, day) if x)
            folder.write_guide(with_rule(folder.guide(), clean.rule, about))


def decide_all(folder: LabelFolder, decisions: Sequence[Decision], *, at: float, day: str) -> None:
    """Keep several decisions; nothing is written unless all of them can be. Raises what `decide` raises, all at once."""
    schema, items = folder.schema(), {i.item: i for i in folder.items()}
    problems: list[OwnproofError] = []
    for number, decision in enumerate(decisions, start=1):
        try:
            checked(decision, schema, items, where=f"decision {number}")
        except OwnproofError as error:
            problems.append(error)
    if problems:
        raise all_at_once(problems)
    for decision in decisions:
        decide(folder, decision, at=at, day=day)


def checked(decision: Decision, schema: LabelSchema, items: Mapping[str, Item], *, where: str = "") -> Decision:
    """A decision in its one spelling. Raises InputError and UsageError for what cannot be."""
    item = items.get(decision.item)
    if item is None:
        raise InputError(
            f"no item is called {decision.item!r}",
            expected="an item of this folder",
            hint=did_you_mean(decision.item, list(items), what="items"),
            where=where or decision.item,
            code="no-item",
        )
    if not decision.by.strip():
        raise UsageError(
            "nobody answers for the decision", expected="a name", hint="say who decides: --by NAME", where="--by"
        )
    value = decision.value
    if value is not None:
        try:
            value = schema.read(value, text=item.text)
        except InputError as error:
            raise InputError(
                error.message,
                expected=f"{error.expected}, or {LEAVE_OUT}",
                hint=error.hint,
                where=f"{where or 'item'} ({item.item})",
                code=error.name,
            ) from None
    return Decision(item.item, value, decision.by.strip(), decision.why.strip(), " ".join(decision.rule.split()))


def told(folder: LabelFolder) -> bool:
    """Tell the ledger of the decisions that it does not know yet; whether there were any."""
    path = folder.labels / NAME
    mark = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    with Lock(folder.root / ".lock", command="ownproof label adjudicate"):
        before = Ledger(folder.ledger).entries("label.adjudicate")
        if mark is None or (before and before[-1].data["decisions_sha256"] == mark):
            return False
        made = folder.decisions()
        known = int(before[-1].data["decisions"]) if before else 0
        found = listing(folder)
        fresh = made[known:]
        data = {
            "decisions": len(made),
            "new": len(fresh),
            "by": sorted({str(d["by"]) for d in fresh}),
            "rules": [d["rule"] for d in fresh if d.get("rule")],
            "decisions_sha256": mark,
            "disputes": len(found["disputes"]),
            "open": found["open"],
            "settled": found["settled"],
            "guide": folder.guide_hash(),
        }
        making.note(folder, "label.adjudicate", data)
    return True


def write_sheet(path: Path, answer: Mapping[str, Any]) -> int:
    """Write the disputes as a table to fill in: `value`, `why` and `rule` are left empty; how many rows there are."""
    out = io.StringIO(newline="")
    sheet = csv.writer(out)
    sheet.writerow(["item", "text", "about", "votes", "stands", "value", "why", "rule"])
    for d in answer["disputes"]:
        votes = "; ".join(f"{v['rater']}: {_shown(v['value'] if v['skip'] is None else v['skip'])}" for v in d["votes"])
        text = d["text"] if d["text"] is not None else json.dumps(d["fields"], ensure_ascii=False)
        stands = "" if d["stands"]["how"] == "open" else _shown(d["stands"]["value"])
        sheet.writerow([d["item"], text, d["about"], votes, stands, "", "", ""])
    with disk("write the disputes", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replaced(path, out.getvalue().encode("utf-8", "surrogatepass"))
    return len(answer["disputes"])


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_sheet(folder: LabelFolder, path: str | Path, *, by: str | None) -> list[Decision]:
    """The decisions of a table with the columns item and value, and where there are why, rule and by. Rows without a
    value are undecided. Raises InputError and UsageError."""
    import polars as pl

    raw = read_table(path, readers=registry.shelf("readers"))
    table = collected(raw.frame, raw.source).cast(pl.String, strict=False)
    absent = [
        InputError.no_column(c, table.columns, role=c, where=str(path)) for c in COLUMNS[:2] if c not in table.columns
    ]
    if absent:
        raise all_at_once(absent)
    if by is None and "by" not in table.columns:
        raise UsageError(
            "nobody answers for the decisions",
            expected="--by NAME, or a column by",
            hint="say who decides: --by NAME",
            where="--by",
        )
    kind = folder.schema().kind
    found = []
    for row in table.select([c for c in COLUMNS if c in table.columns]).iter_rows(named=True):
        said = {name: (cell or "").strip() for name, cell in row.items()}
        if said["value"]:
            value = value_of(said["value"], kind)
            name = said.get("by") or by or ""
            found.append(Decision(said["item"], value, name, said.get("why", ""), said.get("rule", "")))
    return found


def value_of(text: str, kind: str) -> Any:
    """A cell as an answer; what cannot be read stays as it is and is refused later with the others."""
    if text.casefold() == LEAVE_OUT:
        return None
    if kind == "label":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
