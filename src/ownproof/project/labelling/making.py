"""A label folder is made, and its guide is looked over before the work starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ownproof.core.labelling import KINDS, LabelSchema
from ownproof.core.policy import Policy
from ownproof.core.report import Finding, plain
from ownproof.errors import ConfigError, OwnproofError, UsageError, all_at_once, did_you_mean
from ownproof.phases.label import guide as guides
from ownproof.project import config
from ownproof.project.disk import disk, replaced
from ownproof.project.labelling.folder import FILE, GUIDE, LabelFolder
from ownproof.project.ledger import Ledger
from ownproof.project.lock import Lock
from ownproof.project.project import FILE as PROJECT
from ownproof.project.project import IGNORED, now
from ownproof.project.store import digest

GAPS: Final = {
    "question": "<the question that raters answer about each item>",
    "classes": ("<first class>", "<second class>"),
    "text": "text",
}


def init(
    root: Path,
    *,
    kind: str | None,
    question: str | None = None,
    classes: Sequence[str] = (),
    text: str | None = None,
    ordered: bool = False,
) -> dict[str, Any]:
    """Make a label folder: `label.toml` and `guide.md` with gaps to fill in, and the ledger.

    In a folder that is there, chapters are added to the guide for classes that it lacks; nothing is taken away.
    Raises UsageError for what was said wrongly, all at once.
    """
    there = (root / FILE).is_file()
    problems = _problems(kind, question, classes, ordered=ordered, there=there)
    if problems:
        raise all_at_once(problems)
    folder = LabelFolder(root)
    with disk("make the label folder", root):
        root.mkdir(parents=True, exist_ok=True)
    with Lock(root / ".lock", command="ownproof label init"):
        if not there:
            _write(root, _toml(str(kind), question, classes, text, ordered=ordered))
        schema = folder.schema()
        if kind is not None and kind != schema.kind:
            raise UsageError(
                f"--kind {kind}, and {FILE} says {schema.kind!r}",
                expected=f"the kind of the folder, {schema.kind}",
                hint=f"leave out --kind, or edit {FILE}",
                where="--kind",
            )
        added = _grow(folder, schema)
        told = {"kind": schema.kind, "classes": list(schema.names), "added": added, "guide": folder.guide_hash()}
        note(folder, "label.init", told | {"schema": schema_hash(schema)})
    return {
        "schema": "ownproof/1",
        "command": "label init",
        "exit": 0,
        "folder": str(root),
        **told,
        "files": [str(root / FILE), str(root / GUIDE)],
        "ledger": str(folder.ledger),
    }


def _problems(
    kind: str | None, question: str | None, classes: Sequence[str], *, ordered: bool, there: bool
) -> list[OwnproofError]:
    problems: list[OwnproofError] = []
    if kind is None and not there:
        problems.append(
            UsageError(
                "no kind was said", expected="--kind label, spans or number", hint="--kind label", where="--kind"
            )
        )
    elif kind is not None and kind not in KINDS:
        hint = did_you_mean(kind, KINDS, what="kinds")
        problems.append(UsageError(f"--kind is {kind!r}", expected=", ".join(KINDS), hint=hint, where="--kind"))
    said = {"--question": question, "--classes": classes, "--ordered": ordered}
    for flag in [f for f, v in said.items() if v and there]:
        hint = f"edit {FILE}, then: ownproof label init DIR adds chapters for new classes to the guide"
        problems.append(UsageError(f"the folder has its {FILE} already", expected=f"no {flag}", hint=hint, where=flag))
    return problems


def _toml(kind: str, question: str | None, classes: Sequence[str], text: str | None, *, ordered: bool) -> str:
    """A commented `label.toml`."""
    column = text or GAPS["text"]
    lines = [
        "# What raters are asked, and what they may answer. Fill in what stands between < and >.",
        f"kind = {_quoted(kind)}",
        f"question = {_quoted(question or GAPS['question'])}",
        "",
        "# The column of your data that holds the text. Without this line a row is shown as a table.",
        f"text = {_quoted(column)}" if text or kind != "number" else f"# text = {_quoted(column)}",
        "# Further columns to show beside it, and the column that names an item (default: its content).",
        '# show = ["date", "channel"]',
        '# id = "id"',
        "# Why an item may be skipped.",
        'skip_reasons = ["not in the guide", "cannot tell", "cannot be read"]',
        "",
    ]
    if kind == "number":
        lines += ["# The numbers that may be given.", "low = 1.0", "high = 5.0", "step = 1.0", 'unit = ""', ""]
        return "\n".join(lines)
    if kind == "label":
        lines += ["# Whether the classes stand in an order, lowest first.", f"ordered = {str(ordered).lower()}", ""]
    else:
        lines += ["# Whether spans may overlap.", "overlapping = false", ""]
    lines += ["# One table a class; key: what to press for it (default: 1, 2, 3 ...).", ""]
    for name in classes or GAPS["classes"]:
        lines += ["[[classes]]", f"name = {_quoted(name)}", ""]
    return "\n".join(lines)


def _quoted(text: Any) -> str:
    import json

    return json.dumps(str(text), ensure_ascii=False)


def _write(root: Path, text: str) -> None:
    with disk("make the label folder", root):
        replaced(root / FILE, text.encode())
        if not (root / ".gitignore").exists():
            (root / ".gitignore").write_text(IGNORED, encoding="utf-8")


def _grow(folder: LabelFolder, schema: LabelSchema) -> list[str]:
    """Chapters for the classes that the guide lacks; an empty guide, or one that nobody began, is made anew."""
    text = folder.guide()
    chapters = guides.chapters_of(text, schema.names)
    begun = any(c.definition or c.examples or c.edges for c in chapters)
    known = {c.name.casefold() for c in chapters}
    wanted = schema.names if schema.kind != "number" else (guides.SCALE,)
    lacking = [n for n in wanted if n.casefold() not in known]
    if begun and lacking:
        folder.write_guide(guides.with_chapters(text, lacking))
    elif not begun and (lacking or not text):
        folder.write_guide(guides.template(schema))
    return lacking


def check(folder: LabelFolder) -> dict[str, Any]:
    """Look over schema and guide; the answer of `label check`, told to the ledger. Exit 4 where something is open."""
    schema, text = folder.schema(), folder.guide()
    report = guides.check(text, schema)
    open_schema = schema_gaps(schema)
    refused = bool(report.refused) or bool(open_schema)
    findings = [*open_schema, *report.findings]
    gates = [g.to_json() for g in report.gates]
    if open_schema and not report.refused:
        gates = [{**g, "status": "refused", "value": float(len(open_schema))} for g in gates]
    told = {
        "passed": not refused,
        "open": sum(f.level == "block" for f in findings),
        "guide": folder.guide_hash(),
        "schema": schema_hash(schema),
    }
    with Lock(folder.root / ".lock", command="ownproof label check"):
        note(folder, "label.check", told)
    return {
        "schema": "ownproof/1",
        "command": "label check",
        "exit": 4 if refused else 0,
        "folder": str(folder.root),
        "findings": [f.to_json() for f in findings],
        "gates": gates,
        "guide": {"hash": told["guide"], "chapters": plain(report.facts["guide"])},
        "ledger": str(folder.ledger),
    }


def schema_gaps(schema: LabelSchema) -> list[Finding]:
    """What of `label.toml` was never filled in."""
    gaps = [s for s in (schema.question, *schema.names) if s in (GAPS["question"], *GAPS["classes"])]
    advice = f"edit {FILE}"
    return [Finding("guide.schema", "block", (), None, f"{FILE} still says {g!r}", advice) for g in gaps]


def require_filled(schema: LabelSchema) -> None:
    """Raise ConfigError where `label.toml` still has gaps."""
    gaps = schema_gaps(schema)
    if gaps:
        raise ConfigError(
            "; ".join(f.evidence for f in gaps),
            expected="a question and classes of your own",
            hint=f"edit {FILE} and {GUIDE}, then: ownproof label check DIR",
            where=FILE,
            code="not-filled-in",
        )


def policy_of(folder: LabelFolder) -> Policy:
    """The policy, with the overrides of the project in the folder where it is one."""
    settings = folder.root / PROJECT
    return config.read(settings).rules() if settings.is_file() else Policy()


def schema_hash(schema: LabelSchema) -> str:
    """A name for the schema as it stands, 12 hex digits."""
    return digest(schema)[:12]


def catch_up(folder: LabelFolder) -> None:
    """Tell the ledger of draws that were written and never told, because a crash came between. To be called under the
    lock."""
    ledger = Ledger(folder.ledger)
    known = {int(e.data["batch"]) for e in ledger.entries("label.sample")}
    batches: dict[int, Counter[str]] = {}
    items: dict[int, set[str]] = {}
    for place in folder.queue():
        if place.batch not in known:
            batches.setdefault(place.batch, Counter())[place.rater] += 1
            items.setdefault(place.batch, set()).add(place.item)
    for batch, raters in sorted(batches.items()):
        told = {"batch": batch, "items": len(items[batch]), "raters": dict(raters), "recovered": True}
        ledger.append("label.sample", told, at=now())


def note(folder: LabelFolder, event: str, data: dict[str, Any]) -> None:
    """Tell the folder's ledger. Raises Tampered where its chain is broken."""
    Ledger(folder.ledger).append(event, data, at=now())
