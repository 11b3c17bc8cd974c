"""Numbers as people read them: thousands, percent, points, durations; one form for every page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeGuard

_SHARE = re.compile(
    r"\b(share|rate|recall|precision|probability|accuracy|fraction|proportion|coverage|sensitivity|specificity)s?\b",
    re.IGNORECASE,
)
UNITS = {1e12: "T", 1e9: "G", 1e6: "M", 1e3: "k"}
NOTHING = "–"


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a value is a number, finite or not; booleans are words."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def finite(value: Any) -> float | None:
    """The value as a float, or None where it is no finite number."""
    if not is_number(value):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def decimals_for(largest: float, *, digits: int = 3) -> int:
    """How many decimals show about `digits` digits of a number of that size.

    >>> decimals_for(0.919), decimals_for(12.3), decimals_for(40_123)
    (3, 1, 0)
    """
    if not largest or not math.isfinite(largest):
        return 0
    return max(0, min(9, digits - 1 - math.floor(math.log10(abs(largest)))))


def number(value: Any, *, decimals: int | None = None) -> str:
    """A number with thousands separated and about three digits; a dash where there is none.

    >>> number(12345), number(0.91873), number(0.000123), number(float("nan"))
    ('12,345', '0.919', '0.000123', '–')
    """
    plain = finite(value)
    if plain is None:
        return NOTHING
    if decimals is None:
        if isinstance(value, int) or (plain.is_integer() and 10 <= abs(plain) < 1e15):
            return f"{int(plain):,}"
        decimals = decimals_for(plain)
    if abs(plain) >= 1e15:
        return f"{plain:.2e}"
    if decimals >= 7 or (plain and abs(plain) < min(1e-4, 0.5 * 10**-decimals)):
        return f"{plain:.2g}"
    text = f"{plain:,.{decimals}f}"
    return f"{plain:.2g}" if plain and not text.strip("-0.,") else text


def percent(share: Any, *, decimals: int = 1, sign: bool = True) -> str:
    """A share of 0..1 in percent; what is not quite 0 or 1 never reads as 0 or 100.

    >>> percent(0.9187), percent(0.99996), percent(1.0)
    ('91.9 %', '99.996 %', '100.0 %')
    """
    plain = finite(share)
    if plain is None:
        return NOTHING
    for more in range(decimals, decimals + 4):
        text = f"{plain * 100:,.{more}f}"
        if plain in (0.0, 1.0) or float(text.replace(",", "")) not in (0.0, 100.0):
            break
    text = text[1:] if float(text.replace(",", "")) == 0 and text.startswith("-") else text
    return text + (" %" if sign else "")


def compact(value: float, *, decimals: int = 0) -> str:
    """A number in little room.

    >>> compact(1_500_000, decimals=1), compact(20_000), compact(950)
    ('1.5M', '20k', '950')
    """
    for size, letter in UNITS.items():
        if abs(value) >= size and (size > 1e3 or abs(value) >= 1e4):
            return (
                f"{value / size:,.{decimals}f}".rstrip("0").rstrip(".") + letter
                if decimals
                else (f"{value / size:,.3g}{letter}")
            )
    return f"{value:,.{decimals}f}"


def seconds(value: Any) -> str:
    """A duration.

    >>> seconds(0.0421), seconds(7.31), seconds(75), seconds(7_500)
    ('0.042 s', '7.3 s', '1 min 15 s', '2 h 5 min')
    """
    plain = finite(value)
    if plain is None:
        return NOTHING
    if plain < 60:
        return f"{plain:.0f} s" if plain >= 10 else f"{plain:.2g} s"
    whole = round(plain)
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    minutes = round(plain / 60)
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def is_share(label: str, values: Iterable[float] = ()) -> bool:
    """Whether numbers under this label are shares to be written in percent."""
    return bool(_SHARE.search(label)) and all(0 <= v <= 1 for v in values if finite(v) is not None)


def cell(value: Any, *, decimals: int | None = None, share: bool = False) -> str:
    """One cell of a table as text; None is blank."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if is_number(value):
        text = percent(value) if share else number(value, decimals=decimals)
        return text.rstrip("0").rstrip(".") if decimals is None and "." in text and text[-1] == "0" else text
    if isinstance(value, dict):
        return ", ".join(f"{key}={cell(each)}" for key, each in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(cell(each) for each in value)
    return str(value)


def column_texts(name: str, values: Sequence[Any]) -> list[str]:
    """The cells of one column, its numbers with the same number of decimals.

    >>> column_texts("gain", [0.5, 0.125, None])
    ['0.500', '0.125', '']
    """
    numbers = [v for v in map(finite, values) if v is not None]
    whole = all(v.is_integer() for v in numbers)
    share = is_share(name, numbers) and not whole
    decimals = 0 if whole else decimals_for(max(map(abs, numbers)))
    return [cell(v, decimals=None if _blurred(v, decimals) else decimals, share=share) for v in values]


def _blurred(value: Any, decimals: int) -> bool:
    """Whether so few decimals would hide what a number is, as in a column of unlike quantities."""
    plain = finite(value)
    return plain is not None and abs(round(plain, decimals) - plain) > 0.02 * abs(plain)


def numeric(values: Sequence[Any]) -> bool:
    """Whether a column holds numbers (and blanks) alone, so that it is set flush right."""
    there = [v for v in values if v is not None]
    return bool(there) and all(is_number(v) for v in there)
