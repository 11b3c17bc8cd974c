"""The classifier."""

from __future__ import annotations

from typing import Any

import numpy as np

from ownproof.project.estimators import cells
from ownproof.project.estimators.estimator import Estimating


class Classifying(Estimating):
    """A classifier for scikit-learn, trained as `ownproof run` trains: folds, portfolio, choice, calibration, refit.

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
    classes_ : ndarray of shape (n_classes,)
        The class labels, sorted.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had names.

    Notes
    -----
    X may be an array, or a frame of pandas, polars or Arrow with numbers, text, categories, dates and missing cells. Up to
    1,000 rows, equal rows are one that weighs more. `predict` answers the most probable class; a threshold by cost
    belongs to a run.
    """

    classes_: np.ndarray
    _present: np.ndarray

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Classifying:  # noqa: N803 - what scikit-learn calls it
        """Train. X: (n, p); y: (n,) labels; sample_weight: (n,) from 0, None for equal ones. Returns the estimator."""
        from sklearn.utils.multiclass import check_classification_targets
        from sklearn.utils.validation import column_or_1d

        x, y = cells.checked(self, X, y, fitting=True)
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        weights = self._weights(sample_weight, x)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self._present, truth = np.unique(codes[weights > 0], return_inverse=True)
        self.fitted_ = None
        if len(self._present) > 1:
            whole = np.zeros(len(codes), dtype=np.int64)
            whole[weights > 0] = truth
            self.fitted_ = self._train(x, whole, weights, target="label", classes=len(self._present))
        return self

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803 - what scikit-learn calls it
        """Probabilities, float64 (n, n_classes), in the order of `classes_`."""
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        if self.fitted_ is None:
            x, _ = cells.checked(self, X, None, fitting=False)
            found = np.ones((len(x), 1))
        else:
            found = self._answers(X)
        shares = np.zeros((len(found), len(self.classes_)))
        shares[:, self._present] = found
        return shares

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803 - what scikit-learn calls it
        """The most probable class of each row, (n,)."""
        best = np.argmax(self.predict_proba(X), axis=1)  # which says first whether there was a fit
        return np.asarray(self.classes_[best])
