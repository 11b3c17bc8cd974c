"""Writes a linear model, its expansion included, as an ONNX graph."""

from __future__ import annotations

import numpy as np

from ownproof.learners.parts.onnx_graph import DOUBLE, INT64, Graph
from ownproof.stats.linear import Expansion, Linear


def write(model: Linear) -> bytes:
    """A graph from `matrix` float32 (n, p) to `answers` float64: (n, classes) probabilities, or (n, 1) numbers.

    The graph computes in double precision; sums run in another order than in the model, so the last bits may differ.
    The same model gives the same bytes. Raises ValueError for a model without columns.
    """
    e = model.expansion
    if not e.columns:
        raise ValueError("a linear model without columns is a constant; write a constant")
    graph = Graph()
    raw = graph.constant(model.bias[None], np.float64)
    if e.dense_columns:
        weights = graph.constant(model.weights[: e.dense_columns], np.float64)
        raw = graph.add("Add", [graph.add("MatMul", [_dense(graph, e), weights]), raw])
    if e.categorical.size:
        raw = graph.add("Add", [_codes(graph, model), raw])
    if model.link == "sigmoid":
        share = graph.add("Sigmoid", [raw])
        raw = graph.add("Concat", [graph.add("Sub", [graph.constant(1.0, np.float64), share]), share], axis=1)
    elif model.link == "softmax":
        raw = graph.add("Softmax", [raw], axis=1)
    elif model.link == "log":
        raw = graph.add("Exp", [raw])
    return graph.to_bytes(raw, inputs=e.features, outputs=model.classes or 1)


def _dense(graph: Graph, e: Expansion) -> str:
    """The columns from numbers."""
    x = graph.add("Gather", ["matrix", graph.constant(e.numeric, np.int64)], axis=1)
    gone = graph.add("IsNaN", [x])
    mean = graph.constant(e.mean[None], np.float64)
    filled = graph.add("Where", [gone, mean, graph.add("Cast", [x], to=DOUBLE)])
    z = graph.add("Div", [graph.add("Sub", [filled, mean]), graph.constant(e.sd[None], np.float64)])
    if np.isfinite(e.clip):
        z = graph.add("Clip", [z, graph.constant(-e.clip, np.float64), graph.constant(e.clip, np.float64)])
    parts = [z]
    if e.squared.any():
        chosen = graph.add("Gather", [z, graph.constant(np.flatnonzero(e.squared), np.int64)], axis=1)
        parts.append(graph.add("Mul", [chosen, chosen]))
    if e.indicated.any():
        chosen = graph.add("Gather", [gone, graph.constant(np.flatnonzero(e.indicated), np.int64)], axis=1)
        parts.append(graph.add("Cast", [chosen], to=DOUBLE))
    return graph.add("Concat", parts, axis=1) if len(parts) > 1 else z


def _codes(graph: Graph, model: Linear) -> str:
    """What the categorical columns add to the scores: a row of the weights for each code."""
    e = model.expansion
    x = graph.add("Gather", ["matrix", graph.constant(e.categorical, np.int64)], axis=1)
    levels = graph.constant(e.levels[None], np.float32)
    known = graph.add(
        "And", [graph.add("GreaterOrEqual", [x, graph.constant(0.0, np.float32)]), graph.add("Less", [x, levels])]
    )
    code = graph.add("Cast", [graph.add("Where", [known, x, levels])], to=INT64)
    place = graph.add("Add", [code, graph.constant((e.starts - e.dense_columns)[None], np.int64)])
    table = graph.constant(model.weights[e.dense_columns :], np.float64)
    return graph.add(
        "ReduceSum", [graph.add("Gather", [table, place], axis=0), graph.constant([1], np.int64)], keepdims=0
    )
