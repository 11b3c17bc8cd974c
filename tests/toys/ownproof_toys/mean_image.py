"""Learns the mean picture of each class."""

import json

import numpy as np

from ownproof.core.learner import Cost
from ownproof.core.prediction import Predictions
from ownproof_toys.image import pixels
from ownproof_toys.scorers import MeanImageScorer


class MeanImageModel:
    """The means, and the scorer that answers with them."""

    def __init__(self, column, means, prior):
        self.facts = {}
        self.scorer = MeanImageScorer(column, means, prior)

    def predict(self, dataset):
        cells = [pixels(p) if p else None for p in dataset.column(self.scorer.column).to_list()]
        return Predictions(self.scorer.score({self.scorer.column: cells}))

    def save(self, folder):
        np.savez(folder / "means.npz", means=self.scorer.means, prior=self.scorer.prior)
        (folder / "model.json").write_text(json.dumps({"column": self.scorer.column}))
        return "mean_image"


class MeanImageLearner:
    """Nearest mean picture."""

    name, extra, reads, default, baseline, least_units = "mean_image", None, "columns", True, False, 10

    def accepts(self, schema, task):
        if task.target != "label":
            return "it answers labels"
        return None if any(c.kind == "image" for c in schema.features) else "there is no image column"

    def portfolio(self, task, shape):
        return [{}]

    def space(self, task):
        return {}

    def cost(self, params, shape):
        return Cost(1e-4 * shape.rows, 1e3 * shape.rows)

    def fit(self, train, validation, task, params, *, workdir, seed, cores, progress):
        column = next(c.name for c in train.schema.features if c.kind == "image")
        cells = np.array([pixels(p) for p in train.column(column).to_list()])
        mine = [train.truth == k for k in range(len(task.classes))]
        means = np.array(
            [cells[m if m.any() else slice(None)].mean(axis=0) for m in mine]
        )  # an absent class: the mean of all
        heavy = np.array([train.weigh()[m].sum() for m in mine])
        progress(1.0, "")
        return MeanImageModel(column, means, heavy / heavy.sum())

    def settle(self, params, facts):
        return params
