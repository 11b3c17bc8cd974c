"""Moments: dates and times in one of the usual spellings, as UTC."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ownproof.core.calendar import FORMATS, TWINS, moment, moments, pattern
from ownproof.core.cells import MISSING, SPACES, form, shown, stripped, words_among
from ownproof.core.histogram import moved, number_profile
from ownproof.core.input import Details, Feature, Profile, Recognition
from ownproof.core.report import Finding
from ownproof.stats.hashing import number_hash

if TYPE_CHECKING:
    import polars as pl

READABLE = 0.9
EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - moments are naive UTC
MICROSECOND = dt.timedelta(microseconds=1)
PARTS = ("month", "day of month", "weekday", "hour", "day of year")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class MomentInput:
    """A point in time, as naive UTC with microseconds."""

    name: ClassVar[str] = "moment"
    usable: ClassVar[bool] = True

    def recognise(self, column: pl.Series, *, folder: Path | None = None) -> Recognition:
        """Typed dates at once; texts, and whole numbers such as 20240131, when nearly all are dates of known formats.

        Epoch seconds stay numbers.
        """
        del folder
        stored = form(column.dtype)
        if stored in ("date", "datetime"):
            return Recognition(1.0, f"stored as {stored}", {"cells": stored, "formats": ["iso"]})
        if stored == "integer":
            return _eight_digits(column.drop_nulls())
        if stored != "text":
            return Recognition(0.0, "", {"cells": stored})
        cells = stripped(column)
        probe = cells.filter(~cells.is_in(list(MISSING))).head(200)
        likely = [n for n in FORMATS if _share(probe.str.contains(f"^(?:{pattern(n)})$")) > 0.02]
        nothing = Recognition(0.0, "", {"cells": stored, "formats": ["iso"], "missing": [""]})
        return _recognised(cells, likely) if likely else nothing

    def cast(self, column: pl.Expr, details: Details, *, folder: Path | None = None) -> pl.Expr:
        """Datetime("us"); cells of no known format null. Raises ValueError for cells stored as fractions or booleans."""
        import polars as pl

        del folder
        stored, formats = details.get("cells", "datetime"), _formats(details)
        if stored in ("date", "datetime"):
            typed = column.cast(pl.Datetime("us"))
            return pl.when(typed.dt.year().is_between(1, 9999)).then(typed)
        if stored == "integer" and "ymd" in formats:
            column, words = column.cast(pl.String), []
        elif stored in ("text", "json"):
            column, words = column.str.strip_chars(SPACES), [w for w in details.get("missing", ()) if w]
        else:
            raise ValueError(f"dates or times were expected, the cells are stored as {stored}")
        bare = pl.when(~column.is_in(words)).then(column) if words else column
        return bare.map_batches(
            lambda cells: moments(cells, formats), return_dtype=pl.Datetime("us"), is_elementwise=True
        )

    def read(self, cell: Any, details: Details) -> dt.datetime | None:
        """A text in ISO 8601 or the column's own format; an aware moment is brought to UTC."""
        if cell is None:
            return None
        if type(cell) is str:
            bare = cell.strip(SPACES)
            return None if not bare or bare in details.get("missing", ()) else moment(bare, _formats(details))
        if isinstance(cell, dt.datetime):
            return cell.astimezone(dt.UTC).replace(tzinfo=None) if cell.tzinfo else cell
        if isinstance(cell, dt.date):
            return dt.datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
        if type(cell) is int and "ymd" in _formats(details):
            return moment(str(cell), ["ymd"])
        raise ValueError(f"a date or time as text was expected (2024-01-31T12:00:00), not {type(cell).__name__}")

    def key(self, value: dt.datetime | None) -> bytes:
        """Microseconds since 1970 in eight bytes; empty for a missing one."""
        return b"" if value is None else ((value - EPOCH) // MICROSECOND).to_bytes(8, "little", signed=True)

    def keys(self, column: pl.Series) -> np.ndarray:
        """Hashes of the microseconds; a missing one is hashed as NaN."""
        import polars as pl

        return number_hash(column.cast(pl.Int64).cast(pl.Float64).fill_null(math.nan).to_numpy())

    def profile(self, column: pl.Series) -> Profile:
        """The span and a histogram in seconds since 1970, and how many rows fall on each weekday."""
        import polars as pl

        made = number_profile(self.name, column.cast(pl.Int64) / 1e6)
        rows = np.bincount(column.drop_nulls().dt.weekday().to_numpy(), minlength=len(DAYS) + 1)[1:]
        return replace(made, levels=tuple((day, int(times)) for day, times in zip(DAYS, rows, strict=True)))

    def drift(self, reference: Profile, now: Profile) -> Finding:
        """PSI over weekdays: later rows lie later by nature, which is no drift."""
        return moved(reference, now)

    def fit_watch(self, column: pl.Series) -> dict[str, Any]:
        """Nothing needs to be known."""
        del column
        return {}

    def watched(self, known: Mapping[str, Any], column: pl.Series) -> Mapping[str, pl.Series]:
        """The weekday and the hour: later rows lie later by nature."""
        import polars as pl

        del known
        names = pl.Series(DAYS, dtype=pl.String)
        day = names.gather(column.dt.weekday().cast(pl.UInt32) - 1).alias(column.name)
        return {"weekday": day, "hour": column.dt.hour().cast(pl.Float64)}

    def to_json(self, value: dt.datetime | None) -> Any:
        """ISO 8601."""
        return None if value is None else value.isoformat()

    def from_json(self, value: Any) -> dt.datetime | None:
        """The inverse of `to_json`."""
        return None if value is None else dt.datetime.fromisoformat(value)

    def fit_code(self, column: pl.Series, details: Details) -> dict[str, Any]:
        """The parts that vary, and where time began if the details ask for `absolute` time."""
        values = _parts(column.drop_nulls())
        parts = [part for part, numbers in zip(PARTS, values, strict=True) if len(numbers) and np.ptp(numbers) > 0]
        start = column.min() if details.get("absolute") else None
        return {"parts": parts, "start": self.to_json(start) if isinstance(start, dt.datetime) else None}

    def features(self, code: Mapping[str, Any], name: str) -> list[Feature]:
        """A numeric column a part."""
        made = [Feature(f"{name}:{part.replace(' ', '-')}", name, label=f"{part} of {name}") for part in code["parts"]]
        return made + (
            [Feature(f"{name}:elapsed-days", name, label=f"days of {name} since the first")] if code["start"] else []
        )

    def encode(self, code: Mapping[str, Any], column: pl.Series) -> np.ndarray:
        """float32 (n, parts)."""
        by_name = dict(zip(PARTS, _parts(column), strict=True))
        columns = [by_name[part] for part in code["parts"]]
        if code["start"]:
            start = (dt.datetime.fromisoformat(code["start"]) - EPOCH) // MICROSECOND
            columns.append((_micros(column) - start) / 86_400_000_000)
        return np.column_stack(columns).astype(np.float32) if columns else np.empty((len(column), 0), dtype=np.float32)

    def one(self, code: Mapping[str, Any]) -> Callable[[Any], Sequence[float]]:
        """The same for one value."""
        takers = [_TAKERS[part] for part in code["parts"]]
        start = dt.datetime.fromisoformat(code["start"]) if code["start"] else None
        missing = (math.nan,) * (len(takers) + (start is not None))

        def one_moment(value: dt.datetime | None) -> Sequence[float]:
            if value is None:
                return missing
            found = [take(value) for take in takers]
            if start is not None:
                found.append((value - start) // MICROSECOND / 86_400_000_000)
            return found

        return one_moment

    def strange(self, code: Mapping[str, Any], column: pl.Series) -> pl.Series:
        """None: there is nothing to have met."""
        del code
        return column.clear()

    def recall(self, code: Mapping[str, Any]) -> None:
        """Nothing to ask: never."""
        del code

    def unseen(self, code: Mapping[str, Any], value: Any) -> bool:
        """Never: every moment to come is new."""
        del code, value
        return False


_TAKERS: Mapping[str, Callable[[dt.datetime], float]] = {
    "month": lambda v: v.month,
    "day of month": lambda v: v.day,
    "weekday": lambda v: v.weekday(),
    "hour": lambda v: v.hour,
    "day of year": lambda v: v.toordinal() - dt.date(v.year, 1, 1).toordinal() + 1,
}


def _micros(column: pl.Series) -> np.ndarray:
    import polars as pl

    return column.cast(pl.Int64).cast(pl.Float64).fill_null(math.nan).to_numpy()


def _parts(column: pl.Series) -> list[np.ndarray]:
    """Month, day of month, weekday (Monday is 0), hour and day of the year, float64, NaN where missing."""
    import polars as pl

    time = column.dt
    parts = [time.month(), time.day(), time.weekday() - 1, time.hour(), time.ordinal_day()]
    return [part.cast(pl.Float64).fill_null(math.nan).to_numpy() for part in parts]


def _share(mask: pl.Series) -> float:
    return int(mask.sum() or 0) / max(1, len(mask))


def _formats(details: Details) -> list[str]:
    """The column's own formats, and ISO 8601, which is never wrong."""
    own = list(details.get("formats", ()))
    return own if "iso" in own else [*own, "iso"]


def _eight_digits(numbers: pl.Series) -> Recognition:
    """Whole numbers such as 20240131, every one of them a date."""
    import polars as pl

    details = {"cells": "integer", "formats": ["ymd"]}
    if len(numbers) < 5 or numbers.n_unique() < 2 or not numbers.is_between(19000101, 20991231).all():
        return Recognition(0.0, "", details)
    if moments(numbers.cast(pl.String), ["ymd"]).null_count():
        return Recognition(0.0, "", details)
    return Recognition(0.93, "eight digits that are all dates of the calendar", details)


def _recognised(cells: pl.Series, likely: Sequence[str]) -> Recognition:
    words = words_among(cells, MISSING)
    rest = cells.filter(~cells.is_in(words)) if words else cells
    formats, said = _ordered(rest, likely)
    typed = moments(rest, [*formats, "iso"])
    share = 1 - typed.null_count() / max(1, len(rest))
    details = {"cells": "text", "formats": formats, "missing": ["", *words]}
    if share < READABLE:
        return Recognition(0.0, f"{share:.1%} of the cells are dates", details)
    junk = rest.filter(typed.is_null())
    if len(junk):
        said.append(
            Finding(
                "quality.unreadable",
                "warn",
                (),
                len(junk),
                f"{len(junk)} of {len(rest)} cells looked at are no dates: {shown(junk.unique(maintain_order=True))}; "
                "read as missing",
                "mend these cells",
            )
        )
    if formats == ["ymd"]:
        return Recognition(0.93, "eight digits that are all dates of the calendar", details, tuple(said))
    return Recognition(0.95, f"{share:.1%} of the cells are dates ({', '.join(formats)})", details, tuple(said))


def _ordered(cells: pl.Series, likely: Sequence[str]) -> tuple[list[str], list[Finding]]:
    """The formats that occur, most frequent first, each pair of twins decided, and what is worth saying of it."""
    said: list[Finding] = []
    counts: dict[str, int] = {}
    for name in likely:
        if name in TWINS.values():
            continue
        mask = moments(cells, [name]).is_not_null()
        if name in TWINS:
            counts |= dict(_decided(cells, name, said))
        elif count := int(mask.sum()):
            counts[name] = count
    formats = sorted(counts, key=lambda n: (-counts[n], n))
    if len(formats) > 1:
        said.append(
            Finding(
                "quality.mixed-dates",
                "warn",
                (),
                len(formats),
                "several date formats in one column: " + ", ".join(f"{n} ({counts[n]})" for n in formats),
                "write all dates as YYYY-MM-DD",
            )
        )
    zoned = cells.str.contains(r":[0-9]{2}.*(?:Z|z|UTC|GMT|[+-][0-9]{2}:?[0-9]{0,2})$")
    if 0 < int(zoned.sum()) < len(cells):
        said.append(
            Finding(
                "quality.mixed-zones",
                "warn",
                (),
                int(zoned.sum()),
                f"{int(zoned.sum())} of {len(cells)} cells looked at name a time zone; the others are read as UTC",
                "write a zone in every cell, or in none",
            )
        )
    return formats, said


def _decided(cells: pl.Series, day_first: str, said: list[Finding]) -> list[tuple[str, int]]:
    """Day or month first, with the number of cells: by days above 12, else by how both fields are spread."""
    month_first = TWINS[day_first]
    a, b = moments(cells, [day_first]), moments(cells, [month_first])
    only_day, only_month = int((a.is_not_null() & b.is_null()).sum()), int((b.is_not_null() & a.is_null()).sum())
    either = int((a.is_not_null() & b.is_not_null()).sum())
    if only_day + only_month == 0:
        return [(_undecided(a, b, (day_first, month_first), said), either)] if either else []
    first, second = (day_first, month_first) if only_day >= only_month else (month_first, day_first)
    most, least = max(only_day, only_month), min(only_day, only_month)
    if not least:
        return [(first, most + either)]
    said.append(
        Finding(
            "quality.mixed-dates",
            "warn",
            (),
            least,
            f"{most} dates can only be {first}, {least} only {second}; the {either} that fit both are read as {first}",
            "write all dates as YYYY-MM-DD",
        )
    )
    return [(first, most + either), (second, least)]


def _undecided(a: pl.Series, b: pl.Series, names: tuple[str, str], said: list[Finding]) -> str:
    """No day above 12: a field that never changes while the other does is the day; else the custom of the separator."""
    days_a, days_b = a.drop_nulls().dt.day().n_unique(), b.drop_nulls().dt.day().n_unique()
    if min(days_a, days_b) == 1 < max(days_a, days_b):
        return names[0] if days_a == 1 else names[1]
    if days_a == days_b == 1 and a.equals(b):
        return names[0]
    chosen = names[1] if "/" in names[0] else names[0]
    said.append(
        Finding(
            "quality.mixed-dates",
            "warn",
            (),
            None,
            f"nothing shows whether the day or the month comes first; read as {chosen}",
            "write all dates as YYYY-MM-DD",
        )
    )
    return chosen
