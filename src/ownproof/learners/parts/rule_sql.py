"""A rule in SQL: one expression over the columns, worked out by polars, which can reach nothing but the table."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ownproof.errors import InputError, OwnproofError, all_at_once

if TYPE_CHECKING:
    import polars as pl

_WANTED = "one SQL expression over the columns, such as CASE WHEN age > 30 THEN 'yes' ELSE 'no' END"


def load(
    text: str, columns: Sequence[str], *, where: str
) -> tuple[tuple[str, ...], Callable[[pl.DataFrame], Sequence[Any]]]:
    """The columns that the expression reads, and a function from a table of them to answers.

    Only an expression is parsed: no SELECT, no other table, no function that opens a file. Raises InputError for text
    that is none, and for columns that are not in the data, all at once.
    """
    import polars as pl

    bare = re.sub(r"--[^\n]*", "", text).strip().rstrip(";").strip()
    try:
        expression = pl.sql_expr(bare)
        used = tuple(dict.fromkeys(expression.meta.root_names()))
    except Exception as why:
        raise _refused(why, where) from why
    unknown: list[OwnproofError] = [
        InputError.no_column(n, list(columns), role="read by the rule", where=where) for n in used if n not in columns
    ]
    if unknown:
        raise all_at_once(unknown)

    def run(frame: pl.DataFrame) -> list[Any]:
        try:
            answers = frame.lazy().select(expression.alias("answer")).collect()["answer"]
        except Exception as why:
            raise _refused(why, where) from why
        if len(answers) == frame.height:
            return answers.to_list()
        if used or len(answers) != 1:
            raise InputError(
                "the rule looks at all rows at once",
                expected=_WANTED,
                where=where,
                code="rule-sql",
                hint="write the figure itself in place of SUM, AVG, COUNT ...",
            )
        return answers.to_list() * frame.height

    return used, run


def _refused(why: Exception, where: str) -> InputError:
    reason = str(why).split("\n\n", maxsplit=1)[0].strip()[:300]
    return InputError(
        f"the rule is no SQL expression that can be worked out: {reason}",
        expected=_WANTED,
        hint="names with spaces go in double quotes, texts in single ones",
        where=where,
        code="rule-sql",
    )
