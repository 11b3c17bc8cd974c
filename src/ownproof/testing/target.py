"""The contract every target kind keeps, ours and other people's, checked on a column of your own."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core.input import Profile
from ownproof.core.prediction import Predictions
from ownproof.core.report import Finding, Section, blocks_from_json, blocks_to_json
from ownproof.core.target import Metric, Operating, Target, Terms
from ownproof.core.task import Task, Wishes
from ownproof.errors import OwnproofError

if TYPE_CHECKING:
    import polars as pl

Answer = Callable[[np.ndarray, Task], Predictions]
"""Predictions that give exactly these truths."""

CLOSE = 1e-9


def right(truth: np.ndarray, task: Task) -> Predictions:
    """Predictions that give exactly these truths: classes as sure probabilities, everything else as it is."""
    return Predictions(np.eye(len(task.classes))[truth] if task.classes else truth.copy())


@dataclass(frozen=True, slots=True, eq=False)
class _Bench:
    """One target kind, a task of it, its truth, right answers and wrong ones."""

    target: Target
    task: Task
    column: pl.Series
    truth: np.ndarray
    good: Predictions
    bad: Predictions
    ones: np.ndarray
    operating: Operating

    def tally(self, predictions: Predictions) -> np.ndarray:
        return self.target.tally(self.truth, predictions, self.task, self.operating)

    def score(self, tally: np.ndarray, weights: np.ndarray) -> Mapping[str, np.ndarray]:
        return self.target.score(tally, weights, self.task)


def check_target(cls: type, column: pl.Series, *, wishes: Wishes | None = None, answer: Answer = right) -> None:
    """Raise AssertionError, with what broke, unless the kind keeps its contract on this column.

    column: typed cells of the kind, at least 20, with repeats and none missing; answer: makes predictions that give
    the truths it is handed (needed where raw answers are neither probabilities nor the truths themselves).

    >>> import polars as pl
    >>> from ownproof.targets.label import LabelTarget
    >>> check_target(LabelTarget, pl.Series("paid", ["late", "on time", "on time"] * 10))
    """
    target = cls()
    _check_names(cls, target)
    task = _check_task(target, column, wishes or Wishes())
    truth = _check_truth(target, column, task)
    order = np.random.default_rng(0).permutation(len(truth))
    good, bad = answer(truth, task), answer(truth[order], task)
    ones = np.ones(len(truth))
    bench = _Bench(target, task, column, truth, good, bad, ones, _check_operating(target, truth, good, task))
    _check_distance(bench)
    _check_scores(bench)
    _check_weights(bench)
    _check_losses(bench)
    _check_comparison(bench)
    _check_calibration(bench)
    _check_answers(bench)
    _check_profile(bench)
    _check_words(bench)


def _holds(kept: Any, what: str) -> None:
    if not kept:
        raise AssertionError(what)


def _through_json(value: Any, what: str) -> Any:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as why:
        raise AssertionError(f"{what} is no JSON value: {value!r} ({why})") from None


def _check_names(cls: type, target: Any) -> None:
    _holds(isinstance(target, Target), f"{cls.__name__} lacks a method of ownproof.core.target.Target")
    _holds(target.name and target.name == target.name.lower(), f"{cls.__name__}.name is {target.name!r}")


def _check_task(target: Target, column: pl.Series, wishes: Wishes) -> Task:
    for some in (column, column.clear(), column.head(1)):
        sure = target.recognise(some)
        _holds(0.0 <= sure <= 1.0, f"recognise gave {sure!r}")
    _holds(target.recognise(column) > 0.0, "recognise gives 0 for a column of its own")
    task = target.task(column, wishes)
    _holds(isinstance(task, Task), f"task gave a {type(task).__name__}")
    _holds(task.target == target.name, f"the task's target is {task.target!r}, not {target.name!r}")
    _holds(task.column == column.name, f"the task's column is {task.column!r}, not {column.name!r}")
    _holds(task == target.task(column, wishes), "task answers differently the second time")
    _holds(Task.from_json(_through_json(task.to_json(), "the task")) == task, "the task does not come back from JSON")
    for nothing in (column.clear(), column.clear().extend_constant(None, 30)):
        _check_refusal(target, nothing)
    return task


def _check_refusal(target: Target, column: pl.Series) -> None:
    """A column without a known value is refused by an error that says what to do."""
    try:
        target.task(column, Wishes())
    except OwnproofError as why:
        _holds(why.hint and why.expected, f"the error {why.message!r} lacks what was expected or what to do")
    else:
        raise AssertionError("a column without a known value became a task")


def _check_truth(target: Target, column: pl.Series, task: Task) -> np.ndarray:
    truth = target.truth(column, task)
    _holds(isinstance(truth, np.ndarray) and truth.shape == (len(column),), "truth is no array with one entry a row")
    for cell, known in zip(column.to_list(), truth, strict=True):
        _holds(target.distance(target.read(cell, task), known) == 0.0, f"read and truth differ on {cell!r}")
        written = _through_json(target.to_json(known, task), "a truth")
        back = target.from_json(written, task)
        _holds(target.distance(back, known) == 0.0, f"{known!r} comes back from JSON as {back!r}")
    strata = target.strata(truth, task)
    _holds(strata.dtype == np.int64 and strata.shape == truth.shape, "strata are not int64, one a row")
    _holds(len(target.truth(column.clear(), task)) == 0, "truth of no cells is not empty")
    return truth


def _check_operating(target: Target, truth: np.ndarray, good: Predictions, task: Task) -> Operating:
    _holds(len(good) == len(truth), f"{len(good)} answers for {len(truth)} rows")
    point = target.operate(truth, good, np.ones(len(truth)), task)
    _holds(Operating.from_json(_through_json(point.to_json(), "operating")) == point, "operating is lost in JSON")
    return point


def _check_distance(bench: _Bench) -> None:
    values = list(bench.truth[:40])
    for a in values:
        _holds(bench.target.distance(a, a) == 0.0, f"{a!r} is apart from itself")
        for b in values:
            apart = bench.target.distance(a, b)
            _holds(0.0 <= apart <= 1.0, f"a distance of {apart}")
            _holds(apart == bench.target.distance(b, a), f"{a!r} and {b!r} are not as far apart the other way")


def _check_scores(bench: _Bench) -> None:
    metrics = bench.target.metrics(bench.task)
    _holds(bench.task.metric in metrics, f"the task's metric {bench.task.metric!r} is not among its metrics")
    _holds(metrics[bench.task.metric].judges, f"the task is judged by {bench.task.metric!r}, which does not judge")
    _holds(bench.target.part_metric(bench.task) in metrics, "part_metric is not a metric")
    _holds(all(isinstance(m, Metric) and m.name == n for n, m in metrics.items()), "a metric goes by another name")
    good, bad = bench.tally(bench.good), bench.tally(bench.bad)
    _holds(good.dtype == np.float64 and good.ndim == 2 and len(good) == len(bench.truth), "tally is not float64 (n, k)")
    one = bench.ones[None, :]
    best, worse = bench.score(good, one), bench.score(bad, one)
    _holds(set(best) == set(metrics), "score and metrics name different ones")
    for name, metric in metrics.items():
        _holds(best[name].shape == (1,), f"{name} under one weighting has shape {best[name].shape}")
        if metric.judges and math.isfinite(worse[name][0]):
            gain = float(metric.gain(best[name], worse[name])[0])
            _holds(gain >= -CLOSE, f"{name}: right answers score worse than wrong ones, by {-gain:g}")
    only = bench.target.score(good, one, bench.task, [bench.task.metric])
    _holds(list(only) == [bench.task.metric], "score gives more than the names asked for")


def _check_weights(bench: _Bench) -> None:
    """A row of weight k counts as k rows; many weightings at once give what each gives alone."""
    draw = np.random.default_rng(1)
    tally = bench.tally(bench.bad)
    weights = draw.integers(0, 4, size=(5, len(tally))).astype(np.float64)
    weights[:, :2] = 1.0
    together = bench.score(tally, weights)
    for i, line in enumerate(weights):
        repeated = np.repeat(tally, line.astype(np.int64), axis=0)
        apart = bench.score(repeated, np.ones((1, len(repeated))))
        for name, values in together.items():
            _holds(values.shape == (len(weights),), f"{name} under {len(weights)} weightings has shape {values.shape}")
            same = np.isclose(values[i], apart[name][0], rtol=1e-7, atol=CLOSE, equal_nan=True)
            _holds(same, f"{name} is {values[i]:g} under weights and {apart[name][0]:g} with rows repeated")


def _check_losses(bench: _Bench) -> None:
    right_ones = bench.target.losses(bench.truth, bench.good, bench.task)
    wrong_ones = bench.target.losses(bench.truth, bench.bad, bench.task)
    for losses in (right_ones, wrong_ones):
        _holds(losses.shape == bench.truth.shape and np.isfinite(losses).all(), "losses are not finite, one a row")
    _holds(right_ones.mean() <= wrong_ones.mean(), "right answers lose more than wrong ones")


def _check_comparison(bench: _Bench) -> None:
    target, task, both = bench.target, bench.task, (bench.operating, bench.operating)
    alike = target.differ(bench.good, bench.good, task, both)
    _holds(alike.dtype == bool and alike.shape == bench.truth.shape, "differ is not bool, one a row")
    _holds(not alike.any(), "answers differ from themselves")
    _holds(target.differ(bench.good, bench.bad, task, both).any(), "other answers do not differ")
    _holds(abs(target.agree(bench.good, bench.good, task) - 1.0) < CLOSE, "answers do not agree with themselves")
    _holds(-1.0 - CLOSE <= target.agree(bench.good, bench.bad, task) <= 1.0, "agreement outside -1 .. 1")
    terms = target.terms(bench.good, bench.bad, bench.ones, task, operating=both)
    _holds(isinstance(terms, Terms), f"terms gave a {type(terms).__name__}")
    names = {terms.metric, *terms.beside}
    _holds(names <= set(target.metrics(task)), f"terms name metrics that are not there: {sorted(names)}")
    _check_parts(bench)


def _check_parts(bench: _Bench) -> None:
    tally, weights = bench.tally(bench.bad), bench.ones[None, :]
    for part in bench.target.parts(bench.truth, bench.task):
        _holds(
            part.rows.dtype == bool and part.rows.shape == bench.truth.shape,
            f"the rows of part {part.name!r} are not bool",
        )
        for name in (part.metric, part.overall, part.rival):
            found = bench.target.score(tally, weights, bench.task, [name])
            _holds(list(found) == [name], f"part {part.name!r} names the metric {name!r}, which score does not give")


def _check_calibration(bench: _Bench) -> None:
    made = bench.target.calibrate(bench.truth, bench.bad, bench.ones, bench.task)
    back = _through_json(made, "the calibration")
    _holds(back == made, "the calibration changes in JSON")
    raw = bench.target.calibrated(bench.bad.raw, back)
    _holds(raw.shape == bench.bad.raw.shape, f"calibrated answers have shape {raw.shape}, not {bench.bad.raw.shape}")
    same = bench.target.calibrated(bench.bad.raw, {})
    _holds(
        all(np.array_equal(a, b) for a, b in zip(same, bench.bad.raw, strict=True)), "no calibration changes answers"
    )


def _check_answers(bench: _Bench) -> None:
    answers = bench.target.answers(bench.good.raw, bench.task, bench.operating)
    _holds(len(answers) == len(bench.truth), f"{len(answers)} answers for {len(bench.truth)} rows")
    for given, known in zip(answers, bench.truth, strict=True):
        written = _through_json(given, "an answer")
        _holds("prediction" in written, "an answer lacks `prediction`")
        if not bench.operating.details:  # a shift moves right answers on purpose
            back = bench.target.from_json(written["prediction"], bench.task)
            _holds(
                bench.target.distance(back, known) < CLOSE, f"the right answer for {known!r} is given as {written!r}"
            )
    alone = bench.target.answers(bench.good.raw[:1], bench.task, bench.operating)
    _holds(alone == answers[:1], "one row alone is answered differently")
    columns = bench.target.columns(bench.good.raw, bench.task, bench.operating)
    _holds(list(columns["prediction"]) == [a["prediction"] for a in answers], "`columns` predicts otherwise")
    for name in answers[0].get("probabilities") or {}:
        side = list(columns[f"probability_{name}"])
        _holds(side == [a["probabilities"][name] for a in answers], f"`columns` gives {name!r} another probability")


def _check_profile(bench: _Bench) -> None:
    profile = bench.target.profile(bench.truth, bench.task)
    _holds(isinstance(profile, Profile) and profile.rows == len(bench.truth), "the profile does not count the rows")
    back = Profile.from_json(_through_json(profile.to_json(), "the profile"))
    same = bench.target.drift(back, profile)
    _holds(isinstance(same, Finding), f"drift gave a {type(same).__name__}")
    _holds(same.level == "ok", "a profile has drifted from itself")
    bench.target.drift(profile, bench.target.profile(bench.truth[:0], bench.task))


def _check_words(bench: _Bench) -> None:
    blocks = bench.target.evidence(bench.truth, bench.bad, bench.task, bench.operating)
    sections = (Section("evidence", tuple(blocks)),)
    written = _through_json(blocks_to_json(sections), "the evidence")
    _holds(len(blocks_from_json(written)[0].blocks) == len(blocks), "evidence is lost in JSON")
    bench.target.evidence(bench.truth[:0], bench.bad.take(np.arange(0)), bench.task, bench.operating)
    for finding in bench.target.findings(bench.truth, bench.bad, bench.task, bench.operating):
        _holds(
            finding.level == "ok" or (finding.evidence and finding.advice),
            f"{finding.rule} accuses without evidence or advice",
        )
    for rows in (0, 1, len(bench.truth)):
        lines = bench.target.planning(bench.truth, bench.task, rows)
        _holds(all(isinstance(line, str) and line for line in lines), "planning is not sentences")
