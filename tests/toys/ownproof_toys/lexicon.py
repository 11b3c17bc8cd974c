"""Learns which words are labelled how."""

import json
from collections import Counter

from ownproof.core.learner import Cost
from ownproof.core.prediction import Predictions
from ownproof_toys.scorers import LexiconScorer


class LexiconModel:
    """The words, and the scorer that answers with them."""

    def __init__(self, column, words):
        self.facts = {}
        self.scorer = LexiconScorer(column, words)

    def predict(self, dataset):
        return Predictions(self.scorer.score({self.scorer.column: dataset.column(self.scorer.column).to_list()}))

    def save(self, folder):
        (folder / "model.json").write_text(json.dumps({"column": self.scorer.column, "words": self.scorer.words}))
        return "lexicon"


class LexiconLearner:
    """A dictionary of labelled words."""

    name, extra, reads, default, baseline, least_units = "lexicon", None, "columns", True, False, 10

    def accepts(self, schema, task):
        if task.target != "spans":
            return "it answers spans"
        return None if self._column(schema) else "there is no text column"

    def _column(self, schema):
        return next((c.name for c in schema.features if c.kind in ("text", "category")), None)

    def portfolio(self, task, shape):
        return [{}]

    def space(self, task):
        return {}

    def cost(self, params, shape):
        return Cost(1e-5 * shape.rows, 1e3 * shape.rows)

    def fit(self, train, validation, task, params, *, workdir, seed, cores, progress):
        column, seen = self._column(train.schema), {}
        for text, spans in zip(train.column(column).to_list(), train.truth, strict=True):
            for start, end, label in spans:
                seen.setdefault(text[start:end], Counter())[label] += 1
        progress(1.0, "")
        return LexiconModel(column, {w: max(sorted(c), key=c.__getitem__) for w, c in sorted(seen.items())})

    def settle(self, params, facts):
        return params


class NoSpansLearner(LexiconLearner):
    """The bar to clear: nothing is ever labelled."""

    name, baseline = "no_spans", True

    def fit(self, train, validation, task, params, *, workdir, seed, cores, progress):
        return LexiconModel(self._column(train.schema), {})
