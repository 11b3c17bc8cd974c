"""The table of steps: what each needs, makes and stops; the only place where phases are joined."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core import registry
from ownproof.core.moments import moments
from ownproof.core.report import Finding, Gate, Note, Report, Section, plain
from ownproof.core.schema import Schema
from ownproof.core.target import Target
from ownproof.core.task import Task
from ownproof.errors import InputError, UsageError, did_you_mean
from ownproof.phases import audit as audit_phase
from ownproof.phases import seal as seal_phase
from ownproof.phases import split as split_phase
from ownproof.phases.seal import Seal
from ownproof.project import config as settings
from ownproof.project import packing, training, unlabelled
from ownproof.project.availability import read_available
from ownproof.project.data import load
from ownproof.project.labelling.gate import agreement
from ownproof.project.monotone import monotone_of
from ownproof.project.rules import named_rule
from ownproof.project.state import State


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table. does: the step as a function of the state; gate: what it stops, for the docs."""

    name: str
    does: Callable[[State], None]
    gate: str


def read(state: State) -> None:
    """Read, type and store the data; make the task."""
    config, project = state.project.config, state.project
    behind = config.test or config.against
    known = {c.name: c for c in state.seal.columns} if state.seal else None
    loaded = load(
        state.source,
        config.roles(),
        project.store,
        known=known,
        mark=state.mark,
        behind=behind,
        behind_role="test" if config.test else "against",
        named=state.facts.get("named", {}),
    )
    state.loaded = loaded
    dataset = loaded.dataset
    state.target, column = _target(state), dataset.column(config.target)
    if not dataset.height:
        raise InputError(
            f"target {config.target!r} has no known value",
            expected="a column with the answers",
            hint="name another column with --target, or add the values",
            where=config.target,
            code="target-missing",
        )
    if dataset.height < state.policy.rows_least:
        raise InputError(
            f"the data has {dataset.height} rows with a target",
            expected=f"{state.policy.rows_least} or more",
            hint="bring more rows; with so few nothing can be shown",
            where=str(state.source),
            code="too-few",
        )
    costs = settings.parse_costs(config.cost, project.root) if config.cost else None
    task = state.target.task(column, config.wishes(costs))
    dataset = replace(dataset, schema=_target_role(dataset.schema, config.target))
    kinds = tuple(sorted({c.kind for c in dataset.schema.features}))
    if not kinds:
        raise InputError(
            "no column is left to learn from",
            expected="at least one feature beside the target",
            hint="every other column is an identifier, constant or dropped; see `ownproof audit`",
            where=str(state.source),
            code="no-features",
        )
    state.task = _monotone(replace(task, inputs=kinds), dataset.schema, config.monotone)
    weights = _weights(dataset, config.weight)
    state.dataset = replace(dataset, truth=state.target.truth(column, state.task), weights=weights)
    state.facts["available"] = read_available(config.available, dataset.schema.names) if config.available else {}
    named_rule(config.rule, dataset.schema, state.task)  # what is wrong with it is said before anything is sealed
    state.reports["read"] = Report("read", loaded.findings)


def _monotone(task: Task, schema: Schema, said: Sequence[str]) -> Task:
    """The task with what the answer may only rise or fall with. Absolute errors are learnt by leaves that are set anew
    after a tree is grown, which keeps to nothing: they are not offered then."""
    found = monotone_of(said, schema, task)
    if not found:
        return task
    objectives = [o for o in task.details.get("objectives", ()) if o != "absolute"]
    return replace(task, details={**task.details, "monotone": found, "objectives": objectives})


def _target(state: State) -> Target:
    targets = registry.targets()
    config = state.project.config
    if config.task is not None:
        if config.task not in targets:
            raise UsageError(
                f"no target kind is called {config.task!r}",
                expected="a target kind",
                where="--task",
                hint=did_you_mean(config.task, list(targets), what="target kinds"),
            )
        chosen: Target = targets[config.task]
        return chosen
    column = state.need("loaded").dataset.column(config.target)
    sure = {name: kind.recognise(column) for name, kind in targets.items()}
    best: Target = targets[max(sure, key=lambda n: (sure[n], n))]
    return best


def _target_role(schema: Schema, target: str) -> Schema:
    column = schema[target]
    return schema.with_columns({target: replace(column, role="target")})


def _weights(dataset: Any, name: str | None) -> np.ndarray | None:
    if name is None:
        return None
    column = dataset.column(name)
    try:
        weights = np.asarray(column.cast(float).fill_null(float("nan")).to_numpy(), dtype=np.float64)
    except Exception:  # noqa: BLE001 - whatever cannot become numbers is no weight
        weights = np.array([np.nan])
    if not np.all(np.isfinite(weights)) or np.any(weights < 0) or not np.any(weights > 0):
        raise InputError(
            f"the weights in {name!r} are not all numbers from 0",
            expected="finite numbers, none below 0",
            hint="mend the column or leave out --weight",
            where="--weight",
        )
    return np.asarray(weights / weights.mean())


def seal(state: State) -> None:
    """Match the rows with the sealed list, or draw it: before anything else looks at the rows."""
    inputs = state.need("loaded").inputs
    findings: tuple[Finding, ...] = ()
    if state.seal is None:
        state.seal, findings = _draw(state)
        keep_seal(state, state.seal)
    sealed = state.seal
    adopt_time(state, sealed)
    dataset, config = state.need("dataset"), state.project.config
    found = seal_phase.match(sealed, dataset, inputs, policy=state.policy)
    aside = found.late
    if sealed.kind == "supplied":  # rows of the data that equal a test row are no test rows, and are not trained on
        own = np.arange(len(dataset)) < state.need("loaded").rows
        aside, found = found.sealed & own, replace(found, sealed=found.sealed & ~own)
    if config.against and not config.test:
        aside = aside | (np.arange(len(dataset)) >= state.need("loaded").rows)
    state.matched, state.keys, state.aside = found, found.keys, aside
    time = dataset.schema.role("time")
    state.times = moments(dataset, time.name) if time else None
    group = dataset.schema.role("group")
    state.groups = inputs[group.kind].keys(dataset.column(group.name)) if group else None
    section = Section(
        "What is sealed",
        (
            Note(
                f"{int(found.sealed.sum()):,} of {len(dataset):,} rows are sealed (generation {sealed.generation}): "
                f"{sealed.reason}."
            ),
        ),
        "seal",
    )
    state.reports["seal"] = Report("seal", findings, sections=(section,))


def unsealed(state: State) -> None:
    """For those who judge what others predicted: nothing is sealed for it, and every row is evidence, but for those
    that a project sealed before: they are left alone, so that no opening goes uncounted."""
    dataset, inputs = state.need("dataset"), state.need("loaded").inputs
    none = np.zeros(len(dataset), dtype=bool)
    columns = seal_phase.unit_columns(dataset, inputs, groups=state.project.config.roles().groups)
    state.keys = seal_phase.identity(dataset, columns, inputs)
    state.aside = none if state.seal is None else seal_phase.marked(state.seal, dataset, inputs).sealed
    state.matched, state.seal = seal_phase.Matched(state.keys, none, 1.0, none), None
    group = dataset.schema.role("group")
    state.groups = inputs[group.kind].keys(dataset.column(group.name)) if group else None


def _draw(state: State) -> tuple[Seal, tuple[Finding, ...]]:
    dataset, target, task = state.need("dataset"), state.need("target"), state.need("task")
    loaded, config = state.need("loaded"), state.project.config
    inputs = loaded.inputs
    findings: tuple[Finding, ...] = ()
    if config.test:
        return seal_phase.supplied(dataset, inputs, np.arange(len(dataset)) >= loaded.rows), findings
    if config.time is None:
        guess = split_phase.guess_time(dataset, inputs, policy=state.policy)
        findings = guess.findings
        if guess.column:
            state.dataset = dataset = replace(dataset, schema=_with_time(dataset.schema, guess.column))
    strata = target.strata(dataset.truth, task)
    drawn, more = seal_phase.first(dataset, strata, inputs, groups=config.roles().groups, policy=state.policy)
    return drawn, (*findings, *more)


def _with_time(schema: Schema, name: str) -> Schema:
    column = schema[name]
    return schema.with_columns({name: replace(column, role="time", details={**column.details, "also_feature": True})})


def adopt_time(state: State, sealed: Seal) -> None:
    """A project sealed in time stays in time, also when the time column was found and not named."""
    dataset = state.need("dataset")
    if sealed.time and dataset.schema.role("time") is None and sealed.time.name in dataset.schema:
        state.dataset = replace(dataset, schema=_with_time(dataset.schema, sealed.time.name))


def keep_seal(state: State, sealed: Seal) -> None:
    """Freeze the list: into the store, and its hash into the ledger."""
    key = f"{sealed.generation}-{sealed.digest[:24]}"

    def write(folder: Path) -> None:
        np.save(folder / "keys.npy", sealed.keys, allow_pickle=False)
        (folder / "seal.json").write_text(json.dumps(plain(sealed.to_json()), ensure_ascii=False), encoding="utf-8")

    state.project.store.put("seal", key, write)
    state.project.note(
        "seal",
        {
            "generation": sealed.generation,
            "key": key,
            "digest": sealed.digest,
            "sealed_rows": sealed.sealed_rows,
            "rows": sealed.rows,
            "kind": sealed.kind,
            "reason": sealed.reason,
        },
    )


def audit(state: State) -> None:
    """Explore the rows that are not sealed, and look for leaks within and across the split."""
    config, dataset = state.project.config, state.need("dataset")
    available = state.facts["available"]
    across = state.aside if config.against and not config.test else None
    report = audit_phase.audit(
        dataset,
        task=state.need("task"),
        target=state.need("target"),
        inputs=state.need("loaded").inputs,
        policy=state.policy,
        seed=config.seed,
        about=audit_phase.About(
            sealed=state.need("matched").sealed if across is None else across,
            keys=state.need("keys"),
            groups=state.groups,
            times=state.times,
            returning=config.groups == "returning",
            available=available,
            supplied=bool(config.test or config.against),
            horizon_us=_horizon_us(config),
        ),
    )
    state.add("audit", unlabelled.audit(report) if _without_truth(state) else report)
    agreed = agreement(state.project)
    if agreed is not None:
        state.add("label", agreed)


def _horizon_us(config: settings.Config) -> float:
    return settings.parse_seconds(config.horizon, flag="--horizon") * 1e6 if config.horizon else 0.0


def split(state: State) -> None:
    """Propose the folds, say what the sealed test can show, and refuse what cannot be sound."""
    dataset, matched = state.need("dataset"), state.need("matched")
    target, task, config = state.need("target"), state.need("task"), state.project.config
    kind = state.seal.kind if state.seal else None
    temporal = kind == "temporal" or (kind == "supplied" and state.times is not None)
    proposal = split_phase.propose(
        dataset,
        matched.sealed,
        state.need("keys"),
        target.strata(dataset.truth, task),
        policy=state.policy,
        times=state.times if temporal else None,
        groups=state.groups,
        returning=config.groups != "new",
        horizon_us=_horizon_us(config),
        aside=state.aside,
        supplied=kind == "supplied",
        seed=config.seed,
        classes=([str(c) for c in task.classes] or None) if state.seal else None,
    )
    state.split = proposal.split
    lines = target.planning(dataset.truth[state.split.work], task, len(state.split.sealed))
    section = Section("What the sealed test can show", tuple(Note(line) for line in lines), "planning")
    report = proposal.report
    state.add("split", replace(report, sections=(*report.sections, *([section] if lines else []))))
    for line in lines:
        state.news("split", 1, 1, line)
    if state.seal is not None:
        state.add("guard", Report("train", gates=(_guard(state),)))


def _guard(state: State) -> Gate:
    work = state.need("split").work
    return seal_phase.guard(state.need("keys")[work], state.need("seal"))


def _train(state: State) -> None:
    (unlabelled if _without_truth(state) else training).train(state)


def _evaluate(state: State) -> None:
    (unlabelled if _without_truth(state) else training).evaluate(state)


def _package(state: State) -> None:
    packing.package(state)
    if _without_truth(state):
        unlabelled.on_sealed(state)


def _without_truth(state: State) -> bool:
    return bool(state.need("task").truth == "none")


STEPS: tuple[Step, ...] = (
    Step("read", read, "data that cannot be used"),
    Step("seal", seal, "fewer than 95 % of the sealed units found again"),
    Step("audit", audit, "a certain leak"),
    Step("split", split, "a class missing on a side, a unit on both sides, shuffled rows of an ordered table"),
    Step("train", _train, "a sealed row in the training data; the budget spent with no candidate"),
    Step("evaluate", _evaluate, "NOT BETTER than the baseline; NaN anywhere; a declared floor missed"),
    Step("package", _package, "the written bundle answers otherwise; the latency or size limit is missed"),
)


def walk(state: State, last: str) -> None:
    """The steps up to `last`; a refused gate ends the walk after its step."""
    for number, step in enumerate(STEPS):
        state.news(step.name, number, len(STEPS), "")
        step.does(state)
        if step.name == last or state.stopped:
            return
