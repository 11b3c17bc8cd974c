"""The journal of a project: where it lies, what it holds, how long, and where copies go."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.errors import ConfigError, OwnproofError, UsageError, all_at_once, did_you_mean
from ownproof.project import config as settings
from ownproof.project.config import Config
from ownproof.project.disk import disk
from ownproof.project.project import FILE, Project, find, now
from ownproof.project.sovereignty import Reach, reach
from ownproof.project.sovereignty import check as check_reach
from ownproof.runtime.journal.compact import compact
from ownproof.runtime.journal.files import NAMES, check, in_use, listing
from ownproof.runtime.journal.forgetting import expire, forget, redact
from ownproof.runtime.journal.outcomes import OutcomeCounts, as_of
from ownproof.runtime.journal.reading import read
from ownproof.runtime.journal.sinks.deliver import deliver

if TYPE_CHECKING:
    import polars as pl

FOLDER = "journal"


def place(journal: str | None, start: Path) -> tuple[Path, Config | None]:
    """The folder of a journal, by its name or that of the project around `start`, and the project's settings.

    Raises UsageError where there is neither.
    """
    root = find(start)
    config = settings.read(root / FILE) if root is not None else None
    if journal is not None:
        return Path(journal).expanduser().resolve(), config
    if root is None:
        raise UsageError(
            "no journal was named, and this is no project",
            expected="--journal FOLDER, or a project here or above",
            hint="name the folder that the server writes to: --journal FOLDER",
            where="--journal",
            code="no-project",
        )
    return root / FOLDER, config


def stats(folder: Path, *, checked: bool = False) -> dict[str, Any]:
    """What a journal holds: rows, files, bytes, torn lines and moments of each kind, and what became of the outcomes.

    checked: compare every compacted file with its hash first. Raises Tampered when one is gone or changed.
    """
    count = check(folder) if checked else None
    kinds = {kind: _stats(folder, kind) for kind in NAMES}
    return {"journal": str(folder), "kinds": kinds, "outcomes": _joined(folder).to_json(), "checked": count}


@dataclass(frozen=True, slots=True)
class Keeping:
    """The section `[journal]` of a project.toml: how long rows are kept ("400d"; None: for ever), where copies go, and how far
    they may go (`allowed`)."""

    keep: str | None = None
    to: tuple[str, ...] = ()
    allowed: Reach = field(default_factory=Reach)


def keeping(file: Path) -> Keeping:
    """Read the section. Raises ConfigError naming every unknown key and wrong value."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8")).get("journal", {})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise ConfigError(
            f"{file.name} cannot be read: {why}", expected="TOML", where=str(file), hint="mend the line that is named"
        ) from why
    problems: list[OwnproofError] = []
    for name, value in data.items():
        if name not in ("keep", "to"):
            said = did_you_mean(name, ("keep", "to"), what="keys of [journal]")
            problems.append(ConfigError(f"[journal] has no {name!r}", expected="keep, to", hint=said, where=file.name))
        elif not (isinstance(value, str) or (name == "to" and _texts(value))):
            expected = '"400d"' if name == "keep" else 'a URL, or a list of them: ["env:COPY_URL"]'
            problems.append(
                ConfigError(
                    f"[journal] {name} is {value!r}",
                    expected=expected,
                    hint=f"write {name} = {expected}",
                    where=file.name,
                )
            )
    if problems:
        raise all_at_once(problems)
    to = data.get("to", [])
    return Keeping(data.get("keep"), (to,) if isinstance(to, str) else tuple(to))


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def said(folder: Path, *, keep: str | None, to: Sequence[str], start: Path | None = None) -> Keeping:
    """What flags say, and where they say nothing the project that this journal is of.

    start: the folder of the call; the project around it says how far copies may go, too.
    """
    file = folder.parent / FILE
    told = keeping(file) if folder.name == FOLDER and file.is_file() else Keeping()
    around = find(start) if start is not None else None
    return Keeping(keep or told.keep, tuple(to) or told.to, reach(folder.parent, around))


def compacted(folder: Path, *, say: Keeping | None = None, clock: Callable[[], float]) -> dict[str, Any]:
    """Turn closed segments into Parquet, delete what is too old, and deliver copies.

    Places are databases or folders (see `sinks.deliver`); `env:NAME` takes the URL from a variable. Raises ConfigError when a
    disk or a place refuses: what was done before stays done, and the same call goes on.
    """
    keep, to = (say.keep, say.to) if say else (None, ())
    oldest = clock() - settings.parse_seconds(keep, flag="--keep") if keep else None
    places = [address_of(url, where="--to") for url in to]
    allowed = say.allowed if say else Reach()
    for place in places:
        check_reach(place, allowed, where="--to")
    with disk("compact the journal", folder):
        done = compact(folder)
        expired = expire(folder, oldest) if oldest is not None else None
    delivered = [deliver(folder, url, at=clock()) for url in places]
    return {
        "journal": str(folder),
        "files": [{"file": str(folder / c.file), "rows": c.rows, "sha256": c.sha256} for c in done.files],
        **{n: getattr(done, n) for n in ("segments", "in_use", "rows", "torn", "repeated", "merged", "waiting")},
        "expired": asdict(expired) if expired is not None else None,
        "delivered": [asdict(d) for d in delivered],
    }


def forgotten(folder: Path, key: str) -> dict[str, Any]:
    """Delete what is known of a caller's id. Raises ConfigError when the disk refuses: call again."""
    with disk("write the journal anew", folder):
        done = asdict(forget(folder, key))
    told(folder, "forget", done)  # not of whom: that is what must be forgotten
    return {"journal": str(folder), **done}


def redacted(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """Take fields out of what was logged. Raises ConfigError when the disk refuses: call again."""
    with disk("write the journal anew", folder):
        done = redact(folder, names)
    counts = {"decisions": done.decisions, "cells": done.cells, "left": done.left, "waiting": done.waiting}
    told(folder, "redact", {"fields": list(names), **counts})
    return {"journal": str(folder), **counts}


def told(folder: Path, event: str, data: dict[str, Any]) -> None:
    """An entry in the ledger of the project that a folder lies in; nothing where it lies in none."""
    root = find(folder.resolve())
    if root is not None:
        Project.open(root).ledger.append(event, data, at=now())


def address_of(url: str, *, where: str) -> str:
    """A place as it was named, or of `env:NAME` what stands in that variable. Raises UsageError for one that is not set."""
    if not url.startswith("env:"):
        return url
    name = url.removeprefix("env:")
    if not os.environ.get(name):
        raise UsageError(
            f"the variable {name} is not set",
            expected="a database URL or a folder in it",
            hint=f"export {name}=...",
            where=where,
        )
    return os.environ[name]


def _joined(folder: Path) -> OutcomeCounts:
    return joined(folder, read(folder, "outcomes").frame())


def joined(folder: Path, outcomes: pl.DataFrame) -> OutcomeCounts:
    """What became of outcomes, by the live decisions of a journal: in memory are those only that outcomes may name."""
    import polars as pl

    ids, keys = (outcomes[name].drop_nulls().unique().implode() for name in ("prediction_id", "id"))
    rows, parts = 0, [pl.DataFrame(schema={"id": pl.String, "at": pl.Datetime("us", "UTC"), "key": pl.String})]
    for frame in read(folder):
        live = frame.filter(pl.col("role") == "live").select("id", "at", "key")
        rows += live.height
        parts.append(live.filter(pl.col("id").is_in(ids) | pl.col("key").is_in(keys).fill_null(value=False)))
    return replace(as_of(outcomes, pl.concat(parts)).counts, decisions=rows)


def _stats(folder: Path, kind: str) -> dict[str, Any]:
    found = listing(folder, kind)
    reading = read(folder, kind)
    first = last = None
    for frame in reading:
        low, high = frame["at"].min(), frame["at"].max()
        first = low if first is None else min(first, low)  # type: ignore[type-var]
        last = high if last is None else max(last, high)  # type: ignore[type-var]
    return {
        "rows": reading.rows,
        "torn": reading.torn,
        "repeated": sum(c.repeated for c in found.compacted),
        "segments": len(found.segments),
        "in_use": sum(in_use(p) for p in found.segments),
        "compacted": len(found.compacted),
        "bytes": sum(p.stat().st_size for p in found.segments) + sum(c.bytes for c in found.compacted),
        "first": _iso(first),
        "last": _iso(last),
    }


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if isinstance(moment, dt.datetime) else None
