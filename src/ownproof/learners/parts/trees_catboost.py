"""Reads CatBoost's JSON model into Trees."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ownproof.errors import InputError
from ownproof.learners.parts.tree_nodes import EVERY_OUTPUT, Link, Planter, Trees

_LINKS: dict[str, Link] = {
    "RMSE": "identity",
    "MAE": "identity",
    "Quantile": "identity",
    "Huber": "identity",
    "MAPE": "identity",
    "LogCosh": "identity",
    "Expectile": "identity",
    "Lq": "identity",
    "Poisson": "log",
    "Tweedie": "log",
    "Logloss": "sigmoid",
    "CrossEntropy": "sigmoid",
    "MultiClass": "softmax",
}


def from_catboost(model: Mapping[str, Any] | bytes | str) -> Trees:
    """The trees of `CatBoost.save_model(..., format="json")`: symmetric trees over numeric features.

    Raises InputError for what cannot be carried over: categorical or text features, trees that are not symmetric
    (grow_policy other than SymmetricTree), a loss without a known link.
    """
    says = json.loads(model) if isinstance(model, bytes | str) else model
    info = says["features_info"]
    others = sorted(set(info) & {"categorical_features", "text_features", "embedding_features", "ctrs"})
    if others:
        raise _refusal(", ".join(others), "numeric features only")
    if "oblivious_trees" not in says:
        raise _refusal("trees that are not symmetric", "grow_policy SymmetricTree")
    loss = says["model_info"]["params"]["loss_function"]["type"]
    if loss not in _LINKS:
        raise _refusal(f"the loss {loss!r}", "one of " + ", ".join(sorted(_LINKS)))
    scale, bias = says["scale_and_bias"]
    # a missing value counts as larger than every border only where the column says so
    columns = {
        f["feature_index"]: (f["flat_feature_index"], f["nan_value_treatment"] != "AsTrue")
        for f in info["float_features"]
    }
    planter = Planter(n_features=1 + max(column for column, _ in columns.values()))
    for tree in says["oblivious_trees"]:
        root = _plant(planter, tree, columns, len(bias))
        planter.tree(root, output=EVERY_OUTPUT if len(bias) > 1 else 0)
    return planter.done(link=_LINKS[loss], base=bias, scale=float(scale))


def _plant(planter: Planter, tree: Mapping[str, Any], columns: Mapping[int, tuple[int, bool]], outputs: int) -> int:
    """A symmetric tree, the same question at all nodes of a level; bit i of a leaf's number answers split i."""
    splits: Sequence[Mapping[str, Any]] = tree["splits"] or ()
    values = np.asarray(tree["leaf_values"], np.float64).reshape(-1, outputs)
    leaf = np.zeros(1, np.int64)
    levels: list[list[int]] = []
    for i, split in enumerate(splits):
        if split["split_type"] != "FloatFeature":
            raise _refusal(f"splits by {split['split_type']}", "splits by FloatFeature")
        column, missing_left = columns[split["float_feature_index"]]
        border = float(np.float32(split["border"]))
        levels.append([planter.numeric(column, border, missing_left=missing_left) for _ in leaf])
        leaf = np.stack([leaf, leaf | 1 << i], axis=1).ravel()
    levels.append([planter.leaf(*values[j]) for j in leaf])
    for above, below in pairwise(levels):
        for parent, left, right in zip(above, below[::2], below[1::2], strict=True):
            planter.join(parent, left, right)
    return levels[0][0]


def _refusal(what: str, expected: str) -> InputError:
    return InputError(
        f"a CatBoost model with {what} cannot be carried over",
        expected=expected,
        hint="train in a form that is expected, or ship CatBoost itself",
        where="catboost",
        code="model-form",
    )
