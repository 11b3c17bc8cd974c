"""What one rater said of one item, read from a cell: a class, a number or marked spans."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

from ownproof.core.cells import SPACES
from ownproof.errors import InputError, OwnproofError, all_at_once, did_you_mean

RatingKind = Literal["nominal", "ordinal", "interval", "ratio", "spans"]
KINDS: Final[tuple[str, ...]] = get_args(RatingKind)
EMPTY: Final = ("", "nan", "NaN", "null", "NULL", "<NA>", "#N/A", "\\N")
"""Words of programs for no answer. `NA`, `none` and `-` may be a class that somebody chose."""

Span = tuple[int, int, str]
"""Where it starts (characters from 0), where it ends (the first character behind it), what it is called."""
SHOWN: Final = 5


def answers(cells: Sequence[Any], kind: RatingKind, *, order: Sequence[str] = (), where: str = "") -> list[Any]:
    """Each distinct cell as the answer that it is; None where nobody answered.

    nominal and ordinal: text; interval and ratio: a finite number (ratio: none below 0); spans: the marked `Span`s in
    order, each once, () where the text was read and nothing marked. order: the classes of an ordinal scale from the
    lowest on. Raises InputError naming every cell that cannot be read.

    >>> answers(["2", "", "1.5"], "interval")
    [2.0, None, 1.5]
    >>> answers(['[{"start": 0, "end": 3, "label": "ORG"}]', "[]"], "spans")
    [((0, 3, 'ORG'),), ()]
    """
    read: list[Any] = []
    problems: list[OwnproofError] = []
    for cell in cells:
        try:
            read.append(_read(cell, kind))
        except ValueError as why:
            read.append(None)
            problems.append(_unreadable(cell, str(why), kind, where))
    if order:
        known = {str(o) for o in order}
        problems += [_outside(v, order, where) for v in read if v is not None and v not in known]
    if problems:
        hidden = len(problems) - SHOWN
        told = f"and {hidden} labels more of the kind"
        rest = InputError(told, expected="labels of one kind", hint="mend them like those above", where=where)
        more = [rest] if hidden > 0 else []
        raise all_at_once([*problems[:SHOWN], *more])
    return read


def ranked(values: Sequence[Any], kind: RatingKind, *, order: Sequence[str] = (), where: str = "") -> list[Any]:
    """The distinct answers from the lowest to the highest: numbers by size, classes by `order` or, where all of them are
    numbers, by their size; else by the alphabet, which an ordinal scale may not be (InputError)."""
    if order:
        place = {str(o): i for i, o in enumerate(order)}
        return sorted(values, key=lambda v: place[v])
    if kind in ("interval", "ratio", "spans"):
        return sorted(values)
    sizes = [_number(v) for v in values]
    if all(s is not None for s in sizes):
        return [v for _, v in sorted(zip(sizes, values, strict=True), key=lambda pair: (pair[0], pair[1]))]
    if kind == "ordinal":
        raise no_order(values, where)
    return sorted(values)


def no_order(values: Sequence[Any], where: str) -> InputError:
    """The error for classes whose order nobody said."""
    some = sorted(map(str, values))
    shown = ", ".join(some[:12]) + (f", ... ({len(some)} in all)" if len(some) > 12 else "")
    return InputError(
        "the labels are words, and which of them is higher is not said",
        expected="numbers, or the order of the labels",
        hint=f"--order LOWEST ... HIGHEST with all of {shown}",
        where=where or "--order",
        code="no-order",
    )


def _number(text: Any) -> float | None:
    try:
        found = float(text)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def _read(cell: Any, kind: RatingKind) -> Any:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if kind == "spans":
        return spans(cell)
    if isinstance(cell, str):
        text = cell.strip(SPACES)
    else:
        text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    if text in EMPTY:
        return None
    if kind in ("nominal", "ordinal"):
        return text
    found = _number(cell if isinstance(cell, (int, float)) else text)
    if found is None:
        raise ValueError("is no number")
    if kind == "ratio" and found < 0:
        raise ValueError("is below 0, and a ratio scale starts there")
    return found + 0.0


def spans(cell: Any) -> tuple[Span, ...] | None:
    """A cell as marked spans: a list (or its JSON) of {"start", "end", "label"} or [start, end, label].

    Raises ValueError saying what is wrong with it. `labels` (a list) and `text` beside them are what tools write.
    """
    if isinstance(cell, str):
        text = cell.strip(SPACES)
        if text in EMPTY:
            return None
        try:
            cell = json.loads(text)
        except json.JSONDecodeError:
            raise ValueError("is no JSON list of spans") from None
    if cell is None:
        return None
    if not isinstance(cell, (list, tuple)):
        raise ValueError("is no list of spans")  # noqa: TRY004 - what a cell holds, not what a caller hands in
    return tuple(sorted({_span(each) for each in cell}))


def _span(each: Any) -> Span:
    if isinstance(each, Mapping):
        label = each.get("label", each.get("labels"))
        label = label[0] if isinstance(label, (list, tuple)) and len(label) == 1 else label
        start, end = each.get("start"), each.get("end")
    elif isinstance(each, (list, tuple)) and len(each) == 3:
        start, end, label = each
    else:
        raise ValueError("holds a span that is not {start, end, label}")
    first, behind = _whole(start), _whole(end)
    if first is None or behind is None or not isinstance(label, str) or not label.strip(SPACES):
        raise ValueError("holds a span without start, end and label")
    if not 0 <= first < behind:
        raise ValueError(f"holds a span that starts at {first} and ends at {behind}")
    return first, behind, label.strip(SPACES)


def _whole(value: Any) -> int | None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and float(value).is_integer()
    return int(value) if number else None


_WANTED: Final = {
    "interval": "a number, or an empty cell where nobody answered",
    "ratio": "a number of at least 0, or an empty cell where nobody answered",
    "spans": 'a list such as [{"start": 0, "end": 5, "label": "ORG"}], [] where nothing is marked',
}


def _unreadable(cell: Any, why: str, kind: RatingKind, where: str) -> OwnproofError:
    shown = str(cell)
    return InputError(
        f"the label {shown[:60] + ('…' if len(shown) > 60 else '')!r} {why}",
        expected=_WANTED.get(kind, "a class"),
        hint="correct it" if kind == "spans" else f"correct it, or leave out --{kind} where the labels are classes",
        where=where,
        code="label",
    )


def _outside(value: str, order: Sequence[str], where: str) -> OwnproofError:
    return InputError(
        f"the label {value!r} is not in --order",
        expected="every label in --order, from the lowest to the highest",
        hint=did_you_mean(value, [str(o) for o in order], what="labels in --order"),
        where=where or "--order",
        code="label",
    )
