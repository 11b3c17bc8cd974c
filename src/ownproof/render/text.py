"""The terminal's screenful: verdict, gates, what accuses, key figures, where things lie, the next command."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any

from ownproof.errors import OwnproofError
from ownproof.render import content
from ownproof.render.figures import column_texts, numeric
from ownproof.render.head import Head
from ownproof.render.next import next_command
from ownproof.render.sentence import Answer, meaning, part, sentence
from ownproof.render.svg import fit_for_xml
from ownproof.render.words import Tone

FINDINGS_MOST = 6
GATES_MOST = 12
_COLOURS: dict[str, str] = {"good": "32", "bad": "31", "unsure": "33", "plain": "36", "bold": "1", "dim": "2"}


def one_line(text: Any, *, most: int = 2000) -> str:
    """Text without line breaks and without characters that move a terminal's cursor."""
    cleaned = "".join(" " if c in "\t\r\n" else c for c in fit_for_xml(text, most=most))
    return " ".join("".join(c for c in cleaned if c == " " or unicodedata.category(c) not in {"Cc", "Cf"}).split())


def wide(text: str) -> int:
    """How many places text takes on a terminal.

    >>> wide("ab"), wide("漢字")
    (2, 4)
    """
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, room: int) -> str:
    """Text that takes at most `room` places, an ellipsis in place of its end."""
    if wide(text) <= room:
        return text
    kept = text
    while kept and wide(kept) > room - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…" if room > 0 else ""


class _Ink:
    """Writes words in colour, or not."""

    def __init__(self, *, on: bool) -> None:
        self._on = on

    def __call__(self, text: str, *styles: Tone | str) -> str:
        codes = ";".join(_COLOURS[s] for s in styles)
        return f"\x1b[{codes}m{text}\x1b[0m" if self._on and text and codes else text


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        one_line(text),
        width=max(20, width),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def summary(answer: Answer, *, color: bool, width: int) -> str:
    """The answer on one screen, without a line break at its end. width: places of the terminal."""
    ink, width = _Ink(on=color), max(40, min(width, 110))
    if part(answer, "error"):
        return "\n".join(_error(part(answer, "error"), ink))
    blocks = [
        _verdict(answer, ink, width),
        _gates(answer, ink, width),
        _findings(answer, ink, width),
        _figures(answer, ink, width),
        _places(answer, ink),
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def opening(head: Head, *, color: bool, width: int) -> str:
    """What stands first, of a command that gives no verdict on a model: badge, sentence, meaning, figures."""
    ink, width = _Ink(on=color), max(40, min(width, 110))
    first = _first(head.badge, head.sentence, head.meaning, ink, width)
    return "\n\n".join("\n".join(lines) for lines in (first, _tiles(head.tiles, ink, width)) if lines)


def _first(badge: content.Badge, said: str, means: str, ink: _Ink, width: int) -> list[str]:
    lines = [ink(f" {badge.word} ", badge.tone, "bold") + (f" {badge.under}" if badge.under else "")]
    lines += [ink(line, "bold") for line in _wrapped(said, width)]
    return lines + _wrapped(means.replace("`", ""), width)


def _verdict(answer: Answer, ink: _Ink, width: int) -> list[str]:
    lines = _first(content.badge(answer), sentence(answer), meaning(answer), ink, width)
    proof = content.proof(answer)
    if proof:
        said = ", ".join(x for x in (proof.words.title, proof.opened) if x)
        lines += [
            ink(line, "dim")
            for line in _wrapped(
                f"Proof {proof.words.level} ({said}). Not proven: {_lower(proof.words.not_proven)}", width
            )
        ]
    return lines


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _gates(answer: Answer, ink: _Ink, width: int) -> list[str]:
    rows = content.gates(answer)
    shown = [r for r in rows if r.status != "not run"][:GATES_MOST]
    lines = []
    room = max([wide(one_line(r.id)) for r in shown], default=0)
    for row in shown:
        name = one_line(row.id)
        seen = " ".join(x for x in (one_line(row.value), row.between) if x)
        seen += f", asked {one_line(row.threshold)}" if row.threshold else ""
        told = ", ".join(x for x in (one_line(row.columns), seen if row.value else "") if x)
        said = " · ".join(x for x in (told, one_line(row.rule)) if x)
        if row.waived_by:
            said = f"waived by {one_line(row.waived_by)} · {said}"
        head = name + " " * (min(room, 28) - wide(name))
        lines.append(f"  {ink(row.sign, row.tone, 'bold')} {head}  {cut(said, width - wide(head) - 6)}".rstrip())
        if row.tone != "good" and row.advice:
            lines.append(f"      {ink(cut('→ ' + one_line(row.advice), width - 6), row.tone)}")
    rest = len(rows) - len(shown)
    if rest:
        lines.append(ink(f"  · {rest} more not run or not shown", "dim"))
    return [ink("Gates", "bold"), *lines] if lines else []


def _findings(answer: Answer, ink: _Ink, width: int) -> list[str]:
    accusing, others = content.findings(answer)
    lines = []
    for row in accusing[:FINDINGS_MOST]:
        head = " ".join(x for x in (one_line(row.rule), one_line(row.columns)) if x)
        lines.append(
            f"  {ink(row.sign, row.tone, 'bold')} {cut(head + ': ' + one_line(row.evidence), width - 4)}"
            if row.evidence
            else f"  {ink(row.sign, row.tone, 'bold')} {cut(head, width - 4)}"
        )
        if row.advice:
            lines.append(f"      {ink(cut('→ ' + one_line(row.advice), width - 6), row.tone)}")
    rest = len(accusing) - FINDINGS_MOST
    tail = [f"{rest} more that accuse" if rest > 0 else "", f"{len(others)} for information" if others else ""]
    if any(tail) and lines:
        lines.append(ink("  · " + ", ".join(t for t in tail if t) + ": in the report", "dim"))
    return [ink("Findings", "bold"), *lines] if lines else []


def _figures(answer: Answer, ink: _Ink, width: int) -> list[str]:
    return _tiles(content.tiles(answer), ink, width)


def _tiles(shown: Sequence[content.Tile], ink: _Ink, width: int) -> list[str]:
    room = max([wide(t.label) for t in shown], default=0)
    values = max([wide(t.value) for t in shown], default=0)
    lines = []
    for tile in shown:
        head = f"  {tile.label:<{room}}  "
        note = cut(one_line(tile.note), width - room - values - 7)
        lines.append(
            f"{head}{ink(one_line(tile.value), 'bold')}{' ' * (values - wide(tile.value))}  {ink(note, 'dim')}".rstrip()
        )
    return [ink("Figures", "bold"), *lines] if lines else []


def _places(answer: Answer, ink: _Ink) -> list[str]:
    lines = [f"{name:<7} {one_line(answer[name])}" for name in ("report", "bundle") if answer.get(name)]
    command = next_command(answer)
    return lines + ([f"{'next':<7} {ink(command, 'bold')}"] if command else [])


def _error(error: Any, ink: _Ink) -> list[str]:
    where = f"  [{one_line(error['where'])}]" if error.get("where") else ""
    lines = [f"{ink('error:', 'bad', 'bold')} {one_line(error.get('message') or 'something went wrong')}{where}"]
    if error.get("expected"):
        lines.append(f"  {ink('expected:', 'bold')} {one_line(error['expected'])}")
    if error.get("hint"):
        lines.append(f"  {ink('do:', 'bold')} {one_line(error['hint'])}")
    return lines


def error_lines(error: OwnproofError, color: bool = False) -> list[str]:
    """An error in at most three lines.

    >>> error_lines(OwnproofError("no such file", hint="check the name", where="a.csv"))
    ['error: no such file  [a.csv]', '  do: check the name']
    """
    return _error(error.to_json(), _Ink(on=color))


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], width: int = 100) -> str:
    """A table of text; numbers flush right, the widest columns of words cut until it fits the width.

    >>> print(table(["run", "gain"], [["a1", 0.5], ["b2", 0.25]]))
    run   gain
    a1   0.500
    b2   0.250
    """
    titles = [one_line(c) for c in columns]
    values = [[row[i] if i < len(row) else None for row in rows] for i in range(len(titles))]
    texts = [[one_line(t) for t in column_texts(title, each)] for title, each in zip(titles, values, strict=True)]
    right = [numeric(each) for each in values]
    sizes = [max([wide(t), *map(wide, each)]) for t, each in zip(titles, texts, strict=True)]
    while sum(sizes) + 2 * (len(sizes) - 1) > width and max(sizes, default=0) > 8:
        sizes[sizes.index(max(sizes))] -= 1

    def line(cells: Sequence[str]) -> str:
        parts = []
        for text, size, flush in zip(cells, sizes, right, strict=True):
            short = cut(text, size)
            gap = " " * (size - wide(short))
            parts.append(gap + short if flush else short + gap)
        return "  ".join(parts).rstrip()

    return "\n".join([line(titles), *(line([t[i] for t in texts]) for i in range(len(rows)))])
