"""Which format a model file is of, by what is in it; what is opened and what never is."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from ownproof.errors import InputError, did_you_mean
from ownproof.project.adopting.boosters import open_catboost, open_xgboost
from ownproof.project.adopting.lightgbm import HEAD, open_lightgbm
from ownproof.project.adopting.onnx_graph import open_onnx
from ownproof.project.adopting.original import Original

FORMATS = "ONNX, LightGBM text, CatBoost cbm, XGBoost JSON or UBJ, or an MLflow model folder of one of them"
PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
FLAVOURS = ("onnx", "lightgbm", "xgboost", "catboost")
ENDINGS = (".onnx", ".txt", ".cbm", ".json", ".ubj")


def open_model(path: Path) -> Original:
    """The model in a file or an MLflow folder. Raises InputError for a format that is not known, a pickle, or a model
    that cannot be carried over."""
    if path.is_dir():
        return open_model(_of_mlflow(path))
    if not path.is_file():
        there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise InputError(
            f"there is no model {path.name!r} in {str(path.parent)!r}",
            expected=FORMATS,
            hint=did_you_mean(path.name, there, what="files"),
            where=str(path),
            code="no-file",
        )
    head = path.read_bytes()[:64]
    if (
        head.startswith(PICKLES)
        or path.suffix in (".pkl", ".pickle", ".joblib")
        or (head.startswith(b"PK") and _torch(path))
    ):
        raise _pickle(path)
    if head.startswith((HEAD, b"tree\r\n")):
        return open_lightgbm(path)
    if head.startswith(b"CBM1"):
        return open_catboost(path)
    if re.match(rb"\s*\{\s*\"(learner|version)\"", head) or (
        head[:1] == b"{" and (b"learner" in head or b"version" in head)
    ):
        return open_xgboost(path)
    if path.suffix == ".onnx" or head[:1] == b"\x08":
        return open_onnx(path, name=path.name)
    raise InputError(
        f"{path.name} is no model of a format that is known",
        expected=FORMATS,
        hint=did_you_mean(path.suffix, ENDINGS, what="endings"),
        where=str(path),
        code="model-form",
    )


def _torch(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("data.pkl") for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


def _pickle(path: Path) -> InputError:
    return InputError(
        f"{path.name} is a pickle: opening it runs whatever code is in it",
        expected=FORMATS,
        hint="where it was trained: ownproof.adopt(model, frame, target=...) in Python, or save it in its library's own format",
        where=str(path),
        code="pickle",
    )


def _of_mlflow(folder: Path) -> Path:
    """The model's own file in an MLflow folder."""
    card = folder / "MLmodel"
    if not card.is_file():
        raise InputError(
            f"{folder.name} is a folder without an MLmodel file",
            expected=FORMATS,
            hint="name the model's file, or the folder that holds MLmodel",
            where=str(folder),
            code="model-form",
        )
    flavours = _flavours(card.read_text(encoding="utf-8"))
    for name in FLAVOURS:
        data = flavours.get(name, {}).get("data")
        if data and not data.endswith((".pkl", ".pickle", ".skops")):
            path = (folder / data).resolve()
            if folder.resolve() in path.parents and path.is_file():
                return path
    kept = sorted(set(flavours) - {"python_function"})
    raise InputError(
        f"the MLflow model in {folder.name} is kept as {', '.join(kept) or 'nothing that is known'}, in a pickle or a format that only its library opens",
        expected="a flavour that keeps its own file: " + ", ".join(FLAVOURS),
        hint="log it again through one of them (mlflow.lightgbm with a Booster, mlflow.onnx ...), or call ownproof.adopt(model, frame, target=...) "
        "where it was trained",
        where=str(card),
        code="pickle",
    )


def _flavours(text: str) -> dict[str, dict[str, str]]:
    """The settings of each flavour in an MLmodel file: the two levels of its YAML that are asked for, and no more."""
    found: dict[str, dict[str, str]] = {}
    inside, name = False, ""
    for line in text.splitlines():
        told = re.match(r"^( *)([\w.]+):\s*(.*?)\s*$", line)
        if not told:
            continue
        depth, key, value = len(told[1]), told[2], told[3].strip("'\"")
        if depth == 0:
            inside = key == "flavors"
        elif inside and depth == 2:
            name = key
            found[name] = {}
        elif inside and depth == 4:
            found[name][key] = value
    return found
