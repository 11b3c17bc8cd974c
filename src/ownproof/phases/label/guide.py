"""The labelling guide: a template with gaps, and a look for what it still leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ownproof.core.labelling import LabelSchema
from ownproof.core.report import Finding, Gate, Report
from ownproof.errors import near

SCALE: Final = "The scale"
BOUNDS: Final = "Where a span begins and ends"
DECIDED: Final = "Cases decided"
ABOUT: Final = "What is labelled, and what for"
LEAST_WORDS: Final = 4
EXAMPLES_LEAST: Final = 2
PARTS: Final = {
    "definition": ("definition", "what it is", "meaning", "means"),
    "examples": ("example", "examples", "for example", "e.g.", "e.g"),
    "edges": (
        "not this", "edge case", "edge cases", "decided edge cases", "decided cases", "borderline cases", "borderline",
        "counterexamples", "counter-examples", "what it is not",
    ),
}  # fmt: skip
WORD: Final = re.compile(r"\w+")
GAP: Final = re.compile(r"^(?:<[^<>\n]*\s[^<>\n]*>|(?:TODO|TBD|FIXME)\b.*|[.…\s]*)$")
"""A line that was never filled in: words between < and >, as in the template, or a note to oneself. What merely holds such
signs (an address, a tag, the word TODO in an example) is no gap."""
COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
LED: Final = (
    re.compile(r"^#{3,6}\s*(.+?)[\s:.#]*()$"),
    re.compile(r"^(?:\*\*|__)(.+?)[:.]?(?:\*\*|__)[:.]?\s*(.*)$"),
    re.compile(r"^([^\W\d][\w .'-]{0,30}):\s*(.*)$"),
)
"""A heading, words in bold, or words before a colon that open a part of a chapter."""

Line = tuple[int, str]


@dataclass(slots=True)
class Chapter:
    """One `##` chapter of a guide. line: where it begins, from 1; each part holds (line, text) of what is no gap."""

    name: str
    line: int
    definition: list[Line] = field(default_factory=list)
    examples: list[Line] = field(default_factory=list)
    edges: list[Line] = field(default_factory=list)
    gaps: dict[str, list[int]] = field(default_factory=dict)

    @property
    def words(self) -> int:
        """How many words the definition has; two letters beyond ASCII count as one, for scripts without spaces."""
        texts = [text for _, text in self.definition]
        return max(sum(len(WORD.findall(t)) for t in texts), sum(not c.isascii() for t in texts for c in t) // 2)


def chapters_of(text: str, names: Sequence[str] = ()) -> list[Chapter]:
    """The chapters of a guide, with what is filled in. names: headings of any depth that open one of their own.

    >>> found = chapters_of("## spam\\nIt wants money from you.\\n### Examples\\n- buy now\\n- <another one>")
    >>> found[0].words, found[0].examples, found[0].gaps
    (5, [(4, 'buy now')], {'examples': [5]})
    """
    blanked = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    found: list[Chapter] = []
    part = "definition"
    known = {n.casefold() for n in names}
    for number, line in enumerate(blanked.splitlines(), start=1):
        heading = re.match(r"^(#+)\s+(.+?)\s*#*\s*$", line)
        title = heading[2].strip("`*_ ") if heading else ""
        if heading and (len(heading[1]) == 2 or title.casefold() in known):
            found.append(Chapter(title, number))
            part = "definition"
            continue
        if not found or not line.strip() or line.startswith("# "):
            continue
        named, rest = _part(_bare(line))
        part = named or part
        bare = _bare(rest)
        if bare and GAP.match(bare):
            found[-1].gaps.setdefault(part, []).append(number)
        elif bare:
            getattr(found[-1], part).append((number, bare))
    return found


def _bare(line: str) -> str:
    """A line without the sign of a list."""
    return re.sub(r"^(?:[-*+]|\d+[.)])\s+", "", line.strip())


def _part(line: str) -> tuple[str | None, str]:
    """The part of a chapter that a line opens, and what is left of the line."""
    for form in LED:
        match = form.match(line)
        said = match[1].strip(" :.").casefold() if match else ""
        for part, words in PARTS.items():
            if match and said in words:
                return part, match[2]
    return (None, "") if line.startswith("###") else (None, line)


def check(text: str, schema: LabelSchema) -> Report:
    """What the guide leaves open, every place with its line.

    facts: `guide`, per class how many words define it and how many examples and decided edge cases it has.
    """
    chapters = chapters_of(text, schema.names)
    wanted = schema.names if schema.kind != "number" else (SCALE,)
    findings = [*_about_chapters(chapters, wanted, schema)]
    filled = {}
    for name in wanted:
        chapter = _of(chapters, name)
        if chapter is None:
            continue
        edges = len(chapter.edges) + _decided(chapters, name)
        findings += _about_chapter(chapter, edges, schema)
        filled[name] = {"line": chapter.line, "words": chapter.words, "examples": len(chapter.examples), "edges": edges}
    findings += _shared(chapters, wanted)
    about = _of(chapters, ABOUT)
    if about is not None and not about.words:
        said = f"guide.md line {about.line}: nothing says what is labelled, and what for"
        findings.append(
            Finding("guide.about", "warn", (), None, said, "two sentences will do; raters who know it err less")
        )
    if schema.kind == "spans":
        bounds = _of(chapters, BOUNDS)
        if bounds is None or bounds.words < LEAST_WORDS:
            said = "the guide does not say where a span begins and ends"
            advice = f"fill in ## {BOUNDS}: are articles, titles, quotes and full stops part of it?"
            findings.append(Finding("guide.bounds", "block", (), None, said, advice))
    open_ = [f for f in findings if f.level == "block"]
    gate = Gate(
        "label.guide",
        "refused" if open_ else "pass",
        float(len(open_)),
        0.0,
        rule="every class has a definition, examples and decided edge cases",
        advice="fill in guide.md, then: ownproof label check DIR" if open_ else "",
    )
    return Report("label check", tuple(findings), (gate,), facts={"guide": filled})


def _of(chapters: Sequence[Chapter], name: str) -> Chapter | None:
    return next((c for c in chapters if c.name.casefold() == name.casefold()), None)


def _about_chapters(chapters: Sequence[Chapter], wanted: Sequence[str], schema: LabelSchema) -> Iterator[Finding]:
    known = {w.casefold() for w in wanted}
    strange = [c for c in chapters if c.name.casefold() not in known and c.name not in (ABOUT, DECIDED, BOUNDS, SCALE)]
    for name in wanted:
        if _of(chapters, name) is not None:
            continue
        close = near(name, [c.name for c in strange])
        hint = f"; line {next(c.line for c in strange if c.name == close[0])} says {close[0]!r}" if close else ""
        said = f"the guide has no chapter ## {name}{hint}"
        advice = f"give both the same name: ## {name}" if close else f"write a chapter ## {name}"
        yield Finding("guide.missing", "block", (), None, said, advice)
    for chapter in strange if schema.names else ():
        if not near(chapter.name, [n for n in wanted if _of(chapters, n) is None]) and near(chapter.name, wanted):
            said = f"guide.md line {chapter.line}: ## {chapter.name} is no class of label.toml"
            yield Finding("guide.names", "warn", (), None, said, "add the class to label.toml, or rename the chapter")
    twice = [c for i, c in enumerate(chapters) if any(c.name.casefold() == o.name.casefold() for o in chapters[:i])]
    for chapter in twice:
        said = f"guide.md line {chapter.line}: a second chapter ## {chapter.name}"
        yield Finding("guide.names", "warn", (), None, said, "put both into one")


def _about_chapter(chapter: Chapter, edges: int, schema: LabelSchema) -> Iterator[Finding]:
    where = f"guide.md line {chapter.line}: {chapter.name}"

    def gaps(part: str) -> str:
        lines = chapter.gaps.get(part, [])
        return f" (gap in line {', '.join(map(str, lines))})" if lines else ""

    if chapter.words < LEAST_WORDS:
        advice = "say in one sentence what makes an item this class"
        yield Finding("guide.definition", "block", (), None, f"{where} is not defined{gaps('definition')}", advice)
    if len(chapter.examples) < EXAMPLES_LEAST:
        some = "no example" if not chapter.examples else "one example only"
        advice = f"give {EXAMPLES_LEAST} real items or more" + (
            " with their numbers" if schema.kind == "number" else ""
        )
        yield Finding(
            "guide.examples", "block", (), float(len(chapter.examples)), f"{where} has {some}{gaps('examples')}", advice
        )
    if not edges:
        advice = "write down an item that two people would read in two ways, and how it is labelled"
        yield Finding("guide.edge-cases", "block", (), 0.0, f"{where} has no decided edge case{gaps('edges')}", advice)


def _decided(chapters: Sequence[Chapter], name: str) -> int:
    """How many of the cases that were decided later speak of a class."""
    later = _of(chapters, DECIDED)
    lines = [] if later is None else [t for _, t in (*later.definition, *later.examples, *later.edges)]
    return sum(name.casefold() in text.casefold() for text in lines)


def _shared(chapters: Sequence[Chapter], wanted: Sequence[str]) -> Iterator[Finding]:
    """The same example, or the same definition, under two classes."""
    seen: dict[tuple[str, str], tuple[str, int]] = {}
    for name in wanted:
        chapter = _of(chapters, name)
        if chapter is None:
            continue
        for part in ("examples", "definition"):
            for line, text in getattr(chapter, part):
                key = (part, " ".join(WORD.findall(text.casefold())))
                other = seen.setdefault(key, (name, line))
                if other[0] != name:
                    said = f"guide.md line {line}: {text[:60]!r} stands under {name} and under {other[0]} (line {other[1]})"
                    yield Finding("guide.same-text", "warn", (), None, said, "keep it under one of them")


def template(schema: LabelSchema) -> str:
    """A guide to fill in: what stands between < and > is a gap that `check` finds."""
    lines = [
        f"# Labelling guide: {schema.question}",
        "",
        "<!-- Fill in what stands between < and >, then: ownproof label check DIR. It is shown beside every item. -->",
        "",
        f"## {ABOUT}",
        "",
        "<what one item is, where it comes from, and what the labels will be used for>",
        "",
    ]
    if schema.kind == "number":
        lines += _chapter(SCALE, "what is measured, and what a low and a high number mean", "an item, and its number")
    for name in schema.names:
        lines += _chapter(name, f"what makes an item {name}, in one sentence", f"a real item that is {name}")
    if schema.kind == "spans":
        lines += [
            f"## {BOUNDS}",
            "",
            "<are articles, titles, quotes and full stops part of a span? One span or two for 'A and B'?>",
            "",
        ]
    return (
        "\n".join([*lines, f"## {DECIDED}", "", "<!-- ownproof label adjudicate adds the rules of disputes here. -->"])
        + "\n"
    )


def with_chapters(text: str, names: Sequence[str]) -> str:
    """The guide with chapters to fill in for some classes more, before the cases decided."""
    new = [
        line for n in names for line in _chapter(n, f"what makes an item {n}, in one sentence", f"an item that is {n}")
    ]
    lines = text.rstrip("\n").split("\n")
    end = next((i for i, t in enumerate(lines) if t.strip().casefold() == f"## {DECIDED}".casefold()), len(lines))
    gap = [""] if end and lines[end - 1].strip() else []
    return "\n".join([*lines[:end], *gap, *new, *lines[end:]]) + "\n"


def _chapter(name: str, definition: str, example: str) -> list[str]:
    definition, example = (re.sub(r"[<>]", "", text) for text in (definition, example))
    return [
        f"## {name}",
        "",
        "### Definition",
        "",
        f"<{definition}>",
        "",
        "### Examples",
        "",
        f"- <{example}>",
        f"- <{example}, of another sort>",
        "",
        "### Not this",
        "",
        "- <an item that two people would read in two ways, and how it is labelled>",
        "",
    ]


def with_rule(text: str, rule: str, about: str) -> str:
    """The guide with one decided case more, at the end of its last chapter of them. about: where it comes from."""
    line = f"- {' '.join(rule.split())}" + (f" ({about})" if about else "")
    lines = text.rstrip("\n").split("\n")
    places = [i for i, t in enumerate(lines) if t.strip().casefold() == f"## {DECIDED}".casefold()]
    if not places:
        return "\n".join([*lines, "", f"## {DECIDED}", "", line]) + "\n"
    end = next((i for i in range(places[-1] + 1, len(lines)) if lines[i].startswith("## ")), len(lines))
    while end > places[-1] + 1 and not lines[end - 1].strip():
        end -= 1
    gap = [] if lines[end - 1].startswith("- ") else [""]
    return "\n".join([*lines[:end], *gap, line, *lines[end:]]) + "\n"
