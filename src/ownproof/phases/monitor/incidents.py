"""From what was seen window by window to incidents: each raised once, kept while it lasts, closed by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ownproof.core.policy import Policy

Kind = Literal["feed", "drift", "loss"]
KINDS: tuple[Kind, ...] = ("feed", "drift", "loss")


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something seen in one window. what: the culprits (columns, answers, the metric); words: the evidence.

    sure: enough by itself to raise an incident; else the same has to be seen in two of three windows.
    back: how many windows ago it began, as far as that can be told. matters: how much it matters, in words.
    """

    kind: Kind
    what: tuple[str, ...]
    words: str
    advice: str = ""
    matters: str = ""
    sure: bool = False
    back: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """A window that has ended, from unix second `start` to `end`, what was seen in it, and how many rows it had."""

    start: float
    end: float
    sightings: tuple[Sighting, ...] = ()
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that went wrong, however many windows and columns it shows in.

    Times are unix seconds. since: when it began by the best estimate; raised: the end of the window that raised it;
    last: the end of the last window it was seen in; closed: the end of the window that closed it, None while open.
    row: how many windows in a row, up to the last one, it was seen in. advised: when retraining was advised.
    """

    kind: Kind
    what: tuple[str, ...]
    words: str
    advice: str
    matters: str
    since: float
    raised: float
    last: float
    row: int = 1
    quiet: int = 0
    closed: float | None = None
    advised: float | None = None

    @property
    def id(self) -> str:
        """Its name: kind and the moment it was raised."""
        return f"{self.kind}-{int(self.raised)}"

    def to_json(self) -> dict[str, Any]:
        """The object of `incidents` in the JSON answer."""
        return {
            "id": self.id,
            "kind": self.kind,
            "state": "open" if self.closed is None else "closed",
            "columns": list(self.what),
            "evidence": self.words,
            "matters": self.matters,
            "advice": self.advice,
            "since": self.since,
            "raised": self.raised,
            "last": self.last,
            "closed": self.closed,
            "windows_in_a_row": self.row,
            "retrain": self.advised is not None,
        }


@dataclass(frozen=True, slots=True)
class Folded:
    """What windows that are kept no more gave rise to, after the last of them. live: those of them that had rows; recent:
    the last ones, which an incident of the next window may have begun in."""

    done: tuple[Incident, ...] = ()
    open: Mapping[Kind, Incident] = field(default_factory=dict)
    live: int = 0
    recent: tuple[Look, ...] = ()


def incidents(looks: Sequence[Look], policy: Policy, *, after: Folded | None = None) -> tuple[Incident, ...]:
    """All incidents that the windows, oldest first, give rise to, oldest first.

    A pure fold: the same windows give the same incidents, in one reading or in many. Drift and loss raise none within
    the first `drift_windows_least` windows (they are warnings); a broken feed needs no history. after: what earlier
    windows came to.
    """
    found = folded(looks, policy, after=after)
    return tuple(sorted((*found.done, *found.open.values()), key=lambda i: (i.raised, KINDS.index(i.kind))))


def folded(looks: Sequence[Look], policy: Policy, *, after: Folded | None = None) -> Folded:
    """What these windows come to, after those that were folded before."""
    after = after or Folded()
    done: list[Incident] = list(after.done)
    open_: dict[Kind, Incident] = dict(after.open)
    live, before = after.live, len(after.recent)
    looks = (*after.recent, *looks)
    for place, look in enumerate(looks[before:], before):
        live += look.rows > 0
        for kind in KINDS:
            seen = [s for s in look.sightings if s.kind == kind]
            if kind in open_:
                now = _continued(open_[kind], seen, look, policy)
                if now.closed is not None:
                    done.append(now)
                    del open_[kind]
                else:
                    open_[kind] = now
            elif seen and (kind == "feed" or live >= policy.drift_windows_least):
                raised = _raised(kind, seen, looks[max(0, place - policy.sighting_windows + 1) : place + 1])
                if raised is not None:
                    open_[kind] = raised
            if kind in open_ and live >= policy.drift_windows_least:
                open_[kind] = _advised(open_[kind], look, policy)
    return Folded(tuple(done), open_, live, tuple(looks[max(0, len(looks) - policy.sighting_windows + 1) :]))


def _continued(incident: Incident, seen: Sequence[Sighting], look: Look, policy: Policy) -> Incident:
    if not seen and not look.rows and incident.kind != "feed":
        return incident  # a window without a row says nothing of what its rows are like
    if not seen:
        quiet = incident.quiet + 1
        closed = look.end if quiet >= policy.quiet_windows else None
        return replace(incident, quiet=quiet, row=0, closed=closed)
    what = tuple(dict.fromkeys((*incident.what, *(w for s in seen for w in s.what))))
    words, matters = _joined(seen, "words"), _first(seen, "matters") or incident.matters
    return replace(incident, what=what, words=words, matters=matters, last=look.end, row=incident.row + 1, quiet=0)


def _joined(seen: Sequence[Sighting], name: str) -> str:
    return "; ".join(dict.fromkeys(str(getattr(s, name)) for s in seen if getattr(s, name)))


def _first(seen: Sequence[Sighting], name: str) -> str:
    return next((str(getattr(s, name)) for s in seen if getattr(s, name)), "")


def _raised(kind: Kind, seen: Sequence[Sighting], recent: Sequence[Look]) -> Incident | None:
    """An incident, when something is sure or when the same culprit was seen in two of the recent windows."""
    look = recent[-1]
    sure = [s for s in seen if s.sure]
    before = {w for r in recent[:-1] for s in r.sightings if s.kind == kind for w in s.what}
    again = [s for s in seen if set(s.what) & before]
    if not sure and not again:
        return None
    told = sure or again
    first = min(
        (r.start for r in recent if any(s.kind == kind and _shares(s, told) for s in r.sightings)), default=look.start
    )
    length = look.end - look.start
    since = min(first, *(look.start - s.back * length for s in told))
    row = 0
    for each in reversed(recent):
        if not any(s.kind == kind for s in each.sightings):
            break
        row += 1
    what = tuple(dict.fromkeys(w for s in told for w in s.what))
    advice = _joined(told, "advice")
    return Incident(kind, what, _joined(told, "words"), advice, _first(told, "matters"), since, look.end, look.end, row)


def _shares(sighting: Sighting, told: Sequence[Sighting]) -> bool:
    return any(set(sighting.what) & set(t.what) for t in told)


def _advised(incident: Incident, look: Look, policy: Policy) -> Incident:
    """Retraining is advised after so many windows in a row, or at once when a loss is proven."""
    proven = incident.kind == "loss" or incident.row >= policy.retrain_windows
    return replace(incident, advised=look.end) if incident.advised is None and proven else incident


def advises(found: Sequence[Incident], looks: Sequence[Look], policy: Policy, *, after: Folded | None = None) -> bool:
    """Whether the last window ends with retraining advised: exit 5."""
    if (after or Folded()).live + sum(look.rows > 0 for look in looks) < policy.drift_windows_least:
        return False
    return any(i.closed is None and (i.kind == "loss" or i.row >= policy.retrain_windows) for i in found)


def warnings(found: Sequence[Incident], looks: Sequence[Look]) -> tuple[Sighting, ...]:
    """What the last window showed that no open incident tells."""
    if not looks:
        return ()
    told = {i.kind: set(i.what) for i in found if i.closed is None}
    return tuple(s for s in looks[-1].sightings if not set(s.what) <= told.get(s.kind, set()))
