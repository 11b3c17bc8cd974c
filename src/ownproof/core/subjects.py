"""What texts are about, in a few numbers that can be watched: words known and unknown, and directions of their meaning."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ownproof.core.cells import hashed_texts

if TYPE_CHECKING:
    import polars as pl

WORDS: Final = 2_000
LEAST: Final = 30
"""Texts that a word must stand in to be known: of rarer ones the reference would know more than any later text does."""
DIRECTIONS: Final = 4
TEXTS: Final = 5_000
WORD: Final = r"\p{L}[\p{L}\p{N}'’]*"


def vocabulary(column: pl.Series) -> dict[str, Any]:
    """The words of texts that are met most often, and the rarity of each, ln(texts / texts with it); ties by name."""
    import polars as pl

    texts = column.drop_nulls()
    texts = texts.gather_every(max(1, len(texts) // TEXTS))
    words = texts.str.to_lowercase().str.extract_all(WORD).list.unique().explode().drop_nulls()
    table = pl.DataFrame({"word": words}).group_by("word").len("texts").filter(pl.col("texts") >= LEAST)
    table = table.sort(["texts", "word"], descending=[True, False]).head(WORDS)
    rarity = [round(math.log(max(1, len(texts)) / n), 4) for n in table["texts"].to_list()]
    return {"words": table["word"].to_list(), "rarity": rarity}


def about(known: Mapping[str, Any], column: pl.Series) -> dict[str, pl.Series]:
    """`words`, the share of `unknown words`, and `direction 1` .. `4` of each text, Float64; missing for no text.

    A direction adds up the rarities of the known words with a sign that hangs on the word alone, over the root of their
    number (a random projection, Achlioptas 2003): texts about other things move in most directions.
    """
    import polars as pl

    there = column.is_not_null().to_numpy()
    found = column.str.to_lowercase().str.extract_all(WORD)
    sizes = found.list.len().fill_null(0).to_numpy().astype(np.int64)
    words = found.filter(pl.Series(sizes > 0)).explode(empty_as_null=False)
    row = np.repeat(np.arange(len(column)), sizes)
    names = pl.Series(list(known["words"]), dtype=pl.String)
    code = _codes(words, names)
    weights = np.vstack((_signed(names, known["rarity"]), np.zeros(DIRECTIONS)))  # unknown words point nowhere
    count = np.maximum(sizes, 1)
    views = {"words": sizes.astype(np.float64), "unknown words": np.bincount(row, code < 0, len(column)) / count}
    for k in range(DIRECTIONS):
        views[f"direction {k + 1}"] = np.bincount(row, weights[code, k], len(column)) / np.sqrt(count)
    return {n: pl.Series(column.name, np.where(there, v, np.nan)).fill_nan(None) for n, v in views.items()}


def _codes(words: pl.Series, names: pl.Series) -> np.ndarray:
    """The place of each word among the known ones, -1 for none."""
    import polars as pl

    if not len(names):
        return np.full(len(words), -1, dtype=np.int64)
    places = pl.Series(np.arange(len(names), dtype=np.int64))
    return words.replace_strict(names, places, default=-1, return_dtype=pl.Int64).to_numpy()


def _signed(names: pl.Series, rarity: Any) -> np.ndarray:
    """The rarity of each word with the sign of each direction, float64 (words, directions)."""
    bits = hashed_texts(names)[:, None] >> np.arange(DIRECTIONS, dtype=np.uint64)
    signs = np.where(bits & np.uint64(1), 1.0, -1.0)
    return np.asarray(signs * np.asarray(rarity, dtype=np.float64).reshape(-1, 1))
