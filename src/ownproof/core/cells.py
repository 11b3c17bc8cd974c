"""What every kind does to raw cells first: spaces off, words for missing found, the form they are stored in told."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.stats.hashing import text_hash, text_hashes

if TYPE_CHECKING:
    import polars as pl

SPACES = " \t\n\r\x0b\x0c\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What is taken off both ends of a text cell. Spelt out, because Rust and Python differ in what a space is."""

MISSING = (
    "",
    "NA",
    "N/A",
    "n/a",
    "na",
    "#N/A",
    "NaN",
    "nan",
    "NAN",
    "null",
    "NULL",
    "Null",
    "None",
    "none",
    "NONE",
    "-",
    "--",
    "---",
    "?",
    ".",
    "..",
    "<NA>",
    "NaT",
    "missing",
    "Missing",
    "MISSING",
    "#NULL!",
    "\\N",
)
"""Words that mean missing where the rest of the column has a grammar of its own (numbers, moments)."""

TEXTS_AT_A_TIME = 100_000
"""Texts that are Python objects at the same time."""

BLANKS = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", "?", "<NA>", "-", "--", "#NULL!", "\\N")
"""Those that mean missing among names too; `None` and `missing` may be a level that somebody chose."""


def form(dtype: pl.DataType) -> str:
    """How cells of a dtype are stored: text, integer, float, boolean, date, datetime, binary or other."""
    import polars as pl

    if dtype == pl.String:
        return "text"
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_integer():
        return "integer"
    if dtype.is_float():
        return "float"
    if dtype in (pl.Date, pl.Binary):
        return "date" if dtype == pl.Date else "binary"
    return "datetime" if isinstance(dtype, pl.Datetime) else "other"


def as_json(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details that make `read` strict: the cell comes from a JSON request, where a text is no number."""
    return {**details, "cells": "json"}


def as_stored(details: Mapping[str, Any], dtype: pl.DataType) -> dict[str, Any]:
    """Details for cells of another dtype than the one they were learnt from."""
    return {**details, "cells": form(dtype)}


def stripped(column: pl.Series) -> pl.Series:
    """A text column without outer spaces and without its null and empty cells."""
    cells = column.drop_nulls().str.strip_chars(SPACES)
    return cells.filter(cells != "")


def words_among(cells: pl.Series, words: Sequence[str]) -> list[str]:
    """Those of the words that occur among stripped cells, in the order given."""
    there = set(cells.filter(cells.is_in(list(words))).unique().to_list())
    return [w for w in words if w in there]


def text_words(cells: pl.Series) -> list[str]:
    """The words among stripped cells that mean missing in a column of names, "" always among them.

    A word is a level of its own when the other cells look like it: `NA` among two-letter codes (Namibia), `-` where
    there is a `+`.
    """
    found = words_among(cells, BLANKS)
    if not found:
        return [""]
    rest = cells.filter(~cells.is_in(found))
    if rest.is_empty():
        return ["", *found]
    codes = bool(rest.str.contains(r"^[A-Z]{2}$").all())
    signs = bool((rest == "+").any())
    return ["", *(w for w in found if not (w == "NA" and codes) and not (w == "-" and signs))]


def text_cast(column: pl.Expr, details: Mapping[str, Any]) -> pl.Expr:
    """Cells of any form as text: stripped, missing words null, whole numbers without a decimal point; in a column of true
    and false numbers 1 and 0 mean these."""
    import polars as pl

    stored = details.get("cells", "text")
    if stored in ("text", "json"):
        bare = column.cast(pl.String).str.strip_chars(SPACES)
        return pl.when(~bare.is_in(_words(details))).then(bare)
    if stored == "boolean":
        no, yes = details.get("spelling", ("false", "true"))
        return pl.when(column).then(pl.lit(yes)).when(~column).then(pl.lit(no))
    if "spelling" in details and stored in ("integer", "float"):
        plain = text_cast(column, {n: v for n, v in details.items() if n != "spelling"})
        return plain.replace(["0", "1"], list(details["spelling"]))
    if stored == "float":
        whole = column.is_finite() & (column == column.round()) & (column.abs() < 2.0**53)
        return (
            pl.when(whole)
            .then(column.cast(pl.Int64, strict=False).cast(pl.String))
            .when(~column.is_nan())
            .then(column.cast(pl.Float64).cast(pl.String))
        )
    if stored == "date":
        return column.dt.strftime("%Y-%m-%d")
    if stored == "datetime":
        return column.cast(pl.Datetime("us")).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    return column.bin.encode("hex") if stored == "binary" else column.cast(pl.String, strict=False)


def text_read(cell: Any, details: Mapping[str, Any]) -> str | None:
    """One cell as `text_cast` gives it. Raises ValueError for what is no plain value."""
    if type(cell) is str:
        bare = cell.strip(SPACES)
        if not bare.isascii():
            _no_surrogates(bare)
        return None if bare in _words(details) else bare
    if cell is None:
        return None
    if isinstance(cell, (bool, np.bool_)):
        return str(details.get("spelling", ("false", "true"))[int(cell)])
    if isinstance(cell, (int, np.integer)):
        return _switched(str(int(cell)), details)
    if isinstance(cell, (float, np.floating)):
        return _switched(_float_text(float(cell), details), details)
    if details.get("cells") != "json" and isinstance(cell, (dt.date, bytes)):
        return cell.hex() if isinstance(cell, bytes) else _moment_text(cell)
    raise ValueError(f"a text was expected, not {_kind_of(cell)}")


def text_keys(column: pl.Series) -> np.ndarray:
    """Text cells as stable 64-bit hashes, uint64 (n,); equal cells are hashed once, a missing one has its own."""
    codes, levels = coded(column)
    return np.append(hashed_texts(levels), np.uint64(NO_CELL)).take(codes)


def hashed_texts(texts: pl.Series) -> np.ndarray:
    """Texts, none of them missing, as stable 64-bit hashes, uint64 (n,); few are Python objects at a time."""
    starts = range(0, len(texts), TEXTS_AT_A_TIME)
    parts = [text_hashes(texts[at : at + TEXTS_AT_A_TIME].to_list()) for at in starts]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)


def coded(column: pl.Series) -> tuple[np.ndarray, pl.Series]:
    """Text cells as codes, uint32 (n,), and what the codes stand for: k texts in no order. A missing cell is coded k."""
    import polars as pl

    several = column.cast(pl.Categorical(pl.Categories.random()))
    codes = several.to_physical()
    last = codes.max()
    count = 0 if last is None else int(last) + 1  # type: ignore[arg-type]
    levels = pl.Series(np.arange(count, dtype=np.uint32)).cat.to(several.dtype).cast(pl.String)
    return codes.fill_null(count).to_numpy(), levels


NO_CELL = text_hash(b"\xff missing")
"""The hash of a missing text cell; its bytes are no UTF-8, so no text shares it."""


def spelling(cells: pl.Series) -> list[str] | None:
    """How a two-level text column spells false and true, [false, true], if it is a boolean one."""
    levels = cells.unique().to_list() if cells.n_unique() == 2 else []
    for no, yes in (("false", "true"), ("f", "t"), ("no", "yes"), ("n", "y")):
        found = {level.casefold(): level for level in levels}
        if len(found) == 2 and set(found) == {no, yes}:
            return [found[no], found[yes]]
    return None


def shown(cells: Iterable[Any], most: int = 3) -> str:
    """A few examples for an evidence line, each cut at 32 characters."""
    return ", ".join(repr(c if len(c) <= 32 else c[:31] + "…") for c in map(str, list(cells)[:most]))


def _words(details: Mapping[str, Any]) -> Sequence[str]:
    words: Sequence[str] = details.get("missing", ("",))
    return words


def _switched(number: str | None, details: Mapping[str, Any]) -> str | None:
    """What a number means in a column of true and false."""
    spelt = details.get("spelling")
    return str(spelt[int(number)]) if spelt and number in ("0", "1") else number


def _float_text(value: float, details: Mapping[str, Any]) -> str | None:
    if math.isnan(value):
        if details.get("cells") == "json":
            raise ValueError("NaN is not a value; leave a missing field null")
        return None
    if value.is_integer() and abs(value) < 2.0**53:
        return str(int(value))
    return written(value)


def written(value: float) -> str:
    """A float as polars writes it: the fewest digits that are read back as the same number.

    >>> written(0.5), written(1.5e300), written(0.00002), written(2.5e-7)
    ('0.5', '1.5e+300', '0.00002', '2.5e-7')
    """
    text = repr(value)
    mantissa, _, exponent = text.partition("e-")
    if not exponent:
        return text
    if int(exponent) > 5:
        return f"{mantissa}e-{int(exponent)}"
    sign, digits = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    return f"{sign}0.{'0' * (int(exponent) - 1)}{digits.replace('.', '')}"


def _moment_text(cell: dt.date) -> str:
    if not isinstance(cell, dt.datetime):
        return cell.isoformat()
    naive = cell.astimezone(dt.UTC).replace(tzinfo=None) if cell.tzinfo else cell
    return naive.isoformat(timespec="microseconds")


def _no_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("the text holds half of a character pair (a lone surrogate)") from None


def _kind_of(cell: Any) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false", str: "a text"}
    return names.get(type(cell), f"a {type(cell).__name__}")
