"""What the two estimators share: their parameters, their checks, and the table that X becomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ownproof.project import config as settings
from ownproof.project.estimators import cells
from ownproof.project.estimators.fitting import Wanted
from ownproof.project.estimators.fitting import fit as train

if TYPE_CHECKING:
    import polars as pl


class Estimating:
    """Parameters as scikit-learn wants them: kept as given, looked at in `fit`."""

    _numeric_target: ClassVar[bool] = False
    n_features_in_: int
    feature_names_in_: np.ndarray
    fitted_: Any

    def __init__(
        self,
        *,
        budget: float | str | None = "60s",
        trials: int | None = None,
        learners: Sequence[str] | None = None,
        cores: int = 1,
        random_state: Any = 0,
    ) -> None:
        self.budget = budget
        self.trials = trials
        self.learners = learners
        self.cores = cores
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        """Missing cells, text and categories are welcome; y is needed."""
        tags = super().__sklearn_tags__()  # type: ignore[misc]  # scikit-learn's BaseEstimator stands behind
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

    def _wanted(self) -> Wanted:
        from sklearn.utils import check_random_state

        learners = (self.learners,) if isinstance(self.learners, str) else tuple(self.learners or ())
        said = settings.Config(
            cores=self.cores,
            trials=self.trials,
            learners=learners,
            budget=None if self.budget is None else str(self.budget),
        )
        problems = said.problems()
        if problems:
            raise ValueError("; ".join(f"{p.message}: expected {p.expected}" for p in problems))
        seed = check_random_state(0 if self.random_state is None else self.random_state).randint(2**31 - 1)
        budget = settings.parse_seconds(str(self.budget)) if self.budget is not None else None
        return Wanted(budget, self.trials, learners, self.cores, int(seed))

    def _names(self) -> list[str]:
        given = getattr(self, "feature_names_in_", None)
        return [f"x{i}" for i in range(self.n_features_in_)] if given is None else [str(n) for n in given]

    def _train(self, x: Any, truth: np.ndarray, weights: np.ndarray, *, target: str, classes: int = 0) -> Any:
        keep = weights > 0
        table: pl.DataFrame = cells.table(x, self._names())
        numbers = not cells.is_frame(x) and x.dtype != object
        return train(
            table.filter(keep),
            truth[keep],
            weights[keep],
            target=target,
            classes=classes,
            numbers=numbers,
            wanted=self._wanted(),
        )

    def _answers(self, x: Any) -> np.ndarray:
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        checked, _ = cells.checked(self, x, None, fitting=False)
        found: np.ndarray = self.fitted_.raw(cells.table(checked, self._names()))
        return found

    def _weights(self, sample_weight: Any, x: Any) -> np.ndarray:
        from sklearn.utils.validation import _check_sample_weight

        weights = _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
        if not (weights > 0).any():
            raise ValueError("Sample weights must contain at least one non-zero number.")
        return np.asarray(weights)
