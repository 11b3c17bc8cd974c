"""The page of a run of `monitor`, beside its windows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ownproof.phases.monitor.pages import Seen, sections
from ownproof.phases.monitor.segments import segments
from ownproof.phases.monitor.sightings import follow
from ownproof.project.disk import disk, replaced
from ownproof.project.monitoring.monitor import Monitored, iso

SEGMENT_WINDOWS = 7


def with_segments(found: Monitored, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with its declared segments, over the last week of windows and the matured ones among all."""
    watching, ended = found.watching, [w for w in found.windows if w.ended and w.rows]
    if not watching.segments or not ended:
        return dict(answer)
    ripe = [w for w in ended if w.matured is not None][-SEGMENT_WINDOWS:] or ended[-SEGMENT_WINDOWS:]
    samples = [s for w in ripe if (s := found.disk.sample(w.start)) is not None]
    said = {
        column: segments(
            samples, column, watching.watched, when=ended[-1].end, read=watching.truth, policy=found.policy
        )
        for column in watching.segments
    }
    moved = {(i["segment"], i["level"]): i["columns"] for i in (ended[-1].judged or {}).get("inside", ())}
    for column, levels in said.items():
        for level in levels:
            names = [c["column"] for c in moved.get((column, level["level"]), ())]
            level["drifted"] = names
            level["says"] = ", ".join(filter(None, (level["says"], f"drifted: {', '.join(names)}" if names else "")))
    return {**answer, "segments": said}


def write(found: Monitored, answer: Mapping[str, Any]) -> str:
    """`report.html`, and a copy under the day of the last window that ended; the path of the first."""
    from ownproof.render.html import page

    reference, rough = found.usual.reference(found.disk.ended)
    recent = {w.start for w in found.disk.ended[-found.policy.windows_kept :]}
    counts = [w.counts if w.start in recent or not w.ended else None for w in found.windows]
    live = [w.counts for w in found.windows if w.start in recent and w.counts is not None]
    followed = follow(reference, live, found.policy, rough=rough) if reference is not None and live else []
    chapters = sections(Seen(answer, reference, counts, followed))
    ended = [w for w in found.windows if w.ended]
    made = f"as of {iso(ended[-1].end)[:10]}" if ended else ""
    text = page(answer, chapters, title=f"{answer.get('name', 'model')} in production", made=made)
    folder = found.disk.folder
    names = ["report.html", *([f"report-{iso(ended[-1].start)[:16].replace(':', '')}.html"] if ended else [])]
    for name in names:
        with disk("write the page", folder / name):
            replaced(folder / name, text.encode())
    return str((folder / names[0]).resolve())
