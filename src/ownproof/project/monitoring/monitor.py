"""`ownproof monitor`: read what is new, judge the windows that ended, say what is wrong, tell whom it concerns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownproof.core.policy import Policy
from ownproof.core.report import Finding, plain
from ownproof.errors import UsageError
from ownproof.phases.monitor.answered import OF_OTHERS
from ownproof.phases.monitor.compare import compare
from ownproof.phases.monitor.incidents import Incident, Sighting, advises, incidents, warnings
from ownproof.phases.monitor.performance import Grade, grade
from ownproof.phases.monitor.words import day
from ownproof.project.config import parse_seconds
from ownproof.project.lock import Lock
from ownproof.project.monitoring.intake import Taken, hear, take
from ownproof.project.monitoring.judging import REACH_S, Usual, judge_all, looks_of, matured_of, prune
from ownproof.project.monitoring.segmented import Segmented
from ownproof.project.monitoring.settings import Settings
from ownproof.project.monitoring.watching import Watching
from ownproof.project.monitoring.windows import Window, Windows
from ownproof.runtime.bundle import Bundle, open_bundle
from ownproof.runtime.journal.sources.source import Source, open_source

SETTLE_S = 5.0
"""A decision is logged so long after its own moment, at most: later ones are read the next time."""


@dataclass(frozen=True, slots=True, eq=False)
class Monitored:
    """Everything that a run of `monitor` found, for the answer, the page and the alerts."""

    watching: Watching
    disk: Windows
    windows: tuple[Window, ...]
    usual: Usual
    incidents: tuple[Incident, ...]
    warnings: tuple[Sighting, ...]
    grade: Grade
    taken: Taken
    heard: Taken
    exit: int
    policy: Policy
    answer: Mapping[str, Any]


def monitor(
    bundle_path: Path,
    journal: Path | str,
    settings: Settings,
    *,
    at: float,
    since: str | None = None,
    kept: Path | None = None,
) -> Monitored:
    """One run. at: unix seconds now; since: where to begin in a journal not read before, and to show from.

    journal: a folder, or where copies of journals lie (see `open_source`); kept: the folder for windows, by default that
    of the journal. Raises InputError where there is no journal or bundle, Locked while another run is at it.
    """
    source = open_source(journal)
    bundle = open_bundle(bundle_path)
    try:
        return _monitored(bundle, source, kept or Path(journal), settings, at=at, since=since)
    finally:
        bundle.close()
        source.close()


def _monitored(
    bundle: Bundle, journal: Source, kept: Path, settings: Settings, *, at: float, since: str | None
) -> Monitored:
    policy, begin = settings.policy, moment(since, at) if since else None
    watching = Watching.of(bundle, settings.segments, policy)
    folder = kept / "windows" / f"{bundle.hash[:16]}-{int(settings.window_s)}"
    folder.mkdir(parents=True, exist_ok=True)
    with Lock(folder / ".lock", command="ownproof monitor"):
        windows = Windows(folder, spell=watching.spell, read=watching.unspell)
        until = journal.complete(at) - SETTLE_S
        taken = take(
            windows, watching, journal, since=begin, until=until, length=settings.window_s, most=policy.watch_sample
        )
        windows.flush()
        state = windows.state()
        heard = hear(windows, journal, since=state.get("heard"), until=until, horizon_s=REACH_S)
        usual = Usual(watching.reference, policy, after=windows.folded, answers=state.get("answers"))
        segmented = Segmented(windows.groups, watching.reference, policy, said=state.get("segments"))
        delay = settings.label_delay_s
        judge_all(windows, watching, policy, usual=usual, segmented=segmented, label_delay_s=delay)
        prune(windows, policy)
        windows.remember({**state, "heard": until, "answers": usual.to_json(), "segments": segmented.to_json()})
        return _said(windows, watching, journal, settings, usual=usual, taken=taken, heard=heard, begin=begin)


def _said(
    windows: Windows,
    watching: Watching,
    journal: Source,
    settings: Settings,
    *,
    usual: Usual,
    taken: Taken,
    heard: Taken,
    begin: float | None,
) -> Monitored:
    policy = settings.policy
    ended = windows.ended
    looks = looks_of(ended)
    found = incidents(looks, policy, after=windows.folded)
    warned = warnings(found, looks)
    matured = matured_of(ended)
    pairs = [(m.expected, m.realised) for m in matured if m.expected is not None]
    promised = watching.watched.promised.get(watching.bundle.task.metric)
    graded = grade(pairs, watching.watched.margin(policy), policy, promised=promised)
    code = 5 if advises(found, looks, policy, after=windows.folded) else 0
    shown = [w for w in windows.all.values() if begin is None or w.end > begin]
    shown.sort(key=lambda w: w.start)
    answer = {
        "schema": "ownproof/1",
        "command": "monitor",
        **_last(watching, ended, shown, policy),
        "model": watching.bundle.hash,
        "journal": journal.shown,
        "window_s": settings.window_s,
        "windows": [_line(w, graded) for w in shown],
        "live_windows": windows.folded.live + sum(w.rows > 0 for w in ended),
        "incidents": [_dated(i) for i in found],
        "warnings": [
            {"kind": s.kind, "columns": list(s.what), "evidence": s.words, "advice": s.advice} for s in warned
        ],
        "performance": _performance(watching, ended, graded),
        "segments": {},
        "findings": [f.to_json() for f in findings(found, warned)],
        "read": _read(taken, heard),
        "exit": code,
    }
    return Monitored(
        watching, windows, tuple(shown), usual, found, warned, graded, taken, heard, code, policy, plain(answer)
    )


def _last(watching: Watching, ended: Sequence[Window], shown: Sequence[Window], policy: Policy) -> dict[str, Any]:
    """The comparison of the last window that ended; of the one that still runs while none has."""
    compared: Mapping[str, Any] | None = ended[-1].judged["compared"] if ended and ended[-1].judged else None
    if compared is None and not ended and shown and watching.reference is not None and shown[-1].counts is not None:
        compared = compare(watching.reference, shown[-1].counts, rough=OF_OTHERS, policy=policy).to_json()
    if compared is None:
        return {"alarm": False, "columns": [], "joint": None, "rows": shown[-1].rows if shown else 0}
    return {name: compared[name] for name in ("alarm", "columns", "joint", "rows")}


def findings(found: Sequence[Incident], warned: Sequence[Sighting]) -> list[Finding]:
    """Open incidents, and what the last window showed beside them."""
    open_ = [
        Finding(f"monitor.{i.kind}", "warn", i.what, None, f"since {day(i.since)}: {i.words}", i.advice)
        for i in found
        if i.closed is None
    ]
    return open_ + [Finding("monitor.sighting", "ok", s.what, None, s.words, s.advice) for s in warned]


def _line(window: Window, graded: Grade) -> dict[str, Any]:
    """One window of the answer."""
    judged, matured = window.judged or {}, window.matured or {}
    compared = judged.get("compared") or {}
    return {
        "start": iso(window.start),
        "end": iso(window.end),
        "ended": window.ended,
        "rows": window.rows,
        "flagged": window.flagged,
        "refused": window.refused,
        "alarm": bool(compared.get("alarm", False)),
        "drifted": [c["column"] for c in compared.get("columns", ()) if c["drift"]],
        "inside": judged.get("inside") or [],
        "expected": None if graded.holds is False else judged.get("expected") or None,
        "realised": matured.get("realised") or None,
        "labels": matured.get("cohort"),
        "reliability": matured.get("reliability") or None,
    }


def _performance(watching: Watching, ended: Sequence[Window], graded: Grade) -> dict[str, Any]:
    """Promised, expected and realised, side by side."""
    last = next((w for w in reversed(ended) if w.judged and w.judged.get("expected")), None)
    ripe = next((w for w in reversed(ended) if w.matured), None)
    name = watching.bundle.task.metric
    promised = watching.watched.promised.get(name)
    withdrawn = graded.holds is False
    expected = last.judged["expected"].get(name) if last is not None and last.judged and not withdrawn else None
    return {
        "metric": name,
        "promised": promised.to_json() if promised else None,
        "expected": {"window": iso(last.start), **expected} if last is not None and expected else None,
        "realised": {"window": iso(ripe.start), **ripe.matured["realised"][name]} if ripe and ripe.matured else None,
        "labels": ripe.matured["cohort"] if ripe and ripe.matured else None,
        "assumes": "the relation between features and outcome has not changed",
        "grade": {
            "windows": graded.windows,
            "gap": graded.gap,
            "low": graded.low,
            "high": graded.high,
            "holds": graded.holds,
            "withdrawn": withdrawn,
        },
    }


def _read(taken: Taken, heard: Taken) -> dict[str, Any]:
    return {
        "decisions": taken.rows,
        "of_other_models": sum(taken.others.values()),
        "shadow": taken.shadow,
        "torn": taken.torn,
        "outcomes": heard.outcomes,
        "matched": heard.matched,
        "partial": heard.partial,
    }


def _dated(incident: Incident) -> dict[str, Any]:
    said = incident.to_json()
    for name in ("since", "raised", "last", "closed"):
        said[name] = iso(said[name]) if said[name] is not None else None
    return said


def iso(seconds: float) -> str:
    """A moment as ISO 8601 in UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")


def moment(said: str, at: float) -> float:
    """`30d` before now, or a date such as 2026-01-31 or 2026-01-31T12:00, in UTC. Raises UsageError.

    >>> moment("1h", 7200.0), moment("1970-01-02", 0.0)
    (3600.0, 86400.0)
    """
    try:
        parsed = dt.datetime.fromisoformat(said)
    except ValueError:
        try:
            return at - parse_seconds(said, flag="--since")
        except UsageError as why:
            raise UsageError(
                f"--since is {said!r}",
                expected="a date such as 2026-01-31, or a time back such as 30d",
                hint="write --since 30d",
                where="--since",
            ) from why
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)).timestamp()
