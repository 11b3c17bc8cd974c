"""The report as Markdown, for comments on pull requests: tables, and small charts as tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from ownproof.core.report import Chart, Grid, Note, Section, Series
from ownproof.render import content
from ownproof.render.charts import description
from ownproof.render.figures import column_texts, is_number, number, numeric
from ownproof.render.next import next_command
from ownproof.render.sentence import Answer, meaning, sentence
from ownproof.render.svg import fit_for_xml

CHARACTERS_MOST = 60_000  # GitHub takes 65,536 in a comment
ROWS_MOST = 50
CHART_ROWS_MOST = 16
_SIGNS = {"good": "✅", "bad": "❌", "unsure": "⚠️", "plain": "▫️"}


def escape(text: Any, *, most: int = 2000) -> str:
    r"""Text that Markdown shows as it is, on one line; names after `@` call nobody.

    >>> print(escape("a|b <c> *d*"))
    a\|b &lt;c&gt; \*d\*
    """
    line = " ".join(fit_for_xml(text, most=most).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = re.sub(r"([\\`*\[\]|~])", r"\\\1", line)
    line = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", line)
    return re.sub(r"^([#+-])(?=\s)", r"\\\1", line).replace("@", "&#64;")


def code(text: Any) -> str:
    """Text in a monospaced face, safe inside a table."""
    line = " ".join(fit_for_xml(text, most=400).split()).replace("`", "'").replace("|", "\\|")
    return f"`{line}`" if line else ""


def prose(text: Any) -> str:
    """Text whose words between backticks stay code; a flag or a command is code as a whole."""
    line = " ".join(fit_for_xml(text, most=6000).split())
    if re.match(r"(--\w|ownproof \w)", line) and "`" not in line and len(line) < 200 and ". " not in line:
        return code(line)
    parts = re.split(r"`([^`]+)`", line)
    return "".join(code(p) if i % 2 else _kept(p) for i, p in enumerate(parts))


def _kept(text: str) -> str:
    """Escaped, with the blanks at its ends."""
    if not text.strip():
        return text
    return text[: len(text) - len(text.lstrip())] + escape(text, most=6000) + text[len(text.rstrip()) :]


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, most: int = ROWS_MOST) -> str:
    """A table; numbers flush right and with the same decimals."""
    shown = rows[:most]
    values = [[row[i] if i < len(row) else None for row in shown] for i in range(len(columns))]
    texts = [[escape(t, most=200) for t in column_texts(str(c), v)] for c, v in zip(columns, values, strict=True)]
    lines = [
        "| " + " | ".join(escape(c, most=100) or " " for c in columns) + " |",
        "| " + " | ".join("---:" if numeric(v) else "---" for v in values) + " |",
    ]
    lines += ["| " + " | ".join(column[i] for column in texts) + " |" for i in range(len(shown))]
    if len(rows) > most:
        lines += ["", f"*{len(rows) - most:,} more rows in the JSON.*"]
    return "\n".join(lines)


def page(answer: Answer, sections: Sequence[Section] = (), *, title: str = "") -> str:
    """The whole report, ending in a line break; chapters that would make it too long for a comment are left out."""
    parts = list(_head(answer, title))
    size = sum(len(p) + 2 for p in parts)
    left_out = 0
    for section in sections:
        text = "\n\n".join(_section(section))
        if size + len(text) > CHARACTERS_MOST:
            left_out += 1
            continue
        size += len(text) + 2
        parts.append(text)
    if left_out:
        parts.append(f"*{left_out} more {'chapter is' if left_out == 1 else 'chapters are'} in the report.*")
    details = "\n".join(f"- {label}: {escape(value)}" for label, value in content.details(answer))
    parts.append(f"<details><summary>Details of the run</summary>\n\n{details}\n\n</details>")
    return "\n\n".join(p for p in parts if p) + "\n"


def _head(answer: Answer, title: str) -> Iterator[str]:
    shown = content.badge(answer)
    named = f"{escape(title)}: " if title else ""
    yield f"## {_SIGNS[shown.tone]} {named}{shown.word}" + (f" ({shown.under})" if shown.under else "")
    yield f"**{prose(sentence(answer))}**"
    yield prose(meaning(answer))
    proof = content.proof(answer)
    if proof:
        opened = f", {proof.opened}" if proof.opened else ""
        yield f"Proof level **{proof.words.level}**, {proof.words.title}{opened}. Not proven: {escape(proof.words.not_proven)}"
    tiles = content.tiles(answer)
    if tiles:
        yield table(("Figure", "Value", ""), [(t.label, t.value, t.note) for t in tiles])
    command = next_command(answer)
    if command:
        yield f"Next: {code(command)}"
    yield from _gates(answer)
    yield from _findings(answer)


def _gates(answer: Answer) -> Iterator[str]:
    rows = content.gates(answer)
    if not rows:
        return
    lines = ["### Gates", "", "| | Gate | Seen | Asked | Rule |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        seen = " ".join(x for x in (escape(row.value), row.between) if x)
        said = [
            prose(row.rule),
            f"**{prose(row.advice)}**" if row.advice and row.tone != "good" else "",
            f"Waived by {escape(row.waived_by)}." if row.waived_by else "",
        ]
        name = escape(row.id) + (f" ({escape(row.columns)})" if row.columns else "")
        told = "<br>".join(s for s in said if s)
        lines.append(f"| {_SIGNS[row.tone]} {row.status} | {name} | {seen} | {escape(row.threshold)} | {told} |")
    yield "\n".join(lines)


def _findings(answer: Answer) -> Iterator[str]:
    accusing, others = content.findings(answer)
    if accusing:
        yield "### Findings\n\n" + "\n".join(_finding(row) for row in accusing[:ROWS_MOST])
    if others:
        listed = "\n".join(_finding(row) for row in others[:ROWS_MOST])
        yield f"<details><summary>{len(others)} for information</summary>\n\n{listed}\n\n</details>"


def _finding(row: content.FindingRow) -> str:
    head = f"- {_SIGNS[row.tone]} **{escape(row.rule)}**" + (f" {escape(row.columns)}" if row.columns else "")
    said = [prose(row.evidence), f"→ {prose(row.advice)}" if row.advice else ""]
    tail = " ".join(s for s in said if s)
    return f"{head}: {tail}" if tail else head


def _section(section: Section) -> Iterator[str]:
    yield f"### {escape(section.title)}"
    for block in section.blocks:
        if isinstance(block, Note):
            yield "\n\n".join(prose(p) for p in re.split(r"\n\s*\n", block.text) if p.strip())
        elif isinstance(block, Grid):
            yield (f"{prose(block.caption)}\n\n" if block.caption else "") + table(block.columns, block.rows)
        else:
            yield from _chart(block)


def _chart(chart: Chart) -> Iterator[str]:
    caption = f" {prose(chart.caption)}" if chart.caption else ""
    yield f"**{escape(chart.title)}**{caption}"
    grid = _as_table(chart)
    if grid:
        yield table(grid[0], grid[1])
    else:
        yield f"*{escape(description(chart))}*"


Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]


def _as_table(chart: Chart) -> Table | None:
    """A chart of few values as a table; None where it would be long."""
    keys = list(dict.fromkeys(k for s in chart.series for k in _keys(s)))
    if not keys or max(len(keys), len(chart.series)) > CHART_ROWS_MOST:
        return None
    found = [dict(zip(_keys(s), s.y, strict=False)) for s in chart.series]
    if chart.form == "heat":
        rows = [(s.name, *(f.get(k) for k in keys)) for s, f in zip(chart.series, found, strict=True)]
        return (" ", *keys), rows
    heads = [chart.x_label or " ", *(s.name or chart.y_label or "value" for s in chart.series)]
    cells = [keys, *([f.get(k) for k in keys] for f in found)]
    only = chart.series[0]
    if len(chart.series) == 1 and only.low and only.high:
        heads += ["low", "high"]
        cells += [[dict(zip(keys, ends, strict=False)).get(k) for k in keys] for ends in (only.low, only.high)]
    return tuple(heads), list(zip(*cells, strict=True))


def _keys(series: Series) -> list[Any]:
    """What the values of a series stand for: names, numbers, or bins in words."""
    if len(series.x) == len(series.y) + 1:
        return [f"{number(a)} to {number(b)}" for a, b in pairwise(series.x)]
    return list(series.x) if series.x and is_number(series.x[0]) else [str(x) for x in series.x]
