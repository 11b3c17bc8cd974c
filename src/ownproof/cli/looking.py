"""Commands that only look: one run again, two side by side, the history, the shelves."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ownproof.cli.terminal import Answer, here, told, width
from ownproof.errors import UsageError


def _answer_of(project: Any, name: str | None) -> Answer:
    from ownproof.errors import InputError
    from ownproof.project.answer import latest

    run = project.run_named(name)
    found = latest(project, run)
    if found is None:
        raise InputError(
            f"the answer of run {run[:12]} is not in the store any more",
            expected="the project's store",
            hint="ownproof run makes it again",
            where=run,
        )
    return found


def show(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """One run again, as it was answered."""
    answer = _answer_of(here(), arguments.run)
    return {**answer, "command": "show", "exit": 0, "run_exit": answer["exit"]}, told(answer)


def diff(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Two runs side by side: what changed in data, settings and result."""
    from ownproof.render.diffs import differences
    from ownproof.render.text import table

    project = here()
    left, right = (_with_config(project, _answer_of(project, n)) for n in (arguments.left, arguments.right))
    rows = differences(left, right)
    answer: Answer = {
        "schema": "ownproof/1",
        "command": "diff",
        "exit": 0,
        "left": left["run"],
        "right": right["run"],
        "differences": [{"what": w, "left": a, "right": b} for w, a, b in rows],
    }
    shown = table(("what", left["run"][:12], right["run"][:12]), rows, width=width())
    return answer, shown if rows else "the two runs do not differ"


def _with_config(project: Any, answer: Answer) -> Answer:
    said = [e.data for e in project.ledger.entries("config") if e.data["run"] == answer["run"]]
    return {**answer, "config": dict(said[-1]["config"]) if said else {}}


def _ledger() -> Any:
    """The ledger of the project, or of a label folder that is none yet. Raises UsageError where there is neither."""
    from ownproof.project.labelling.folder import FILE, LabelFolder
    from ownproof.project.ledger import Ledger

    folder = LabelFolder(Path.cwd())
    return Ledger(folder.ledger) if (folder.root / FILE).is_file() else here().ledger


def history(_: argparse.Namespace) -> tuple[Answer, str]:
    """Every run, opening and waiver of the project, and what was done for its labels, oldest first."""
    from ownproof.project.labelling import story
    from ownproof.render.text import table

    ledger = _ledger()
    told = ("decide", "seal", "run", "prove.opened", "prove.done", "waive", "bundle", "ship", "budget.cut", "policy")
    entries = [e for e in ledger.entries() if e.event in (*told, *story.EVENTS)]
    rows = [{"at": e.at, "event": e.event, **{k: v for k, v in e.data.items() if k != "baseline"}} for e in entries]
    lines = [
        (e.at, e.event, *story.line_of(e.event, e.data))
        if e.event in story.EVENTS
        else (
            e.at,
            e.event,
            str(r.get("run", r.get("generation", r.get("gate", r.get("first") or ""))))[:12],
            str(
                r.get("verdict", r.get("reason", r.get("because", ""))) or ("undecided" if e.event == "decide" else "")
            ),
        )
        for e, r in zip(entries, rows, strict=True)
    ]
    answer: Answer = {
        "schema": "ownproof/1",
        "command": "history",
        "exit": 0,
        "entries": rows,
        "head": ledger.head,
        "ledger": str(ledger.path),
    }
    return answer, table(("when", "what", "which", "said"), lines, width=width())


def kinds(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """What is on the shelves, and what of it needs an extra."""
    from ownproof.core import registry
    from ownproof.optional import there
    from ownproof.render.text import table

    rows = []
    for shelf in registry.SHELVES:
        for name, kind in registry.shelf(shelf).items():
            extra = getattr(kind, "extra", None)
            ready = extra is None or there(str(getattr(kind, "module", name)))
            about = (kind.__doc__ or "").strip().splitlines()[0] if kind.__doc__ else ""
            rows.append({"shelf": shelf, "name": name, "extra": extra, "ready": ready, "about": about})
    if arguments.name:
        found = [r for r in rows if r["name"] == arguments.name]
        if not found:
            from ownproof.errors import did_you_mean

            raise UsageError(
                f"nothing is called {arguments.name!r}",
                expected="a name that `ownproof kinds` lists",
                hint=did_you_mean(arguments.name, [str(r["name"]) for r in rows]),
                where=arguments.name,
            )
        rows = found
    broken = [f.to_json() for s in registry.SHELVES for f in registry.broken(s)]
    answer: Answer = {"schema": "ownproof/1", "command": "kinds", "exit": 0, "kinds": rows, "findings": broken}
    lines = [(r["shelf"], r["name"], "" if r["ready"] else f"needs ownproof[{r['extra']}]", r["about"]) for r in rows]
    return answer, table(("shelf", "name", "", "what it is"), lines, width=width())
