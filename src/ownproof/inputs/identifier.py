"""Identifiers: columns that name each row, and from which nothing can be learnt of another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ownproof.core.cells import form, stripped, text_cast, text_keys, text_read, text_words
from ownproof.core.input import Details, Profile, Recognition
from ownproof.core.report import Finding

if TYPE_CHECKING:
    import polars as pl

NAMES = frozenset(("id", "ids", "uuid", "guid", "key", "pk", "rowid", "rownum", "serial", "hash", "identifier", "urn"))
LAST_NAMES = frozenset(("no", "nr", "num", "number", "code", "ref", "reference"))
WHOLE_NAMES = re.compile(r"(?i)index|idx|row|rows|nr|no|#|unnamed: ?\d+|column_\d+|_+index_*(level_\d+_*)?")
RUN_TOGETHER = re.compile(
    r"(?i)(?:user|customer|client|order|product|item|record|row|case|patient|person|member|account|transaction|trip|ride|"
    r"sample|store|session|device|visitor|employee|student|post|event|object|message|game|match|player|movie|ticket|loan|"
    r"policy|claim|invoice|booking|passenger|card|sensor|unit|subject|line|entry|doc|document|image|track|listing)_?id"
)
UUID = r"^\{?[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\}?$"
HEX = r"^(?:0x)?[0-9a-f]{32,}$|^(?:0x)?[0-9A-F]{32,}$"
ENOUGH = 20  # below that, being different says little
EPOCHS = ((9.46e8, 2.1e9), (9.46e11, 2.1e12), (9.46e14, 2.1e15), (9.46e17, 2.1e18))  # 2000 to 2036 in s, ms, us, ns


class IdentifierInput:
    """A name for one row, as text; learners are not offered it."""

    name: ClassVar[str] = "identifier"
    usable: ClassVar[bool] = False

    def recognise(self, column: pl.Series, *, folder: Path | None = None) -> Recognition:
        """Whole numbers and short texts that differ in every row, by their name, density and shape.

        A measurement may differ in every row too: fractions are never identifiers, and whole numbers only when their
        column is called so, when they count the rows, or when they are long and all of one length.
        """
        import polars as pl

        del folder
        stored = form(column.dtype)
        details: dict[str, Any] = {"cells": stored, "missing": [""]}
        if stored in ("binary", "other"):
            return Recognition(0.06, f"cells of type {column.dtype}, which no other kind reads", details)
        if stored == "text":
            cells = stripped(column)
            details["missing"] = text_words(cells)
            cells = cells.filter(~cells.is_in(details["missing"]))
            if not cells.str.contains(r"^-?[0-9]{1,18}$").all() or cells.is_empty():
                return _texts(column.name, cells, details)
            numbers = cells.cast(pl.Int64)
        elif stored == "integer":
            numbers = column.drop_nulls()
        elif stored == "float":
            numbers = column.drop_nulls().drop_nans()
            if numbers.is_empty() or not (numbers == numbers.round()).all() or not (numbers.abs() < 2**53).all():
                return Recognition(0.0, "", details)
        else:
            return Recognition(0.0, "", details)
        confidence, reason = _whole_numbers(column.name, numbers, len(column))
        return Recognition(confidence, reason, details)

    def cast(self, column: pl.Expr, details: Details, *, folder: Path | None = None) -> pl.Expr:
        """Text without outer spaces."""
        del folder
        return text_cast(column, details)

    def read(self, cell: Any, details: Details) -> str | None:
        """A text, or a whole number as it would be written."""
        return text_read(cell, details)

    def key(self, value: str | None) -> bytes:
        """The text in UTF-8."""
        return b"\xff missing" if value is None else value.encode("utf-8", "surrogatepass")

    def keys(self, column: pl.Series) -> np.ndarray:
        """Hashes of the texts."""
        return text_keys(column)

    def profile(self, column: pl.Series) -> Profile:
        """How many, how many missing, how many different; the names themselves are kept out."""
        cells = column.drop_nulls()
        return Profile(self.name, len(column), len(column) - len(cells), int(cells.n_unique()) if len(cells) else 0)

    def drift(self, reference: Profile, now: Profile) -> Finding:
        """New names are expected; only repeats where there were none are worth a word."""
        again = now.rows - now.missing - now.distinct
        before = reference.rows - reference.missing - reference.distinct
        worse = again > 0 and before == 0
        return Finding(
            "drift.repeats",
            "warn" if worse else "ok",
            (),
            float(again),
            f"{again} repeated identifiers, {before} in the reference",
            "look for rows that arrive twice" if worse else "nothing to do",
        )

    def fit_watch(self, column: pl.Series) -> dict[str, Any]:
        """Nothing needs to be known."""
        del column
        return {}

    def watched(self, known: Mapping[str, Any], column: pl.Series) -> Mapping[str, pl.Series]:
        """What the names are made of; which ones they are, and how long, is new every day."""
        import polars as pl

        del known
        parts = (("letters", r"\p{L}"), ("digits", r"\p{N}"), ("signs", r"[^\p{L}\p{N}]"))
        has = [column.str.contains(p).cast(pl.UInt32) * 2**i for i, (_, p) in enumerate(parts)]
        words = ["+".join(n for i, (n, _) in enumerate(parts) if code >> i & 1) for code in range(2 ** len(parts))]
        return {"made of": pl.Series(words, dtype=pl.String).gather(has[0] + has[1] + has[2])}

    def to_json(self, value: str | None) -> Any:
        """The text itself."""
        return value

    def from_json(self, value: Any) -> str | None:
        """The inverse of `to_json`."""
        return None if value is None else str(value)


def called_so(name: str) -> bool:
    """Whether a column's name says identifier.

    >>> [called_so(n) for n in ("customerId", "order_no", "paid", "Unnamed: 0", "valid", "number of rooms")]
    [True, True, False, True, False, False]
    """
    bare = name.strip()
    if WHOLE_NAMES.fullmatch(bare) or RUN_TOGETHER.fullmatch(bare):
        return True
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", bare)]
    return bool(words) and (words[0] in NAMES or words[-1] in NAMES or (len(words) > 1 and words[-1] in LAST_NAMES))


def _texts(name: str, cells: pl.Series, details: Details) -> Recognition:
    if cells.is_empty():
        return Recognition(0.0, "", details)
    different = cells.n_unique() / len(cells)
    if called_so(name) and len(cells) >= 2 and different > (0.5 if len(cells) >= ENOUGH else 0.999):
        return Recognition(0.96, f"called {name!r} and {different:.0%} of the cells differ", details)
    if different < 1 or len(cells) < ENOUGH:
        return Recognition(0.2 if different == 1 else 0.0, "all cells differ, but there are few", details)
    if cells.str.contains(UUID).all() or cells.str.contains(HEX).all():
        return Recognition(0.97, "every cell is a random identifier of its own", details)
    if cells.str.contains(r"^[+-]?[0-9]*[.,][0-9]+(?:[eE][+-]?[0-9]+)?$").all():
        return Recognition(0.0, "", details)
    spaces = float(cells.str.count_matches(" ").mean() or 0)  # type: ignore[arg-type]
    return Recognition(0.85 if spaces <= 1.2 else 0.3, "every cell is a short text of its own", details)


def _whole_numbers(name: str, numbers: pl.Series, rows: int) -> tuple[float, str]:
    count = len(numbers)
    if not count:
        return 0.0, ""
    different = numbers.n_unique()
    if called_so(name) and count >= 2 and different > (0.5 * count if count >= ENOUGH else count - 1):
        return 0.96, f"called {name!r} and {different / count:.0%} of the cells differ"
    low, high = int(numbers.min()), int(numbers.max())  # type: ignore[arg-type]
    years = low >= 1800 and high <= 2200
    if different < count or count < ENOUGH or count < rows or years:
        return 0.0, ""
    if any(a <= low and high <= b for a, b in EPOCHS):
        return 0.3, "every number differs, but they look like times since 1970"
    if high - low + 1 <= 1.02 * count:
        return 0.93, f"it counts the rows from {low} to {high}"
    if low >= 10**8 and len(str(low)) == len(str(high)):
        return 0.92, f"every cell is a number of {len(str(low))} digits of its own"
    return 0.3, "every number differs"
