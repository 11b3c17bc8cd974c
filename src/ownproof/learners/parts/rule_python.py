"""A rule in Python: a file with `decide(row)`, run in this process on the user's behalf."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import TYPE_CHECKING, Any

from ownproof.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

_WANTED = "a file with `def decide(row):` that returns a label or a number"


def load(text: str, file: str) -> Callable[[pl.DataFrame], Sequence[Any]]:
    """The file's `decide`, to be called for each row of a table with a dict of column name to value.

    Raises InputError, with the line, when the file cannot be run or has no such function.
    """
    scope: dict[str, Any] = {"__name__": "rule", "__file__": file}
    try:
        exec(_compiled(text, file), scope)  # noqa: S102 - the user asks for their own rule to be run
    except InputError:
        raise
    except Exception as why:
        raise _wrapped(why, file, "the rule cannot be loaded") from why
    decide = scope.get("decide")
    if not callable(decide):
        defined = [n for n, v in scope.items() if callable(v) and not n.startswith("__")]
        raise InputError(
            f"{file} defines no function `decide`",
            expected=_WANTED,
            where=file,
            code="rule-python",
            hint=did_you_mean("decide", defined, what="functions of the file"),
        )

    def run(frame: pl.DataFrame) -> list[Any]:
        return [_answer(decide, row, i, file) for i, row in enumerate(frame.iter_rows(named=True), start=1)]

    return run


def _compiled(text: str, file: str) -> CodeType:
    try:
        return compile(text, file, "exec")
    except (SyntaxError, ValueError) as why:
        line = f" in line {why.lineno}" if isinstance(why, SyntaxError) else ""
        raise InputError(
            f"{file} is no Python{line}: {why.args[0]}",
            expected=_WANTED,
            hint="mend the line",
            where=file,
            code="rule-python",
        ) from why


def _answer(decide: Callable[[dict[str, Any]], Any], row: dict[str, Any], number: int, file: str) -> Any:
    try:
        return decide(row)
    except KeyError as why:
        name = why.args[0] if why.args else None
        if name not in row:
            raise InputError.no_column(str(name), list(row), role="read by the rule", where=file) from why
        raise _wrapped(why, file, f"the rule fails on row {number}", row) from why
    except Exception as why:
        raise _wrapped(why, file, f"the rule fails on row {number}", row) from why


def _wrapped(why: Exception, file: str, what: str, row: Mapping[str, Any] | None = None) -> InputError:
    """What went wrong, where in the file, and the cells that are missing in that row."""
    lines = [f.lineno for f in traceback.extract_tb(why.__traceback__) if f.filename == file]
    line = f", line {lines[-1]}" if lines else ""
    gaps = [name for name, value in (row or {}).items() if value is None]
    hint = f"missing in that row: {', '.join(gaps[:8])}" if gaps else "mend the line"
    return InputError(
        f"{what}{line}: {type(why).__name__}: {str(why)[:200]}",
        expected=_WANTED,
        hint=hint,
        where=file,
        code="rule-python",
    )
