"""CoNLL: one token a line with its tag in the last column, an empty line after each sentence; BIO, IOB1, BIOES or BILOU.

Facts of the format: Tjong Kim Sang and De Meulder 2003, CoNLL-2003; the comments are those of CoNLL-U.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar

from ownproof.errors import UsageError
from ownproof.project.labelling.formats import tags as tag
from ownproof.project.labelling.formats.carried import (
    Asked,
    Brought,
    Carried,
    Given,
    Sent,
    Source,
    broken,
    place_of,
    unchanged,
)

NAME = "conll"
DOCUMENT = "-DOCSTART-"
COMMENT = re.compile(r"# ?\w+ = ")
TOKEN = re.compile(r"\w+|[^\w\s]")
ENDINGS = (".conll", ".iob", ".bio", ".iob2", ".conll2003", ".conllu")


class Conll:
    """Sentences of tagged tokens; one answer each."""

    name: ClassVar[str] = NAME
    what: ClassVar[str] = "CoNLL"
    ending: ClassVar[str] = ".conll"

    def recognises(self, source: Source) -> bool:
        """Whether it looks like lines of tokens whose last column are tags."""
        if any(source.name.lower().removesuffix(".gz").endswith(e) for e in ENDINGS):
            return True
        lines = source.data[:20_000].decode("utf-8", "replace").splitlines()[:-1][:200]
        cells = [_cells(line) for line in lines if line.strip() and not line.startswith("#")]
        tagged = sum(len(c) >= 2 and re.fullmatch(r"O|[BIESLU]-\S+", c[-1]) is not None for c in cells)
        return bool(cells) and tagged >= 0.95 * len(cells)

    def read(self, source: Source, asked: Asked) -> Brought:
        """The sentences, with every line as it stands. Tags that break their scheme are repaired, and it is said."""
        sentences = _sentences(source)
        column = _column(asked)
        tags = [_tags(s, column, source) for s in sentences]
        scheme = asked.scheme or tag.scheme_of(tags)
        documents = sum(s.opens for s in sentences)
        items, repaired = [], 0
        document = 0
        for place, (sentence, own) in enumerate(zip(sentences, tags, strict=True)):
            document += sentence.opens
            found, mended = tag.stretches(own, scheme)
            repaired += mended
            items.append(
                _item(sentence, found, place, scheme, asked, source, document=document if documents > 1 else None)
            )
        notes = [f"tags read as {scheme.upper()}"]
        if repaired:
            notes.append(
                f"{repaired:,} tags do not keep to {scheme.upper()}; they are read as the beginning or end they must be"
            )
        return Brought(tuple(items), tuple(notes))

    def write(self, sent: Sequence[Sent], asked: Asked, *, final: bool) -> bytes:
        """The sentences. Raises UsageError for rows of a table, for marks that overlap, and for several answers a text."""
        several = [s for s in sent if len(s.answers) > 1]
        if several:
            names = sorted({a.rater for s in several for a in s.answers})
            raise UsageError(
                f"CoNLL holds one answer a text, and {len(several):,} texts have several ({', '.join(names[:6])})",
                expected="one rater, or the final labels",
                hint=f"--rater {names[0]}, or leave out --all",
                where="--format conll",
            )
        ordered = sorted(sent, key=lambda s: place_of(s.item.extra, NAME))
        text = "".join(_written(each, asked, final=final) for each in ordered)
        tail = (ordered[-1].item.extra.get(NAME) or {}).get("after", "") if ordered else ""
        return (text + tail).encode("utf-8", "surrogatepass")


class _Sentence:
    """The lines of a sentence, and what stands before and after it."""

    __slots__ = ("after", "before", "lines", "opens")

    def __init__(self, before: str, lines: list[str]) -> None:
        self.before, self.lines, self.after = before, lines, ""
        self.opens = before.count(DOCUMENT)


def _cells(line: str) -> list[str]:
    return line.split("\t") if "\t" in line else line.split()


def _sentences(source: Source) -> list[_Sentence]:
    found: list[_Sentence] = []
    between, inside = "", False
    for line in re.findall(r"[^\n]*\n|[^\n]+", source.text()):
        bare = line.strip()
        apart = not bare or bare.startswith(DOCUMENT) or (not inside and COMMENT.match(bare) is not None)
        if apart:
            between, inside = between + line, False
        elif inside:
            found[-1].lines.append(line)
        else:
            found.append(_Sentence(between, [line]))
            between, inside = "", True
    if found:
        found[-1].after = between
    return found


def _column(asked: Asked) -> int:
    said = asked.columns.get("label")
    if said is None:
        return -1
    if not said.isdigit() or int(said) < 1:
        raise UsageError(
            f"--label is {said!r}",
            expected="the number of the column of tags, from 1",
            hint="leave it out for the last column",
            where="--label",
        )
    return int(said) - 1


def _tags(sentence: _Sentence, column: int, source: Source) -> list[str]:
    found = []
    for line in sentence.lines:
        cells = _cells(line.rstrip("\r\n"))
        if len(cells) < 2 or len(cells) <= column:
            raise broken(
                source.name,
                f"no tag in the line {line.strip()[:60]!r}",
                "a token and a tag in every line",
                "mend the line; columns are apart by tabs or spaces",
            )
        found.append(cells[column].strip())
    return found


def _item(
    sentence: _Sentence,
    found: Sequence[tag.Stretch],
    place: int,
    scheme: str,
    asked: Asked,
    source: Source,
    *,
    document: int | None,
) -> Carried:
    tokens = [_cells(line)[0] for line in sentence.lines]
    text, spots = _text(tokens, sentence.before)
    spans = [{"start": spots[a], "end": spots[b - 1] + len(tokens[b - 1]), "label": name} for a, b, name in found]
    column = _column(asked)
    kept = {"place": place, "lines": sentence.lines, "before": sentence.before, "scheme": scheme, "column": column}
    kept |= {"after": sentence.after} if sentence.after else {}
    given = Given(asked.rater or source.stem, spans, extra={NAME: {"place": place}})
    fields = {} if document is None else {"document": document}
    said = re.search(r"(?m)^# item = (.+)$", sentence.before)
    return Carried(text, fields, said[1].strip() if said else None, {NAME: kept}, (given,))


def _text(tokens: Sequence[str], before: str) -> tuple[str, list[int]]:
    """The text of a sentence and where its tokens begin: as a comment says it, else the tokens with spaces between."""
    said = re.search(r"(?m)^# text(_json)? = (.*)$", before)
    if said:
        text = json.loads(said[2]) if said[1] else said[2]
        spots, at = [], 0
        for token in tokens:
            at = text.find(token, at)
            if at < 0:
                break
            spots.append(at)
            at += len(token)
        if len(spots) == len(tokens):
            return text, spots
    spots, at = [], 0
    for token in tokens:
        spots.append(at)
        at += len(token) + 1
    return " ".join(tokens), spots


def _written(sent: Sent, asked: Asked, *, final: bool) -> str:
    item, kept = sent.item, sent.item.extra.get(NAME) or {}
    if item.text is None or asked.schema.kind != "spans":
        raise UsageError(
            "CoNLL holds marks in texts, and this folder has none",
            expected='a folder of kind = "spans"',
            hint="export a table instead: ownproof label export DIR labels.csv",
            where="--format conll",
        )
    answer = sent.answers[0] if sent.answers else None
    spans = answer.value if answer is not None and answer.value is not None else []
    if kept and answer is not None and not final and unchanged(answer.extra, NAME, answer.value) is not None:
        return str(kept["before"]) + "".join(kept["lines"])
    if kept:
        return _changed(kept, item.text, spans, asked)
    pieces = _pieces(item.text, spans)
    tokens = [item.text[a:b] for a, b in pieces]
    tags = tag.tagged(len(tokens), _covered(pieces, spans, item.item), asked.scheme or "bio")
    head = f"# item = {item.item}\n"
    if " ".join(tokens) != item.text:
        plain = not re.search(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", item.text) and item.text == item.text.strip()
        head += f"# text = {item.text}\n" if plain else f"# text_json = {json.dumps(item.text)}\n"
    glue = "\t" if any(" " in name for name in asked.schema.names) else " "
    return head + "".join(f"{token}{glue}{name}\n" for token, name in zip(tokens, tags, strict=True)) + "\n"


def _changed(kept: Mapping[str, Any], text: str, spans: Sequence[Mapping[str, Any]], asked: Asked) -> str:
    lines = list(kept["lines"])
    tokens = [_cells(line)[0] for line in lines]
    _, spots = _text(tokens, kept["before"])
    pieces = [(at, at + len(token)) for at, token in zip(spots, tokens, strict=True)]
    scheme = asked.scheme or kept["scheme"]
    names = tag.tagged(len(tokens), _covered(pieces, spans, text[:40]), scheme)
    found = []
    for line, name in zip(lines, names, strict=True):
        body = line.rstrip("\r\n")
        glue = "\t" if "\t" in body else " "
        cells = _cells(body)
        cells[kept["column"]] = name
        found.append(glue.join(cells) + line[len(body) :])
    return str(kept["before"]) + "".join(found)


def _pieces(text: str, spans: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """The tokens of a text, cut where a mark begins or ends inside one."""
    cuts = sorted({s[k] for s in spans for k in ("start", "end")})
    found = []
    for match in TOKEN.finditer(text):
        edges = [match.start(), *(c for c in cuts if match.start() < c < match.end()), match.end()]
        found += list(pairwise(edges))
    return found


def _covered(pieces: Sequence[tuple[int, int]], spans: Sequence[Mapping[str, Any]], where: str) -> list[tag.Stretch]:
    found: list[tag.Stretch] = []
    for span in sorted(spans, key=lambda s: s["start"]):
        inside = [n for n, (a, b) in enumerate(pieces) if a < span["end"] and b > span["start"]]
        if not inside:
            raise UsageError(
                f"a mark in {where!r} holds no word",
                expected="marks of words or signs",
                hint="export as Label Studio or Prodigy, which hold any mark",
                where="--format conll",
            )
        if found and inside[0] < found[-1][1]:
            raise UsageError(
                f"two marks share a token in {where!r}",
                expected="marks that do not overlap",
                hint="export as Label Studio or Prodigy, which hold such marks",
                where="--format conll",
            )
        found.append((inside[0], inside[-1] + 1, str(span["label"])))
    return found
