"""Texts that carry the answer: its own word, or a token that comes with one class only and stands apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from ownproof.core.report import Chart, Finding, Level, Series
from ownproof.phases.audit.chance import SURE, binomial_tail, log10_arrangements
from ownproof.phases.audit.leaks.table import Case, Table
from ownproof.phases.audit.names import COLOURLESS, drop, words_of
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth

WORD = re.compile(r"[^\W_]+")
TEXTS, WORDS, ENDS = 4_000, 1_000, 3  # texts that are read; words of each; words at either end
ROWS_LEAST, CLASSES, SHORTEST = 30, 20, 3
OWN_PURE, OWN_COVERED = 0.96, 0.25  # of a class's own word: rows of that class, and share of the class that has it
PURE, COVERED, APART, TOGETHER = 0.99, 0.5, 0.5, 0.9  # of any other; and the next one's part of it; same texts
MARKED, AT_ENDS, TRIED = 0.2, 0.95, 20  # share of the class, of a token that stands at an end of so many of its texts
COMMON = 0.75  # share of all rows beyond which a class is too common to be told
SURPRISING = 1e-6
DRAWN = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Token:
    """A token and the class it tells: rows that have it, how many of them are of the class, and the share of the
    class that has it; has: bool, the texts that have it."""

    word: str
    code: int
    rows: int
    right: int
    covered: float
    has: np.ndarray


def tokens(table: Table) -> list[Case]:
    """`leak.text`: one column each. That words go with a topic is honest; that a word of the class's own name does, or
    one token that is far ahead of the second or always stands at an end of the text, is not. Both halves of the texts
    must say it."""
    few = table.few
    if not few.exact or few.numbers is not None or few.k < 2:
        return []
    found = []
    for one in sorted((c for c in table.columns if c.column.kind == "text"), key=lambda c: c.name):
        cells = table.fetch(one.name).cells.gather(table.some[:TEXTS]).to_list()
        words = [WORD.findall((text or "").lower()) for text in cells]
        sets = [frozenset(found[:WORDS] + found[-ENDS:]) for found in words]
        ends = [frozenset(found[:ENDS] + found[-ENDS:]) for found in words]
        case = _own_words(one, sets, table) or _apart(one, sets, ends, table=table)
        found += [case] if case is not None else []
    return found


# ---------------------------------------------------------------- the class's own word
def own_words(truth: Truth) -> dict[int, frozenset[str]]:
    """The words of each class's name that no other class has; only classes that have some."""
    of = {code: frozenset(words_of(truth.spell(code))) - COLOURLESS for code in range(min(truth.k, CLASSES))}
    seen = Counter(word for words in of.values() for word in words)
    alone = {
        code: frozenset(w for w in words if seen[w] == 1 and len(w) >= SHORTEST and not w.isdigit())
        for code, words in of.items()
    }
    return {code: words for code, words in alone.items() if words}


def _own_words(one: Seen, sets: Sequence[frozenset[str]], table: Table) -> Case | None:
    codes = table.few.codes[: len(sets)]
    found = []
    for code, words in own_words(table.few).items():
        has = np.fromiter((bool(words & s) for s in sets), dtype=bool, count=len(sets))
        token = _told("/".join(sorted(words)), has, codes, code)
        if token is not None and token.right >= OWN_PURE * token.rows and token.covered >= OWN_COVERED:
            found.append(token)
    if not found:
        return None
    said = "; ".join(_says(t, table.few) for t in found[:3])
    level, value = _everywhere(one, table)
    if level == "block":
        said = f"the words of the classes stand in the texts and are right in {value:.2%} of all rows; {said}"
    return _case(one, table, found, (level, max(value, *(t.right / t.rows for t in found)), said))


def _everywhere(one: Seen, table: Table) -> tuple[Level, float]:
    """Whether the words of the classes tell the class in all rows, and in what share."""
    cells, truth = table.fetch(one.name).cells.str.to_lowercase(), table.truth
    words = own_words(truth)
    if len(words) < min(truth.k, CLASSES) - 1 or truth.k > CLASSES:
        return "warn", 0.0
    told = np.full(len(truth), -1)
    several = np.zeros(len(truth), dtype=bool)
    for code, own in words.items():
        has = cells.str.contains(rf"\b(?:{'|'.join(map(re.escape, sorted(own)))})\b").fill_null(value=False).to_numpy()
        several |= has & (told >= 0)
        told[has] = code
    left = set(range(truth.k)) - set(words)
    told[(told < 0) & (len(left) == 1)] = min(left, default=-1)
    share = float(((told == truth.codes) & ~several).mean())
    certain = share >= table.policy.near_copy_share and -log10_arrangements(np.bincount(truth.codes)) < SURE
    return ("block" if certain else "warn"), share


# ---------------------------------------------------------------- any token
def _apart(one: Seen, sets: Sequence[frozenset[str]], ends: Sequence[frozenset[str]], *, table: Table) -> Case | None:
    codes = table.few.codes[: len(sets)]
    told: list[_Token] = []
    having = Counter(chain.from_iterable(sets))
    for code in range(min(table.few.k, CLASSES)):
        own = codes == code
        if int(own.sum()) < 2 * ROWS_LEAST or own.mean() > COMMON:
            continue
        counts = Counter(chain.from_iterable(sets[at] for at in np.flatnonzero(own).tolist()))
        least = MARKED * int(own.sum())
        likely = [w for w, n in counts.items() if n >= least and n >= OWN_PURE * having[w]]
        pure = sorted(likely, key=lambda w: (-counts[w], w))[:TRIED]
        held = {w: np.fromiter((w in s for s in sets), dtype=bool, count=len(sets)) for w in pure}
        for word in pure:
            second = next((w for w in pure if w != word and not _same(held[word], held[w])), None)
            token = _told(word, held[word], codes, code)
            if token is None or token.right < PURE * token.rows:
                continue
            alone = second is None or held[second][own].sum() <= APART * counts[word]
            marks = sum(word in ends[at] for at in np.flatnonzero(held[word]).tolist()) >= AT_ENDS * token.rows
            if (alone and token.covered >= COVERED) or (marks and token.covered >= MARKED):
                told.append(token)
    if not told:
        return None
    best = max(told, key=lambda t: (t.covered, t.word))
    return _case(one, table, [best], ("warn", best.right / best.rows, _says(best, table.few)))


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two tokens stand in the same texts."""
    return int((a & b).sum()) >= TOGETHER * int((a | b).sum())


def _told(word: str, has: np.ndarray, codes: np.ndarray, code: int) -> _Token | None:
    """A token as it tells a class, None where one half of the texts does not say so or chance could have it."""
    right = codes == code
    for half in (slice(0, None, 2), slice(1, None, 2)):
        rows, hits = int(has[half].sum()), int((has & right)[half].sum())
        if rows < ROWS_LEAST // 2 or hits < OWN_PURE * rows:
            return None
    rows, hits, share = int(has.sum()), int((has & right).sum()), float(right.mean())
    if share > COMMON or binomial_tail(hits, rows, share) > SURPRISING:
        return None
    return _Token(word, code, rows, hits, hits / int(right.sum()), has)


def _says(token: _Token, few: Truth) -> str:
    return (
        f"{token.word!r} stands in {token.covered:.0%} of the texts with {few.column} = {few.spell(token.code)}, and "
        f"{token.right / token.rows:.1%} of the {token.rows:,} texts that have it are of that class"
    )


def _case(one: Seen, table: Table, found: Sequence[_Token], said: tuple[Level, float, str]) -> Case:
    level, value, evidence = said
    words = ", ".join(repr(t.word) for t in found[:3])
    advice = f"take {words} out of the texts, or leave them out: {drop(one.name)}"
    finding = Finding("leak.text", level, table.accusable(one.name), value, evidence, advice)
    names = tuple(f"{t.word} ({table.few.spell(t.code)})" for t in found[:DRAWN])
    chart = Chart(
        f"Tokens of {one.name}: share of their texts that are of one class",
        "bars",
        (Series("share", names, tuple(t.right / t.rows for t in found[:DRAWN])),),
        x_label="share",
    )
    made = np.sum([(at + 1.0) * t.has for at, t in enumerate(found)], axis=0)
    return Case(finding, (chart,), made)
