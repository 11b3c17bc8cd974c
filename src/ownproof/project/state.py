"""What the steps of one run hand on to each other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.report import Finding, Gate, Report, Section
from ownproof.core.split import Split
from ownproof.core.target import Target
from ownproof.core.task import Task
from ownproof.errors import OwnproofError, Tampered
from ownproof.phases.evaluate import Contender
from ownproof.phases.seal import Matched, Seal
from ownproof.phases.train.run import Trained
from ownproof.project.data import Loaded
from ownproof.project.project import Project, now
from ownproof.runtime.bundle import Bundle
from ownproof.runtime.verify import verify

News = Callable[[str, int, int, str], None]
"""news(phase, done, total, a few words): for whoever watches."""


def silence(phase: str, done: int, total: int, words: str) -> None:
    """Nobody watches."""


@dataclass(slots=True)
class State:
    """One run as it goes on. `source` is what the data was named by: a path, a URL or a frame; `mark` its digest."""

    project: Project
    source: Any
    run: str
    policy: Policy
    news: News = silence
    mark: str | None = None
    started: float = field(default_factory=time.perf_counter)
    loaded: Loaded | None = None
    dataset: Dataset | None = None
    task: Task | None = None
    target: Target | None = None
    seal: Seal | None = None
    matched: Matched | None = None
    keys: np.ndarray | None = None
    aside: np.ndarray | None = None
    times: np.ndarray | None = None
    groups: np.ndarray | None = None
    split: Split | None = None
    trained: Trained | None = None
    model: Contender | None = None
    baseline: Contender | None = None
    others: tuple[Contender, ...] = ()
    bundle: Bundle | None = None
    bundle_path: Path | None = None
    measured: Mapping[str, Any] = field(default_factory=dict)
    verdict: str | None = None
    evidence: str | None = None
    stopped: bool = False
    reports: dict[str, Report] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def need(self, name: str) -> Any:
        """A field that an earlier step must have filled."""
        value = getattr(self, name)
        if value is None:
            raise RuntimeError(f"a step asked for {name!r} before the step that makes it")
        return value

    def add(self, name: str, report: Report) -> None:
        """Keep a report; its refused gates stop the run unless a waiver names them."""
        today = now()[:10]
        gates = tuple(self.project.waived(g, today) for g in report.gates)
        self.reports[name] = Report(report.phase, report.findings, gates, report.sections, report.facts)
        self.stopped = self.stopped or any(g.status == "refused" for g in gates)

    @property
    def gates(self) -> list[Gate]:
        """All gates in the order of the steps."""
        return [g for r in self.reports.values() for g in r.gates]

    @property
    def findings(self) -> list[Finding]:
        """All findings in the order of the steps."""
        return [f for r in self.reports.values() for f in r.findings]

    @property
    def sections(self) -> list[Section]:
        """All chapters in the order of the steps."""
        return [s for r in self.reports.values() for s in r.sections]


def check_bundle(project: Project, path: Path) -> None:
    """Raise Tampered when a byte of a bundle in the store is not what was written and the ledger names."""
    try:
        manifest = verify(path)
    except OwnproofError as why:
        raise _changed_bundle(why.message, path) from why
    told = {str(e.data["hash"]) for e in project.ledger.entries("bundle") if Path(e.data["path"]).name == path.name}
    if told and manifest["hash"] not in told:
        raise _changed_bundle("the bundle's hash is not the one in the ledger", path)


def _changed_bundle(message: str, path: Path) -> Tampered:
    return Tampered(
        message,
        expected="the bundle as it was written",
        hint="do not use it; remove its folder and run the same command again: it is written anew",
        where=str(path),
        code="bundle",
    )


def check_openings(project: Project, generation: int) -> int:
    """How often the sealed test of a generation was opened. Raises Tampered when the ledger says less than the store."""
    said = [e for e in project.ledger.entries("prove.opened") if e.data["generation"] == generation]
    kept = [k for k in project.store.keys("opening") if k.startswith(f"{generation}-")]
    if len(kept) > len(said):
        raise Tampered(
            "the ledger lacks an opening of the sealed test that the store holds",
            expected=f"{len(kept)} opening(s) of generation {generation}",
            where="ledger.jsonl",
            hint="put the ledger back as it was (git checkout, a backup)",
        )
    return len(said)
