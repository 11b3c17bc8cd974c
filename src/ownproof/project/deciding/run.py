"""`ownproof decide`: answers from a file and from data, the verdict, and what a project keeps of it."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ownproof.core.report import Finding, Report
from ownproof.errors import ConfigError, InputError, OwnproofError, UsageError
from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.bill import pricing
from ownproof.phases.decide.report import report
from ownproof.phases.decide.tuning import Training
from ownproof.phases.decide.verdict import decide as decided
from ownproof.phases.decide.weigh import Weighed, weigh
from ownproof.project.config import Config
from ownproof.project.deciding import policy, seen, stored
from ownproof.project.ledger import Ledger
from ownproof.project.lock import Lock
from ownproof.project.pricing import table
from ownproof.project.project import FILE, Project, now
from ownproof.project.step_timing import time_steps

BYTES_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call of `decide` names: a file of answers, answers given otherwise (of the terminal), a table and its target,
    whether the last decision is replayed, a folder to keep it in, and whether a newer table of prices is wanted."""

    file: str | None = None
    answers: Mapping[str, Any] | None = None
    data: str | None = None
    target: str | None = None
    again: bool = False
    out: str | None = None
    live: bool = False


def decide(asked: Asked, *, start: Path, today: date) -> tuple[dict[str, Any], Report]:
    """The JSON answer and the report of a call.

    start: the folder it is called in; today: the day whose prices count. Raises UsageError, ConfigError and InputError.
    """
    _check(asked)
    folder = Path(asked.out).resolve() if asked.out else stored.place(start)
    before = stored.last(folder) if asked.again else None
    said, source = _said(asked, before, folder, start)
    data, target = _data(asked, before, folder)
    counted = data is not None and target is not None
    answers, findings = seen.beside(said, seen.look(str(data), str(target))) if counted else (said, ())
    timed, untimed = _timed(str(data), str(target)) if counted else ((), ())
    price = pricing(table(today, live=asked.live), today=today, timed=timed)
    made = weigh(answers, price=price, data=asked.data or "DATA", target=target or "TARGET")
    again = None if before is None else _again(before, made, lambda each: _verdict(each, price))
    found = report(made, findings=(*findings, *untimed))
    answer: dict[str, Any] = {
        "schema": "ownproof/1",
        "command": "decide",
        **found.facts,
        "sovereignty": answers.sovereignty,
        "from_data": None if data is None else {"data": data, "target": target},
        "again": again,
        "training": [t.to_json() for t in timed],
        "findings": [f.to_json() for f in found.findings],
        "project": None,
        "ledger": None,
    }
    if folder is not None:
        kept = stored.entry(answer, file=_relative(source, folder), data=_relative(data, folder), target=target)
        answer = _kept(answer, kept, folder, create=asked.out is not None)
    return answer, found


def _timed(data: str, target: str) -> tuple[tuple[Training, ...], tuple[Finding, ...]]:
    """What training takes on this machine, or why its steps were not timed."""
    try:
        return time_steps(data, target, clock=time.process_time), ()
    except OwnproofError as why:
        said = f"no steps of training were timed: {why.message}"
        return (), (Finding("decide.timing", "ok", (), None, said, why.hint),)


def _check(asked: Asked) -> None:
    if (asked.data is None) != (asked.target is None):
        missing = "--target" if asked.target is None else "--data"
        raise UsageError(
            f"{missing} is missing",
            expected="--data DATA and --target C together",
            hint="--data rows.csv --target COLUMN: rows, classes and labels are counted",
            where=missing,
        )
    if asked.file is None and asked.answers is None and asked.data is None and not asked.again:
        raise UsageError(
            "there are no answers to decide by",
            expected="a file of answers, --ask on a terminal, or --data DATA --target C",
            hint='ownproof decide --ask writes the file; or write one: task = "tabular" and labels = 6200 are a beginning',
            where="ANSWERS.toml",
        )


def read_file(path: Path) -> dict[str, Any]:
    """A file of answers as it is written. Raises InputError where there is none, ConfigError for one that is no TOML."""
    try:
        if path.stat().st_size > BYTES_MOST:
            raise ConfigError(
                f"{path.name} is larger than a file of answers is",
                expected="lines such as labels = 6200",
                hint="data are named by --data",
                where=str(path),
            )
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as why:
        raise InputError(
            f"{path}: {why.strerror}",
            expected="a file of answers (TOML)",
            hint="ownproof decide --ask writes one",
            where=str(path),
            code="no-file",
        ) from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise ConfigError(
            f"{path.name} cannot be read: {why}",
            expected='TOML: labels = 6200, task = "tabular"',
            hint="mend the line that is named; texts stand in quotes",
            where=str(path),
        ) from why


def _said(asked: Asked, before: stored.Before | None, folder: Path | None, start: Path) -> tuple[Answers, Path | None]:
    """The answers of a call and the file they stand in: what is named, else what the last decision was made by."""
    if asked.answers is not None:
        return Answers.read(asked.answers), Path(asked.file).resolve() if asked.file else None
    path = (start / asked.file) if asked.file else None
    if path is None and before is not None:
        known = (folder / before.file) if folder is not None and before.file else None
        if known is None or not known.is_file():
            return before.answers, None
        path = known
    if path is None:
        return Answers(), None
    return Answers.read(read_file(path), where=path.name), path.resolve()


def _data(asked: Asked, before: stored.Before | None, folder: Path | None) -> tuple[str | None, str | None]:
    if asked.data is not None:
        return (asked.data if "://" in asked.data else str(Path(asked.data).resolve())), asked.target
    if before is None or before.data is None or asked.file is not None:
        return None, None
    there = before.data if "://" in before.data else str((folder or Path()) / before.data)
    return (there, before.target) if "://" in there or Path(there).exists() else (None, None)


def _verdict(answers: Answers, price: Any) -> str | None:
    return decided(answers, price(answers).money).verdict


def _again(before: stored.Before, made: Weighed, judge: Any) -> dict[str, Any]:
    flipped = made.found.verdict != before.verdict
    return {
        "at": before.at,
        "then": before.verdict,
        "now": made.found.verdict,
        "flipped": flipped,
        "changed": stored.changes(before.answers, made.answers),
        "because": stored.causes(before, made.answers, judge) if flipped else [],
    }


def _relative(place: str | Path | None, folder: Path) -> str | None:
    """A path as the ledger keeps it: from the project's folder."""
    if place is None or "://" in str(place):
        return None if place is None else str(place)
    return os.path.relpath(place, folder)


def _kept(answer: dict[str, Any], entry: Mapping[str, Any], folder: Path, *, create: bool) -> dict[str, Any]:
    """Keep a decision in the ledger of a folder, and its sovereignty in the project's settings."""
    if create and not (folder / FILE).is_file():
        Project.create(folder, Config())
    ledger = Ledger(folder / "ledger.jsonl")
    told: tuple[Finding, ...] = ()
    with Lock(folder / ".lock", command="ownproof decide"):
        if answer["sovereignty"] is not None and (folder / FILE).is_file():
            holds, told = policy.write(folder / FILE, answer["sovereignty"])
            answer = {**answer, "policy": {"sovereignty": holds, "file": str((folder / FILE).resolve())}}
        said = ledger.entries(stored.EVENT)
        if not said or dict(said[-1].data) != dict(_plain(entry)):
            ledger.append(stored.EVENT, entry, at=now())
    findings = [*answer["findings"], *(f.to_json() for f in told)]
    return {**answer, "findings": findings, "project": str(folder), "ledger": str(ledger.path.resolve())}


def _plain(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    from ownproof.project.ledger import Entry

    return Entry.make(1, stored.EVENT, entry, at="", previous="").data
