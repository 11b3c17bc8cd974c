"""Reads XGBoost's JSON model into Trees."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ownproof.errors import InputError
from ownproof.learners.parts.tree_nodes import Link, Planter, Trees

_LINKS: dict[str, Link] = {
    "reg:squarederror": "identity",
    "reg:absoluteerror": "identity",
    "reg:pseudohubererror": "identity",
    "reg:quantileerror": "identity",
    "reg:squaredlogerror": "identity",
    "count:poisson": "log",
    "reg:gamma": "log",
    "reg:tweedie": "log",
    "binary:logistic": "sigmoid",
    "reg:logistic": "sigmoid",
    "multi:softprob": "softmax",
    "multi:softmax": "softmax",
}
# the file keeps the base score in the unit of the answers; sums are made before the link
_TO_RAW: dict[Link, Callable[[float], float]] = {
    "identity": float,
    "softmax": float,
    "log": math.log,
    "sigmoid": lambda share: math.log(share / (1.0 - share)),
}


def from_xgboost(model: Mapping[str, Any] | bytes | bytearray | str) -> Trees:
    """The trees of `Booster.save_raw("json")`: all of them, numeric splits, one value a leaf.

    XGBoost adds float32 numbers up, so its own answers are those of the trees within about one part in a million.
    Raises InputError for what cannot be carried over: categorical splits, dart, linear boosters, vector leaves,
    an objective without a known link.
    """
    says = json.loads(model) if isinstance(model, bytes | bytearray | str) else model
    learner = says["learner"]
    booster, objective = learner["gradient_booster"], learner["objective"]["name"]
    if booster["name"] != "gbtree":
        raise _refusal(f"booster {booster['name']!r}", "gbtree")
    if objective not in _LINKS:
        raise _refusal(f"objective {objective!r}", "one of " + ", ".join(sorted(_LINKS)))
    link, facts = _LINKS[objective], learner["learner_model_param"]
    if int(facts.get("num_target", 1)) > 1:
        raise _refusal("several targets", "one target")
    outputs = max(int(facts["num_class"]), 1)
    planter = Planter(n_features=int(facts["num_feature"]))
    for tree, output in zip(booster["model"]["trees"], booster["model"]["tree_info"], strict=True):
        planter.tree(_plant(planter, tree), output=int(output))
    return planter.done(link=link, base=_base(str(facts["base_score"]), outputs, link))


def _base(text: str, outputs: int, link: Link) -> list[float]:
    """The base score of each output: `5E-1` from older versions, `[1E-1,2E-1]` from XGBoost 3 on."""
    given = [float(np.float32(part)) for part in text.strip("[]").split(",")]
    if len(given) not in (1, outputs):
        raise _refusal(f"base score {text}", f"one number or {outputs}")
    return [_TO_RAW[link](score) for score in (given * outputs if len(given) == 1 else given)]


def _plant(planter: Planter, tree: Mapping[str, Any]) -> int:
    if int(tree["tree_param"].get("size_leaf_vector", 1)) > 1:
        raise _refusal("vector leaves", "multi_strategy one_output_per_tree")
    if any(tree.get("split_type", ())):
        raise _refusal("categorical splits", "numeric splits")
    condition = np.asarray(tree["split_conditions"], np.float32)
    # x < c is x <= the number before c
    before = np.nextafter(condition, np.float32(-np.inf)).astype(np.float64)
    left, right = tree["left_children"], tree["right_children"]

    def node(i: int) -> int:
        if left[i] == -1:
            return planter.leaf(float(condition[i]))
        return planter.numeric(
            int(tree["split_indices"][i]), float(before[i]), missing_left=bool(tree["default_left"][i])
        )

    root = node(0)
    waiting = [(0, root)]
    while waiting:
        i, planted = waiting.pop()
        if left[i] != -1:
            low, high = node(left[i]), node(right[i])
            planter.join(planted, low, high)
            waiting += [(right[i], high), (left[i], low)]
    return root


def _refusal(what: str, expected: str) -> InputError:
    return InputError(
        f"an XGBoost model with {what} cannot be carried over",
        expected=expected,
        hint="train in a form that is expected",
        where="xgboost",
        code="model-form",
    )
