"""A fitted scikit-learn estimator in memory, through skl2onnx; a pickle is never opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.errors import OwnproofError
from ownproof.optional import need
from ownproof.project.adopting.boosters import carried
from ownproof.project.adopting.onnx_graph import open_onnx
from ownproof.project.adopting.original import Asked, Original, not_carried

if TYPE_CHECKING:
    import polars as pl

FORESTS = ("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")
"""Carried over by our own writer: it sends a missing value where scikit-learn sends it."""
OPSETS = {"": 18, "ai.onnx.ml": 3}


def open_estimator(model: Any, columns: Sequence[str], texts: Sequence[str], *, frame: Any) -> list[Original]:
    """The estimator as graphs of float64 and of float32, of which one may compare more exactly than the other.

    columns: what the estimator takes, in order; texts: those that hold words; frame: turns a typed table into what
    the estimator was fitted on (a pandas frame, or a matrix). Raises InputError for what skl2onnx cannot convert."""
    if type(model).__name__ in FORESTS and not texts:
        return [_forest(model, columns, frame)]
    skl2onnx = need("skl2onnx", extra="adopt")
    types = skl2onnx.common.data_types
    number_types = [types.DoubleTensorType, types.FloatTensorType]
    problems: list[str] = []
    found: list[Original] = []
    for number in number_types:
        asked = _asked(columns, texts, number, types.StringTensorType, named=bool(texts) or _named(model))
        options = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None
        try:
            graph = skl2onnx.convert_sklearn(model, initial_types=asked, options=options, target_opset=OPSETS)
            opened = open_onnx(graph.SerializeToString(), name=type(model).__name__, format_said=_said(model))
        except OwnproofError as why:
            problems.append(why.message)
            continue
        except Exception as why:  # noqa: BLE001 - a converter fails in as many ways as there are estimators
            problems.append((str(why).strip().splitlines() or [type(why).__name__])[0][:160])
            continue
        found.append(_by_itself(opened, model, columns, frame))
    if found:
        return found
    raise not_carried(
        _said(model),
        f"skl2onnx cannot convert it ({'; '.join(dict.fromkeys(problems))[:300]})",
        "use estimators that skl2onnx supports, or export the model yourself and adopt the ONNX file",
    )


def _forest(model: Any, columns: Sequence[str], frame: Any) -> Original:
    """A forest over numbers. Raises InputError for several targets and the like."""
    from ownproof.learners.parts.trees import from_sklearn_forest

    inputs = tuple(Asked(c) for c in columns)
    label = hasattr(model, "classes_")

    def answer(table: pl.DataFrame) -> np.ndarray:
        given = frame(table)
        return np.asarray(model.predict_proba(given) if label else model.predict(given), np.float64)

    known = tuple(model.classes_.tolist()) if label else None
    opened = carried(_said(model), inputs, True, from_sklearn_forest(model, named=True), answer=answer, classes=known)
    decide = (lambda table: list(np.asarray(model.predict(frame(table))).tolist())) if label else None
    return replace(opened, target="label" if label else "number", decide=decide)


def _asked(
    columns: Sequence[str], texts: Sequence[str], number: Any, text: Any, *, named: bool
) -> list[tuple[str, Any]]:
    if not named:
        return [("matrix", number([None, len(columns)]))]
    return [(c, text([None, 1]) if c in texts else number([None, 1])) for c in columns]


def _named(model: Any) -> bool:
    """Whether a step looks columns up by their names."""
    steps = [s for _, s in getattr(model, "steps", [])] or [model]
    return any(type(s).__name__ == "ColumnTransformer" for s in steps)


def _said(model: Any) -> str:
    steps = [type(s).__name__ for _, s in getattr(model, "steps", [])] or [type(model).__name__]
    return "scikit-learn " + ", ".join(steps)


def _by_itself(opened: Original, model: Any, columns: Sequence[str], frame: Any) -> Original:
    """The answers of the estimator itself in place of the graph's, so that the comparison is with what was fitted."""

    def answer(table: pl.DataFrame) -> np.ndarray:
        given = frame(table)
        return np.asarray(model.predict_proba(given) if opened.target == "label" else model.predict(given), np.float64)

    label = hasattr(model, "classes_")
    return replace(
        opened,
        inputs=opened.inputs if opened.reads == "columns" else tuple(Asked(c) for c in columns),
        named=True,
        answer=answer,
        decide=(lambda table: list(np.asarray(model.predict(frame(table))).tolist())) if label else None,
        classes=tuple(model.classes_.tolist()) if label else None,
    )
