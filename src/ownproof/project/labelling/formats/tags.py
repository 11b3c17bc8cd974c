"""Tags of tokens (IOB1, BIO, BIOES, BILOU) as stretches of tokens, and back; broken sequences are repaired and counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

Stretch = tuple[int, int, str]
"""First token, token after the last, label."""

SCHEMES: Final = ("bio", "iob1", "bioes", "bilou")
OUTSIDE: Final = ("O", "", "_", "-")
FIRST: Final = ("B", "S", "U")
LAST: Final = ("E", "L", "S", "U")
GLYPHS: Final = {"bio": "BIIB", "iob1": "IIII", "bioes": "BIES", "bilou": "BILU"}
"""What a scheme calls the first, inner and last of several tokens, and a single one."""


def parts(tag: str) -> tuple[str, str]:
    """Position and label of a tag; one without a position is inside.

    >>> parts("B-ORG"), parts("I-per-son"), parts("O"), parts("ORG")
    (('B', 'ORG'), ('I', 'per-son'), ('O', ''), ('I', 'ORG'))
    """
    if tag in OUTSIDE:
        return "O", ""
    head, dash, label = tag.partition("-")
    if dash and label and head.upper() in ("B", "I", "E", "S", "L", "U", "M"):
        return ("I" if head.upper() == "M" else head.upper()), label
    return "I", tag


def scheme_of(sequences: Sequence[Sequence[str]]) -> str:
    """The scheme that a file's tags are in.

    >>> scheme_of([["B-X", "I-X", "O"]]), scheme_of([["I-X", "B-X", "O"]]), scheme_of([["S-X", "B-X", "E-X"]])
    ('bio', 'iob1', 'bioes')
    """
    split = [[parts(tag) for tag in tags] for tags in sequences]
    seen = {position for tags in split for position, _ in tags}
    if seen & {"L", "U"}:
        return "bilou"
    if seen & {"E", "S"}:
        return "bioes"
    begun = [_begins(tags) for tags in split]
    loose = sum(position == "I" for starts in begun for position, _ in starts)
    after = sum(position == "B" and not same for starts in begun for position, same in starts)
    return "iob1" if loose and not after else "bio"


def _begins(tags: Sequence[tuple[str, str]]) -> list[tuple[str, bool]]:
    """Of every stretch, its first position and whether one of the same label ends right before it."""
    found, before = [], ("O", "")
    for position, label in tags:
        if position != "O" and (position == "B" or before[1] != label):
            found.append((position, before[1] == label))
        before = (position, label)
    return found


def stretches(tags: Sequence[str], scheme: str) -> tuple[list[Stretch], int]:
    """The stretches of one sentence, and how many tags had to be read otherwise than their scheme says.

    >>> stretches(["I-PER", "I-PER", "O", "B-LOC"], "bio")
    ([(0, 2, 'PER'), (3, 4, 'LOC')], 1)
    """
    found: list[Stretch] = []
    start, open_label, repaired = 0, "", 0
    before = ("O", "")
    for place, tag in enumerate(tags):
        position, label = parts(tag)
        goes_on = position in ("I", "E", "L") and open_label == label and before[0] not in LAST
        if open_label and not goes_on:
            found.append((start, place, open_label))
            repaired += scheme in ("bioes", "bilou") and before[0] not in LAST
            open_label = ""
        if label and not goes_on:
            start, open_label = place, label
            repaired += scheme != "iob1" and position not in FIRST
        before = (position, label)
    if open_label:
        found.append((start, len(tags), open_label))
        repaired += scheme in ("bioes", "bilou") and before[0] not in LAST
    return found, repaired


def tagged(count: int, found: Sequence[Stretch], scheme: str) -> list[str]:
    """The tags of a sentence of so many tokens.

    >>> tagged(4, [(0, 2, "PER"), (3, 4, "LOC")], "bioes")
    ['B-PER', 'E-PER', 'O', 'S-LOC']
    """
    tags = ["O"] * count
    first, inner, last, single = tuple(GLYPHS[scheme])
    for start, end, label in found:
        for place in range(start, end):
            glyph = first if place == start else last if place == end - 1 else inner
            tags[place] = f"{single if end - start == 1 else glyph}-{label}"
        if scheme == "iob1" and start and parts(tags[start - 1])[1] == label:
            tags[start] = f"B-{label}"
    return tags
