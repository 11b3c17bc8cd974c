"""Distil: a student is taught, held against the model that taught it, and takes its place if it is not worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ownproof.core.learner import Learner
from ownproof.core.policy import Policy
from ownproof.core.report import Finding, Report, Verdict
from ownproof.phases.evaluate import Contender
from ownproof.phases.evaluate import evaluate as evaluate_phase
from ownproof.phases.train.distil import LEARNER, student
from ownproof.phases.train.folds import Bench
from ownproof.phases.train.run import Trained, taught
from ownproof.project.state import State

TEACHING_SHARE = 0.4  # of what is planned, kept for a student
MARGIN = 0.5  # of a worthwhile gain: so much a student may be worse


def room(state: State) -> Policy:
    """The policy of the plan: a student and the fits that teach it need a share of the budget."""
    share = TEACHING_SHARE if state.project.config.distil else 0.0
    return replace(state.policy, planned_share=state.policy.planned_share * (1 - share))


def distil(state: State, bench: Bench, trained: Trained, learners: Mapping[str, Learner]) -> Trained:
    """The training with the student in the model's place, or as it was; the finding `train.distilled` says why."""
    finding, result = _tried(state, bench, trained, learners)
    state.reports["distil"] = Report("train", (finding,))
    if result is not trained:
        state.facts["teacher"] = trained
    return result


def _tried(state: State, bench: Bench, trained: Trained, learners: Mapping[str, Learner]) -> tuple[Finding, Trained]:
    members = trained.choice.members
    label = learners[LEARNER].accepts(bench.dataset.schema, bench.task)
    if [t.candidate.learner for t, _ in members] == ["linear"]:
        return _said("the chosen model is linear: there is nothing smaller to teach"), trained
    if label is not None or trained.choice.predictions.hard or trained.choice.predictions.raw.dtype == object:
        return _said(f"no student can be taught: {label or 'answers of this kind cannot be averaged'}"), trained
    pupil = None if bench.cut else student(bench, learners, members)
    if pupil is None:
        advice = "give a larger --budget, or leave out --distil"
        return Finding("train.distilled", "warn", (), None, "the clock left no time for a student", advice), trained
    result = taught(bench, trained, pupil)
    verdict = _against(state, bench, trained, result)
    if verdict is None:
        return _said("the student cannot be compared: its answers are not finite"), trained
    least = -MARGIN * verdict.worthwhile
    kept = verdict.low >= least
    words = (
        f"{verdict.metric} of the student {verdict.model:.5g}, of the model that taught it {verdict.value:.5g}: a gain of "
        f"{verdict.gain:.3g} ({verdict.low:.3g} to {verdict.high:.3g}); not worse from {least:.3g} on, so "
        + ("the student ships" if kept else "the model ships and not its student")
    )
    return Finding("train.distilled", "ok", (), verdict.gain, words), result if kept else trained


def _said(words: str) -> Finding:
    return Finding("train.distilled", "ok", (), None, words)


def _against(state: State, bench: Bench, trained: Trained, result: Trained) -> Verdict | None:
    """The student against its teacher on out-of-fold answers, paired."""
    answered = bench.dataset.take(bench.split.answered)
    report = evaluate_phase(
        answered,
        bench.split.units[bench.split.answered],
        replace(bench.task, floors={}),
        bench.target,
        model=Contender("the student", result.predictions, result.operating),
        baseline=Contender("the model that taught it", trained.predictions, trained.operating),
        evidence="out-of-fold",
        level=state.policy.level,
        policy=state.policy,
        seed=bench.seed,
    )
    found: Verdict | None = report.facts["verdict"]
    return found
