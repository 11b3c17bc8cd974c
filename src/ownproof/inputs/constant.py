"""Constants: columns that say the same in every row, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ownproof.core.cells import BLANKS, form, shown, stripped, text_cast, text_keys, text_read, text_words
from ownproof.core.histogram import level_profile, moved
from ownproof.core.input import Details, Profile, Recognition
from ownproof.core.report import Finding

if TYPE_CHECKING:
    import polars as pl


class ConstantInput:
    """One value throughout; learners are not offered it."""

    name: ClassVar[str] = "constant"
    usable: ClassVar[bool] = False

    def recognise(self, column: pl.Series, *, folder: Path | None = None) -> Recognition:
        """One value and no gap, or only gaps. One value with gaps is a flag, and no constant."""
        del folder
        stored = form(column.dtype)
        words = [""]
        if column.head(200).n_unique() > 2 + len(BLANKS):  # cheap, and most columns end here
            return Recognition(0.0, "", {"cells": stored, "missing": words})
        if stored == "text":
            cells = stripped(column)
            words = text_words(cells)
            cells = cells.filter(~cells.is_in(words))
        else:
            cells = column.drop_nulls()
            cells = cells.drop_nans() if stored == "float" else cells
        details = {"cells": stored, "missing": words}
        if cells.is_empty():
            said = Finding(
                "quality.all-missing",
                "warn",
                (),
                len(column),
                f"no value in the {len(column)} cells looked at",
                "drop the column, or find out why nothing arrives",
            )
            return Recognition(1.0, "every cell is missing", details, (said,) if len(column) else ())
        if len(cells) < len(column) or cells.n_unique() > 1:
            return Recognition(0.0, "", details)
        return Recognition(1.0, f"every cell is {shown(cells, 1)}", details)

    def cast(self, column: pl.Expr, details: Details, *, folder: Path | None = None) -> pl.Expr:
        """Text."""
        del folder
        return text_cast(column, details)

    def read(self, cell: Any, details: Details) -> str | None:
        """Any plain value as text."""
        return text_read(cell, details)

    def key(self, value: str | None) -> bytes:
        """The text in UTF-8."""
        return b"\xff missing" if value is None else value.encode("utf-8", "surrogatepass")

    def keys(self, column: pl.Series) -> np.ndarray:
        """Hashes of the texts."""
        return text_keys(column)

    def profile(self, column: pl.Series) -> Profile:
        """The value and its count."""
        return level_profile(self.name, column)

    def drift(self, reference: Profile, now: Profile) -> Finding:
        """PSI of the value against all others."""
        return moved(reference, now)

    def fit_watch(self, column: pl.Series) -> dict[str, Any]:
        """Nothing needs to be known."""
        del column
        return {}

    def watched(self, known: Mapping[str, Any], column: pl.Series) -> Mapping[str, pl.Series]:
        """The value."""
        del known
        return {"": column}

    def to_json(self, value: str | None) -> Any:
        """The text itself."""
        return value

    def from_json(self, value: Any) -> str | None:
        """The inverse of `to_json`."""
        return None if value is None else str(value)
