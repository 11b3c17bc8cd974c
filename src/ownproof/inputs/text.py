"""Free text: sentences of which hardly any comes twice, read as lengths and weighted words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ownproof.core.cells import form, stripped, text_cast, text_keys, text_read, text_words
from ownproof.core.histogram import moved, number_profile
from ownproof.core.input import Details, Feature, Profile, Recognition
from ownproof.core.report import Finding

if TYPE_CHECKING:
    import polars as pl

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
TERMS = 300
LOOKED_AT = 50_000
"""Training texts from which the vocabulary is chosen; an even spread of them where there are more."""
COUNTS = ("words", "characters", "digit share", "upper-case share")
DIGITS = "0123456789"
UPPER = re.compile("[A-Z]")


class TextInput:
    """Text to be read, not looked up."""

    name: ClassVar[str] = "text"
    usable: ClassVar[bool] = True

    def recognise(self, column: pl.Series, *, folder: Path | None = None) -> Recognition:
        """Several words a cell, most cells different."""
        del folder
        if (stored := form(column.dtype)) != "text":
            return Recognition(0.0, "", {"cells": stored, "missing": [""]})
        cells = stripped(column)
        words = text_words(cells)
        cells = cells.filter(~cells.is_in(words))
        details = {"cells": "text", "missing": words}
        if cells.is_empty():
            return Recognition(0.0, "", details)
        spaces = float(cells.str.count_matches(r"\s+").mean() or 0) + 1  # type: ignore[arg-type]
        length = float(cells.str.len_chars().mean() or 0)  # type: ignore[arg-type]
        different = cells.n_unique() / len(cells)
        reason = f"{spaces:.1f} words a cell, {different:.0%} of the cells differ"
        if (spaces >= 4 and different >= 0.5) or (length >= 50 and spaces >= 3 and different >= 0.3):
            return Recognition(0.9, reason, details)
        if spaces >= 2.5 and different >= 0.5:
            return Recognition(0.75, reason, details)
        return Recognition(0.1, reason, details)

    def cast(self, column: pl.Expr, details: Details, *, folder: Path | None = None) -> pl.Expr:
        """Text without outer spaces; words for missing null."""
        del folder
        return text_cast(column, details)

    def read(self, cell: Any, details: Details) -> str | None:
        """A text. Raises ValueError for anything else from JSON."""
        if details.get("cells") == "json" and cell is not None and type(cell) is not str:
            raise ValueError(f"a text was expected, not {type(cell).__name__}")
        return text_read(cell, details)

    def key(self, value: str | None) -> bytes:
        """The text in UTF-8."""
        return b"\xff missing" if value is None else value.encode("utf-8", "surrogatepass")

    def keys(self, column: pl.Series) -> np.ndarray:
        """Hashes of the texts."""
        return text_keys(column)

    def profile(self, column: pl.Series) -> Profile:
        """How long the texts are, in characters, and how many words they have on average."""
        import polars as pl

        made = number_profile(self.name, column.str.len_chars().cast(pl.Float64))
        cells = column.drop_nulls()
        words = float(cells.str.count_matches(r"\S+").mean() or 0) if len(cells) else 0.0  # type: ignore[arg-type]
        return replace(
            made, distinct=int(cells.n_unique()) if len(cells) else 0, numbers={**made.numbers, "words": words}
        )

    def drift(self, reference: Profile, now: Profile) -> Finding:
        """PSI over the lengths."""
        return moved(reference, now)

    def to_json(self, value: str | None) -> Any:
        """The text itself."""
        return value

    def from_json(self, value: Any) -> str | None:
        """The inverse of `to_json`."""
        return None if value is None else str(value)

    def fit_code(self, column: pl.Series, details: Details) -> dict[str, Any]:
        """Up to 300 words and word pairs, those first that split the texts most evenly; ties by name.

        A term in more than 7 of 10 texts, or in fewer than 0.2 % (at least 3), says nothing. Weights are smoothed
        inverse document frequencies, ln((1 + n) / (1 + df)) + 1.
        """
        del details
        cells = column.drop_nulls()
        step = max(1, len(cells) // LOOKED_AT)
        texts = cells.gather_every(step).to_list()
        found: Counter[str] = Counter()
        for text in texts:
            found.update(set(_terms(text)))
        count = len(texts)
        least = max(3, 0.002 * count)
        useful = [(term, df) for term, df in found.items() if least <= df <= 0.7 * count]
        useful.sort(key=lambda t: (-t[1] * (count - t[1]), t[0]))
        kept = sorted(useful[:TERMS], key=lambda t: (-t[1], t[0]))
        return {
            "terms": [term for term, _ in kept],
            "weights": [math.log((1 + count) / (1 + df)) + 1 for _, df in kept],
        }

    def features(self, code: Mapping[str, Any], name: str) -> list[Feature]:
        """Four counts, then a column a term."""
        counts = [Feature(f"{name}:{c.replace(' ', '-')}", name, label=f"{c} of {name}") for c in COUNTS]
        return counts + [Feature(f"{name}:{term}", name, label=f"{term!r} in {name}") for term in code["terms"]]

    def encode(self, code: Mapping[str, Any], column: pl.Series) -> np.ndarray:
        """float32 (n, 4 + terms); a missing text is NaN throughout."""
        one = self.one(code)
        out = np.empty((len(column), len(COUNTS) + len(code["terms"])), dtype=np.float32)
        for row, text in enumerate(column.to_list()):
            out[row] = one(text)
        return out

    def one(self, code: Mapping[str, Any]) -> Callable[[Any], Sequence[float]]:
        """The same for one text: the counts, and tf-idf weights scaled to length 1."""
        weights: Sequence[float] = code["weights"]
        place = {term: at for at, term in enumerate(code["terms"])}
        zeros, first = [0.0] * len(place), len(COUNTS)
        missing = (math.nan,) * (first + len(place))

        def one_text(text: str | None) -> Sequence[float]:
            if text is None:
                return missing
            words = WORD.findall(text.lower())
            row = _counts(text, len(words)) + zeros
            times: dict[int, int] = {}
            for term in (*words, *map(" ".join, pairwise(words))):
                at = place.get(term)
                if at is not None:
                    times[at] = times.get(at, 0) + 1
            found = [(at, (1.0 + math.log(n)) * weights[at]) for at, n in times.items()]
            length = math.sqrt(math.fsum(w * w for _, w in found))
            for at, weight in found:
                row[first + at] = weight / length
            return row

        return one_text

    def unseen(self, code: Mapping[str, Any], value: Any) -> bool:
        """Never: every text is new."""
        del code, value
        return False


def _terms(text: str) -> list[str]:
    words = WORD.findall(text.lower())
    return words + list(map(" ".join, pairwise(words)))


def _counts(text: str, words: int) -> list[float]:
    length = len(text)
    digits = sum(map(text.count, DIGITS))
    upper = len(UPPER.findall(text)) if text.isascii() else sum(map(str.isupper, text))
    return [float(words), float(length), digits / max(1, length), upper / max(1, length)]
