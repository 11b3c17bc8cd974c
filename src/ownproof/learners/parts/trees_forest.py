"""Reads scikit-learn's forests (random, extremely random) into Trees."""

from __future__ import annotations

from typing import Any

import numpy as np

from ownproof.errors import InputError
from ownproof.learners.parts.tree_nodes import EVERY_OUTPUT, LEAF, NUMERIC, Trees


def from_sklearn_forest(forest: Any, *, named: bool = False) -> Trees:
    """The trees of a fitted RandomForest or ExtraTrees, classifier or regressor; their answers are averaged.

    Missing values go where each node learnt to send them. Raises InputError for several targets at once, and for
    classes other than 0..k-1 unless they are `named`: then an answer's columns are the classes in the forest's order.
    """
    classes = getattr(forest, "classes_", None)
    if forest.n_outputs_ != 1:
        raise InputError(
            f"a forest for {forest.n_outputs_} targets cannot be carried over",
            expected="one target",
            hint="train one forest a target",
            where="random_forest",
            code="model-form",
        )
    if classes is not None and not named and not np.array_equal(classes, np.arange(len(classes))):
        raise InputError(
            f"a forest for the classes {list(classes)} cannot be carried over",
            expected="classes 0..k-1",
            hint="train on the positions of the classes",
            where="random_forest",
            code="model-form",
        )
    parts = [tree.tree_ for tree in forest.estimators_]
    starts = np.cumsum([0, *(part.node_count for part in parts[:-1])])

    def of_all(what: str) -> np.ndarray:
        return np.concatenate([getattr(part, what) for part in parts])

    shift = np.repeat(starts, [part.node_count for part in parts])
    inner = of_all("children_left") >= 0
    value = of_all("value")[:, 0, :].astype(np.float64)
    if classes is not None:
        value /= value.sum(axis=1, keepdims=True)
    outputs = value.shape[1]
    return Trees(
        n_features=int(forest.n_features_in_),
        link="identity",
        base=np.zeros(outputs),
        scale=1.0 / len(parts),
        roots=starts.astype(np.int32),
        output=np.full(len(parts), 0 if classes is None else EVERY_OUTPUT, np.int32),
        kind=np.where(inner, NUMERIC, LEAF).astype(np.int8),
        feature=np.where(inner, of_all("feature"), 0).astype(np.int32),
        threshold=np.where(inner, of_all("threshold"), 0.0),
        left=np.where(inner, of_all("children_left") + shift, -1).astype(np.int32),
        right=np.where(inner, of_all("children_right") + shift, -1).astype(np.int32),
        missing_left=inner & of_all("missing_go_to_left").astype(np.bool_),
        member=np.full(len(shift), -1, np.int32),
        value=value,
    )
