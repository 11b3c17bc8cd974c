"""What a booster minimises for a number: squares, or what the shape of the target or the metric asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ownproof.core.task import Task

OURS: Final = {"objective", "quantile", "smear"}
"""The words of a recipe that are about the objective; no library knows them."""
TWEEDIE_POWER: Final = 1.5
"""Between Poisson (1) and gamma (2): sums of a random number of amounts."""
_RECIPES: Final = 2  # of a portfolio are tried under every objective


def spread(recipes: Sequence[Mapping[str, Any]], task: Task) -> list[Mapping[str, Any]]:
    """A portfolio with the objectives of the task: a quantile instead of squares, all others beside them, the first
    recipe's at once and the second's after it.

    >>> counts = Task("calls", "number", details={"objectives": ["poisson"]})
    >>> [r["name"] for r in spread([{"name": "default"}, {"name": "small"}, {"name": "fast"}], counts)]
    ['default', 'default, poisson', 'small', 'small, poisson', 'fast']
    """
    if "quantile" in task.details:
        return [{**r, "objective": "quantile", "quantile": task.details["quantile"]} for r in recipes]
    asked = task.details.get("objectives", ())
    found: list[Mapping[str, Any]] = []
    for number, recipe in enumerate(recipes):
        found.append(recipe)
        if number < _RECIPES:
            found += [{**recipe, "name": f"{recipe['name']}, {o}", "objective": o} for o in asked]
    return found


def objective_of(params: Mapping[str, Any], truth: NDArray[Any], classes: int) -> str:
    """The objective of a fit: `squared` where the recipe names none, or where the rows at hand cannot bear it."""
    name = str(params.get("objective", "squared"))
    if classes or name == "squared":
        return "squared"
    if name == "log":
        return name if float(truth.min(initial=np.inf)) > 0.0 else "squared"
    if name in ("poisson", "tweedie"):
        return name if float(truth.min(initial=0.0)) >= 0.0 and float(truth.sum()) > 0.0 else "squared"
    return name


def smear(truth: NDArray[np.float64], logs: NDArray[np.float64], weight: NDArray[np.float64] | None) -> float:
    """The logarithm of the factor that brings answers on the log scale back to means: the ratio of the sums of truths
    and of exponentials on rows apart (in the manner of Duan 1983).

    >>> round(smear(np.array([2.0, 8.0]), np.log([1.0, 4.0]), None), 6)  # the logarithm of 2
    0.693147
    """
    top = float(logs.max())
    ones = np.ones(len(truth)) if weight is None else weight
    return float(np.log(ones @ truth) - np.log(ones @ np.exp(logs - top)) - top)


def settled(params: Mapping[str, Any], facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a refit must be told of the log scale: the mean factor of the folds."""
    known = [float(f["smear"]) for f in facts if "smear" in f]
    return {"smear": float(np.mean(known))} if known and params.get("objective") == "log" else {}
