"""One self-contained HTML file: opens from disk, prints, dark and light, from 400 pixels on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.core.report import Chart, Grid, Note, Section
from ownproof.render import charts, content, strip, svg, words
from ownproof.render.figures import column_texts, numeric
from ownproof.render.head import Head
from ownproof.render.next import next_command
from ownproof.render.sentence import Answer, meaning, part, sentence
from ownproof.render.words import PROOF
from ownproof.version import VERSION

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

BYTES_MOST = 1_800_000  # of blocks; with style, gates and findings a page stays under 3 MB
ROWS_MOST = 200
COLUMNS_MOST = 40
_NIGHT = (
    "--op-good:#4cc38a;--op-bad:#ff8a7a;--op-unsure:#e3b341;--op-plain:#9aa5b1;--op-wash:#1e252e;--op-link:#79b8ff;"
)
_LEFT_OUT = "Left out here to keep the page small; it is in the JSON beside it."


def page(answer: Answer, sections: Sequence[Section], *, title: str, made: str = "", head: Head | None = None) -> str:
    """The report as one HTML document without a link to anything outside.

    answer: the JSON answer of a command; title: of the window and above the verdict; made: when, in words; head: what
    stands first, of a command that gives no verdict on a model.
    """
    shown = view(answer, sections, uid="op") | ({} if head is None else _headed(head))
    return environment().get_template("page.html.j2").render(**shown, title=title, made=made, version=VERSION)


def _headed(head: Head) -> dict[str, Any]:
    """What the templates show first, in the words of whoever made the answer."""
    return {
        "badge": head.badge,
        "sentence": head.sentence,
        "meaning": head.meaning,
        "tiles": head.tiles[: content.TILES_MOST],
        "next": head.next,
        "strip": _escaped(""),
        "proof": None,
        "about_run": False,
    }


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Templates of this folder; whatever is printed is cleaned, cut and escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def finalize(value: Any) -> Any:
        return value if isinstance(value, Markup) else "" if value is None else svg.fit_for_xml(value)

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    made.filters["prose"] = lambda text: _escaped(prose(text))
    made.filters["figure"] = lambda text: _escaped(svg.safe(text).replace(" %", "&nbsp;%"))
    made.globals["night"] = _escaped(charts.DARK + _NIGHT)
    made.globals["STYLE"] = _escaped(charts.COLOURS + charts.STYLE + strip.STYLE)
    return made


def _escaped(text: str) -> Markup:
    """Text as it goes into the page; it was made in this room and all of it that came from data is escaped."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - see above


def prose(text: Any) -> str:
    """Escaped text; words between backticks become code, and so does text that is a flag or a command.

    >>> prose("see `a<b`")
    'see <code>a&lt;b</code>'
    """
    whole = svg.safe(str(text).strip(), most=6000)
    if re.match(r"(--\w|ownproof \w)", whole) and "`" not in whole and len(whole) < 200 and ". " not in whole:
        return f"<code>{whole}</code>"
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", whole).replace(" %", "&nbsp;%")


def view(answer: Answer, sections: Sequence[Section], *, uid: str) -> dict[str, Any]:
    """Everything that the templates show."""
    accusing, others = content.findings(answer)
    room = _Room(BYTES_MOST)
    shown = [_section(s, index, room, uid) for index, s in enumerate(sections)]
    columns, rows = content.candidates(answer)
    tried = _grid(Grid(columns, rows), room) if rows else None
    return {
        "badge": content.badge(answer),
        "sentence": sentence(answer),
        "meaning": meaning(answer),
        "task": part(answer, "task"),
        "strip": _escaped(strip.draw(part(answer, "baseline"), uid=f"{uid}-gain")),
        "tiles": content.tiles(answer),
        "proof": content.proof(answer),
        "levels": list(PROOF.values()),
        "gates": content.gates(answer)[: content.GATES_MOST],
        "looked": isinstance(answer.get("findings"), list),
        "accusing": accusing[: content.FINDINGS_MOST],
        "others": others[: content.FINDINGS_MOST],
        "unseen": sum(max(0, len(f) - content.FINDINGS_MOST) for f in (accusing, others)),
        "measures": content.measures(answer),
        "sections": shown,
        "details": content.details(answer),
        "about_run": True,
        "candidates": tried,
        "next": next_command(answer),
        "run": answer.get("run"),
        "evidence": words.EVIDENCE.get(str(answer.get("evidence")), ""),
        "uid": uid,
    }


@dataclass(slots=True)
class _Room:
    """How many bytes of blocks a page may still take."""

    left: int

    def takes(self, text: str) -> bool:
        """Whether the text still goes in; it is counted then."""
        size = len(text.encode("utf-8", "replace"))
        if size > self.left:
            return False
        self.left -= size
        return True


@dataclass(frozen=True, slots=True)
class ShownGrid:
    """A table as text. right: which columns hold numbers; more: a line about what is not shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]
    caption: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One block, or several charts side by side."""

    kind: str
    text: str = ""
    grid: ShownGrid | None = None
    charts: tuple[dict[str, Any], ...] = field(default=())


def _section(section: Section, index: int, room: _Room, uid: str) -> dict[str, Any]:
    blocks: list[Shown] = []
    for number, block in enumerate(section.blocks):
        blocks += _block(block, room, f"{uid}-{index}-{number}", blocks)
    return {"title": section.title, "id": f"{uid}-s{index}", "blocks": blocks}


def _block(block: Note | Grid | Chart, room: _Room, uid: str, before: list[Shown]) -> Iterator[Shown]:
    if isinstance(block, Note):
        for paragraph in re.split(r"\n\s*\n", svg.fit_for_xml(block.text, most=20_000)):
            yield Shown("note", paragraph if room.takes(paragraph) else _LEFT_OUT)
        return
    if isinstance(block, Grid):
        grid = _grid(block, room)
        yield Shown("grid", grid=grid) if grid else Shown("note", _LEFT_OUT)
        return
    drawn = charts.draw(block, uid=uid)
    if not room.takes(drawn):
        yield Shown("note", f"{block.title}: {_LEFT_OUT}")
        return
    figure = {"title": block.title, "svg": _escaped(drawn), "caption": block.caption}
    if before and before[-1].kind == "charts":
        figure_row = before.pop()
        yield Shown("charts", charts=(*figure_row.charts, figure))
    else:
        yield Shown("charts", charts=(figure,))


def _grid(grid: Grid, room: _Room) -> ShownGrid | None:
    rows, columns = grid.rows[:ROWS_MOST], grid.columns[:COLUMNS_MOST]
    values = [[row[i] if i < len(row) else None for row in rows] for i in range(len(columns))]
    texts = [
        [svg.fit_for_xml(t, most=400) for t in column_texts(str(c), v)] for c, v in zip(columns, values, strict=True)
    ]
    left_out = [
        f"{len(grid.rows) - len(rows):,} more rows" if len(grid.rows) > len(rows) else "",
        f"{len(grid.columns) - len(columns):,} more columns" if len(grid.columns) > len(columns) else "",
    ]
    more = " and ".join(x for x in left_out if x)
    shown = ShownGrid(
        tuple(map(str, columns)),
        tuple(zip(*texts, strict=True)) if texts else (),
        tuple(numeric(v) for v in values),
        grid.caption,
        f"{more} in the JSON beside it." if more else "",
    )
    return shown if room.takes("".join(f"<td></td>{t}" for row in shown.rows for t in row)) else None
