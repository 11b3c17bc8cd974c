"""What orders rows in time: the moments of a column, and a moment as text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ownproof.core.dataset import Dataset
from ownproof.errors import InputError

Times = NDArray[Any]
"""datetime64[us] or float64, one a row."""


def moments(dataset: Dataset, name: str) -> Times:
    """What orders the rows: datetime64[us] (n,) of a column of dates (in UTC), float64 (n,) of numbers.

    Missing is NaT or NaN. Raises InputError for a column that has no order.
    """
    import polars as pl

    series = dataset.column(name)
    if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone is not None:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    if series.dtype in (pl.Date, pl.Datetime):
        return series.cast(pl.Datetime("us")).to_numpy().astype("datetime64[us]")
    if series.dtype.is_numeric() or series.dtype == pl.Duration:
        return series.to_physical().cast(pl.Float64).to_numpy()
    raise InputError(
        f"column {name!r} has no order in time: it was read as {series.dtype}",
        expected="a column of dates or of numbers",
        where="--time",
        hint="name another column, or mend its cells so that they read as dates",
        code="time",
    )


def missing(times: Times) -> NDArray[np.bool_]:
    """bool (n,): where there is no moment."""
    return np.isnat(times) if times.dtype.kind == "M" else np.isnan(times)


def ascending(times: Times) -> Times:
    """Known moments in their order; as whole numbers they are sorted several times as fast."""
    return np.sort(times.view(np.int64)).view(times.dtype) if times.dtype.kind == "M" else np.sort(times)


def spell(moment: Any) -> str:
    """A moment as text that reads back exactly.

    >>> spell(np.datetime64("2013-10-01T05:00:00", "us")), spell(2013.0)
    ('2013-10-01T05:00:00', '2013.0')
    """
    if isinstance(moment, np.datetime64):
        text = str(moment.astype("datetime64[us]"))
        return text.removesuffix(".000000").removesuffix("T00:00:00")
    return repr(float(moment))
