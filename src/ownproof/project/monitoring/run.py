"""From a call of `ownproof monitor` to its answer: which bundle, which journal, and who is told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ownproof.core.policy import Policy
from ownproof.errors import UsageError
from ownproof.phases.monitor.incidents import KINDS
from ownproof.project.alerts import prometheus
from ownproof.project.alerts.message import events
from ownproof.project.alerts.tell import tell
from ownproof.project.disk import disk
from ownproof.project.journal import address_of
from ownproof.project.monitoring import page
from ownproof.project.monitoring.monitor import Monitored, monitor
from ownproof.project.monitoring.settings import Settings, read
from ownproof.project.monitoring.windows import Windows
from ownproof.project.project import FILE, Project
from ownproof.project.shipping import shipped
from ownproof.runtime.journal.sinks.copies import DIALECTS
from ownproof.runtime.journal.sources.files import copies_in
from ownproof.runtime.journal.sources.source import is_url

HERE: Final = ("file", "local", "memory", "sqlite")
LOOPBACK: Final = (None, "localhost", "127.0.0.1", "::1")
"""Kinds of places, and hosts, on this machine (a database without a host is reached by a socket)."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is watched: a bundle, the journal of its answers (a folder, or the URL of copies), how, its name for people, and
    the folder that windows and metrics are kept in."""

    bundle: Path
    journal: Path | str
    settings: Settings
    name: str
    kept: Path


def place_of(project: Path | None, bundle: str | None, journal: str | None, settings: str | None = None) -> Place:
    """From the project one stands in and from flags, which win. Raises UsageError where one of the two is missing.

    settings: a file with a table `[monitor]`, in place of the project's.
    """
    path = Path(bundle) if bundle else project
    if path is None:
        raise UsageError(
            "no bundle was named",
            expected="--bundle BUNDLE, or a project",
            hint="name what is served: --bundle BUNDLE --journal FOLDER",
            where="--bundle",
        )
    home = path if (path / FILE).is_file() else project
    policy = Project.open(home).config.rules() if home is not None else Policy()
    file = Path(settings) if settings else home / FILE if home is not None else None
    said = read(file, policy) if file is not None else Settings(policy=policy)
    name = home.resolve().name if home is not None else path.resolve().name.removesuffix(".zip")
    # Where `serve` writes: as said, a project's own, or the folder beside the work that is named after the bundle.
    own = home / "journal" if home is not None else Path.cwd() / f"{path.resolve().name.removesuffix('.zip')}.journal"
    source, kept = _journal(journal, own, said)
    return Place(shipped(path).resolve(), source, said, name, kept)


def _journal(said: str | None, own: Path, settings: Settings) -> tuple[Path | str, Path]:
    """Where the journal is read, and where what is made of it is kept: in it, or for copies beside one's own."""
    if said is None:
        return own, own
    url = address_of(said, where="--journal")
    if not is_url(url):
        folder = Path(url).resolve()
        return folder, own / "copies" / _mark(str(folder)) if copies_in(folder) else folder
    if settings.sovereignty == "isolated" and not _here(url):
        raise UsageError(
            "the journal lies on another machine, and sovereignty is isolated",
            expected="a folder of this machine",
            hint="bring the copy here and name its folder: --journal FOLDER",
            where="--journal",
            code="sovereignty",
        )
    return url, own / "copies" / _mark(url)


def _here(url: str) -> bool:
    kind, host = url.partition("://")[0].partition("+")[0], urlsplit(url).hostname
    return kind in HERE or (kind in DIALECTS and host in LOOPBACK) or (host is not None and host in LOOPBACK)


def _mark(place: str) -> str:
    return hashlib.sha256(place.encode()).hexdigest()[:12]


def run(place: Place, *, at: float, since: str | None, environ: Mapping[str, str]) -> dict[str, Any]:
    """One run of `monitor`: the answer, with the page written, the metrics written and alerts sent.

    at: unix seconds now; environ: where the secrets of receivers are.
    """
    found = monitor(place.bundle, place.journal, place.settings, at=at, since=since, kept=place.kept)
    answer: dict[str, Any] = page.with_segments(found, {**found.answer, "name": place.name})
    answer["report"] = page.write(found, answer)
    answer["alerts"] = _told(place, found, at=at, environ=environ)
    answer["metrics_file"] = _metrics(place, answer, at=at)
    return answer


def _told(place: Place, found: Monitored, *, at: float, environ: Mapping[str, str]) -> list[dict[str, Any]]:
    windows: Windows = found.disk
    state = windows.state()
    messages = events(found.incidents, name=place.name, model=found.watching.bundle.hash)
    told, done = tell(messages, state.get("told", {}), place.settings, environ, at=at)
    windows.remember({**state, "told": told})
    return [{"event": d.key, "receiver": d.receiver, "state": d.state, "why": d.why} for d in done]


def _metrics(place: Place, answer: Mapping[str, Any], *, at: float) -> str:
    path = place.kept / "monitor.prom"
    beside = path.with_name(path.name + ".part")
    with disk("write the metrics", path):
        beside.write_text(prometheus.text(answer, at=at, kinds=KINDS), encoding="utf-8")
        beside.replace(path)
    return str(path.resolve())
