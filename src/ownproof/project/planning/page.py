"""The page of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ownproof.core.report import Report
from ownproof.phases.plan.asked import count, figure
from ownproof.project.page import write_page
from ownproof.render.head import Head, Tile, Tone

WORDS: Mapping[str, tuple[str, Tone]] = {
    "yes": ("ENOUGH", "good"),
    "no": ("NOT ENOUGH", "bad"),
    "cannot tell": ("CANNOT TELL", "unsure"),
}


def write(path: str, answer: Mapping[str, Any], report: Report) -> Path:
    """Write the page where the user named it; its path."""
    word, tone = WORDS[answer["enough"]]
    words = answer["words"]
    buys = answer["next"] and answer["next"]["labels"]
    verb = "plan" if buys else "run" if answer["enough"] == "yes" else "audit"
    next_command = f"ownproof {verb} {Path(str(answer['data'])).name} --target {answer['target']}"
    head = Head(
        word,
        tone,
        f"{count(answer['rows'])} labelled rows, {answer['learner'] or 'no curve'}",
        words[0],
        words[-1],
        tuple(_tiles(answer)),
        next_command,
    )
    title = f"Is the data enough: {Path(str(answer['data'])).name}"
    return write_page(path, answer, report.sections, title=title, head=head)


def _tiles(answer: Mapping[str, Any]) -> list[Tile]:
    metric = str(answer["metric"]).replace("_", " ")
    found = []
    if answer["now"]:
        now = answer["now"]
        found.append(Tile(f"{metric} today", figure(now["value"]), f"{figure(now['low'])} to {figure(now['high'])}"))
    for each in answer["ahead"]:
        ends = f"{figure(each['low'])} to {figure(each['high'])}"
        found.append(Tile(f"at {each['times']:g} times the rows", figure(each["value"]), ends))
    found.append(Tile("gain worth having", figure(answer["worthwhile"])))
    reach = answer["reach"]
    if reach and reach["more"]:
        ends = f"{count(reach['more']['p10'])} to {count(reach['more']['p90'])}; never in {100 * reach['never']:.0f} %"
        found.append(Tile(f"labels to reach {figure(reach['value'])}", count(reach["more"]["p50"]), ends))
    if answer["test_rows"]:
        found.append(Tile("test rows for that gain", count(answer["test_rows"]["needed"])))
    return found
