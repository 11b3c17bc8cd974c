"""What is planted behind the tool's back, and in a finished line: changed bytes, a second opening, other answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core import registry
from ownproof.phases.package import certificate_report
from ownproof.phases.train.run import refit
from ownproof.project import answer as answers
from ownproof.project import flow, packing, steps
from ownproof.project.project import Project
from ownproof.project.selftest.cases import Case, Place, Seen
from ownproof.project.selftest.tables import ROWS, customers
from ownproof.project.training import preparing, workdir
from ownproof.runtime.verify import verify

CHEAP: Any = {"target": "left", "trials": 0, "learners": ("linear",)}
FAIR = Seen(0)
Line = tuple[Project, dict[str, Any]]


def sealed_project(place: Place) -> Path:
    """A project with a ledger and a seal, without a model."""
    data = place.file(customers())
    project = place.project(data, **CHEAP)
    flow.run(project, data, last="split", command="split")
    return project.root


def line(place: Place) -> Line:
    """A run that was proven, once for all cases."""
    if place.line is None:
        data = place.file(customers())
        project = place.project(data, **CHEAP)
        place.line = (project, flow.run(project, data, prove=True, ship="tested"))
    found: Line = place.line
    return found


def _again(place: Place) -> Path:
    """A copy of the proven project, to be tampered with."""
    place.made += 1
    copy = place.folder / f"copy-{place.made}"
    shutil.copytree(line(place)[0].root, copy)
    return copy


def _proven(place: Place) -> Seen:
    return Seen.of(line(place)[1])


def _second(place: Place) -> Seen:
    project = Project.open(_again(place))
    other = flow.run(_seeded(project), project.config.data)
    return Seen.of(flow.prove(project, other["run"], burn=None, ship="tested"))


def _seeded(project: Project) -> Project:
    from dataclasses import replace

    project.config = replace(project.config, seed=1)
    return project


def _opened(folder: Path) -> Seen:
    """Opening a project checks its ledger; the seal's list is checked before anything is read."""
    flow.every_seal(Project.open(folder))
    return FAIR


def _line_changed(place: Place) -> Seen:
    folder = sealed_project(place)
    ledger = folder / "ledger.jsonl"
    text = ledger.read_text(encoding="utf-8")
    ledger.write_text(text.replace(f'"rows":{ROWS}', f'"rows":{ROWS + 1}', 1), encoding="utf-8")
    return _opened(folder)


def _list_changed(place: Place) -> Seen:
    folder = sealed_project(place)
    for path in folder.glob("store/seal/*/keys.npy"):
        keys = np.load(path, allow_pickle=False)
        np.save(path, keys[1:], allow_pickle=False)
    return _opened(folder)


def _tail_cut(place: Place) -> Seen:
    """The ledger as it was before the test was opened: its chain is whole."""
    folder = _again(place)
    ledger = folder / "ledger.jsonl"
    lines = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    opened = next(i for i, text in enumerate(lines) if json.loads(text)["event"] == "prove.opened")
    ledger.write_text("".join(lines[:opened]), encoding="utf-8")
    return Seen.of(flow.prove(Project.open(folder), None, burn=None, ship="tested"))


def _answer_changed(place: Place) -> Seen:
    folder = _again(place)
    for path in folder.glob("store/answer/*/value.json"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('"openings": 1', '"openings": 0'), encoding="utf-8")
    return Seen.of(flow.prove(Project.open(folder), None, burn=None, ship="tested"))


def _asked_again(place: Place) -> Seen:
    return Seen.of(flow.prove(Project.open(_again(place)), None, burn=None, ship="tested"))


def _byte_changed(place: Place, change: Callable[[bytes], bytes]) -> Seen:
    copy = place.folder / f"bundle-{place.made}"
    place.made += 1
    shutil.copytree(line(place)[1]["bundle"], copy)
    weights = max((p for p in (copy / "model").rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    weights.write_bytes(change(weights.read_bytes()))
    verify(copy)
    return FAIR


def _flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _held_against(place: Place, every: int) -> Seen:
    """The gate of parity between the written bundle and the recipe fitted on every n-th of its rows."""
    project = Project.open(_again(place))
    with flow.working(project, "package"):
        state = flow.begin(project, project.config.data)
        steps.walk(state, "package")
        rows = state.need("dataset").take(state.need("split").work[::every])
        encoder, members = refit(
            rows,
            state.need("trained"),
            registry.learners(),
            state.need("task"),
            prepare=preparing(state),
            workdir=workdir(state),
            seed=project.config.seed,
            cores=1,
            tell=lambda *_: None,
        )
        table = rows.table([c.name for c in rows.schema.features])
        certificate = packing.parity(state, state.need("bundle_path"), encoder=encoder, members=members, table=table)
        state.add("package", certificate_report(certificate))
        return Seen.of(answers.body(state, "package"))


def _against_rule(place: Place) -> Seen:
    """A run whose rule is the truth itself, but for a row in a hundred."""
    import polars as pl

    table = customers()
    truth, other = table["left"].to_numpy(), np.where(table["left"].to_numpy() == "yes", "no", "yes")
    past = np.where(np.arange(ROWS) % 100 == 0, other, truth)
    data = place.file(table.with_columns(pl.Series("past", past)))
    return Seen.of(flow.run(place.project(data, rule="column:past", **CHEAP), data))


CASES = (
    Case("answer", "a stored verdict that was edited", "answer", 7, _answer_changed, _asked_again, trains=True),
    Case(
        "ledger",
        "a changed figure in a line of the ledger",
        "ledger",
        7,
        _line_changed,
        lambda p: _opened(sealed_project(p)),
    ),
    Case(
        "sealed-list",
        "a row taken out of the sealed list",
        "seal",
        7,
        _list_changed,
        lambda p: _opened(sealed_project(p)),
    ),
    Case(
        "baseline", "a rule that knows more than any model", "evaluate.baseline", 4, _against_rule, _proven, trains=True
    ),
    Case(
        "parity",
        "a bundle that is not of the trained model",
        "package.parity",
        4,
        lambda p: _held_against(p, 2),
        lambda p: _held_against(p, 1),
        trains=True,
    ),
    Case(
        "bundle",
        "one changed bit in the weights of a bundle",
        "tampered",
        7,
        lambda p: _byte_changed(p, _flip),
        lambda p: _byte_changed(p, bytes),
        trains=True,
    ),
    Case("opening", "a second run that opens the sealed test", "prove.opened", 4, _second, _proven, trains=True),
    Case("ledger.tail", "the lines from the opening on cut off", "tampered", 7, _tail_cut, _asked_again, trains=True),
)
