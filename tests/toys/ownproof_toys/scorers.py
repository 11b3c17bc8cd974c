"""How the toys' weights answer."""

import json

import numpy as np

from ownproof_toys.spans import objects


class MeanImageScorer:
    """The class whose mean picture is nearest, as soft shares."""

    name = "mean_image"
    reads = "columns"

    def __init__(self, column, means, prior):
        self.column, self.means, self.prior = column, means, prior

    @classmethod
    def load(cls, folder):
        with np.load(folder / "means.npz", allow_pickle=False) as held:
            return cls(json.loads((folder / "model.json").read_text())["column"], held["means"], held["prior"])

    def score_one(self, row):
        if row[self.column] is None:
            return self.prior
        far = ((self.means - np.asarray(row[self.column], dtype=np.float64)[None]) ** 2).mean(axis=(1, 2)) * 50
        shares = np.exp(-(far - far.min())) * self.prior
        return shares / shares.sum()

    def score(self, batch):
        cells = batch[self.column]
        return np.array([self.score_one({self.column: c}) for c in cells]).reshape(len(cells), len(self.means))


class LexiconScorer:
    """Every word that was labelled in training is labelled again."""

    name = "lexicon"
    reads = "columns"

    def __init__(self, column, words):
        self.column, self.words = column, words

    @classmethod
    def load(cls, folder):
        data = json.loads((folder / "model.json").read_text())
        return cls(data["column"], data["words"])

    def score_one(self, row):
        text, at, found = row[self.column] or "", 0, []
        for word in text.split(" "):
            if word in self.words:
                found.append((at, at + len(word), self.words[word]))
            at += len(word) + 1
        answer = np.empty((), dtype=object)
        answer[()] = tuple(found)
        return answer

    def score(self, batch):
        return objects([self.score_one({self.column: c})[()] for c in batch[self.column]])
