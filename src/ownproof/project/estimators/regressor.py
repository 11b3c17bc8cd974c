"""The regressor."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ownproof.project.estimators import cells
from ownproof.project.estimators.estimator import Estimating


class Regressing(Estimating):
    """A regressor for scikit-learn, trained as `ownproof run` trains: folds, portfolio, choice, refit.

    It trains only. Nothing is sealed, audited, judged against a baseline or recorded, and no file is left behind: what
    cross-validation says of it is no proof. For that: `ownproof.run`.

    Parameters
    ----------
    budget : float or str, default="60s"
        Time for training, in seconds or as `5m`; None for the whole portfolio whatever it takes.
    trials : int, default=None
        The plan outright: the portfolio and so many searched trials, whatever the budget.
    learners : list of str, default=None
        Only these learners (`ownproof kinds`); None for all that suit.
    cores : int, default=1
        Processor cores to use.
    random_state : int, RandomState instance or None, default=0
        The seed of folds and learners. None means 0: the same rows give the same model.

    Attributes
    ----------
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had names.

    Notes
    -----
    X may be an array, or a frame of pandas, polars or Arrow with numbers, text, categories, dates and missing cells. Up to
    1,000 rows, equal rows are one that weighs more.
    """

    _numeric_target: ClassVar[bool] = True

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Regressing:  # noqa: N803 - what scikit-learn calls it
        """Train. X: (n, p); y: (n,) finite numbers; sample_weight: (n,) from 0. Returns the estimator."""
        from sklearn.utils import check_array
        from sklearn.utils.validation import column_or_1d

        x, y = cells.checked(self, X, y, fitting=True)
        y = check_array(column_or_1d(y, warn=True), ensure_2d=False, dtype=np.float64, input_name="y")
        self.fitted_ = self._train(x, y, self._weights(sample_weight, x), target="number")
        return self

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803 - what scikit-learn calls it
        """The answers, float64 (n,)."""
        return np.asarray(self._answers(X), dtype=np.float64)
