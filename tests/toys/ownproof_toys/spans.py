"""Spans of a text: a cell such as `0-4:PER;10-14:LOC`."""

import re

import numpy as np

from ownproof.core.input import Profile
from ownproof.core.report import Finding
from ownproof.core.target import Metric, Target
from ownproof.core.task import Task
from ownproof.errors import InputError

CELL = re.compile(r"(\d+)-(\d+):(\w+)")


def parse(cell):
    """A cell as a tuple of (start, end, label); `-` is none. Raises ValueError."""
    if cell == "-":
        return ()
    found = [CELL.fullmatch(part) for part in cell.split(";")]
    if not all(found):
        raise ValueError(f"{cell!r} holds no spans such as 0-4:PER")
    return tuple((int(m[1]), int(m[2]), m[3]) for m in found)


def objects(values):
    """A list as an object array."""
    array = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        array[i] = value
    return array


class SpansTarget(Target):
    """Labelled pieces of a text, scored by exact match."""

    name = "spans"

    def recognise(self, column):
        cells = [c for c in column.drop_nulls().head(200).to_list() if isinstance(c, str)]
        return 1.0 if cells and all(c == "-" or CELL.fullmatch(c.split(";")[0]) for c in cells) else 0.0

    def task(self, column, wishes):
        if not any(parse(c) for c in column.drop_nulls().to_list()):
            raise InputError("no row has a span", expected="labelled spans", hint="check the column", where=column.name)
        return Task(column.name, self.name, metric=wishes.metric or "span_f1", worthwhile=wishes.worthwhile)

    def read(self, cell, task):
        return parse(cell)

    def truth(self, column, task):
        return objects([parse(c) for c in column.to_list()])

    def strata(self, truth, task):
        return np.array([min(len(t), 2) for t in truth], dtype=np.int64)

    def distance(self, a, b):
        one, other = set(a), set(b)
        return 0.0 if one == other else 1.0 - 2 * len(one & other) / (len(one) + len(other))

    def metrics(self, task):
        return {"span_f1": Metric("span_f1", decides=True)}

    def tally(self, truth, predictions, task, operating):
        rows = [(len(set(t) & set(p)), len(p), len(t)) for t, p in zip(truth, predictions.raw, strict=True)]
        return np.array(rows, dtype=np.float64).reshape(-1, 3)

    def score(self, tally, weights, task, names=()):
        hit, said, there = (np.asarray(weights, dtype=np.float64) @ tally).T
        with np.errstate(invalid="ignore"):
            return {"span_f1": 2 * hit / (said + there)}

    def differ(self, a, b, task, operating):
        return np.array([set(x) != set(y) for x, y in zip(a.raw, b.raw, strict=True)], dtype=bool)

    def profile(self, truth, task):
        counts = np.array([len(t) for t in truth], dtype=np.float64)
        return Profile(
            self.name, len(truth), 0, len(np.unique(counts)), {"spans": float(counts.mean()) if len(counts) else 0.0}
        )

    def drift(self, reference, now):
        return Finding("drift.spans", "ok", (), abs(reference.numbers["spans"] - now.numbers["spans"]), "", "")

    def to_json(self, answer, task):
        return [list(span) for span in answer]

    def from_json(self, value, task):
        return tuple((int(a), int(b), str(c)) for a, b, c in value)
