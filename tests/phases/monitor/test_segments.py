"""Declared segments."""

import json

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import Measure
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.phases.monitor.performance import Watched
from ownproof.phases.monitor.sample import Sample, Told
from ownproof.phases.monitor.segments import RARE, segments
from ownproof.targets.label import LabelTarget

TASK = Task("y", "label", classes=("no", "yes"), positive="yes", metric="roc_auc")
WATCHED = Watched(LabelTarget(), TASK, Operating(0.5), {}, {"roc_auc": Measure(0.85, 0.83, 0.87)}, 0.02)


def read(texts):
    return np.array([TASK.classes.index(json.loads(t)) for t in texts], dtype=np.int64), np.arange(len(texts))


def made(seed=0):
    """Three towns, one of which the model is no good in, and a few rows of many others."""
    draw = np.random.default_rng(seed)
    town = np.array(["Bern"] * 500 + ["Chur"] * 400 + ["Thun"] * 300 + [f"v{i % 30}" for i in range(60)], dtype=object)
    n = len(town)
    z = draw.normal(size=n) * 2
    said = 1 / (1 + np.exp(-z))
    truth = draw.random(n) < np.where(town == "Thun", 0.5, said)
    told = {i: (Told(1.0, 1.0, json.dumps("yes" if truth[i] else "no")),) for i in range(n)}
    raw = np.column_stack([1 - said, said])
    blank = np.full(n, None, dtype=object)
    return Sample(np.arange(n, dtype=np.uint64), blank, blank, np.zeros(n), raw, np.zeros((n, 0)), {"town": town}, told)


def test_levels_stand_apart_and_rare_ones_together():
    found = segments([made()], "town", WATCHED, when=9.0, read=read, policy=Policy())
    assert [s["level"] for s in found] == ["Bern", "Chur", "Thun", RARE]
    assert [s["rows"] for s in found] == [500, 400, 300, 60]
    assert sum(s["share"] for s in found) == 1.0


def test_the_segment_that_fares_worse_than_promised_is_named_and_no_other():
    for seed in range(3):
        found = segments([made(seed)], "town", WATCHED, when=9.0, read=read, policy=Policy())
        assert [s["level"] for s in found if s["worse"]] == ["Thun"]


def test_before_labels_come_nothing_is_said_of_them():
    found = segments([made()], "town", WATCHED, when=0.5, read=read, policy=Policy())
    assert all(s["realised"] is None and not s["worse"] for s in found)
