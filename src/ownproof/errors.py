"""One tree of errors; each says what was wrong with the value, what was expected and what to do next."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar


def near(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """The known names that look like `name`, closest first.

    >>> near("chrun", ["churn", "tenure"])
    ['churn']
    """
    pool = {str(k).casefold(): str(k) for k in known}
    return [pool[m] for m in difflib.get_close_matches(str(name).casefold(), list(pool), n=most, cutoff=0.6)]


def did_you_mean(name: str, known: Sequence[str], *, what: str = "known names") -> str:
    """A hint: the near misses, or (a part of) the list of what is there."""
    close = near(name, known)
    if close:
        return "did you mean " + " or ".join(repr(c) for c in close) + "?"
    shown = ", ".join(map(str, known[:12])) + (f", ... ({len(known)} in all)" if len(known) > 12 else "")
    return f"{what}: {shown}" if known else f"there are no {what}"


class OwnproofError(Exception):
    """The root. `exit` is the process's exit code, `code` a stable word for machines.

    message: what was wrong with the value; expected: what would have been right;
    hint: what to do; where: the file, column or flag it concerns.
    """

    exit: ClassVar[int] = 1
    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, expected: str = "", hint: str = "", where: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message, self.expected, self.hint, self.where = message, expected, hint, where
        self._code = code

    @property
    def name(self) -> str:
        """The word for machines: the class's own unless a finer one was given."""
        return self._code or self.code

    def to_json(self) -> dict[str, Any]:
        """The `error` object of the JSON answer."""
        return {
            "code": self.name,
            "message": self.message,
            "expected": self.expected,
            "hint": self.hint,
            "where": self.where,
        }

    def lines(self) -> list[str]:
        """The same in at most three lines for a terminal."""
        head = f"error: {self.message}" + (f"  [{self.where}]" if self.where else "")
        return [
            head,
            *([f"  expected: {self.expected}"] if self.expected else []),
            *([f"  do: {self.hint}"] if self.hint else []),
        ]


class UsageError(OwnproofError):
    """A flag, argument or call is wrong."""

    exit, code = 2, "usage"


class ConfigError(OwnproofError):
    """A configuration file or a combination of settings is wrong."""

    exit, code = 2, "config"


class InputError(OwnproofError):
    """The data handed in cannot be used as it is."""

    exit, code = 2, "input"

    @classmethod
    def no_column(cls, name: str, known: Sequence[str], *, role: str = "column", where: str = "") -> InputError:
        """A column was named that is not in the data; near misses are listed."""
        return cls(
            f"no column {name!r} ({role})",
            expected="the name of a column of the data",
            hint=did_you_mean(name, list(known), what="columns"),
            where=where,
            code="no-column",
        )


class MissingExtra(UsageError):
    """A part needs a library that is not installed."""

    code = "missing-extra"


class JournalFull(ConfigError):
    """The journal cannot be written, and what is not written down may not be answered."""

    code = "journal-full"

    @classmethod
    def refused(cls, reason: str, folder: str) -> JournalFull:
        """reason: what the system said."""
        return cls(
            f"the journal cannot be written: {reason}",
            expected="a folder that can be written, with room left",
            hint="make room on that disk, or name another folder with --journal",
            where=folder,
        )


class Inconclusive(OwnproofError):
    """The evidence does not decide; more data is needed."""

    exit, code = 3, "inconclusive"


class Refused(OwnproofError):
    """A gate refused."""

    exit, code = 4, "refused"


class Locked(OwnproofError):
    """Another command works on the same project."""

    exit, code = 6, "locked"


class Tampered(OwnproofError):
    """A ledger, bundle or set of sealed rows does not match its hashes."""

    exit, code = 7, "tampered"


def all_at_once(problems: Sequence[OwnproofError]) -> OwnproofError:
    """One error that carries every problem of an input; the single one itself when there is only one.

    Raises ValueError on an empty list. The class (and so the exit code) is that of the first problem.
    """
    if not problems:
        raise ValueError("no problem to report")
    if len(problems) == 1:
        return problems[0]
    first = problems[0]
    texts = [p.message + (f" [{p.where}]" if p.where else "") + (f" ({p.hint})" if p.hint else "") for p in problems]
    return type(first)(
        f"{len(problems)} problems: " + "; ".join(texts),
        expected=first.expected,
        hint=first.hint,
        where=first.where,
        code="several",
    )


def system_error(error: BaseException) -> OSError | None:
    """The operating system's error, with its number, that an error is or tells of; None when it is another.

    polars leaves the number in the text: `No space left on device (os error 28)`, and not always in an OSError.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return error
    told = None if isinstance(error, OwnproofError) else re.search(r"\(os error (\d+)\)", str(error))
    if told:
        return OSError(int(told[1]), os.strerror(int(told[1])))
    return error if isinstance(error, OSError) else None
