"""Words and word pairs of texts: a sparse table of tf-idf for learning, and sums of their weights for answering."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
MOST: Final = 20_000
"""Terms of a vocabulary, the most frequent first: on reviews and news no worse than all of 200,000."""
LEAST: Final = 3
LARGEST: Final = 0.7
"""Share of the texts: a term in more of them tells none apart."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """What some cells are made of, in a vocabulary: a sparse matrix (n, width) by rows.

    starts: int64 (n + 1), where each row's entries begin; places: int64, their columns; values: float64.
    vocabulary: what is needed to find the same terms again, JSON values.
    """

    starts: Ints
    places: Ints
    values: Floats
    width: int
    vocabulary: Mapping[str, Any]


def terms_of(text: str) -> list[str]:
    """The words of a text in lower case, then its pairs of neighbours.

    >>> terms_of("Not so good!")
    ['not', 'so', 'good', 'not so', 'so good']
    """
    words = WORD.findall(text.lower())
    return words + [f"{a} {b}" for a, b in pairwise(words)]


def often(times: int) -> float:
    """What a term counts that comes so many times in a text: 1 + ln(times)."""
    return 1.0 + math.log(times) if times > 1 else 1.0


def counted(terms: Sequence[str], places: Mapping[str, int]) -> dict[int, int]:
    """How often each known term comes, by its place.

    >>> counted(["a", "b", "a", "c"], {"a": 0, "c": 5})
    {0: 2, 5: 1}
    """
    times: dict[int, int] = {}
    for place in map(places.get, terms):
        if place is not None:
            times[place] = times.get(place, 0) + 1
    return times


def rarity(texts: int, having: Any) -> Any:
    """The smoothed inverse document frequency, ln((1 + n) / (1 + df)) + 1."""
    return np.log((1.0 + texts) / (1.0 + np.asarray(having, np.float64))) + 1.0


def found(texts: Sequence[str | None]) -> Terms:
    """The terms of texts in a vocabulary of at most 20,000 of them; rows have length 1, a missing text has no term.

    A term stands in at least 3 texts and in at most 7 of 10.
    """
    words, row, names = _words(texts)
    known = sum(text is not None for text in texts)
    one, in_row, times = _counted(words, row)
    enough = np.bincount(one, minlength=len(names)) >= LEAST
    kept = enough[one]
    pair, pair_row, pair_times, pair_names = _pairs(words, row, names, enough)
    term = np.concatenate([one[kept], len(names) + pair])
    rows, counts = np.concatenate([in_row[kept], pair_row]), np.concatenate([times[kept], pair_times])
    having = np.bincount(term, minlength=len(names) + len(pair_names))
    named = names + pair_names
    useful = np.flatnonzero((having >= LEAST) & (having <= LARGEST * known)).tolist()
    useful = sorted(useful, key=lambda t: (-having[t], named[t]))[:MOST]
    place = np.full(len(named), -1, np.int64)
    place[useful] = np.arange(len(useful))
    inside = place[term] >= 0
    places, rows, counts = place[term[inside]], rows[inside], counts[inside]
    order = np.lexsort((places, rows))
    places, rows = places[order], rows[order]
    values = (1.0 + np.log(counts[order])) * rarity(known, having[useful])[places]
    length = np.sqrt(np.bincount(rows, values**2, len(texts)))
    vocabulary = {"terms": [named[t] for t in useful], "having": having[useful].tolist(), "texts": known}
    starts = np.searchsorted(rows, np.arange(len(texts) + 1))
    return Terms(starts, places, values / length[rows], len(useful), vocabulary)


def _words(texts: Sequence[str | None]) -> tuple[Ints, Ints, list[str]]:
    """All words in order as numbers, the row of each, and the words by number."""
    number: dict[str, int] = {}
    all_words: list[int] = []
    lengths = []
    for text in texts:
        words = WORD.findall(text.lower()) if text else ()
        all_words.extend([number.setdefault(word, len(number)) for word in words])
        lengths.append(len(words))
    return np.array(all_words, np.int64), np.repeat(np.arange(len(texts)), lengths), list(number)


def _counted(term: Ints, row: Ints) -> tuple[Ints, Ints, Ints]:
    """Each (term, row) once, with how often it came."""
    width = int(term.max(initial=0)) + 1
    both, times = np.unique(row * width + term, return_counts=True)
    return both % width, both // width, times


def _pairs(words: Ints, row: Ints, names: list[str], enough: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints, list[str]]:
    """As `_counted`, of neighbours in a row that come often enough together; and their names by number."""
    beside = (row[1:] == row[:-1]) & enough[words[1:]] & enough[words[:-1]]
    code = (words[:-1] * max(1, len(names)) + words[1:])[beside]
    codes, number, together = np.unique(code, return_inverse=True, return_counts=True)
    often_enough = together >= LEAST
    renumbered = np.cumsum(often_enough) - 1
    kept = often_enough[number]
    pair, pair_row, times = _counted(renumbered[number[kept]], row[:-1][beside][kept])
    both = [divmod(c, len(names)) for c in codes[often_enough].tolist()]
    return pair, pair_row, times, [f"{names[a]} {names[b]}" for a, b in both]


class Scores:
    """Sums of term weights for one text; a term's own weight is its rarity times what was learnt.

    code: `terms`, `having`, `texts` of a vocabulary, `by_term` (a list of weights for each output) and `bias`.
    first: terms that get the first places; one that is not in the vocabulary counts nothing.
    """

    def __init__(self, code: Mapping[str, Any], first: Sequence[str] = ()) -> None:
        self.places = {term: i for i, term in enumerate(dict.fromkeys([*first, *code["terms"]]))}
        at = [self.places[term] for term in code["terms"]]
        own, weights = np.zeros(len(self.places)), np.zeros((len(self.places), len(code["bias"])))
        own[at] = rarity(code["texts"], code["having"])
        weights[at] = np.array(code["by_term"], np.float64).reshape(len(code["bias"]), -1).T
        self._rarity: list[float] = own.tolist()
        self._bias: list[float] = list(code["bias"])
        self._one: list[float] = weights[:, 0].tolist()
        self._weights = weights

    def of(self, times: Mapping[int, int]) -> list[float]:
        """The scores of a text in which the terms at these places come so many times."""
        own = self._rarity
        values = [own[i] if n == 1 else often(n) * own[i] for i, n in times.items()]
        length = math.sqrt(sum([v * v for v in values]))
        if not length:
            return self._bias
        if len(self._bias) == 1:
            one = self._one
            return [self._bias[0] + sum([v * one[i] for v, i in zip(values, times, strict=True)]) / length]
        sums = (self._weights[list(times)] * np.array(values)[:, None]).sum(axis=0) / length
        return [b + s for b, s in zip(self._bias, sums.tolist(), strict=True)]
