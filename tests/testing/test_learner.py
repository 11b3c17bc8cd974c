"""The suite itself: an honest learner passes, and each kind of dishonesty is caught."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ownproof.core.prediction import Predictions
from ownproof.learners.constant import ConstantLearner
from ownproof.testing.learner import check_learner
from ownproof.testing.samples import table_sample

SAMPLE = table_sample("binary", rows=120)


class Wrapped:
    """A model of the constant with one thing changed."""

    def __init__(self, model: Any, **changes: Any) -> None:
        self._model, self._changes = model, changes
        self.facts: Mapping[str, Any] = changes.get("facts", model.facts)

    def predict(self, dataset: Any) -> Predictions:
        raw = self._model.predict(dataset).raw
        return Predictions(self._changes.get("raw", lambda r: r)(raw), self._changes.get("hard", False))

    def save(self, folder: Path) -> str:
        name = self._model.save(folder)
        self._changes.get("after_save", lambda f: None)(folder)
        return name


def learner(**changes: Any) -> type:
    """A constant learner with one thing changed."""

    class Faulty(ConstantLearner):
        def fit(self, train, validation, task, params, *, workdir, seed, cores, progress):
            if changes.get("silent"):
                progress = lambda share, text: None  # noqa: E731
            if changes.get("stray"):
                (workdir.parent / "stray.txt").write_text("x")
            if changes.get("greedy"):
                train.encoded.matrix[0, 0] = 0.123
            model = super().fit(
                train, validation, task, params, workdir=workdir, seed=seed, cores=cores, progress=progress
            )
            return Wrapped(model, **changes)

    for name in ("name", "least_units", "reads", "default"):
        if name in changes:
            setattr(Faulty, name, changes[name])
    for name in ("accepts", "portfolio", "cost", "space", "settle"):
        if name in changes:
            setattr(Faulty, name, lambda self, *args, give=changes[name]: give)
    return Faulty


def count(values: list[int]):
    """A function that gives another value each time."""

    def after_save(folder: Path) -> None:
        values.append(len(values))
        (folder / "note.json").write_text(json.dumps(values))

    return after_save


def moved(folder: Path) -> None:
    says = json.loads((folder / "model.json").read_text("utf-8"))
    (folder / "model.json").write_text(json.dumps({**says, "answer": [0.25, 0.75]}))


def test_an_honest_learner_passes(tmp_path: Path) -> None:
    check_learner(learner(), SAMPLE, tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "must be a word"),
        ({"least_units": 0}, "from 1 on"),
        ({"reads": "pages"}, "'matrix' or 'columns'"),
        ({"default": "yes"}, "True or False"),
        ({"accepts": None}, "reason"),
        ({"accepts": "never"}, "refuses the sample"),
        ({"portfolio": ()}, "needs a recipe"),
        ({"portfolio": ({"name": "a"}, {"name": "a"})}, "a `name` each"),
        ({"portfolio": ({"x": np.int64(3)},)}, "JSON"),
        ({"cost": 3.0}, "cost must be finite"),
        ({"space": {"C": (0, 1)}}, "must be a Choice"),
        ({"silent": True}, "never called `progress`"),
        ({"stray": True}, "outside its workdir"),
        ({"greedy": True}, "changes the rows"),
        ({"facts": {"x": np.float32(1)}}, "JSON"),
        ({"raw": lambda r: r[:, :1]}, "float64 probabilities of shape"),
        ({"raw": lambda r: 2 * r}, "outside 0..1"),
        ({"raw": lambda r: r / 2}, "sum to 1"),
        ({"raw": lambda r: r.astype(np.float32)}, "float64"),
        ({"hard": True}, "only an imported rule"),
        ({"after_save": moved}, "off the model's own answers"),
        ({"after_save": count([])}, "same bytes"),
        ({"settle": {"x": np.int64(1)}}, "JSON"),
    ],
)
def test_a_fault_is_caught_and_said_in_a_sentence(changes, said, tmp_path: Path) -> None:
    sample = table_sample("binary", rows=120) if changes.get("greedy") else SAMPLE
    with pytest.raises(AssertionError, match=said):
        check_learner(learner(**changes), sample, tmp_path)


def test_a_learner_deaf_to_weights_is_caught(tmp_path: Path) -> None:
    class Deaf(ConstantLearner):
        def fit(self, train, validation, task, params, **more):
            return super().fit(replace(train, weights=None), validation, task, params, **more)

    with pytest.raises(AssertionError, match="heavier rows"):
        check_learner(Deaf, SAMPLE, tmp_path)
