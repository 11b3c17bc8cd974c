"""Made-up contests: truth, a model and a baseline with a known relation, evaluated with few resamples."""

from dataclasses import replace

import numpy as np
import polars as pl

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.phases.evaluate import Contender, evaluate
from ownproof.targets.label import LabelTarget
from ownproof.targets.number import NumberTarget

LABELS, NUMBERS = LabelTarget(), NumberTarget()
TWO = Task("paid", "label", classes=("on time", "late"), positive="late", metric="roc_auc")
PRICE = Task("price", "number", metric="rmse")
POLICY = replace(Policy(), resamples=200)


def dataset(truth, weights=None):
    frame = pl.LazyFrame({"row": np.arange(len(truth))})
    return Dataset(frame, Schema(()), "made up", len(truth), truth=truth, weights=weights)


def two(score):
    p = 1.0 / (1.0 + np.exp(-np.asarray(score, dtype=np.float64)))
    return Predictions(np.column_stack([1.0 - p, p]))


def hard(decision):
    return Predictions(np.eye(2)[np.asarray(decision).astype(int)], hard=True)


def constant(n, share=0.2):
    return Predictions(np.tile([1.0 - share, share], (n, 1)))


def late(n, seed=0, share=0.2):
    return (np.random.default_rng(seed).random(n) < share).astype(np.int64)


def scored(truth, separation, seed=1):
    """Scores whose classes lie `separation` standard deviations apart."""
    return two(separation * (truth - 0.5) + np.random.default_rng(seed).normal(size=len(truth)))


def contender(name, predictions, truth, task=TWO, target=LABELS):
    return Contender(name, predictions, target.operate(truth, predictions, np.ones(len(truth)), task))


def judge(truth, model, baseline, *, task=TWO, target=LABELS, units=None, weights=None, others=(), before=None,
          **wishes):  # fmt: skip
    """The report on a model and a baseline, given as predictions."""
    settings = {"evidence": "out-of-fold", "level": 0.95, "policy": POLICY, "seed": 3, **wishes}
    return evaluate(
        dataset(truth, weights), np.arange(len(truth)) if units is None else units, task, target,
        model=replace(contender("lightgbm", model, truth, task, target), before=before),
        baseline=contender("majority", baseline, truth, task, target),
        others=[contender(name, p, truth, task, target) for name, p in others], **settings,
    )  # fmt: skip


def gate(report, name):
    (found,) = [g for g in report.gates if g.id == name]
    return found


def findings(report, rule):
    return [f for f in report.findings if f.rule == rule]
