"""From a call of `ownproof monitor` to its answer: which bundle, which journal, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownproof.core.policy import Policy
from ownproof.errors import UsageError
from ownproof.phases.monitor.incidents import KINDS
from ownproof.project.alerts import prometheus
from ownproof.project.alerts.message import events
from ownproof.project.alerts.tell import tell
from ownproof.project.disk import disk
from ownproof.project.monitoring import page
from ownproof.project.monitoring.monitor import Monitored, monitor
from ownproof.project.monitoring.settings import Settings, read
from ownproof.project.monitoring.windows import Windows
from ownproof.project.project import FILE, Project
from ownproof.project.shipping import shipped


@dataclass(frozen=True, slots=True)
class Place:
    """What is watched: a bundle, the journal of its answers, how, and its name for people."""

    bundle: Path
    journal: Path
    settings: Settings
    name: str


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
    return Place(shipped(path).resolve(), _journal(path, home, journal), said, name)


def _journal(bundle: Path, home: Path | None, said: str | None) -> Path:
    """Where `serve` writes: as said, a project's own, or the folder beside the work that is named after the bundle."""
    if said is not None:
        return Path(said).resolve()
    return (
        home / "journal" if home is not None else Path.cwd() / f"{bundle.resolve().name.removesuffix('.zip')}.journal"
    )


def run(place: Place, *, at: float, since: str | None, environ: Mapping[str, str]) -> dict[str, Any]:
    """One run of `monitor`: the answer, with the page written, the metrics written and alerts sent.

    at: unix seconds now; environ: where the secrets of receivers are.
    """
    found = monitor(place.bundle, place.journal, place.settings, at=at, since=since)
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
    path = place.journal / "monitor.prom"
    beside = path.with_name(path.name + ".part")
    with disk("write the metrics", path):
        beside.write_text(prometheus.text(answer, at=at, kinds=KINDS), encoding="utf-8")
        beside.replace(path)
    return str(path.resolve())
