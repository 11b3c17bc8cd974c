"""A LightGBM model text: answered by its library in float64, by ONNX beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.errors import InputError
from ownproof.project.adopting.original import Asked, Original, not_carried, numbers_of, two_shares

if TYPE_CHECKING:
    import polars as pl

HEAD = b"tree\n"


def open_lightgbm(path: Path) -> Original:
    """Raises InputError for a text that LightGBM refuses, a ranking or an objective that is not known."""
    import lightgbm

    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    _check_whole(text, path)
    try:
        booster = lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as why:
        raise not_carried(
            path.name, f"LightGBM refuses it ({str(why)[:160]})", "save it again: booster.save_model()"
        ) from None
    objective = next((line[10:].split(" ")[0] for line in text.splitlines() if line.startswith("objective=")), "")
    if objective in ("lambdarank", "rank_xendcg"):
        raise not_carried(path.name, "it ranks within queries", "adopt models that answer a label or a number")
    if not objective or objective == "none":
        raise not_carried(
            path.name,
            "it has an objective of its own, so nothing says what its scores mean",
            "train with an objective of LightGBM",
        )
    outputs, label = (
        booster.num_model_per_iteration(),
        objective in ("binary", "cross_entropy", "multiclass", "multiclassova"),
    )
    inputs = _inputs(text, booster.feature_name(), path)

    def answer(table: pl.DataFrame) -> np.ndarray:
        raw = np.asarray(booster.predict(numbers_of(table, inputs), num_threads=1))
        return two_shares(raw) if label and outputs == 1 else raw

    return Original(
        format=f"LightGBM text ({objective})",
        inputs=inputs,
        named=not all(a.name == f"Column_{i}" for i, a in enumerate(inputs)),
        target="label" if label else "number",
        outputs=max(outputs, 2) if label else 1,
        answer=answer,
        save=lambda folder, _: _save(folder, text, booster),
        wide=True,
    )


def _check_whole(text: str, path: Path) -> None:
    """Raises InputError for a text whose trees are not where it says: LightGBM would end the whole process over it."""
    raw = text.encode("utf-8", "surrogateescape")
    sizes = next((line[11:].split() for line in text.splitlines() if line.startswith("tree_sizes=")), [])
    at, fine = raw.find(b"Tree=0\n"), True
    for number, size in enumerate(sizes):
        fine = fine and raw.startswith(f"Tree={number}\n".encode(), at)
        at += int(size)
    if not fine or not raw.startswith(b"end of trees", at):
        raise not_carried(
            path.name,
            "it breaks off or was changed after it was written",
            "copy it again, or save it again: booster.save_model()",
        )


def _inputs(text: str, names: list[str], path: Path) -> tuple[Asked, ...]:
    """Names, and for categories of pandas the levels that the text holds in the order of the categorical columns."""
    infos = next((line[14:].split(" ") for line in text.splitlines() if line.startswith("feature_infos=")), [])
    spelt = next((line[19:] for line in text.splitlines() if line.startswith("pandas_categorical:")), "null")
    levels = json.loads(spelt) or []
    coded = [name for name, info in zip(names, infos, strict=False) if ":" in info and not info.startswith("[")]
    if not levels:
        return tuple(Asked(name) for name in names)
    if len(levels) != len(coded):
        unused = [n for n, i in zip(names, infos, strict=False) if i == "none"]
        raise not_carried(
            path.name,
            f"it lists the levels of {len(levels)} categorical columns, and splits only tell {len(coded)} of them apart",
            f"train again without columns that hold one value ({', '.join(unused[:5]) or 'none found'})",
        )
    by_name = dict(zip(coded, levels, strict=True))
    return tuple(Asked(n, "category", tuple(map(_level, by_name[n]))) if n in by_name else Asked(n) for n in names)


def _level(value: Any) -> str:
    """A level as a category's text: whole numbers without a point."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _save(folder: Path, text: str, booster: Any) -> str:
    from ownproof.learners.parts import onnx_trees
    from ownproof.learners.parts.trees import from_lightgbm

    (folder / "model.txt").write_text(text, encoding="utf-8", errors="surrogateescape")
    try:
        trees = from_lightgbm(booster.dump_model())
        (folder / "model.onnx").write_bytes(onnx_trees.write(trees, classes=trees.classes, double=True))
    except (InputError, ValueError):  # such a model answers where LightGBM's library is, and only there
        return "lightgbm"
    return "lightgbm"
