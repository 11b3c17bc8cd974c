"""Dates and times as people write them, read one by one or a column at a time with the same result."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MON = (
    r"(?P<b>[Jj](?:an(?:uary)?|AN(?:UARY)?|une?|UNE?|uly?|ULY?)|[Ff](?:eb(?:ruary)?|EB(?:RUARY)?)|"
    r"[Mm](?:ar(?:ch)?|AR(?:CH)?|ay|AY)|[Aa](?:pr(?:il)?|PR(?:IL)?|ug(?:ust)?|UG(?:UST)?)|"
    r"[Ss](?:ep(?:t(?:ember)?)?|EP(?:T(?:EMBER)?)?)|[Oo](?:ct(?:ober)?|CT(?:OBER)?)|"
    r"[Nn](?:ov(?:ember)?|OV(?:EMBER)?)|[Dd](?:ec(?:ember)?|EC(?:EMBER)?))"
)
_DAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? +)?"
_Y, _YY, _M, _D = r"(?P<y>[0-9]{4})", r"(?P<y>[0-9]{4}|[0-9]{2})", r"(?P<m>[0-9]{1,2})", r"(?P<d>[0-9]{1,2})"
_TIME = (
    r"(?:(?:T|:|, ?| +)(?P<H>[01]?[0-9]|2[0-3]):(?P<M>[0-5][0-9])(?::(?P<S>[0-5][0-9])(?:[.,](?P<f>[0-9]{1,9}))?)?"
    r"(?: ?(?P<p>[AaPp])\.?[Mm]\.?)?(?: ?(?P<z>Z|z|UTC|GMT|[+-][01][0-9](?::?[0-5][0-9])?))?)?"
)

FORMATS: Mapping[str, str] = {
    "iso": rf"{_Y}-{_M}-{_D}",
    "d/m/y": rf"{_D}/{_M}/{_YY}",
    "m/d/y": rf"{_M}/{_D}/{_YY}",
    "d.m.y": rf"{_D}\.{_M}\.{_YY}",
    "m.d.y": rf"{_M}\.{_D}\.{_YY}",
    "d-m-y": rf"{_D}-{_M}-{_YY}",
    "m-d-y": rf"{_M}-{_D}-{_YY}",
    "y/m/d": rf"{_Y}/{_M}/{_D}",
    "y.m.d": rf"{_Y}\.{_M}\.{_D}",
    "d mon y": rf"{_DAY}{_D}(?:[ /-]|\. ?){_MON}\.?,?[ /-]{_YY}",
    "mon d y": rf"{_DAY}{_MON}\.? {_D}(?:st|nd|rd|th)?,? {_Y}",
    "mon y": rf"{_MON}\.?[ -]{_Y}",
    "ymd": r"(?P<y>(?:19|20)[0-9]{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12][0-9]|3[01])",
    "y-m": r"(?P<y>[0-9]{4})-(?P<m>0[1-9]|1[0-2])",
}
"""How dates are written, by name; a time of day and an offset may follow each."""

TWINS = {"d/m/y": "m/d/y", "d.m.y": "m.d.y", "d-m-y": "m-d-y"}
"""Formats that the same cells may fit: day first, month first."""

_FAST = (
    ("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "%Y-%m-%d"),
    ("^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-2][0-9]:[0-5][0-9]:[0-5][0-9]$", "%Y-%m-%d %H:%M:%S"),
    ("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z?$", "%Y-%m-%dT%H:%M:%S"),
)


@cache
def pattern(name: str) -> str:
    """The whole grammar of a format; the same language in Rust and Python."""
    return f"{FORMATS[name]}{_TIME}"


@cache
def _compiled(name: str) -> re.Pattern[str]:
    return re.compile(pattern(name))


def moment(text: str, formats: Sequence[str]) -> dt.datetime:
    """One text as a moment in UTC, without a time zone. Raises ValueError when no format fits.

    >>> moment("3.4.2021 14:30 +02:00", ["d.m.y"])
    datetime.datetime(2021, 4, 3, 12, 30)
    """
    for name in formats:
        found = _compiled(name).fullmatch(text)
        if found:
            try:
                return _built(found.groupdict())
            except (ValueError, OverflowError):
                continue
    raise ValueError(f"no date or time of a known format: {text[:32]!r}")


def moments(cells: pl.Series, formats: Sequence[str]) -> pl.Series:
    """A text column as Datetime("us"), null where no format fits; `moment` of each cell."""
    import polars as pl

    out = np.full(len(cells), np.datetime64("NaT"), dtype="datetime64[us]")
    left = np.flatnonzero(cells.is_not_null().to_numpy())
    for name in formats:
        if not len(left):
            break
        part = cells.gather(left)
        found = _parsed(part, name)
        out[left] = found
        left = left[np.isnat(found)]
    return pl.Series(cells.name, out).cast(pl.Datetime("us"))


def _built(g: Mapping[str, str | None]) -> dt.datetime:
    day = int(g.get("d") or 1)
    named = g.get("b")
    month = MONTHS.index(named[:3].lower()) + 1 if named else int(g["m"] or 0)
    hour = int(g["H"] or 0)
    if g["p"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if g["p"] in "pP" else 0)
    micro = int((g["f"] or "0").ljust(6, "0")[:6])
    naive = dt.datetime(_year(g["y"] or ""), month, day, hour, int(g["M"] or 0), int(g["S"] or 0), micro)  # noqa: DTZ001
    return naive - dt.timedelta(minutes=_offset(g["z"]))


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 69 else 1900)  # the pivot of POSIX


def _offset(text: str | None) -> int:
    if not text or text[0] not in "+-":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    return (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if text[0] == "-" else 1)


def _parsed(cells: pl.Series, name: str) -> np.ndarray:
    import polars as pl

    if name == "iso":
        for fits, written in _FAST:
            if cells.str.contains(fits).all():
                read = cells.str.strip_suffix("Z").str.to_datetime(written, strict=False, time_unit="us")
                return read.set(read.dt.year() < 1, None).to_numpy().astype("datetime64[us]")
    unique = cells.unique()
    values = _parsed_slowly(unique, name)
    if len(unique) == len(cells):
        return _parsed_slowly(cells, name)
    found = cells.replace_strict(unique, pl.Series(values).cast(pl.Datetime("us")), return_dtype=pl.Datetime("us"))
    return found.to_numpy().astype("datetime64[us]")


def _parsed_slowly(cells: pl.Series, name: str) -> np.ndarray:
    """The parts as whole numbers, checked against the calendar, then put together; NaT where something is off."""
    parts = cells.str.extract_groups(f"^(?:{pattern(name)})$").struct.unnest()

    def number(key: str, default: int) -> np.ndarray:
        if key not in parts.columns:
            return np.full(len(cells), default, dtype=np.int64)
        return _whole(parts[key]).fill_null(default).to_numpy()

    year, valid = number("y", -1), parts["y"].is_not_null().to_numpy()
    short = (parts["y"].str.len_chars().fill_null(0) == 2).to_numpy()
    year = np.where(short, year + np.where(year < 69, 2000, 1900), year)
    month = _month(parts["b"]) if "b" in parts.columns else number("m", 0)
    day, hour = number("d", 1), number("H", 0)
    half = parts["p"].str.to_lowercase()
    clock = half.is_not_null().to_numpy()
    valid = valid & ~(clock & ((hour < 1) | (hour > 12)))
    hour = np.where(clock, hour % 12 + 12 * (half == "p").fill_null(False).to_numpy(), hour)
    fraction = _whole(parts["f"].str.pad_end(6, "0").str.slice(0, 6)).fill_null(0).to_numpy()
    valid = valid & (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    first = ((np.where(valid, year, 1970) - 1970) * 12 + np.where(valid, month, 1) - 1).astype("datetime64[M]")
    days = first.astype("datetime64[D]") + (day - 1)
    valid &= days < (first + 1).astype("datetime64[D]")
    seconds = hour * 3600 + number("M", 0) * 60 + number("S", 0) - _offsets(parts["z"]) * 60
    out = days.astype("datetime64[us]") + (seconds * 1_000_000 + fraction)
    valid &= (out >= np.datetime64("0001-01-01")) & (out < np.datetime64("10000-01-01"))
    return np.where(valid, out, np.datetime64("NaT"))


def _whole(cells: pl.Series) -> pl.Series:
    import polars as pl

    return cells.cast(pl.Int64, strict=False)


def _month(cells: pl.Series) -> np.ndarray:
    import polars as pl

    short = cells.str.slice(0, 3).str.to_lowercase()
    return (
        short.replace_strict(list(MONTHS), list(range(1, 13)), default=0, return_dtype=pl.Int64).fill_null(0).to_numpy()
    )


def _offsets(cells: pl.Series) -> np.ndarray:
    import polars as pl

    if cells.null_count() == len(cells):
        return np.zeros(len(cells), dtype=np.int64)
    unique = cells.drop_nulls().unique().to_list()
    return (
        cells.replace_strict(unique, [_offset(z) for z in unique], default=0, return_dtype=pl.Int64)
        .fill_null(0)
        .to_numpy()
    )
