"""How far off each answer will turn out to be: a model of the loss, and the shape of errors (direct loss estimation)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ownproof.core.foresight import Outlook
from ownproof.stats.loss_model import LossModel, fit_loss

ROWS_LEAST = 200
ERRORS = 15  # points that the shape of errors is kept at


def foresight(
    errors: np.ndarray, raw: np.ndarray, *, matrix: np.ndarray, folds: np.ndarray, squared: bool
) -> dict[str, Any]:
    """What errors (truth minus answer, (n,)) teach. squared: the loss is the squared error, else the absolute one."""
    if len(errors) < ROWS_LEAST or not np.isfinite(errors).all() or not errors.any():
        return {}
    loss = np.square(errors) if squared else np.abs(errors)
    model, held_out = fit_loss(_beside(raw, matrix), loss, folds)
    scaled = errors / _size(held_out, squared=squared)
    shape = np.quantile(scaled, (np.arange(ERRORS) + 0.5) / ERRORS)
    # 15 points cut the tails: their spread is brought back to what the model promises.
    spread = float(np.mean(np.square(shape))) ** 0.5 if squared else float(np.mean(np.abs(shape)))
    shape = shape / spread if spread > 0 else shape
    return {"way": "a model of the loss", "loss": model.to_json(), "errors": shape.tolist(), "squared": squared}


def _size(loss: np.ndarray, *, squared: bool) -> np.ndarray:
    sized = np.sqrt(loss) if squared else loss
    return np.asarray(np.maximum(sized, 1e-12 * max(float(sized.max(initial=0.0)), 1e-300)))


def _beside(raw: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return np.column_stack([matrix.astype(np.float64), np.asarray(raw, dtype=np.float64)])


def foreseen(raw: np.ndarray, matrix: np.ndarray, said: Mapping[str, Any]) -> np.ndarray:
    """The usual size of the error of each answer, float64 (n, 1)."""
    loss = LossModel.from_json(said["loss"]).apply(_beside(raw, matrix))
    return _size(loss, squared=bool(said["squared"]))[:, None]


def outlook(raw: np.ndarray, sizes: np.ndarray, said: Mapping[str, Any]) -> Outlook:
    """Each answer with errors of its size, all as likely."""
    shape = np.asarray(said["errors"], dtype=np.float64)
    truth = (np.asarray(raw, dtype=np.float64)[:, None] + sizes[:, :1] * shape[None]).ravel()
    rows = np.repeat(np.arange(len(raw), dtype=np.int64), len(shape))
    return Outlook(rows, truth, np.full(len(rows), 1.0 / len(shape)))
