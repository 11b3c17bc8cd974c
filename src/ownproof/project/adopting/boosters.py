"""XGBoost JSON or UBJ and CatBoost cbm: trees of numbers, carried over into ONNX."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.errors import InputError
from ownproof.learners.parts import onnx_trees
from ownproof.learners.parts.trees import Trees, from_catboost, from_xgboost
from ownproof.optional import need
from ownproof.project.adopting.original import Asked, Original, not_carried, numbers_of, two_shares

if TYPE_CHECKING:
    import polars as pl


def open_xgboost(path: Path) -> Original:
    """Raises InputError for what cannot be carried over: category splits, dart, linear boosters, rankings."""
    xgboost = need("xgboost", extra="boost")
    booster = xgboost.Booster()
    try:
        booster.load_model(path)
    except xgboost.core.XGBoostError as why:
        reason = str(why).strip().splitlines()[-1][:160]
        raise not_carried(
            path.name, f"XGBoost refuses it ({reason})", "save it again: model.save_model('model.json')"
        ) from None
    says = json.loads(booster.save_raw("json"))
    types = says["learner"].get("feature_types") or []
    names = says["learner"].get("feature_names") or []
    coded = [n for n, kind in zip(names, types, strict=False) if kind == "c"]
    if coded:
        raise _coded("XGBoost", coded)
    trees = from_xgboost(says)
    rounds = says["learner"].get("attributes", {}).get("best_iteration")
    if rounds is not None:  # stopped early: scikit-learn's face of XGBoost answers with the best rounds only
        booster = booster[: int(rounds) + 1]
        trees = from_xgboost(json.loads(booster.save_raw("json")))
    inputs = tuple(Asked(str(n)) for n in names) or tuple(Asked(f"f{i}") for i in range(trees.n_features))

    def answer(table: pl.DataFrame) -> np.ndarray:
        matrix = numbers_of(table, inputs).astype(np.float32)
        found = np.asarray(booster.predict(xgboost.DMatrix(matrix, feature_names=names or None)), np.float64)
        return two_shares(found) if trees.link == "sigmoid" else found

    objective = says["learner"]["objective"]["name"]
    if objective == "multi:softmax":
        booster.set_param({"objective": "multi:softprob"})
    return carried(f"XGBoost ({objective})", inputs, bool(names), trees, answer=answer)


def open_catboost(path: Path) -> Original:
    """Raises InputError for what cannot be carried over: categorical or text features, trees that are not symmetric."""
    catboost = need("catboost", extra="boost")
    import tempfile

    model = catboost.CatBoost()
    try:
        model.load_model(str(path))
    except catboost.CatBoostError as why:
        raise not_carried(
            path.name, f"CatBoost refuses it ({str(why)[:160]})", "save it again: model.save_model('model.cbm')"
        ) from None
    names = list(model.feature_names_)
    coded = [names[i] for i in model.get_cat_feature_indices()]
    if coded:
        raise _coded("CatBoost", coded)
    with tempfile.TemporaryDirectory() as folder:
        model.save_model(f"{folder}/model.json", format="json")
        says = json.loads(Path(folder, "model.json").read_text(encoding="utf-8"))
    trees = from_catboost(says)
    inputs = tuple(Asked(n) for n in names)
    kind = "Probability" if trees.classes else "Exponent" if trees.link == "log" else "RawFormulaVal"

    def answer(table: pl.DataFrame) -> np.ndarray:
        matrix = numbers_of(table, inputs).astype(np.float32)
        return np.asarray(model.predict(matrix, prediction_type=kind, thread_count=1), np.float64)

    known = np.asarray(model.classes_).tolist() if trees.classes else ()
    named = not all(n == str(i) for i, n in enumerate(names))
    loss = str(says["model_info"]["params"]["loss_function"]["type"])
    return carried(f"CatBoost ({loss})", inputs, named, trees, answer=answer, classes=tuple(known))


def carried(
    what: str,
    inputs: tuple[Asked, ...],
    named: bool,
    trees: Trees,
    *,
    answer: Callable[[pl.DataFrame], np.ndarray],
    classes: tuple[Any, ...] | None = None,
) -> Original:
    """Trees of numbers as an original whose bundle answers from ONNX."""
    if trees.n_features < len(inputs):  # columns behind the last one that a split asks for
        from dataclasses import replace

        trees = replace(trees, n_features=len(inputs))

    def save(folder: Path, _: dict[str, str]) -> str:
        (folder / "model.onnx").write_bytes(onnx_trees.write(trees, classes=trees.classes))
        return "onnx"

    return Original(
        format=what,
        inputs=inputs,
        named=named,
        target="label" if trees.classes else "number",
        outputs=trees.classes or 1,
        answer=answer,
        save=save,
        classes=classes or None,
    )


def _coded(library: str, columns: list[str]) -> InputError:
    return not_carried(
        f"columns {', '.join(columns[:6])}",
        f"{library} turns these categories into numbers by tables of its own that no library-free bundle can answer from",
        "train with those columns as numbers (one-hot or ordinal codes), or run ownproof on the data: it packages categories",
    )
