"""Writes Trees as an ONNX graph that ONNX Runtime answers from as exactly as the library that grew them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ownproof.learners.parts.onnx_graph import DOUBLE, Graph, Scores, tensor
from ownproof.learners.parts.tree_nodes import EVERY_OUTPUT, LEAF, MEMBER, MOST_CODES, Trees

_LEQ, _MEMBER = 0, 6  # `nodes_modes` of TreeEnsemble, ai.onnx.ml 5
_SUM = 1
_MISSING = float(-MOST_CODES)  # stands for a missing category inside the graph; no code is negative
_OUTSIDE = -2


def write(trees: Trees, *, classes: int | None, double: bool = False) -> bytes:
    """A graph from `matrix` float32 (n, p), or float64 if `double`, to `answers` float64: (n, classes) probabilities, or (n, 1) numbers.

    Thresholds and sums stay in double precision, so that the answers differ from the library's own in the last bits
    only (where a leaf holds the scores of three classes or more: in the last bits of a float32). The same trees give the same
    bytes. Raises ValueError when `classes` is not what the trees answer, when there is no feature, or when one
    feature is split both as a number and as a category.
    """
    if classes != trees.classes:
        raise ValueError(f"these trees answer {trees.classes} classes, not {classes}")
    if trees.n_features < 1:
        raise ValueError("trees without a feature are a constant; write a constant")
    graph = Graph()
    named = _missing_codes_named(graph, trees, np.float64 if double else np.float32)
    matrix = named if double else graph.add("Cast", [named], to=DOUBLE)
    raw = _shares(graph, matrix, trees) if np.any(trees.output == EVERY_OUTPUT) else _ensemble(graph, matrix, trees)
    scores = Scores(raw, trees.outputs, trees.link) if trees.link != "identity" else None
    if trees.link == "sigmoid":
        raw = _two(graph, graph.add("Sigmoid", [raw]))
    elif trees.link == "softmax":
        raw = graph.add("Softmax", [raw], axis=1)
    elif trees.link == "log":
        raw = graph.add("Exp", [raw])
    return graph.to_bytes(raw, inputs=trees.n_features, outputs=classes or 1, scores=scores, double=double)


def _missing_codes_named(graph: Graph, trees: Trees, cell: type[np.floating]) -> str:
    """The matrix with a number for missing categories: what a NaN is cast to depends on the processor."""
    features = np.unique(trees.feature[trees.kind == MEMBER])
    if not features.size:
        return "matrix"
    both = np.intersect1d(features, trees.feature[(trees.kind != MEMBER) & (trees.kind != LEAF)])
    if both.size:
        raise ValueError(f"feature {both[0]} is split both as a number and as a category")
    category = graph.constant(np.isin(np.arange(trees.n_features), features)[None], bool)
    gone = graph.add("And", [graph.add("IsNaN", ["matrix"]), category])
    return graph.add("Where", [gone, graph.constant(_MISSING, cell), "matrix"])


def _two(graph: Graph, share: str) -> str:
    """The shares of both classes from that of class 1."""
    other = graph.add("Sub", [graph.constant(1.0, np.float64), share])
    return graph.add("Concat", [other, share], axis=1)


def _shares(graph: Graph, matrix: str, trees: Trees) -> str:
    """The raw scores, when leaves hold a value for each output."""
    if not np.all(trees.output == EVERY_OUTPUT):
        raise ValueError("either all trees have leaves with a value for each output, or none has")
    if trees.outputs > 2 or trees.link != "identity":
        return graph.add("Cast", [_wide_leaves(graph, matrix, trees)], to=DOUBLE)
    # the shares of two classes: the second one tells the first
    second = replace(trees, value=trees.value[:, 1:], base=trees.base[1:], output=np.zeros_like(trees.output))
    return _two(graph, _ensemble(graph, matrix, second))


def _ensemble(graph: Graph, matrix: str, trees: Trees) -> str:
    """One TreeEnsemble: the raw scores, leaves of one value each."""
    single = trees.kind[trees.roots] == LEAF  # the operator has no form for a tree without a split
    base = trees.base.copy()
    np.add.at(base, trees.output[single], trees.scale * trees.value[trees.roots[single], 0])
    roots, output = trees.roots[~single], trees.output[~single]
    owner = _owners(trees, roots, output)
    inner = np.flatnonzero((owner != _OUTSIDE) & (trees.kind != LEAF))
    leaves = np.flatnonzero((owner != _OUTSIDE) & (trees.kind == LEAF))
    number = np.zeros(len(trees.kind), np.int64)
    number[inner], number[leaves] = np.arange(len(inner)), np.arange(len(leaves))
    # what is left of constants, and an output without trees, is a tree whose two leaves are the same
    stumps = np.flatnonzero((base != 0) | ~np.isin(np.arange(trees.outputs), output))
    first, second = len(leaves) + 2 * np.arange(len(stumps)), len(leaves) + 2 * np.arange(len(stumps)) + 1
    none, one = np.zeros(len(stumps)), np.ones(len(stumps))
    is_member = trees.kind[inner] == MEMBER

    def joined(own: NDArray[np.generic], extra: NDArray[np.generic]) -> list[int]:
        return [int(i) for i in np.concatenate([own, extra])]

    return graph.add(
        "TreeEnsemble",
        [matrix],
        n_targets=trees.outputs,
        aggregate_function=_SUM,
        post_transform=0,
        tree_roots=joined(len(inner) + np.arange(len(stumps)), number[roots]),
        nodes_featureids=joined(trees.feature[inner], none),
        nodes_modes=tensor(joined(np.where(is_member, _MEMBER, _LEQ), none), np.uint8),
        nodes_splits=tensor(np.concatenate([np.where(is_member, 0.0, trees.threshold[inner]), none]), np.float64),
        nodes_truenodeids=joined(number[trees.left[inner]], first),
        nodes_trueleafs=joined(trees.kind[trees.left[inner]] == LEAF, one),
        nodes_falsenodeids=joined(number[trees.right[inner]], second),
        nodes_falseleafs=joined(trees.kind[trees.right[inner]] == LEAF, one),
        nodes_missing_value_tracks_true=joined(trees.missing_left[inner] & ~is_member, none),
        leaf_targetids=joined(owner[leaves], np.repeat(stumps, 2)),
        leaf_weights=tensor(
            np.concatenate([trees.scale * trees.value[leaves, 0], np.repeat(base[stumps], 2)]), np.float64
        ),
        **_memberships(trees, inner[is_member]),
    )


def _memberships(trees: Trees, nodes: NDArray[np.intp]) -> dict[str, object]:
    """The sets of the category splits, each closed by a NaN."""
    values: list[float] = []
    for node in nodes:
        values += trees.sets[trees.member[node]]
        values += [_MISSING, np.nan] if trees.missing_left[node] else [np.nan]
    return {"membership_values": tensor(values, np.float64)} if values else {}


def _owners(trees: Trees, roots: NDArray[np.int32], output: NDArray[np.int32]) -> NDArray[np.int64]:
    """For each node the output that its tree adds to, _OUTSIDE for nodes that no root leads to."""
    owner = np.full(len(trees.kind), _OUTSIDE, np.int64)
    owner[roots] = output
    level = roots
    while level.size:
        level = level[trees.kind[level] != LEAF]
        for child in (trees.left[level], trees.right[level]):
            owner[child] = owner[level]
        level = np.concatenate([trees.left[level], trees.right[level]])
    return owner


def _wide_leaves(graph: Graph, matrix: str, trees: Trees) -> str:
    """One TreeEnsembleRegressor, whose leaves may hold many values; it has no category splits and answers float32."""
    if np.any(trees.kind == MEMBER):
        raise ValueError("leaves with a value for each output go with numeric splits only")
    tree, place = _places(trees)
    order = np.lexsort((place, tree))
    order = order[tree[order] >= 0]
    inner = trees.kind[order] != LEAF
    leaves = order[~inner]

    def of_inner(values: NDArray[np.generic]) -> list[int]:
        return [int(v) for v in np.where(inner, values, 0)]

    return graph.add(
        "TreeEnsembleRegressor",
        [matrix],
        n_targets=trees.outputs,
        aggregate_function="SUM",
        post_transform="NONE",
        base_values_as_tensor=tensor(trees.base, np.float64),
        nodes_treeids=tree[order].tolist(),
        nodes_nodeids=place[order].tolist(),
        nodes_featureids=of_inner(trees.feature[order]),
        nodes_modes=["BRANCH_LEQ" if i else "LEAF" for i in inner],
        nodes_values_as_tensor=tensor(np.where(inner, trees.threshold[order], 0.0), np.float64),
        nodes_truenodeids=of_inner(place[trees.left[order]]),
        nodes_falsenodeids=of_inner(place[trees.right[order]]),
        nodes_missing_value_tracks_true=of_inner(trees.missing_left[order]),
        target_treeids=np.repeat(tree[leaves], trees.outputs).tolist(),
        target_nodeids=np.repeat(place[leaves], trees.outputs).tolist(),
        target_ids=np.tile(np.arange(trees.outputs), len(leaves)).tolist(),
        target_weights_as_tensor=tensor((trees.scale * trees.value[leaves]).ravel(), np.float64),
    )


def _places(trees: Trees) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each node its tree (-1: none) and its number inside that tree, the root being 0."""
    tree = _owners(trees, trees.roots, np.arange(len(trees.roots), dtype=np.int32))
    tree[tree == _OUTSIDE] = -1
    place = np.zeros(len(trees.kind), np.int64)
    order = np.argsort(tree, kind="stable")  # inside a tree parents stay before children, so the root comes first
    start = np.searchsorted(tree[order], tree[order])
    place[order] = np.arange(len(order)) - start
    return tree, place
