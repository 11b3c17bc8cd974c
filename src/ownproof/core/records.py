"""Records and fields of a delimited text, counted piece by piece without being parsed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

NEWLINE, RETURN = 10, 13


@dataclass(frozen=True, slots=True)
class Dialect:
    """How fields are told apart. quote: one character, or None where quotes are ordinary characters."""

    separator: str = ","
    quote: str | None = '"'


@dataclass(slots=True)
class Count:
    """What was counted. Lines are numbered from 1; a record may span several.

    fields: of the first record; records: without blank ones. bad: (line, fields) of the first records whose number
    of fields differs, bad_records how many there are, last_good the line of the last record that fits.
    trailing: the blank lines after the last record.
    odd_quote: the line of the first quote that stands inside a field or is never closed, 0 for none.
    """

    fields: int = 0
    records: int = 0
    blank: int = 0
    trailing: int = 0
    header_line: int = 0
    bad: list[tuple[int, int]] = field(default_factory=list)
    bad_records: int = 0
    last_good: int = 0
    odd_quote: int = 0
    zero_byte: int = 0
    lines: int = 0
    widths: dict[int, int] = field(default_factory=dict)


class Counter:
    """Counts as bytes come in; a quote counts as open from the one at a field's start to the next single one."""

    def __init__(self, dialect: Dialect) -> None:
        self._separator = ord(dialect.separator)
        self._quote = -1 if dialect.quote is None else ord(dialect.quote)
        self._open = False
        self._closed = False  # whether the last byte was a closing quote
        self._seps = 0  # of the record that is not finished yet
        self._start = 0  # how far back, from the next piece's begin, the unfinished record begins
        self._start_line = 1
        self._tail = b""  # the last byte seen, for what a quote stands beside
        self.count = Count()

    def feed(self, piece: bytes) -> None:
        """The next bytes."""
        if not piece:
            return
        count, data = self.count, np.frombuffer(piece, dtype=np.uint8)
        if not count.zero_byte and (at := piece.find(b"\0")) >= 0:
            count.zero_byte = count.lines + 1 + piece.count(b"\n", 0, at)
        lines = np.flatnonzero(data == NEWLINE)
        ends, separators = self._outside(data, lines, np.flatnonzero(data == self._separator))
        before = np.searchsorted(separators, ends)
        self._records(data, ends, before, lines)
        if len(ends):
            last = int(ends[-1])
            self._seps = len(separators) - int(before[-1])
            self._start = len(data) - last - 1
            self._start_line = count.lines + int(np.searchsorted(lines, last, "right")) + 1
        else:
            self._seps += len(separators)
            self._start += len(data)
        count.lines += len(lines)
        self._tail = piece[-1:]

    def close(self) -> Count:
        """The count, with the last record even if no line end follows it."""
        if self._open:
            self.count.odd_quote = self.count.odd_quote or self._start_line
            self._open = False
        if self._start:
            lines = self.count.lines
            self.feed(b"\n")
            self.count.lines = lines + 1
        return self.count

    def _outside(self, data: np.ndarray, lines: np.ndarray, separators: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The line ends and separators that stand in no quotes."""
        quotes = np.flatnonzero(data == self._quote) if self._quote >= 0 else np.empty(0, dtype=np.int64)
        was_open = int(self._open)
        if self._quote >= 0:
            self._check_quotes(data, quotes, np.arange(1, len(quotes) + 1) + was_open)
        if not len(quotes):
            return (lines[:0], separators[:0]) if was_open else (lines, separators)
        self._open = bool((len(quotes) + was_open) & 1)
        return (
            lines[((np.searchsorted(quotes, lines) + was_open) & 1) == 0],
            separators[((np.searchsorted(quotes, separators) + was_open) & 1) == 0],
        )

    def _check_quotes(self, data: np.ndarray, at: np.ndarray, seen: np.ndarray) -> None:
        """An opening quote follows a separator, a line end or a quote; a closing one stands before such a byte."""
        if not self.count.odd_quote and self._closed and not self._may_follow(data[:1])[0]:
            self.count.odd_quote = self.count.lines + 1
        self._closed = bool(len(at) and at[-1] == len(data) - 1 and not seen[-1] & 1)
        if self.count.odd_quote or not len(at):
            return
        before = np.where(at > 0, data[np.maximum(at - 1, 0)], ord(self._tail) if self._tail else NEWLINE)
        starts = (before == self._separator) | (before == NEWLINE) | (before == self._quote)
        last = len(data) - 1
        stops = self._may_follow(data[np.minimum(at + 1, last)]) | (at == last)
        wrong = np.flatnonzero(np.where((seen & 1) == 1, ~starts, ~stops))
        if len(wrong):
            self.count.odd_quote = self.count.lines + 1 + int(np.count_nonzero(data[: at[wrong[0]]] == NEWLINE))

    def _may_follow(self, after: np.ndarray) -> np.ndarray:
        return np.isin(after, [self._separator, NEWLINE, RETURN, self._quote])

    def _records(self, data: np.ndarray, ends: np.ndarray, separators: np.ndarray, lines: np.ndarray) -> None:
        if not len(ends):
            return
        fields = np.diff(separators, prepend=0) + 1
        fields[0] += self._seps
        starts = np.concatenate(([-self._start], ends[:-1] + 1))
        length = ends - starts
        before = data[np.maximum(ends - 1, 0)]
        if ends[0] == 0 and self._tail:
            before = before.copy()
            before[0] = self._tail[0]
        blank = (length == 0) | ((length == 1) & (before == RETURN))
        self.count.blank += int(np.count_nonzero(blank))
        full = ~blank
        after = int(np.argmax(full[::-1])) if full.any() else len(full) + self.count.trailing
        self.count.trailing = after
        first = np.flatnonzero(full)[:1]
        if len(first) and not self.count.records:
            self.count.fields = int(fields[first[0]])
            self.count.header_line = self._line_of(int(first[0]), ends, lines)
        self._tally(fields, full, lambda record: self._line_of(record, ends, lines))

    def _line_of(self, record: int, ends: np.ndarray, lines: np.ndarray) -> int:
        if record == 0:
            return self._start_line
        return self.count.lines + int(np.searchsorted(lines, ends[record - 1], "right")) + 1

    def _tally(self, fields: np.ndarray, full: np.ndarray, line_of: Callable[[int], int]) -> None:
        count = self.count
        count.records += int(np.count_nonzero(full))
        fits = fields == count.fields
        wrong = np.flatnonzero(full & ~fits)
        good = np.flatnonzero(full & fits)
        if len(good):
            count.last_good = line_of(int(good[-1]))
            count.widths[count.fields] = count.widths.get(count.fields, 0) + len(good)
        count.bad_records += len(wrong)
        count.bad += [(line_of(int(i)), int(fields[i])) for i in wrong[: 3 - len(count.bad)]]
        for width, times in zip(*np.unique(fields[wrong], return_counts=True), strict=True):
            count.widths[int(width)] = count.widths.get(int(width), 0) + int(times)


def counted(parts: Iterable[bytes], dialect: Dialect) -> Count:
    """Count a whole text.

    >>> counted([b'a,b\\n1,"x\\n', b'y"\\n2\\n'], Dialect()).bad
    [(4, 1)]
    """
    counter = Counter(dialect)
    for part in parts:
        counter.feed(part)
    return counter.close()
