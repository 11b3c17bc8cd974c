"""What every learner must keep to, ours and other people's: one call in a plug-in's own tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ownproof.core import registry
from ownproof.core.dataset import Dataset, Encoded
from ownproof.core.learner import Choice, Cost, Cut, Explains, Learner, Model, Shape
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.testing.samples import Sample
from ownproof.testing.scorer import check_scorer

_AGREES = 0.9  # correlation of answers that should mean the same
_NOTHING = Task("y", "no such target")


@dataclass(frozen=True, slots=True)
class _Bench:
    """One learner, one sample, and how it is fitted."""

    learner: Learner
    sample: Sample
    folder: Path
    params: Mapping[str, Any]
    tolerance: float

    @property
    def name(self) -> str:
        return self.learner.name

    def fit(
        self,
        train: Dataset | None = None,
        *,
        alone: bool = False,
        seed: int = 1,
        cores: int = 1,
        params: Mapping[str, Any] | None = None,
        told: list[float] | None = None,
        cut: bool = False,
    ) -> Model:
        """Fit on the sample's training rows, or on others; alone: without validation; cut: time is over at once."""

        def progress(share: float, text: str) -> None:
            _must(0 <= share <= 1 and isinstance(text, str), f"{self.name}: progress({share!r}, {text!r})")
            if told is not None:
                told.append(share)
            if cut:
                raise Cut

        workdir = self.folder / "work"
        workdir.mkdir(exist_ok=True)
        return self.learner.fit(
            train or self.sample.train,
            None if alone else self.sample.validation,
            self.sample.task,
            self.params if params is None else params,
            workdir=workdir,
            seed=seed,
            cores=cores,
            progress=progress,
        )

    def answers(self, model: Model, dataset: Dataset | None = None) -> NDArray[Any]:
        """The raw answers, their shape checked."""
        rows = self.sample.validation if dataset is None else dataset
        predictions = model.predict(rows)
        _check_answers(self.name, predictions.raw, len(rows), self.sample.task)
        _must(not predictions.hard, f"{self.name}: only an imported rule may be hard")
        return predictions.raw

    def saved(self, model: Model, name: str) -> tuple[Path, str]:
        """The model in a new folder, and the scorer that loads it."""
        folder = self.folder / name
        folder.mkdir()
        return folder, model.save(folder)


def check_learner(
    cls: Any, sample: Sample, folder: Path, *, params: Mapping[str, Any] | None = None, tolerance: float = 1e-6
) -> None:
    """Fit a learner of the class `cls` on a sample, many times over, and hold it to the protocol.

    folder: an empty one to work in. params: the recipe to try, the first of the portfolio unless given.
    tolerance: how far the saved files' answers may be from the model's own.
    Raises AssertionError, with a sentence, at the first thing that is wrong.
    """
    _check_words(cls)
    learner = cls()
    _check_accepts(learner, sample)
    shape = sample.shape
    _check_plan(learner, sample.task, shape)
    recipe = dict(learner.portfolio(sample.task, shape)[0] if params is None else params)
    bench = _Bench(learner, sample, folder, recipe, tolerance)
    model = _check_fit(bench)
    _check_saved(bench, model)
    _check_same(bench, model)
    _check_settle(bench, model)
    _check_cut(bench)
    _check_few(bench)
    _check_weights(bench, model)
    if learner.reads == "matrix":
        _check_strange_cells(bench, model)
    if sample.task.target == "label":
        _check_absent_class(bench)
    if isinstance(model, Explains):
        _check_contributions(bench, model)


def _check_words(cls: Any) -> None:
    name = getattr(cls, "name", "")
    _must(isinstance(name, str) and bool(name), f"{cls.__name__}.name must be a word, got {name!r}")
    _must(getattr(cls, "extra", 0) is None or isinstance(cls.extra, str), f"{name}: `extra` must be a word or None")
    _must(getattr(cls, "reads", None) in ("matrix", "columns"), f"{name}: `reads` must be 'matrix' or 'columns'")
    for flag in ("default", "baseline"):
        _must(isinstance(getattr(cls, flag, None), bool), f"{name}: `{flag}` must be True or False")
    _must(
        isinstance(getattr(cls, "least_units", None), int) and cls.least_units >= 1,
        f"{name}: `least_units` must be a whole number from 1 on",
    )
    _must(isinstance(cls(), Learner), f"{cls.__name__} lacks a method of ownproof.core.learner.Learner")


def _check_accepts(learner: Learner, sample: Sample) -> None:
    schema = sample.train.schema
    _must(
        learner.accepts(schema, sample.task) is None,
        f"{learner.name} refuses the sample: {learner.accepts(schema, sample.task)}",
    )
    for reason in (learner.accepts(schema, _NOTHING), learner.accepts(Schema(()), _NOTHING)):
        _must(
            isinstance(reason, str) and bool(reason),
            f"{learner.name}: `accepts` must give the reason why it cannot serve a task it never heard of",
        )


def _check_plan(learner: Learner, task: Task, shape: Shape) -> None:
    recipes = learner.portfolio(task, shape)
    _must(len(recipes) > 0, f"{learner.name}: a portfolio needs a recipe, at least an empty one")
    labels = [str(r.get("name", "")) for r in recipes]
    _must(len(set(labels)) == len(labels), f"{learner.name}: recipes need a `name` each, got {labels}")
    for recipe in recipes:
        _must(_is_json(recipe), f"{learner.name}: a recipe must hold JSON values only, got {recipe!r}")
        cost = learner.cost(recipe, shape)
        _must(
            isinstance(cost, Cost) and 0 < cost.seconds < np.inf and 0 <= cost.bytes < np.inf,
            f"{learner.name}: a cost must be finite, got {cost!r}",
        )
        _must(learner.cost(recipe, shape) == cost, f"{learner.name}: the cost of the same fit changed")
        dearer = learner.cost(recipe, replace(shape, rows=100 * shape.rows))
        _must(dearer.seconds >= cost.seconds, f"{learner.name}: a hundred times the rows must not be cheaper")
    for name, choice in learner.space(task).items():
        _must(isinstance(choice, Choice), f"{learner.name}: space[{name!r}] must be a Choice, got {choice!r}")


def _check_fit(bench: _Bench) -> Model:
    before = _contents(bench.sample.train)
    told: list[float] = []
    outside = _listing(Path.cwd())
    model = bench.fit(told=told)
    _must(isinstance(model, Model), f"{bench.name}: `fit` gave a {type(model).__name__}, which is no Model")
    _must(bool(told), f"{bench.name}: `fit` never called `progress`")
    _must(_is_json(model.facts), f"{bench.name}: `facts` must hold JSON values only, got {model.facts!r}")
    _must(
        _listing(Path.cwd()) == outside and _listing(bench.folder) <= {"work"},
        f"{bench.name}: `fit` wrote outside its workdir",
    )
    answers = bench.answers(model)
    _must(bool(np.all(answers == bench.answers(model))), f"{bench.name}: asked twice, it answers differently")
    _must(_contents(bench.sample.train) == before, f"{bench.name}: `fit` changes the rows it is given")
    return model


def _check_saved(bench: _Bench, model: Model) -> None:
    """What was written answers as the model does, through the scorer that `save` names."""
    folder, scorer = bench.saved(model, "saved")
    _must(isinstance(scorer, str) and bool(scorer), f"{bench.name}: `save` must give a scorer's name, got {scorer!r}")
    _must(any(folder.iterdir()), f"{bench.name}: `save` wrote nothing")
    cls = registry.load("scorers", scorer)
    if bench.sample.validation.encoded is None or cls.reads != "matrix":
        return
    batch = bench.sample.validation.encoded.matrix
    check_scorer(cls, folder, batch, tolerance=bench.tolerance)
    far = _far(cls.load(folder).score(batch), bench.answers(model))
    _must(far <= bench.tolerance, f"{bench.name}: the scorer {scorer} is off the model's own answers by {far:.3g}")


def _check_same(bench: _Bench, model: Model) -> None:
    first, _ = bench.saved(model, "first")
    again = bench.fit()
    second, _ = bench.saved(again, "second")
    _must(_bytes(first) == _bytes(second), f"{bench.name}: the same arguments must give the same bytes")
    _must(
        json.dumps(dict(again.facts)) == json.dumps(dict(model.facts)),
        f"{bench.name}: the same arguments must give the same facts",
    )
    far = _far(bench.answers(bench.fit(cores=2)), bench.answers(model))
    _must(far <= bench.tolerance, f"{bench.name}: answers depend on the number of cores, by {far:.3g}")


def _check_settle(bench: _Bench, model: Model) -> None:
    """What the folds found out is enough for a refit without validation."""
    settled = bench.learner.settle(bench.params, [model.facts, model.facts])
    _must(_is_json(settled), f"{bench.name}: settled parameters must hold JSON values only, got {settled!r}")
    cost = bench.learner.cost(settled, bench.sample.shape)
    _must(0 < cost.seconds < np.inf, f"{bench.name}: the refit's cost must be finite, got {cost!r}")
    answers = bench.answers(bench.fit(alone=True, params=settled))
    _must(
        _agree(answers, bench.answers(model)) >= _AGREES,
        f"{bench.name}: the settled refit on the same rows answers differently",
    )


def _check_cut(bench: _Bench) -> None:
    """When the time is over a fit lets Cut pass, or gives a model that answers."""
    try:
        model = bench.fit(cut=True)
    except Cut:
        return
    bench.answers(model)
    bench.saved(model, "cut")


def _check_few(bench: _Bench) -> None:
    few = bench.sample.train.take(np.arange(min(len(bench.sample.train), bench.learner.least_units)))
    bench.answers(bench.fit(few))
    bench.answers(bench.fit(few, alone=True))


def _check_weights(bench: _Bench, model: Model) -> None:
    train, rng = bench.sample.train, np.random.default_rng(5)
    plain = bench.answers(model)
    heavy = bench.answers(bench.fit(replace(train, weights=np.full(len(train), 3.0))))
    _must(_agree(heavy, plain) >= _AGREES, f"{bench.name}: weights that are all the same must change nothing much")
    times = rng.integers(1, 4, len(train))
    weighted = bench.answers(bench.fit(replace(train, weights=times.astype(np.float64)), alone=True))
    repeated = bench.answers(bench.fit(train.take(np.repeat(np.arange(len(train)), times)), alone=True))
    _must(_agree(weighted, repeated) >= _AGREES, f"{bench.name}: a row of weight k must count like k equal rows")
    if bench.sample.task.target == "label" and train.truth is not None:
        pushed = replace(train, weights=np.where(train.truth == 0, 20.0, 1.0))
        more = bench.answers(bench.fit(pushed, alone=True))[:, 0].mean()
        _must(more > plain[:, 0].mean(), f"{bench.name}: a class of heavier rows must get likelier")


def _check_strange_cells(bench: _Bench, model: Model) -> None:
    """Rows without a single value, and codes that training never met."""
    rows = bench.sample.validation
    assert rows.encoded is not None  # noqa: S101 - a learner of matrices was given one
    empty = _with_matrix(rows, np.full_like(rows.encoded.matrix, np.nan))
    bench.answers(model, empty)
    unseen = rows.encoded.matrix.copy()
    for i in rows.encoded.categorical:
        unseen[:, i] = rows.encoded.features[i].levels + 7
    answers = bench.answers(model, _with_matrix(rows, unseen))
    folder, scorer = bench.saved(model, "strange")
    loaded = registry.load("scorers", scorer).load(folder)
    far = _far(loaded.score(unseen), answers)
    _must(far <= bench.tolerance, f"{bench.name}: saved and unsaved differ on unseen codes, by {far:.3g}")
    hidden = _with_matrix(bench.sample.train, np.full_like(_matrix(bench.sample.train), np.nan))
    bench.answers(bench.fit(hidden))


def _check_absent_class(bench: _Bench) -> None:
    """A fold without one of the classes, and one with a single class only."""
    train = bench.sample.train
    truth = np.asarray(train.truth)
    last = len(bench.sample.task.classes) - 1
    for name, kept in (("without the last", truth != last), ("only the first", truth == 0)):
        model = bench.fit(train.take(kept), alone=True)
        answers = bench.answers(model)
        _must(bool(answers[:, last].mean() < 0.5), f"{bench.name}: a class that was never seen became likely")
        bench.saved(model, name)


def _check_contributions(bench: _Bench, model: Explains) -> None:
    rows = bench.sample.validation
    values = model.contributions(rows)
    wanted = (len(rows), _matrix(rows).shape[1])
    _must(
        values.shape == wanted and values.dtype == np.float64 and bool(np.isfinite(values).all()),
        f"{bench.name}: contributions must be finite float64 {wanted}, got {values.dtype} {values.shape}",
    )


def _check_answers(name: str, raw: Any, rows: int, task: Task) -> None:
    _must(isinstance(raw, np.ndarray) and len(raw) == rows, f"{name}: {rows} rows need an array of as many answers")
    if task.target == "label":
        wanted = (rows, len(task.classes))
        _must(
            raw.shape == wanted and raw.dtype == np.float64,
            f"{name}: labels need float64 probabilities of shape {wanted}, got {raw.dtype} {raw.shape}",
        )
        _must(
            bool(np.isfinite(raw).all() and (raw >= 0).all() and (raw <= 1).all()),
            f"{name}: a probability is outside 0..1",
        )
        _must(bool(np.abs(raw.sum(axis=1) - 1).max(initial=0) <= 1e-6), f"{name}: probabilities must sum to 1 in a row")
    elif task.target == "number":
        _must(
            raw.shape == (rows,) and raw.dtype == np.float64 and bool(np.isfinite(raw).all()),
            f"{name}: numbers need finite float64 of shape ({rows},), got {raw.dtype} {raw.shape}",
        )


def _agree(a: NDArray[Any], b: NDArray[Any]) -> float:
    """How far two sets of answers move together, 1 where both hardly move at all."""
    if object in (a.dtype, b.dtype):
        return float(np.mean([str(x) == str(y) for x, y in zip(a, b, strict=True)]))
    x, y = a.ravel(), b.ravel()
    if np.std(a, axis=0).max() < 1e-6 and np.std(b, axis=0).max() < 1e-6:
        return 1.0 if np.abs(x - y).max() < 0.1 * max(1.0, float(np.abs(x).max())) else 0.0
    return float(np.corrcoef(x, y)[0, 1])


def _far(a: NDArray[Any], b: NDArray[Any]) -> float:
    if object in (a.dtype, b.dtype):
        return 0.0 if [str(x) for x in a] == [str(y) for y in b] else np.inf
    return float(np.abs(a - b).max(initial=0.0)) if a.shape == b.shape else np.inf


def _with_matrix(dataset: Dataset, matrix: NDArray[np.float32]) -> Dataset:
    return replace(dataset, encoded=Encoded(matrix, dataset.encoded.features if dataset.encoded else ()))


def _matrix(dataset: Dataset) -> NDArray[np.float32]:
    return dataset.encoded.matrix if dataset.encoded else np.empty((len(dataset), 0), np.float32)


def _contents(dataset: Dataset) -> tuple[bytes, bytes]:
    return _matrix(dataset).tobytes(), b"" if dataset.truth is None else np.asarray(dataset.truth).tobytes()


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _listing(folder: Path) -> set[str]:
    return {p.name for p in folder.iterdir() if not p.name.startswith((".", "__"))}


def _is_json(value: Mapping[str, Any] | Sequence[Any]) -> bool:
    try:
        json.dumps(dict(value) if isinstance(value, Mapping) else list(value))
    except (TypeError, ValueError):
        return False
    return True


def _must(kept: bool, sentence: str) -> None:
    if not kept:
        raise AssertionError(sentence)
