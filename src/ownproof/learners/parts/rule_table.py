"""A rule as a decision table: a column of conditions per feature, the answer last, the first matching row wins."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ownproof.errors import InputError, OwnproofError, all_at_once

if TYPE_CHECKING:
    import polars as pl

Mask = NDArray[np.bool_]

_ANY: Final = ("", "*")
_SYNTAX: Final = "a condition such as >= 3, < 10, 3..5, a|b, != a, missing, or nothing for any"
_COMPARES: Final[dict[str, Callable[[Any, Any], Any]]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}
_RANGE: Final = re.compile(r"^(?P<low>\S.*?)\s*\.\.\s*(?P<high>\S.*)$")


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the table: its line in the file, a condition per column, the answer."""

    number: int
    conditions: tuple[str, ...]
    answer: str


def load(
    text: str, columns: Sequence[str], *, where: str
) -> tuple[tuple[str, ...], Callable[[pl.DataFrame], Sequence[Any]]]:
    """The columns that the table asks about, and a function from rows of them to answers.

    A missing value meets no condition but `missing` and an empty one. A row that no line matches gets no answer.
    Raises InputError for unknown columns, lines of another length and conditions that cannot be read, all at once.
    """
    used, lines = _parsed(text, columns, where)

    def run(frame: pl.DataFrame) -> list[Any]:
        answers: list[Any] = [None] * frame.height
        open_ = np.ones(frame.height, np.bool_)
        problems: list[OwnproofError] = []
        cells = {name: _Cells(frame[name]) for name in used}
        for line in lines:
            matching = open_.copy()
            for name, condition in zip(used, line.conditions, strict=True):
                try:
                    matching &= cells[name].meet(condition)
                except ValueError as why:
                    problems.append(
                        InputError(
                            f"line {line.number}, column {name}: {why}",
                            expected=_SYNTAX,
                            hint="mend the cell",
                            where=where,
                            code="rule-table",
                        )
                    )
            for i in np.flatnonzero(matching):
                answers[i] = line.answer
            open_ &= ~matching
        if problems:
            raise all_at_once(problems)
        return answers

    return used, run


def _parsed(text: str, columns: Sequence[str], where: str) -> tuple[tuple[str, ...], list[_Line]]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = [
        (i, [c.strip() for c in row])
        for i, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1)
        if any(c.strip() for c in row)
    ]
    if len(rows) < 2 or len(rows[0][1]) < 2:
        raise InputError(
            "the decision table has no line or no condition",
            where=where,
            code="rule-table",
            expected="a head with a column of the data per condition and the answer last, then lines",
            hint="for one answer everywhere write --rule majority",
        )
    header = rows[0][1]
    used = tuple(header[:-1])
    problems: list[OwnproofError] = [
        InputError.no_column(n, list(columns), role="asked for by the rule", where=where)
        for n in used
        if n not in columns
    ]
    twice = sorted({n for n in used if used.count(n) > 1})
    if twice:
        problems.append(
            InputError(
                f"asked about twice: {', '.join(twice)}",
                expected="each column once",
                where=where,
                hint="write a range as 3..5",
                code="rule-table",
            )
        )
    for number, row in rows[1:]:
        if len(row) != len(header):
            problems.append(
                InputError(
                    f"line {number} has {len(row)} cells, the head has {len(header)}",
                    where=where,
                    expected="as many cells in each line",
                    hint="mend the line",
                    code="rule-table",
                )
            )
    if problems:
        raise all_at_once(problems)
    return used, [_Line(number, tuple(row[:-1]), row[-1]) for number, row in rows[1:]]


class _Cells:
    """A column of the data, against which conditions are held."""

    def __init__(self, column: pl.Series) -> None:
        import polars as pl

        self.missing: Mask = column.is_null().to_numpy() | (
            column.is_nan().fill_null(value=True).to_numpy() if column.dtype.is_float() else False
        )
        self._read: Callable[[str], Any] = _text
        if column.dtype.is_numeric():
            self._read = _number
            self._values: NDArray[Any] = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
        elif column.dtype.is_temporal():
            self._read = _moment
            self._values = column.cast(pl.Datetime("us")).to_numpy()
        else:
            if column.dtype == pl.Boolean:
                column = column.cast(pl.String)
            self._values = np.array(column.cast(pl.String).fill_null("").to_list(), dtype=object)

    def meet(self, condition: str) -> Mask:
        """Which cells meet it. Raises ValueError with the reason when it cannot be read."""
        if condition in _ANY:
            return np.ones(len(self._values), np.bool_)
        if condition.casefold() == "missing":
            return self.missing
        if condition.casefold() == "not missing":
            return ~self.missing
        return np.asarray(self._held(condition) & ~self.missing, np.bool_)

    def _held(self, condition: str) -> Mask:
        for sign in (">=", "<=", "!=", "==", ">", "<", "="):
            if condition.startswith(sign):
                operand = condition[len(sign) :].strip()
                if sign in _COMPARES:
                    if self._read is _text:
                        raise ValueError(f"{condition!r} compares sizes, the column holds texts")
                    return np.asarray(_COMPARES[sign](self._values, self._read(operand)), np.bool_)
                found = self._among(operand)
                return ~found if sign == "!=" else found
        within = _RANGE.match(condition) if self._read is not _text else None
        if within:
            low, high = self._read(within["low"]), self._read(within["high"])
            if low > high:
                raise ValueError(f"{condition!r} is empty: it runs from large to small")
            return np.asarray((self._values >= low) & (self._values <= high), np.bool_)
        return self._among(condition)

    def _among(self, operand: str) -> Mask:
        wanted = [self._read(part.strip()) for part in operand.split("|")]
        found = np.zeros(len(self._values), np.bool_)
        for value in wanted:
            found |= np.asarray(self._values == value, np.bool_)
        return found


def _text(operand: str) -> str:
    return operand


def _number(operand: str) -> float:
    try:
        return float(operand)
    except ValueError:
        raise ValueError(f"{operand!r} is not a number, the column holds numbers") from None


def _moment(operand: str) -> np.datetime64:
    try:
        return np.datetime64(datetime.fromisoformat(operand), "us")
    except ValueError:
        raise ValueError(f"{operand!r} is no date such as 2024-01-31, the column holds dates") from None
