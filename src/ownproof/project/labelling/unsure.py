"""Where a bundle is unsure: of labels by the two highest probabilities, of numbers by the width of the interval."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.errors import InputError, UsageError
from ownproof.phases.label.sample import margin
from ownproof.project.project import FILE
from ownproof.project.shipping import shipped
from ownproof.runtime.batch import answers
from ownproof.runtime.predictor import Predictor

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class Unsure:
    """rows: of the table, int64 (n,); scores: float64 (n,), higher where less sure; answers: what was predicted for
    each row; bundle: the hash of what predicted."""

    rows: np.ndarray
    scores: np.ndarray
    answers: tuple[Any, ...]
    bundle: str


def unsure(root: Path, bundle: str | None, table: pl.DataFrame, rows: np.ndarray) -> Unsure:
    """Ask a bundle, or the newest that the project in the label folder ships, about some rows.

    Raises UsageError where there is no model yet, InputError for one whose answers cannot be ranked.
    """
    predictor = Predictor.open(shipped(_place(root, bundle)))
    told = answers(predictor, table[rows])
    scores = _scores(told)
    if scores is None or not np.isfinite(scores).any() or np.ptp(scores[np.isfinite(scores)]) == 0:
        raise InputError(
            "the bundle is equally sure of every row",
            expected="a model of labels with probabilities, or of numbers with intervals that differ",
            hint="spread the draw instead: --by cluster",
            where=str(bundle or root),
            code="equally-sure",
        )
    scores = np.where(np.isfinite(scores), scores, np.nanmax(scores))  # what cannot be answered is worth a look
    return Unsure(rows, scores, tuple(told["prediction"].to_list()), predictor.bundle.hash)


def _place(root: Path, bundle: str | None) -> Path:
    if bundle is not None:
        return Path(bundle).expanduser().resolve()
    if not (root / FILE).is_file():
        raise UsageError(
            "there is no model yet that could be unsure",
            expected="a bundle, or a finished run in the label folder",
            hint="draw the first batch --by random, or name a bundle: --bundle BUNDLE",
            where="--by uncertainty",
            code="no-bundle",
        )
    return root


def _scores(told: pl.DataFrame) -> np.ndarray | None:
    chances = [n for n in told.columns if n.startswith("probability_")]
    if len(chances) >= 2:
        return margin(np.column_stack([_numbers(told[n]) for n in chances]))
    low, high = (next((n for n in told.columns if n.endswith(end)), None) for end in ("_low", "_high"))
    if low is None or high is None:
        return None
    width: np.ndarray = _numbers(told[high]) - _numbers(told[low])
    return width


def _numbers(column: pl.Series) -> np.ndarray:
    return column.cast(float).to_numpy()
