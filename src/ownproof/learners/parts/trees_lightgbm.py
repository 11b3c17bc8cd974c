"""Reads LightGBM's own dump of a booster into Trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ownproof.errors import InputError
from ownproof.learners.parts.tree_nodes import Link, Planter, Trees

_LINKS: dict[str, Link] = {
    "regression": "identity",
    "regression_l1": "identity",
    "huber": "identity",
    "fair": "identity",
    "quantile": "identity",
    "mape": "identity",
    "lambdarank": "identity",
    "rank_xendcg": "identity",
    "poisson": "log",
    "gamma": "log",
    "tweedie": "log",
    "binary": "sigmoid",
    "cross_entropy": "sigmoid",
    "multiclass": "softmax",
}


def from_lightgbm(dump: Mapping[str, Any]) -> Trees:
    """The trees of `Booster.dump_model()`: numeric and native categorical splits, every objective with a known link.

    Raises InputError for what cannot be carried over exactly: an unknown objective, `zero_as_missing`, linear leaves.
    """
    link, steepness = _link(str(dump.get("objective", "")))
    outputs = int(dump["num_tree_per_iteration"])
    planter = Planter(n_features=int(dump["max_feature_idx"]) + 1)
    for info in dump["tree_info"]:
        planter.tree(_plant(planter, info["tree_structure"]), output=int(info["tree_index"]) % outputs)
    rounds = len(dump["tree_info"]) // outputs
    share = 1.0 / rounds if dump.get("average_output") and rounds else 1.0
    return planter.done(link=link, base=(0.0,) * outputs, scale=steepness * share)


def _link(objective: str) -> tuple[Link, float]:
    """The link and the factor on the raw score, from a line such as `binary sigmoid:1`."""
    name, *settings = objective.split() or [""]
    if name not in _LINKS or "sqrt" in settings:
        raise _refusal(
            f"objective {objective!r}",
            "one of " + ", ".join(sorted(_LINKS)) + ", without reg_sqrt",
            "train with a plain objective; for several classes `multiclass`",
        )
    factors = [float(s.partition(":")[2]) for s in settings if s.startswith("sigmoid:")]
    return _LINKS[name], factors[0] if name == "binary" and factors else 1.0


def _plant(planter: Planter, top: Mapping[str, Any]) -> int:
    """Plant one tree, parents before children, without recursion (trees may be deeper than Python's stack)."""
    root = _node(planter, top)
    waiting = [(root, top)]
    while waiting:
        parent, node = waiting.pop()
        if "split_feature" not in node:
            continue
        left, right = _node(planter, node["left_child"]), _node(planter, node["right_child"])
        planter.join(parent, left, right)
        waiting += [(right, node["right_child"]), (left, node["left_child"])]
    return root


def _node(planter: Planter, node: Mapping[str, Any]) -> int:
    if "leaf_const" in node:
        raise _refusal("linear_tree", "leaves that hold one value", "train without linear_tree")
    if "split_feature" not in node:
        return planter.leaf(float(node["leaf_value"]))
    feature, missing = int(node["split_feature"]), node["missing_type"]
    if missing == "Zero":
        raise _refusal("zero_as_missing", "missing_type None or NaN", "train with zero_as_missing=false")
    if node["decision_type"] == "==":  # LightGBM sends a missing category right, whatever default_left says
        return planter.one_of(feature, [int(c) for c in str(node["threshold"]).split("||")])
    threshold = float(node["threshold"])
    # a feature that had no missing value in training: LightGBM then reads NaN as 0.0
    missing_left = bool(node["default_left"]) if missing == "NaN" else threshold >= 0.0
    return planter.numeric(feature, threshold, missing_left=missing_left)


def _refusal(what: str, expected: str, hint: str) -> InputError:
    return InputError(
        f"a LightGBM model with {what} cannot be carried over exactly",
        expected=expected,
        hint=hint,
        where="lightgbm",
        code="model-form",
    )
