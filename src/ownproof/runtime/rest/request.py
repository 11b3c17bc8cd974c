"""From the bytes of a request to typed rows: one fast pass, and a slow one only to say everything that is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from ownproof.core.cells import as_json
from ownproof.core.schema import Column
from ownproof.errors import did_you_mean
from ownproof.runtime.predictor import Predictor
from ownproof.runtime.rest.problem import Fault, Refused, reason, shown
from ownproof.runtime.rest.quick import Quick
from ownproof.runtime.rest.settings import Settings

LONGEST_NAME = 256
"""Characters of a caller's id."""
_encode, _cells = msgspec.json.Encoder().encode, msgspec.structs.astuple
DIGITS_MOST = 400
"""A whole number of more digits overflows any float."""


class Asked(msgspec.Struct, frozen=True):
    """What is to be answered.

    rows: typed values by column; encoded: the same as the matrix has them, and unseen: the columns of each whose value was
    never met in training, where the fast pass found them on its way. sent: the same rows as JSON bytes, as they were sent; keys: the callers' ids.
    one: a single row, answered flat.
    """

    rows: Sequence[dict[str, Any]]
    sent: Sequence[bytes]
    keys: Sequence[str | None]
    one: bool
    encoded: Sequence[np.ndarray] | None = None
    unseen: Sequence[list[str]] | None = None


class Reader:
    """Reads requests for one bundle. A row holds every feature; the other columns of the schema may come along."""

    def __init__(self, predictor: Predictor, settings: Settings) -> None:
        self._settings = settings
        self.features: tuple[Column, ...] = predictor.columns
        self._reads = [(c.name, predictor.inputs[c.kind].read, as_json(c.details)) for c in self.features]
        self._quick = Quick.of(predictor)
        names, target = set(predictor.names), predictor.bundle.task.column
        others = [c for c in predictor.bundle.schema.columns if c.name not in names and c.name != target]
        self.extras: tuple[str, ...] = tuple(c.name for c in others)
        self._target = target
        id_column = predictor.bundle.schema.role("id")
        self.id_column = id_column.name if id_column else None
        self._known = [*predictor.names, *self.extras]
        self._kinds = {c.name: c.kind for c in self.features}
        self._width = len(self.features)
        self._id_at = self._known.index(self.id_column) if self.id_column in self._known else None
        self._decoder = self._struct_decoder()

    def _struct_decoder(self) -> msgspec.json.Decoder[Any] | None:
        """A decoder for rows of exactly these columns; None for names that JSON would have to escape."""
        fields: list[Any] = [(f"f{i}", Any, msgspec.field(name=n)) for i, n in enumerate(self._known[: self._width])]
        fields += [
            (f"f{i + self._width}", Any, msgspec.field(default=UNSET, name=n)) for i, n in enumerate(self.extras)
        ]
        try:
            row: Any = msgspec.defstruct("Row", fields, forbid_unknown_fields=True)
        except ValueError:
            return None
        asked = msgspec.defstruct(
            "Request",
            [
                ("inputs", row | UnsetType, UNSET),
                ("rows", list[row] | UnsetType, UNSET),
                ("id", str | UnsetType, UNSET),
            ],
            forbid_unknown_fields=True,
        )
        return msgspec.json.Decoder(asked)

    def read(self, body: bytes) -> Asked:
        """The rows of a request. Raises Refused: 400 for what is no JSON or nested too deeply, 422 with all faults."""
        if self._decoder is None:
            return self._slowly(body)
        try:
            request = self._decoder.decode(body)
            one = request.inputs is not UNSET
            rows = [request.inputs] if one else request.rows
            if one == (request.rows is not UNSET) or not 0 < len(rows) <= self._settings.rows:
                return self._slowly(body)
            cells = [msgspec.structs.astuple(row) for row in rows]
            encoded: list[np.ndarray] | None = None
            unseen: list[list[str]] | None = None
            if self._quick is not None:
                made = [self._quick.row(row) for row in cells]
                typed, encoded, unseen = [m[0] for m in made], [m[1] for m in made], [m[2] for m in made]
            else:
                typed = [{n: read(v, d) for (n, read, d), v in zip(self._reads, c, strict=False)} for c in cells]
        except (ValueError, TypeError, RecursionError):  # of msgspec, of cells, and of a request without inputs
            return self._slowly(body)
        given = None if request.id is UNSET else request.id
        if given is not None and (not one or len(given) > LONGEST_NAME):
            return self._slowly(body)
        keys = [given or (None if self._id_at is None else _name(c[self._id_at])) for c in cells]
        return Asked(typed, [_encode(row) for row in rows], keys, one, encoded, unseen)

    @property
    def reads_one(self) -> bool:
        """Whether `one` can answer at all."""
        return self._decoder is not None and self._quick is not None and self._id_at is None

    def one(self, body: bytes) -> tuple[bytes, np.ndarray, list[str]] | None:
        """The row of a request that holds one row and nothing else: as JSON, encoded, and the columns training never met
        in it. None for any other request, and for one with a fault: `read` says what it is."""
        try:
            request = self._decoder.decode(body)  # type: ignore[union-attr] # see reads_one
            if request.rows is not UNSET or request.id is not UNSET:
                return None
            row = request.inputs
            encoded, unseen = self._quick.encoded(list(_cells(row)))  # type: ignore[union-attr]
            return _encode(row), encoded, unseen
        except (ValueError, TypeError, RecursionError):  # of msgspec, of cells, and of a request without inputs
            return None

    def row(self, cells: Mapping[str, Any]) -> Asked:
        """One row that is there as a mapping. Raises Refused with all faults."""
        return self._asked({"inputs": cells})

    def table(self, rows: Sequence[Mapping[str, Any]]) -> Asked:
        """Rows that are there as mappings. Raises Refused with all faults."""
        return self._asked({"rows": rows})

    # ------------------------------------------------------------ the slow pass
    def _slowly(self, body: bytes) -> Asked:
        return self._asked(parsed(body, depth=self._settings.depth))

    def _asked(self, data: Any) -> Asked:
        faults: list[Fault] = []
        rows, one = self._rows(data, faults)
        key = self._key(data, one, faults)
        typed = [self._typed(row, "" if one else f"rows[{at}]", faults) for at, row in enumerate(rows)]
        if faults:
            word = "1 problem" if len(faults) == 1 else f"{len(faults)} problems"
            raise Refused(422, f"{word} in the request", faults)
        sent = [msgspec.json.encode(row) for row in rows]
        own = [_name(row.get(self.id_column, UNSET)) if self.id_column else None for row in rows]
        return Asked(typed, sent, [key or each for each in own], one)

    def _rows(self, data: Any, faults: list[Fault]) -> tuple[list[Any], bool]:
        if not isinstance(data, dict):
            faults.append(Fault("", 'an object was expected: {"inputs": {...}} or {"rows": [...]}'))
            return [], True
        misplaced = [n for n in data if n in self._known and n != "id"]
        for name in data:
            if name not in ("inputs", "rows", "id"):
                told = 'put it into "inputs"' if misplaced else "only inputs or rows, and id, stand here"
                faults.append(Fault(shown(name), f"unknown field; {told}"))
        if ("inputs" in data) == ("rows" in data):
            faults.append(Fault("inputs", 'exactly one of "inputs" (one row) and "rows" (several) was expected'))
            return [], True
        if "inputs" in data:
            return [data["inputs"]], True
        rows, most = data["rows"], self._settings.rows
        if not isinstance(rows, list) or not 0 < len(rows) <= most:
            held = f"{len(rows)} rows" if isinstance(rows, list) else "something else"
            faults.append(Fault("rows", f"a list of 1 to {most} rows was expected, not {held}"))
            return [], False
        return rows, False

    def _key(self, data: Any, one: bool, faults: list[Fault]) -> str | None:
        given = data.get("id") if isinstance(data, dict) else None
        if given is None:
            return None
        if not isinstance(given, str) or len(given) > LONGEST_NAME or not one:
            faults.append(Fault("id", f"one row's own id, a text of at most {LONGEST_NAME} characters, was expected"))
            return None
        return given

    def _typed(self, row: Any, at: str, faults: list[Fault]) -> dict[str, Any]:
        where = f"{at}." if at else ""
        if not isinstance(row, dict):
            faults.append(Fault(at or "inputs", "an object of column names and cells was expected"))
            return {}
        typed: dict[str, Any] = {}
        for name, read, details in self._reads:
            if name not in row:
                faults.append(Fault(where + shown(name), "missing (null where it is not known)"))
                continue
            try:
                typed[name] = read(row[name], details)
            except ValueError as why:
                told = (
                    f"a {self._kinds[name]} was expected" if name in self._settings.redact else reason(why, row[name])
                )
                faults.append(Fault(where + shown(name), told))
        for name in row:
            if name not in self._known:
                told = self._stranger(name) if len(faults) < self._settings.problems else "unknown field"
                faults.append(Fault(where + shown(name), told))
        return typed

    def _stranger(self, name: str) -> str:
        if name == self._target:
            return "this is what is predicted; leave it out"
        return reason(f"unknown field; {did_you_mean(shown(name), self._known, what='columns')}", None)


def _name(value: Any) -> str | None:
    """A caller's id as text; None for what cannot be one."""
    if isinstance(value, str):
        return value[:LONGEST_NAME]
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def parsed(body: bytes, *, depth: int) -> Any:
    """JSON by the standard library, which unlike stricter parsers lets NaN and overflow pass, to be named later.

    Raises Refused (400) for what is no JSON, no UTF-8, or nested more than `depth` levels.
    """
    try:
        data = json.loads(body.decode("utf-8"), parse_int=_whole)
    except RecursionError:
        raise _too_deep(depth) from None
    except ValueError as why:
        place = f" at character {why.pos}" if isinstance(why, json.JSONDecodeError) else ""
        raise Refused(400, f"the body is no JSON{place}") from None
    level = [data] if _nested(data) else []
    for _ in range(depth):
        level = [v for each in level for v in (each.values() if isinstance(each, dict) else each) if _nested(v)]
        if not level:
            return data
    raise _too_deep(depth)


def _nested(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _too_deep(depth: int) -> Refused:
    return Refused(400, f"the body is nested more than {depth} levels deep")


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= DIGITS_MOST else float(digits)
