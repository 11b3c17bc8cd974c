"""Train and evaluate as steps: folds, budget and memory come from the project, the work is the phases'."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset, Encoded
from ownproof.core.encoder import Encoder
from ownproof.core.learner import Candidate, Learner, Shape
from ownproof.core.policy import Policy
from ownproof.core.report import Finding, Grid, Note, Report, Section
from ownproof.core.split import Split
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.errors import UsageError
from ownproof.phases import explain as explain_phase
from ownproof.phases.evaluate import Contender
from ownproof.phases.evaluate import evaluate as evaluate_phase
from ownproof.phases.prepare import characters, prepare
from ownproof.phases.train import plan as planning
from ownproof.phases.train.folds import Bench, Tried, try_out
from ownproof.phases.train.run import Trained, cheaper, out_of_fold
from ownproof.project.code import code_digest
from ownproof.project.distilling import distil, room
from ownproof.project.quality import add_errors, add_seeds, add_suspects, two_learners
from ownproof.project.rules import rule_contender
from ownproof.project.state import State
from ownproof.project.store import digest
from ownproof.stats.ordered import distinct

REFERENCE = "linear"
PROBE_ROWS = 5000
EXPLAIN_AGAIN_S = 5.0  # for a choice that had to be made anew


def preparing(state: State) -> Any:
    """The prepare phase with this run's input kinds."""
    inputs = state.need("loaded").inputs

    def prepared(train: Dataset, others: Sequence[Dataset]) -> tuple[Encoder, list[Dataset]]:
        return prepare(train, others, inputs)

    return prepared


def workdir(state: State) -> Path:
    """A folder that learners may write in."""
    folder = state.project.store.root / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def base_digest(state: State) -> str:
    """What every fit of this run depends on beside its recipe."""
    dataset, split = state.need("dataset"), state.need("split")
    folds = [[f.train, f.validation] for f in split.folds]
    return digest(
        code_digest(),
        dataset.fingerprint,
        dataset.schema.to_json(),
        state.need("task").to_json(),
        split.work,
        [a for pair in folds for a in pair],
        dataset.weigh(),
    )


def note_trained(state: State, rows: np.ndarray) -> None:
    """Remember, before the first fit, which units are trained on: a later generation seals none of them."""
    keys = distinct(state.need("keys")[rows])
    key = f"{state.need('seal').generation}-{digest(keys)[:32]}"

    def write(folder: Path) -> None:
        np.save(folder / "keys.npy", keys, allow_pickle=False)

    state.project.store.put("trained", key, write)


def train(state: State) -> None:
    """Make the plan (or follow the one that was recorded), work it off, and choose."""
    project, config = state.project, state.project.config
    dataset, split, task = state.need("dataset"), state.need("split"), state.need("task")
    learners: Mapping[str, Learner] = registry.learners()
    note_trained(state, split.work)
    started = time.monotonic()
    wanted = planning.Wanted(config.budget_s, config.trials, config.learners)
    units = len(distinct(split.units[split.work]))
    encoded = _probe(state)
    width = len(encoded.features)
    rows = _usual(split, state.policy)
    chosen, left_out = planning.available(learners, wanted, dataset.schema, task, units=units, width=width, rows=rows)
    plan = _plan(state, chosen, wanted, left_out, encoded)
    deadline = float("inf") if config.budget_s is None else started + config.budget_s * planning.CLOCK_SHARE
    bench = Bench(
        dataset,
        split,
        task,
        state.need("target"),
        preparing(state),
        project.memo(),
        base_digest(state),
        workdir(state),
        config.seed,
        config.cores,
        time.monotonic,
        deadline,
        decay=state.policy.interval_decay,
    )
    trained = out_of_fold(
        bench,
        chosen,
        plan,
        policy=state.policy,
        most_us=1e3 * (config.max_latency_ms or float("inf")),
        news=lambda done, total, words: state.news("train", done, total, words),
    )
    if config.distil:
        trained = distil(state, bench, trained, learners)
    state.facts |= {"train_s": time.monotonic() - started, "bench": bench}
    if trained.cut:
        project.note("budget.cut", {"run": state.run, "what": trained.cut})
    _reference(state, bench, trained, learners)
    _settle(state, trained, explain_until=started + (config.budget_s or 1e9))


def _settle(state: State, trained: Trained, *, explain_until: float) -> None:
    """What was chosen becomes the run's model, with its page and what drives it."""
    state.trained = trained
    _contenders(state, trained)
    state.add(
        "train",
        Report("train", tuple(_findings(trained, state.need("task"))), sections=(_leaderboard(state, trained),)),
    )
    _explain(state, state.facts["bench"], registry.learners(), deadline=explain_until)


def choose_cheaper(state: State) -> bool:
    """Choose from the same candidates in half the time a row, and judge that choice; False where nothing is cheaper."""
    bench: Bench = state.facts["bench"]
    found = cheaper(bench, state.need("trained"))
    if found is None:
        return False
    names = [t.candidate.label for t, _ in found.choice.members]
    state.project.note_once("choice.cheaper", {"run": state.run, "members": names, "most_us": found.terms.most_us})
    _settle(state, found, explain_until=time.monotonic() + EXPLAIN_AGAIN_S)
    evaluate(state)
    return True


def _reference(state: State, bench: Bench, trained: Trained, learners: Mapping[str, Learner]) -> None:
    """The linear model that every result is held against, fitted apart where `--learners` left it out; it cannot ship."""
    found = trained.best_of(REFERENCE)
    learner = learners.get(REFERENCE)
    able = learner is not None and learner.accepts(bench.dataset.schema, bench.task) is None
    if found is None and learner is not None and able and not bench.cut:  # once the time is over, so it is for this
        shape = Shape.of(bench.fold(0)[0].encoded, len(bench.split.folds[0].train), answers=len(bench.task.classes))
        if shape.features:
            found = try_out(bench, learner, Candidate(REFERENCE, learner.portfolio(bench.task, shape)[0]))
    state.facts["reference"] = found


def _probe(state: State) -> Encoded:
    """The matrix of some training rows: how wide it is and how fine."""
    split = state.need("split")
    _, (some,) = preparing(state)(state.need("dataset").take(split.folds[0].train[:PROBE_ROWS]), [])
    found: Encoded = some.encoded
    return found


def _plan(
    state: State,
    chosen: Mapping[str, Learner],
    wanted: planning.Wanted,
    left_out: Sequence[tuple[str, str]],
    encoded: Encoded,
) -> planning.Plan:
    """The plan recorded for this run, else a new one, recorded before anything is fitted."""
    for entry in state.project.ledger.entries("plan"):
        if entry.data["run"] == state.run:
            return planning.Plan.from_json(entry.data["plan"])
    dataset, split, task = state.need("dataset"), state.need("split"), state.need("task")
    rows, held = _usual(split, state.policy), sum(len(f.validation) for f in split.folds) // len(split.folds)
    shape = Shape.of(encoded, rows, answers=len(task.classes), cores=state.project.config.cores, held=held)
    plan = planning.make(
        chosen,
        wanted,
        task,
        shape=shape,
        folds=len(split.folds),
        policy=room(state),
        left_out=left_out,
        characters=characters(dataset.take(split.folds[0].train[:PROBE_ROWS]), state.need("loaded").inputs),
    )
    state.project.note("plan", {"run": state.run, "plan": plan.to_json()})
    return plan


def _usual(split: Split, policy: Policy) -> int:
    """Training rows of a fold. Forward windows grow: of many rows, where that tells what has room, their mean counts."""
    sizes = [len(fold.train) for fold in split.folds]
    return sizes[0] if len(split.work) <= policy.three_folds_up_to else -(-sum(sizes) // len(sizes))


def _contenders(state: State, trained: Trained) -> None:
    """The model, the bar it must clear, and the linear model that is always in the table."""
    names = " + ".join(
        f"{t.candidate.label} {w:.0%}" if len(trained.choice.members) > 1 else t.candidate.label
        for t, w in trained.choice.members
    )
    before = trained.choice.predictions if trained.calibration else None
    state.model = Contender(names, trained.predictions, trained.operating, before)
    answered = state.need("dataset").take(state.need("split").answered)
    rule = rule_contender(state, answered)
    state.baseline = rule if rule is not None else baseline_of(state, trained)
    linear = state.facts.get("reference")
    if [t for t, _ in trained.choice.members] == [linear]:
        linear = None  # it won: there is nothing to hold it against
    state.others = (contender(state, linear, "linear"),) if linear else ()


def contender(state: State, tried: Tried, name: str) -> Contender:
    """A candidate as evaluation sees it: calibrated, with its own operating point."""
    answered = state.need("dataset").take(state.need("split").answered)
    target, task = state.need("target"), state.need("task")
    calibration = target.calibrate(answered.truth, tried.predictions, answered.weigh(), task)
    predictions = replace(tried.predictions, raw=target.calibrated(tried.predictions.raw, calibration))
    return Contender(name, predictions, target.operate(answered.truth, predictions, answered.weigh(), task))


def baseline_of(state: State, trained: Trained) -> Contender:
    """The strongest of the baselines by the task's metric on out-of-fold answers; `--rule majority` forces the constant."""
    answered = state.need("dataset").take(state.need("split").answered)
    target, task = state.need("target"), state.need("task")
    metric = target.metrics(task)[task.metric]
    scored = []
    for name, tried in trained.baselines.items():
        if state.project.config.rule == "majority" and name != "constant":
            continue
        each = contender(state, tried, _baseline_name(name, tried))
        value = target.score(
            target.tally(answered.truth, each.predictions, task, each.operating),
            answered.weigh()[None],
            task,
            [task.metric],
        )[task.metric][0]
        scored.append((value if metric.greater else -value, name, each))
    if not scored:
        raise UsageError(
            f"no baseline can answer for the target kind {task.target!r}",
            where="train",
            code="no-baseline",
            expected="a learner with baseline=True that accepts it",
            hint="install or write one, or name --rule",
        )
    best = max(scored, key=lambda s: (np.nan_to_num(s[0], nan=-np.inf), s[1]))
    state.facts["baseline_learner"] = best[1]
    return best[2]


def _baseline_name(name: str, tried: Tried) -> str:
    column = tried.facts[0].get("column") if tried.facts else None
    words = name.replace("_", " ")
    return f"{words} ({column})" if column else words


def _findings(trained: Trained, task: Task) -> list[Finding]:
    found = planning.findings(trained.plan)
    if task.details.get("why"):
        names = ", ".join(task.details["objectives"])
        words = f"{task.details['why']}; recipes that minimise by {names} are tried, and out-of-fold answers choose"
        found.append(Finding("train.objectives", "ok", (), None, words))
    if trained.cut:
        found.append(Finding("budget.cut", "warn", (), None, trained.cut, "give a larger --budget for the whole plan"))
    return found


def _leaderboard(state: State, trained: Trained) -> Section:
    answered = state.need("dataset").take(state.need("split").answered)
    target, task = state.need("target"), state.need("task")
    shares = {id(t): w for t, w in trained.choice.members}
    rows, candidates = [], []
    students = [t for t, _ in trained.choice.members if all(t is not each for each in trained.tried)]
    named = [(t, t.candidate.label) for t in (*students, *trained.tried)] + [
        (t, _baseline_name(n, t)) for n, t in trained.baselines.items()
    ]
    reference = state.facts.get("reference")
    if reference is not None and all(t is not reference for t in trained.tried):
        named.append((reference, f"{reference.candidate.label} (for comparison)"))
    for tried, label in named:
        values = target.score(
            target.tally(answered.truth, tried.predictions, task, Operating()),
            answered.weigh()[None],
            task,
            [task.metric],
        )
        value = float(values[task.metric][0])
        rows.append((label, value, tried.loss, shares.get(id(tried)), tried.seconds))
        candidates.append(
            {
                "name": label,
                "learner": tried.candidate.learner,
                "params": dict(tried.candidate.params),
                "metric": task.metric,
                "value": value,
                "loss": tried.loss,
                "weight": shares.get(id(tried), 0.0),
                "seconds": tried.seconds,
            }
        )
    state.facts["candidates"] = candidates
    grid = Grid(
        ("candidate", task.metric, "loss", "share in the model", "seconds"),
        tuple(rows[:40]),
        "Out-of-fold results, best first; the last rows are the bars to clear",
    )
    words = f"{trained.done} of {len(trained.plan.baselines) + len(trained.plan.items) + trained.plan.trials} planned items were tried."
    return Section("Candidates", (Note(words), grid), "candidates")


def _explain(state: State, bench: Bench, learners: Mapping[str, Learner], *, deadline: float) -> None:
    """What drives the model and whether more rows would help, while there is time; kept like any other work."""
    best = state.need("trained").choice.members[0][0]
    key = "explain-" + digest(bench.base, state.run, best.candidate.to_json())[:32]
    kept = state.project.store.get_json("explain", key)
    if kept is None and time.monotonic() < deadline:
        bench.deadline = deadline
        found = explain_phase.explain(
            bench.fold,
            learners[best.candidate.learner],
            best,
            task=bench.task,
            target=bench.target,
            workdir=bench.workdir,
            seed=bench.seed,
            cores=bench.cores,
            progress=bench.progress,
            over=lambda: bench.cut,
        )
        kept = found
        if not bench.cut:
            state.project.store.put_json("explain", key, found)
    if kept is not None:
        state.add("explain", explain_phase.report(kept))


def slices(dataset: Dataset) -> dict[str, np.ndarray]:
    """Rows by the values of the columns that the user wants evaluated apart (the 12 most frequent of each)."""
    masks: dict[str, np.ndarray] = {}
    for name in dataset.schema.slices:
        column = dataset.column(name)
        import polars as pl

        if column.dtype == pl.Float64 and column.n_unique() > 12:
            column = column.qcut(4, allow_duplicates=True).cast(pl.String)
        words = column.cast(pl.String).fill_null("(missing)")
        counts = words.value_counts(sort=True).head(12)
        for value in counts[words.name].to_list():
            masks[f"{name}={value}"] = (words == value).to_numpy()
    return masks


def evaluate(state: State) -> None:
    """The verdict on out-of-fold evidence."""
    split = state.need("split")
    answered = state.need("dataset").take(split.answered)
    report = evaluate_phase(
        answered,
        split.units[split.answered],
        state.need("task"),
        state.need("target"),
        model=state.need("model"),
        baseline=state.need("baseline"),
        others=state.others,
        evidence="out-of-fold",
        level=state.policy.level,
        policy=state.policy,
        seed=state.project.config.seed,
        slices=slices(answered),
    )
    state.evidence = "out-of-fold"
    verdict = report.facts["verdict"]
    state.verdict = verdict.word if verdict else None
    state.add("evaluate", report)
    if verdict:
        add_errors(state)
        add_seeds(state)
        add_suspects(state, two_learners(state.need("trained").tried, state.facts.get("reference")))
