"""Free text: sentences of which hardly any comes twice, read as lengths and weighted words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ownproof.core.cells import form, stripped, text_cast, text_keys, text_read, text_words
from ownproof.core.histogram import moved, number_profile
from ownproof.core.input import Details, Feature, Profile, Recognition
from ownproof.core.report import Finding
from ownproof.core.subjects import about, vocabulary
from ownproof.core.terms import Scores, Terms, counted, found, often, rarity, terms_of

if TYPE_CHECKING:
    import polars as pl

TERMS = 300
TERMS_BESIDE_SCORES = 100
"""More of them cost boosters their time and gained nothing beside the score of all (reviews, news)."""
LOOKED_AT = 10_000
"""Training texts from which the terms with a column are chosen; an even spread of them where there are more."""
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

    def fit_watch(self, column: pl.Series) -> dict[str, Any]:
        """The most frequent words of the texts, and how rare each is."""
        return vocabulary(column)

    def watched(self, known: Mapping[str, Any], column: pl.Series) -> Mapping[str, pl.Series]:
        """How long the texts are, how many of their words are unknown, and what they are about in a few directions."""
        import polars as pl

        return {"characters": column.str.len_chars().cast(pl.Float64), **about(known, column)}

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
        seen: Counter[str] = Counter()
        for text in texts:
            seen.update(set(terms_of(text)))
        count = len(texts)
        least = max(3, 0.002 * count)
        useful = [(term, df) for term, df in seen.items() if least <= df <= 0.7 * count]
        useful.sort(key=lambda t: (-t[1] * (count - t[1]), t[0]))
        kept = sorted(useful[:TERMS], key=lambda t: (-t[1], t[0]))
        return {
            "terms": [term for term, _ in kept],
            "weights": [math.log((1 + count) / (1 + df)) + 1 for _, df in kept],
        }

    def features(self, code: Mapping[str, Any], name: str) -> list[Feature]:
        """Four counts, then a column a term, then the scores."""
        counts = [Feature(f"{name}:{c.replace(' ', '-')}", name, label=f"{c} of {name}") for c in COUNTS]
        terms = [Feature(f"{name}:{term}", name, label=f"{term!r} in {name}") for term in code["terms"]]
        said = len(code["scores"]["bias"]) if "scores" in code else 0
        scores = [Feature(f"{name}:*{i}", name, label=f"what {name} says", learnt=True) for i in range(said)]
        return counts + terms + scores

    def encode(self, code: Mapping[str, Any], column: pl.Series) -> np.ndarray:
        """float32 (n, 4 + terms + scores); a missing text is NaN throughout."""
        one = self.one(code)
        out = np.empty((len(column), len(self.features(code, ""))), dtype=np.float32)
        for row, text in enumerate(column.to_list()):
            out[row] = one(text)
        return out

    def one(self, code: Mapping[str, Any]) -> Callable[[Any], Sequence[float]]:
        """The same for one text: the counts, tf-idf weights scaled to length 1, and the scores."""
        weights: Sequence[float] = code["weights"]
        score = Scores(code["scores"], code["terms"]) if "scores" in code else None
        places = score.places if score else {term: at for at, term in enumerate(code["terms"])}
        zeros, first, columns = [0.0] * len(weights), len(COUNTS), len(weights)
        missing = (math.nan,) * len(self.features(code, ""))

        def one_text(text: str | None) -> Sequence[float]:
            if text is None:
                return missing
            terms = terms_of(text)
            row = _counts(text, (len(terms) + 1) // 2) + zeros
            times = counted(terms, places)
            found = [(at, often(n) * weights[at]) for at, n in times.items() if at < columns]
            length = math.sqrt(math.fsum([w * w for _, w in found]))
            for at, weight in found:
                row[first + at] = weight / length
            return row + score.of(times) if score else row

        return one_text

    def terms(self, column: pl.Series) -> Terms:
        """Up to 20,000 words and word pairs, the most frequent first, as tf-idf scaled to length 1."""
        return found(column.to_list())

    def weighed(self, code: Mapping[str, Any], terms: Terms, weights: np.ndarray, bias: np.ndarray) -> dict[str, Any]:
        """The code with weights to four digits. Of the terms with a column the 100 that move the scores most keep it."""
        names, having = terms.vocabulary["terms"], np.array(terms.vocabulary["having"], np.float64)
        texts = terms.vocabulary["texts"]
        moved = np.abs(weights).max(axis=1) * rarity(texts, having) * np.sqrt(having * (texts - having))
        rank = dict(zip(names, moved.tolist(), strict=True))
        best = set(sorted(code["terms"], key=lambda term: (-rank.get(term, 0.0), term))[:TERMS_BESIDE_SCORES])
        kept = [(term, w) for term, w in zip(code["terms"], code["weights"], strict=True) if term in best]
        written = [[float(f"{w:.4g}") for w in output] for output in weights.T.tolist()]
        return {
            "terms": [term for term, _ in kept],
            "weights": [w for _, w in kept],
            "scores": {**terms.vocabulary, "bias": bias.tolist(), "by_term": written},
        }

    def strange(self, code: Mapping[str, Any], column: pl.Series) -> pl.Series:
        """None: there is nothing to have met."""
        del code
        return column.clear()

    def recall(self, code: Mapping[str, Any]) -> None:
        """Nothing to ask: never."""
        del code

    def unseen(self, code: Mapping[str, Any], value: Any) -> bool:
        """Never: every text is new."""
        del code, value
        return False


def _counts(text: str, words: int) -> list[float]:
    length = len(text)
    digits = sum(map(text.count, DIGITS))
    upper = len(UPPER.findall(text)) if text.isascii() else sum(map(str.isupper, text))
    return [float(words), float(length), digits / max(1, length), upper / max(1, length)]
