"""Numbers: plain ones, and those written with thousands marks, decimal commas, currency or percent signs."""

from __future__ import annotations

import math
import numbers as number_types
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ownproof.core.cells import MISSING, SPACES, form, shown, stripped, words_among
from ownproof.core.histogram import moved, number_profile
from ownproof.core.input import Details, Feature, Profile, Recognition
from ownproof.core.report import Finding, plain
from ownproof.stats.hashing import number_hash

if TYPE_CHECKING:
    import polars as pl

LARGEST = float(np.finfo(np.float32).max)
EXACT = 2**53
READABLE = 0.9  # a column with a larger share of junk is no number column
GRAMMARS = ((".", ""), (".", ","), (",", "."), (",", ""), (".", " "), (",", " "), (".", "'"))
CURRENCY = r"(?:[$€£¥₹₽₩₺]|USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|BRL)"
BEFORE = rf"^([+-]?) ?{CURRENCY} ?([+-]?)"
AFTER = rf" ?(?:%|{CURRENCY})$"
INFINITE = r"[+-]?[iI](?:nf|NF)(?:inity|INITY)?"


class NumberInput:
    """A quantity, as float64."""

    name: ClassVar[str] = "number"
    usable: ClassVar[bool] = True

    def recognise(self, column: pl.Series, *, folder: Path | None = None) -> Recognition:
        """Typed numbers at once; texts when nearly all of them fit one grammar of numbers and none has leading zeros."""
        del folder
        stored = form(column.dtype)
        if stored == "text":
            return _recognise_text(column)
        details = {"cells": stored}
        if stored not in ("integer", "float"):
            return Recognition(0.0, "", details)
        return Recognition(0.9, f"stored as {stored}", details, tuple(_said(column, details)))

    def cast(self, column: pl.Expr, details: Details, *, folder: Path | None = None) -> pl.Expr:
        """Float64; NaN and unreadable cells null, infinity kept. Raises ValueError for cells stored as moments."""
        import polars as pl

        del folder
        stored = details.get("cells", "float")
        if stored in ("text", "json"):
            return _parsed(column, details)
        if stored == "boolean":
            return column.cast(pl.UInt8).cast(pl.Float64)
        if stored not in ("integer", "float"):
            raise ValueError(f"numbers were expected, the cells are stored as {stored}")
        return column.cast(pl.Float64, strict=False).fill_nan(None)

    def read(self, cell: Any, details: Details) -> float | None:
        """A finite number from JSON; a text only when the details say that cells are texts of a file."""
        if cell is None:
            return None
        if type(cell) in (float, int) and -LARGEST < cell < LARGEST:  # nearly every cell; neither NaN nor infinity
            return float(cell)
        if type(cell) is str:
            if details.get("cells") == "text":
                return _number(cell, details)
            raise ValueError("a number was expected, not a text")
        if isinstance(cell, (bool, np.bool_)):
            if details.get("cells") == "boolean":
                return float(cell)
            raise ValueError("a number was expected, not true or false")
        if not isinstance(cell, number_types.Real):
            raise ValueError(f"a number was expected, not {type(cell).__name__}")  # noqa: TRY004 - the protocol's word
        try:
            value = float(cell)
        except OverflowError:
            raise ValueError("the number is too large") from None
        if details.get("cells") == "json" and not math.isfinite(value):
            raise ValueError("a finite number was expected")
        return None if math.isnan(value) else value

    def key(self, value: float | None) -> bytes:
        """The eight bytes of the float, 0.0 for -0.0; empty for a missing one."""
        return b"" if value is None else np.float64(value + 0.0).tobytes()

    def keys(self, column: pl.Series) -> np.ndarray:
        """Hashes of the floats; a missing one is hashed as NaN."""
        import polars as pl

        return number_hash(column.cast(pl.Float64).fill_null(math.nan).to_numpy())

    def profile(self, column: pl.Series) -> Profile:
        """Moments, quartiles and a histogram."""
        return number_profile(self.name, column)

    def drift(self, reference: Profile, now: Profile) -> Finding:
        """PSI over the reference's deciles."""
        return moved(reference, now)

    def fit_watch(self, column: pl.Series) -> dict[str, Any]:
        """Nothing needs to be known."""
        del column
        return {}

    def watched(self, known: Mapping[str, Any], column: pl.Series) -> Mapping[str, pl.Series]:
        """The numbers themselves."""
        del known
        return {"": column}

    def to_json(self, value: float | None) -> Any:
        """The number itself; infinity, which JSON lacks, is null."""
        return plain(value)

    def from_json(self, value: Any) -> float | None:
        """The inverse of `to_json`."""
        return None if value is None else float(value)

    def fit_code(self, column: pl.Series, details: Details) -> dict[str, Any]:
        """Nothing needs to be learnt."""
        del column, details
        return {}

    def features(self, code: Mapping[str, Any], name: str) -> list[Feature]:
        """The number itself."""
        del code
        return [Feature(name, name, label=name)]

    def encode(self, code: Mapping[str, Any], column: pl.Series) -> np.ndarray:
        """float32 (n, 1); what float32 cannot hold (infinity too) is NaN. A `wide` code: float64, as it is."""
        import polars as pl

        values = column.cast(pl.Float64).fill_null(math.nan).to_numpy()
        if code.get("wide"):
            return np.asarray(values, np.float64)[:, None]
        held = np.where(np.abs(values) <= LARGEST, values, np.nan)
        return held.astype(np.float32)[:, None]

    def one(self, code: Mapping[str, Any]) -> Callable[[Any], Sequence[float]]:
        """The same for one value."""
        missing = (math.nan,)
        if code.get("wide"):
            return lambda value: missing if value is None else (value,)
        return lambda value: missing if value is None or not -LARGEST <= value <= LARGEST else (value,)

    def plain(self, code: Mapping[str, Any]) -> tuple[float, float]:
        """What float32 can hold."""
        del code
        return -LARGEST, LARGEST

    def recall(self, code: Mapping[str, Any]) -> None:
        """Nothing to ask: never."""
        del code

    def unseen(self, code: Mapping[str, Any], value: Any) -> bool:
        """Never: a number between or beyond the known ones is still a number."""
        del code, value
        return False


@cache
def _body(decimal: str, thousands: str) -> str:
    """The grammar of an unsigned number; the same language in Rust and Python."""
    d, t = re.escape(decimal), re.escape(thousands)
    whole = rf"(?:[0-9]+|[0-9]{{1,3}}(?:{t}[0-9]{{2,3}})*{t}[0-9]{{3}})" if thousands else "[0-9]+"
    return rf"[+-]?(?:{whole}(?:{d}[0-9]*)?|{d}[0-9]+)(?:[eE][+-]?[0-9]+)?"


@cache
def _compiled(decimal: str, thousands: str) -> re.Pattern[str]:
    return re.compile(_body(decimal, thousands))


_INFINITE, _BEFORE, _AFTER = re.compile(INFINITE), re.compile(BEFORE), re.compile(AFTER)


def _grammar(details: Details) -> tuple[str, str]:
    return details.get("decimal", "."), details.get("thousands", "")


def _undressed(text: pl.Expr) -> pl.Expr:
    """Without currency and percent signs, with one kind of minus, space and apostrophe."""
    even = text.str.replace_all("[\u00a0\u2009\u202f]", " ").str.replace_all("−", "-", literal=True)
    even = even.str.replace_all("’", "'", literal=True)
    return even.str.replace(BEFORE, "${1}${2}").str.replace(AFTER, "")


def _undressed_one(text: str) -> str:
    for odd, usual in (("\u00a0", " "), ("\u2009", " "), ("\u202f", " "), ("−", "-"), ("’", "'")):
        text = text.replace(odd, usual)
    return _AFTER.sub("", _BEFORE.sub(r"\1\2", text, count=1), count=1)


def _parsed(column: pl.Expr, details: Details) -> pl.Expr:
    import polars as pl

    decimal, thousands = _grammar(details)
    bare = column.str.strip_chars(SPACES)
    text = _undressed(bare) if details.get("dressed") else bare
    fits = text.str.contains(f"^(?:{_body(decimal, thousands)})$")
    even = text.str.replace_all(thousands, "", literal=True) if thousands else text
    even = even if decimal == "." else even.str.replace(decimal, ".", literal=True)
    number = even.cast(pl.Float64, strict=False)
    infinite = pl.when(text.str.contains(f"^{INFINITE}$")).then(
        pl.when(text.str.starts_with("-")).then(-math.inf).otherwise(math.inf)
    )
    wanted = pl.when(fits).then(number).otherwise(infinite)
    words = [w for w in details.get("missing", ()) if w]
    return pl.when(~bare.is_in(words)).then(wanted) if words else wanted


def _number(cell: str, details: Details) -> float | None:
    bare = cell.strip(SPACES)
    if not bare or bare in details.get("missing", ()):
        return None
    text = _undressed_one(bare) if details.get("dressed") else bare
    decimal, thousands = _grammar(details)
    if _compiled(decimal, thousands).fullmatch(text):
        even = text.replace(thousands, "") if thousands else text
        return float(even.replace(decimal, ".", 1))
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    raise ValueError(f"not a number: {bare[:32]!r}")


def _recognise_text(column: pl.Series) -> Recognition:
    cells = stripped(column)
    rest = cells.filter(~cells.is_in(list(MISSING)))
    if rest.is_empty():
        return Recognition(0.0, "", {"cells": "text", "missing": list(MISSING)})
    probe = rest.gather_every(max(1, len(rest) // 500))
    if _share(_best_grammar(probe)[3]) < 0.3:  # cheap, and most text columns end here
        return Recognition(0.0, "", {"cells": "text", "missing": ["", *words_among(cells, MISSING)]})
    dressed, decimal, thousands, fits = _best_grammar(rest)
    share = _share(fits)
    junk = rest.filter(~fits)
    words = _own_words(junk, int(fits.sum()))
    found = words_among(cells, MISSING)
    details = {
        "cells": "text",
        "decimal": decimal,
        "thousands": thousands,
        "dressed": dressed,
        "missing": ["", *found, *words],
    }
    reason = _padded(rest.filter(fits))
    if reason or (share < READABLE and not words):
        return Recognition(0.0, reason, details)
    said = _said(column, details)
    if words:
        said.append(
            Finding(
                "quality.missing-words",
                "ok",
                (),
                len(junk),
                f"{shown(words)} among numbers, read as missing",
                "nothing to do if that is what it means",
            )
        )
    elif len(junk):
        said.append(
            Finding(
                "quality.unreadable",
                "warn",
                (),
                len(junk),
                f"{len(junk)} of {len(rest)} cells looked at are no numbers: {shown(junk.unique(maintain_order=True))}; "
                "read as missing",
                "mend these cells, or write the column as text",
            )
        )
    if doubt := _ambiguous(rest, decimal, thousands):
        said.append(doubt)
    return Recognition(
        0.9 if share > 0.99 or words else 0.86, f"{share:.1%} of the cells read as numbers", details, tuple(said)
    )


def _best_grammar(cells: pl.Series) -> tuple[bool, str, str, pl.Series]:
    """Whether signs must come off, decimal mark, thousands mark, and which cells then fit."""
    import polars as pl

    bare = cells.alias("cell")
    best: tuple[int, bool, str, str, pl.Series] | None = None
    for dressed in (False, True):
        text = pl.select(_undressed(pl.lit(bare))).to_series() if dressed else bare
        infinite = text.str.contains(f"^{INFINITE}$")
        for decimal, thousands in GRAMMARS:
            fits = text.str.contains(f"^(?:{_body(decimal, thousands)})$") | infinite
            count = int(fits.sum())
            if count == len(cells):
                return dressed, *_decided(text, decimal, thousands), fits
            if best is None or count > best[0]:
                best = (count, dressed, decimal, thousands, fits)
    assert best is not None  # noqa: S101 - there are grammars
    return best[1], best[2], best[3], best[4]


def _decided(text: pl.Series, decimal: str, thousands: str) -> tuple[str, str]:
    """Whether the comma of `1,234` is a thousands or a decimal mark, where both would fit."""
    if (decimal, thousands) != (".", ","):
        return decimal, thousands
    as_decimal = text.str.contains(f"^(?:{_body(',', '')})$")
    if not as_decimal.all():
        return decimal, thousands
    small = text.str.contains(r"^[+-]?0,")
    plain_thousand = text.str.contains(r"^[+-]?[0-9]{4,}")
    return (",", "") if bool(small.any()) or bool(plain_thousand.any()) else (decimal, thousands)


def _ambiguous(cells: pl.Series, decimal: str, thousands: str) -> Finding | None:
    if (decimal, thousands) != (".", ",") or not cells.str.contains(r"^[+-]?[0-9]{1,3}(,[0-9]{3})?$").all():
        return None
    if cells.str.contains(r"^[+-]?[0-9]+$").any():  # numbers below 1,000 stand without a comma: they are thousands
        return None
    return Finding(
        "quality.number-format",
        "warn",
        (),
        len(cells),
        f"the comma of {shown(cells)} may be a decimal or a thousands mark; read as thousands",
        "write the column with a decimal point if that is wrong",
    )


def _share(mask: pl.Series) -> float:
    return int(mask.sum() or 0) / max(1, len(mask))


def _padded(cells: pl.Series) -> str:
    """Why these numbers are codes: leading zeros, as in 00123; empty when they are not."""
    zeros = cells.filter(cells.str.contains(r"^0[0-9]+$"))
    if zeros.is_empty():
        return ""
    width = zeros.str.len_chars().max()
    same = _share(cells.str.len_chars() == width)
    often = len(zeros) >= 0.01 * len(cells)
    return f"leading zeros ({shown(zeros)}) would be lost in a number" if often or same >= 0.95 else ""


def _own_words(junk: pl.Series, numbers: int) -> list[str]:
    """Up to three words, each met at least twice, that stand among numbers only: the column's own word for missing."""
    if junk.is_empty() or numbers < 10:
        return []
    words = junk.unique(maintain_order=True).sort()
    plain_words = bool(words.str.contains(r"^[\p{L}#<(\[*][^0-9]{0,23}$|^[*.]+$").all())
    return (
        words.to_list()
        if len(words) <= 3 and plain_words and len(junk) >= 2 * len(words) and len(junk) <= numbers
        else []
    )


def _said(column: pl.Series, details: Details) -> list[Finding]:
    """Infinite values, and whole numbers that float64 cannot hold."""
    import polars as pl

    said = []
    typed = pl.select(NumberInput().cast(pl.lit(column), details)).to_series()
    infinite = int(typed.is_infinite().sum() or 0)
    if infinite:
        said.append(
            Finding(
                "quality.infinite",
                "warn",
                (),
                infinite,
                f"{infinite} of {len(column)} cells looked at are infinite",
                "find out where they come from (a division by zero?), or leave them empty",
            )
        )
    whole = typed.filter(typed.is_finite() & (typed.abs() > EXACT)) if details["cells"] != "float" else typed.clear()
    if len(whole):
        said.append(
            Finding(
                "quality.too-large",
                "warn",
                (),
                len(whole),
                f"{len(whole)} whole numbers beyond 2**53 lose their last digits as numbers",
                "an identifier? then write it as text",
            )
        )
    return said
