"""What scikit-learn's callers hand over, as a table: arrays of numbers, arrays of cells, frames."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.reading import read_table

if TYPE_CHECKING:
    import polars as pl


def is_frame(x: Any) -> bool:
    """Whether X is a table of its own (pandas, polars, Arrow) and no array."""
    return hasattr(x, "columns") or hasattr(x, "column_names")


def checked(estimator: Any, x: Any, y: Any, *, fitting: bool) -> tuple[Any, Any]:
    """X and y as scikit-learn's own checks leave them; names and number of the features are kept or compared.

    Missing cells may stay; whatever is infinite, sparse, complex or of the wrong shape is a ValueError or TypeError in
    scikit-learn's words. y is None when predicting.
    """
    from sklearn.utils.validation import check_consistent_length, validate_data

    more: dict[str, Any] = {"dtype": "numeric", "ensure_all_finite": "allow-nan"}
    more |= {"ensure_min_samples": 2, "y_numeric": estimator._numeric_target} if fitting else {}  # noqa: SLF001 - its own
    if not (is_frame(x) or _holds_words(x)):
        found = validate_data(estimator, x, y if fitting else "no_validation", reset=fitting, **more)
        return found if fitting else (found, None)
    if not is_frame(x):
        x = np.asarray(x, dtype=object)
    validate_data(estimator, x, y if fitting else "no_validation", reset=fitting, skip_check_array=True)
    if fitting:
        check_consistent_length(x, y)
        if len(x) < more["ensure_min_samples"]:
            raise ValueError(f"Found array with {len(x)} sample(s) while a minimum of 2 is required by {estimator!r}.")
    return x, y


def _holds_words(x: Any) -> bool:
    """Whether an array or list of rows has cells that are text."""
    if not isinstance(x, (np.ndarray, list, tuple)):
        return False
    array = x if isinstance(x, np.ndarray) else _tried(x)
    if array is None or array.ndim != 2:
        return False
    return array.dtype.kind in "US" or (array.dtype == object and any(isinstance(c, str) for c in array.flat))


def _tried(rows: Any) -> np.ndarray | None:
    try:
        return np.array(rows, dtype=object)
    except ValueError:
        return None


def table(x: Any, names: list[str]) -> pl.DataFrame:
    """The cells of X, with these column names in place of its own. What is not a number is missing."""
    import polars as pl

    if is_frame(x):
        whole = read_table(x, readers=registry.shelf("readers")).frame.collect()
        return whole.rename(dict(zip(whole.columns, names, strict=True)))
    if x.dtype == object:
        words = [[None if _missing(c) else c for c in column] for column in x.T]
        return pl.DataFrame({n: _column(n, c) for n, c in zip(names, words, strict=True)})
    numbers = np.asarray(x, dtype=np.float64)
    frame = pl.DataFrame({n: np.ascontiguousarray(numbers[:, i]) for i, n in enumerate(names)})
    return frame.fill_nan(None)


def _missing(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def _column(name: str, cells: list[Any]) -> pl.Series:
    import polars as pl

    if any(isinstance(c, str) for c in cells):
        return pl.Series(name, [None if c is None else str(c) for c in cells], dtype=pl.String)
    return pl.Series(name, cells, strict=False)
