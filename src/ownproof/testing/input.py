"""The contract every input kind keeps, ours and other people's, checked on a column of your own."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core.cells import as_json
from ownproof.core.input import (
    Bounded,
    Encodes,
    Feature,
    Input,
    Plain,
    Profile,
    Recalls,
    Recognition,
    Remembers,
    Weighs,
)
from ownproof.core.report import Finding

if TYPE_CHECKING:
    import polars as pl


def check_input(
    cls: type, column: pl.Series, details: Mapping[str, Any] | None = None, *, folder: Path | None = None
) -> None:
    """Raise AssertionError, with what broke, unless the kind keeps its contract on this column.

    column: raw cells of this kind, with repeats and a missing one; details: None to let the kind recognise them.

    >>> import polars as pl
    >>> from ownproof.inputs.number import NumberInput
    >>> check_input(NumberInput, pl.Series("age", ["31", "NA", "44", "31"]))
    """
    kind = cls()
    _check_names(cls, kind)
    found = _check_recognition(kind, column, folder)
    known = dict(found.details if details is None else details)
    typed = _check_cast(kind, column, known, folder)
    _check_read(kind, column, typed, known)
    values = [_opened(kind, cell, known) for cell in typed.to_list()]
    _check_json(kind, values)
    _check_keys(kind, typed, values)
    _check_profile(kind, typed)
    if isinstance(kind, Encodes):
        _check_code(kind, typed, known)
        if isinstance(kind, Remembers | Recalls | Plain):
            _check_strange(kind, typed, known)
    if isinstance(kind, Bounded):
        _holds(len(kind.beyond(typed)) == len(typed), "`beyond` does not give one answer a cell")


def _check_strange(kind: Any, typed: pl.Series, details: Mapping[str, Any]) -> None:
    """A column is looked through as its cells are one by one, and these as when asked for the first time."""
    code = kind.fit_code(typed.head(len(typed) // 2), details)
    cells = typed.drop_nulls().unique().to_list()
    wanted = [c for c in cells if kind.unseen(code, c)]
    if isinstance(kind, Remembers):
        _holds(sorted(kind.strange(code, typed).to_list()) == sorted(wanted), "`strange` is not what `unseen` says")
    if isinstance(kind, Plain):
        _check_plain(kind, code, details)
    if isinstance(kind, Recalls):
        never_met = kind.recall(code)
        met = [] if never_met is None else [c for c in cells if never_met(c)]
        _holds(met == wanted, "`recall` is not what `unseen` says")


def _check_plain(kind: Any, code: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """Numbers of a request that are called plain are what `read` and `one` make of them."""
    low, high = kind.plain(code)
    one = kind.one(code)
    for cell in (0.0, -1.5, 7.0, np.nextafter(low, 0.0), np.nextafter(high, 0.0)):
        if low < cell < high:
            value = kind.read(float(cell), as_json(details))
            _holds(value == cell and list(one(value)) == [cell], f"{cell!r} is called plain and is read as {value!r}")


def _holds(kept: Any, what: str) -> None:
    if not kept:
        raise AssertionError(what)


def _check_names(cls: type, kind: Any) -> None:
    _holds(isinstance(kind, Input), f"{cls.__name__} lacks a method of ownproof.core.input.Input")
    _holds(kind.name, f"{cls.__name__}.name is empty")
    _holds(kind.name == kind.name.lower(), f"{cls.__name__}.name is not lower case: {kind.name!r}")
    _holds(isinstance(kind.usable, bool), f"{cls.__name__}.usable is not a bool")
    _holds(
        not kind.usable or isinstance(kind, Encodes) or not hasattr(kind, "encode"),
        f"{cls.__name__} has `encode` but lacks another method of ownproof.core.input.Encodes",
    )


def _check_recognition(kind: Any, column: pl.Series, folder: Path | None) -> Recognition:
    found: Recognition = kind.recognise(column, folder=folder)
    _holds(isinstance(found, Recognition), f"recognise gave a {type(found).__name__}, not a Recognition")
    _holds(0 <= found.confidence <= 1, f"a confidence of {found.confidence}")
    _holds(found == kind.recognise(column, folder=folder), "recognise answers differently the second time")
    _holds(json.loads(json.dumps(dict(found.details))) == dict(found.details), "details are no JSON values")
    for other in (column.clear(), column.drop_nulls().head(1), column.clear().extend_constant(None, 5)):
        _holds(0 <= kind.recognise(other, folder=folder).confidence <= 1, "recognise fails on an empty column")
    return found


def _cast(kind: Any, column: pl.Series, details: Mapping[str, Any], folder: Path | None) -> pl.Series:
    import polars as pl

    frame = column.to_frame().lazy()
    return frame.select(kind.cast(pl.col(column.name), details, folder=folder).alias(column.name)).collect().to_series()


def _check_cast(kind: Any, column: pl.Series, details: Mapping[str, Any], folder: Path | None) -> pl.Series:
    typed: pl.Series = _cast(kind, column, details, folder)
    _holds(len(typed) == len(column), f"cast made {len(typed)} cells of {len(column)}")
    _holds(
        typed.slice(1, 2).equals(_cast(kind, column.slice(1, 2), details, folder)), "cast depends on the other cells"
    )
    empty = _cast(kind, column.clear(), details, folder)
    _holds(empty.dtype == typed.dtype, f"cast makes {empty.dtype} of an empty column, {typed.dtype} of a full one")
    nothing = _cast(kind, column.clear().extend_constant(None, 2), details, folder)
    _holds(nothing.null_count() == 2, "cast makes something of a missing cell")
    return typed


def _check_read(kind: Any, column: pl.Series, typed: pl.Series, details: Mapping[str, Any]) -> None:
    _holds(kind.read(None, details) is None, "read makes something of None")
    for cell, wanted in zip(column.to_list(), typed.to_list(), strict=True):
        try:
            value = kind.read(cell, details)
        except ValueError as why:
            refused = str(why)
            _holds(refused and wanted is None, f"read refuses {cell!r} (reason: {refused!r}), cast gives {wanted!r}")
            continue
        meant = _opened(kind, wanted, details)
        _holds(_same(kind, value, meant), f"read makes {value!r} of {cell!r}, cast makes {meant!r}")


def _opened(kind: Any, typed: Any, details: Mapping[str, Any]) -> Any:
    """The value of a typed cell. A kind without a matrix may leave cells in the table as names of what they hold, which
    `read` opens; for it the two must agree after that."""
    return typed if isinstance(kind, Encodes) or not kind.usable else kind.read(typed, details)


def _check_json(kind: Any, values: list[Any]) -> None:
    for value in [None, *values]:
        written = json.loads(json.dumps(kind.to_json(value), allow_nan=False))
        back = kind.from_json(written)
        lost = isinstance(value, float) and not math.isfinite(value)  # JSON has no infinity
        _holds(lost or _same(kind, back, value), f"{value!r} comes back from JSON as {back!r}")


def _check_keys(kind: Any, typed: pl.Series, values: list[Any]) -> None:
    keys = kind.keys(typed)
    _holds(isinstance(keys, np.ndarray), "keys are no array")
    _holds(keys.dtype == np.uint64, f"keys are {keys.dtype}, not uint64")
    _holds(keys.shape == (len(typed),), f"keys have shape {keys.shape}")
    _holds(np.array_equal(keys, kind.keys(typed)), "keys differ the second time")
    _holds(np.array_equal(keys[::-1], kind.keys(typed.reverse())), "keys depend on the order of the cells")
    _holds(len(kind.keys(typed.clear())) == 0, "keys of an empty column")
    by_bytes: dict[bytes, int] = {}
    for value, key in zip(values, keys.tolist(), strict=True):
        one = kind.key(value)
        _holds(isinstance(one, bytes), f"key of {value!r} is a {type(one).__name__}, not bytes")
        _holds(by_bytes.setdefault(one, key) == key, f"equal values have different keys: {value!r}")
    _holds(len(set(by_bytes.values())) == len(by_bytes), "different values share a key")


def _check_profile(kind: Any, typed: pl.Series) -> None:
    made = kind.profile(typed)
    _holds(made.kind == kind.name, f"the profile says kind {made.kind!r}")
    _holds(made.rows == len(typed), f"the profile counts {made.rows} of {len(typed)} rows")
    _holds(
        made.missing == typed.null_count(), f"the profile counts {made.missing} missing cells of {typed.null_count()}"
    )
    _holds(
        Profile.from_json(json.loads(json.dumps(made.to_json(), allow_nan=False))) == made,
        "the profile does not survive JSON",
    )
    _holds(not made.edges or len(made.edges) == len(made.counts) + 1, "edges and counts of the profile do not fit")
    for now in (made, kind.profile(typed.clear()), kind.profile(typed.clear().extend_constant(None, 3))):
        moved = kind.drift(made, now)
        _holds(isinstance(moved, Finding), "drift gives no Finding")
    _holds(kind.drift(made, made).level == "ok", "a profile has moved from itself")


def _check_code(kind: Any, typed: pl.Series, details: Mapping[str, Any]) -> None:
    code = kind.fit_code(typed, details)
    _holds(json.loads(json.dumps(code, allow_nan=False)) == code, "the code is no JSON value")
    _holds(code == kind.fit_code(typed, details), "fit_code answers differently the second time")
    _check_matrix(kind, code, typed)
    if isinstance(kind, Weighs):
        terms = kind.terms(typed)
        weights = np.linspace(-1.0, 1.0, terms.width * 2).reshape(terms.width, 2)
        weighed = kind.weighed(code, terms, weights, np.array([0.5, -0.5]))
        _holds(json.loads(json.dumps(weighed, allow_nan=False)) == weighed, "the weighed code is no JSON value")
        _check_matrix(kind, weighed, typed)
    nothing = kind.fit_code(typed.clear(), details)
    _holds(
        kind.encode(nothing, typed).shape == (len(typed), len(kind.features(nothing, "x"))),
        "a code learnt from nothing",
    )


def _check_matrix(kind: Any, code: Mapping[str, Any], typed: pl.Series) -> None:
    features = kind.features(code, "x")
    _holds(all(isinstance(f, Feature) for f in features), "features are no Features")
    _holds(len({f.name for f in features}) == len(features), "two features share a name")
    matrix = kind.encode(code, typed)
    _holds(matrix.dtype == np.float32, f"encode gives {matrix.dtype}, not float32")
    _holds(
        matrix.shape == (len(typed), len(features)), f"encode gives shape {matrix.shape} for {len(features)} features"
    )
    _holds(not np.isinf(matrix).any(), "encode gives infinite numbers")
    one = kind.one(json.loads(json.dumps(code)))
    for row, value in enumerate(typed.to_list()):
        found = np.array(one(value), dtype=np.float32)
        _holds(
            np.array_equal(found, matrix[row], equal_nan=True),
            f"one row and many rows differ for {value!r}: {found} and {matrix[row]}",
        )
        _holds(value is not None or np.isnan(found).all(), "a missing cell is not NaN")
        _holds(not kind.unseen(code, value), f"{value!r} was in training and is called unseen")
    for at, feature in enumerate(features):
        codes = matrix[:, at][~np.isnan(matrix[:, at])]
        if feature.kind == "categorical":
            _holds(np.array_equal(codes, np.floor(codes)), f"codes of {feature.name} are not whole")
            _holds(
                not len(codes) or 0 <= codes.min() <= codes.max() < feature.levels,
                f"codes of {feature.name} are not below {feature.levels}",
            )
    _holds(kind.encode(code, typed.clear()).shape == (0, len(features)), "encode of an empty column")


def _same(kind: Any, a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is None and b is None
    return type(a) is type(b) and bool(kind.key(a) == kind.key(b))
