"""A project on disk: its settings, its ledger, its store and its lock."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownproof.core.report import Gate
from ownproof.errors import ConfigError, InputError, Locked, OwnproofError, UsageError, all_at_once, did_you_mean
from ownproof.project import config as settings
from ownproof.project.config import Config
from ownproof.project.disk import disk
from ownproof.project.ledger import Entry, Ledger
from ownproof.project.lock import Lock
from ownproof.project.store import Memo, Store

FILE = "project.toml"
IGNORED = "store/*\n!store/seal/\njournal/\n.lock\n"
"""What is not meant for version control: all but the settings, the ledger and the lists of sealed rows."""
OURS = (FILE, ".gitignore", "ledger.jsonl", "ledger.torn", "store", ".lock")


def now() -> str:
    """The time as the ledger tells it: UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def find(start: Path) -> Path | None:
    """The project that a folder lies in: the nearest one above with a `project.toml`."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder
    return None


@dataclass(slots=True)
class Project:
    """One project. Opening it checks the ledger's chain (Tampered, exit 7).

    made: what `create` put where nothing was, deepest first.
    """

    root: Path
    config: Config
    ledger: Ledger
    store: Store
    made: tuple[Path, ...] = ()

    @classmethod
    def open(cls, root: Path) -> Project:
        """An existing project. Raises InputError where there is none, Tampered for a changed ledger."""
        if not (root / FILE).is_file():
            raise InputError(
                f"{root} is no project",
                expected=f"a folder with a {FILE}",
                where=str(root),
                hint="ownproof init DIR, or ownproof run DATA --target COLUMN",
                code="no-project",
            )
        return cls(root, settings.read(root / FILE), Ledger(root / "ledger.jsonl"), Store(root / "store"))

    @classmethod
    def create(cls, root: Path, config: Config) -> Project:
        """A project with these settings; an existing one is opened and keeps its own file."""
        if (root / FILE).is_file():
            project = cls.open(root)
            project.config = config
            return project
        made = tuple(p for p in (*(root / name for name in OURS), root, *root.parents) if not p.exists())
        try:
            with disk("make the project", root):
                root.mkdir(parents=True, exist_ok=True)
            with Lock(root / ".lock", command="ownproof (making the project)"), disk("make the project", root):
                if (root / FILE).is_file():  # somebody made it in this very moment
                    return cls(root, config, Ledger(root / "ledger.jsonl"), Store(root / "store"))
                _found(root, config, ignore=root / ".gitignore" in made)
            return cls(root, config, Ledger(root / "ledger.jsonl"), Store(root / "store"), made)
        except Locked:
            raise
        except BaseException:
            _unmake(root, (root / (FILE + ".part"), *made))
            raise

    @contextmanager
    def lock(self, command: str) -> Iterator[None]:
        """One command at a time; Locked (exit 6) for the second.

        A command that made the project and fails before anything was sealed leaves no trace of it.
        """
        try:
            with Lock(self.root / ".lock", command=command):
                try:
                    yield
                except BaseException:
                    self._take_back()
                    raise
                self.made = ()
        except ConfigError:  # perhaps the lock could not even be made
            self._take_back()
            raise

    def _take_back(self) -> None:
        if not self.ledger.entries("seal"):
            _unmake(self.root, self.made)
        self.made = ()

    def memo(self) -> Memo:
        """Where finished fits are kept."""
        return Memo(self.store, "fit")

    def note(self, event: str, data: Mapping[str, Any]) -> Entry:
        """Append to the ledger."""
        return self.ledger.append(event, data, at=now())

    def note_once(self, event: str, data: Mapping[str, Any]) -> None:
        """Append unless the same was the last thing said of this event."""
        said = self.ledger.entries(event)
        entry = Entry.make(1, event, data, at="", previous="")
        if not said or dict(said[-1].data) != dict(entry.data):
            self.note(event, data)

    def runs(self) -> list[str]:
        """The ids of all runs, oldest first."""
        seen: dict[str, None] = {}
        for entry in self.ledger.entries("run"):
            seen.setdefault(str(entry.data["run"]))
        return list(seen)

    def run_named(self, name: str | None) -> str:
        """The full id of a run from its beginning; the last run for None. Raises UsageError with the near misses."""
        runs = self.runs()
        if name is None:
            if not runs:
                raise UsageError(
                    "the project has no run yet",
                    expected="a finished run",
                    where=str(self.root),
                    hint="ownproof run",
                    code="no-run",
                )
            return str(self.ledger.entries("run")[-1].data["run"])
        found = [r for r in runs if r.startswith(name)]
        if len(found) != 1:
            raise UsageError(
                f"{name!r} is {'no run' if not found else 'the beginning of several runs'}",
                expected="a run of this project",
                where=name,
                code="no-run",
                hint=did_you_mean(name, found or runs, what="runs"),
            )
        return found[0]

    def waived(self, gate: Gate, today: str) -> Gate:
        """The gate, waived where a waiver that has not expired names it."""
        if gate.status not in ("refused", "inconclusive"):
            return gate
        from dataclasses import replace

        for entry in reversed(self.ledger.entries("waive")):
            if entry.data["gate"] == gate.id and str(entry.data["until"]) >= today:
                who = f"{entry.data['who']} until {entry.data['until']}: {entry.data['because']}"
                return replace(gate, status="waived", waived_by=who)
        return gate


def _found(root: Path, config: Config, *, ignore: bool) -> None:
    beside = root / (FILE + ".part")
    beside.write_text(settings.text(config), encoding="utf-8")
    beside.replace(root / FILE)
    if ignore:
        (root / ".gitignore").write_text(IGNORED, encoding="utf-8")


def _unmake(root: Path, made: tuple[Path, ...]) -> None:
    """Take away what was just made; the project's folder and those above it only when nothing else lies in them."""
    for path in made:
        with suppress(OSError):
            if not path.is_dir() or path.is_symlink():
                path.unlink()
            elif path.parent == root:
                shutil.rmtree(path)
            else:
                path.rmdir()


GATES = (
    "audit.copy", "audit.duplicates", "audit.group-overlap", "audit.time-overlap", "audit.row-order", "audit.availability",
    "label.agreement", "seal.train", "split.class", "split.time", "split.units", "evaluate.finite", "evaluate.baseline", "package.parity",
    "package.latency", "package.size", "prove.opened", "prove.finite", "prove.baseline",
)  # fmt: skip


def waive(project: Project, gate: str, *, because: str, until: str, who: str) -> Entry:
    """Record a waiver. Raises UsageError for a gate that never stood in a report, a past date, an empty reason."""
    problems: list[OwnproofError] = []
    try:
        date = datetime.date.fromisoformat(until)
        if date < datetime.datetime.now(datetime.UTC).date():
            problems.append(
                UsageError(
                    f"--until {until} is past",
                    expected="a date to come",
                    where="--until",
                    hint="a waiver ends; give the day after which the gate refuses again",
                )
            )
    except ValueError:
        problems.append(
            UsageError(
                f"--until is {until!r}", expected="a date YYYY-MM-DD", where="--until", hint="write --until 2027-01-31"
            )
        )
    for flag, value in (("--because", because), ("--who", who)):
        if not value.strip():
            problems.append(
                UsageError(
                    f"{flag} is empty",
                    expected="words",
                    where=flag,
                    hint="a waiver without a reason and a name is no waiver",
                )
            )
    known = known_gates(project)
    if gate not in known:
        problems.append(
            UsageError(
                f"no gate is called {gate!r}",
                expected="a gate that a report of this project shows",
                hint=did_you_mean(gate, known, what="gates"),
                where=gate,
                code="no-gate",
            )
        )
    if gate in ("prove.opened", "seal.train"):
        problems.append(
            UsageError(
                f"the gate {gate!r} cannot be waived",
                expected="another gate",
                where=gate,
                hint="a second opening is burnt with `ownproof prove --burn REASON`",
            )
        )
    if problems:
        raise all_at_once(problems)
    return project.note("waive", {"gate": gate, "because": because, "until": until, "who": who})


def known_gates(project: Project) -> list[str]:
    """The gates that can be named: the fixed ones and those that stood in a report of this project."""
    names = dict.fromkeys(GATES)
    for entry in project.ledger.entries("run"):
        answer = project.store.get_json("answer", str(entry.data["answer"]))
        for gate in (answer or {}).get("answer", {}).get("gates", []):
            names.setdefault(gate["id"])
    return list(names)


def config_error(text: str, where: str) -> ConfigError:
    """A ConfigError for a setting that a project lacks."""
    return ConfigError(
        text, expected="a setting in project.toml or the flag", where=where, hint=f"add it to {FILE} or give the flag"
    )
