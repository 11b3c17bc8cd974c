"""Prove: register the plan, open the sealed test once, score the written bundle, and ship."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.learner import Learner
from ownproof.core.prediction import Predictions
from ownproof.core.report import Finding, Gate, Note, Report, Section
from ownproof.errors import Tampered
from ownproof.phases.evaluate import Contender
from ownproof.phases.evaluate import evaluate as evaluate_phase
from ownproof.phases.train.run import refit_baseline
from ownproof.project.answer import build, keep
from ownproof.project.packing import Packed, pack
from ownproof.project.project import now
from ownproof.project.rules import rule_contender
from ownproof.project.state import State, check_openings
from ownproof.project.training import preparing, slices, workdir
from ownproof.runtime.predictor import Predictor
from ownproof.stats.paired import spend_alpha


def prove(state: State, *, burn: str | None, ship: str | None) -> dict[str, Any]:
    """The answer of `prove` for a run that was walked to its bundle. Opening is the last thing before scoring.

    A run that was proven before is scored again under its own opening: the same bundle on the same rows.
    """
    project, sealed = state.project, state.need("seal")
    state.facts["ship"] = ship = ship or "refit"
    opening = _open(state, burn)
    if opening is None:
        return build(state, "prove")
    state.facts["openings"] = check_openings(project, sealed.generation)
    report = _score(state, opening)
    state.evidence = "sealed"
    counted = opening["alpha"] is not None
    found = report.facts["verdict"]
    state.verdict = found.word if counted and found else None
    state.reports.pop("evaluate", None)
    state.add("prove", _counted(report, opening))
    packed = _ship(state, ship, opening) if not state.stopped else None
    if packed is not None:
        state.bundle_path, state.measured = packed.path, packed.measured
        state.facts["bundle_hash"] = packed.hash
        project.note_once(
            "bundle",
            {
                "run": state.run,
                "hash": packed.hash,
                "weights": state.facts["weights"],
                "path": packed.path.relative_to(project.root).as_posix(),
            },
        )
    else:
        state.bundle_path = None
    answer = build(state, "prove")
    project.note(
        "prove.done",
        {
            "run": state.run,
            "generation": sealed.generation,
            "number": opening["number"],
            "verdict": state.verdict,
            "baseline": answer["baseline"],
            "bundle": state.facts.get("bundle_hash"),
        },
    )
    keep(state, answer, proof=True)
    return answer


def _open(state: State, burn: str | None) -> Mapping[str, Any] | None:
    """The opening that this run may use: its own that a crash interrupted, or a new one; None when it is refused."""
    project, sealed = state.project, state.need("seal")
    done = check_openings(project, sealed.generation)
    for entry in project.ledger.entries("prove.opened"):
        if entry.data["run"] == state.run and entry.data["generation"] == sealed.generation:
            _keep_opening(state, entry.data)
            return entry.data  # the crash came between the opening and the verdict: no second opening
    if done and burn is None:
        first = next(e for e in project.ledger.entries("prove.opened") if e.data["generation"] == sealed.generation)
        gate = Gate(
            "prove.opened",
            "refused",
            f"{done} opening(s)",
            "1 opening",
            rule="the sealed test of a generation is opened once",
            advice=f"run {str(first.data['run'])[:12]} was proven; the figures above are out-of-fold. "
            "To open again: --burn REASON (counted, printed on every card); "
            "for a clean test: ownproof seal --new REASON when new rows have come",
        )
        state.add("opening", Report("prove", gates=(gate,)))
        state.bundle_path = None
        return None
    burn = burn if done else None  # the first opening burns nothing
    alpha = spend_alpha(done, state.policy.alpha)
    opening = {
        "run": state.run,
        "generation": sealed.generation,
        "number": done + 1,
        "alpha": alpha,
        "burn": burn,
        "metric": state.need("task").metric,
        "baseline": state.need("baseline").name,
        "worthwhile": state.need("task").worthwhile,
        "bundle": state.facts["bundle_hash"],
        "slices": list(state.need("dataset").schema.slices),
    }
    project.note("prove.opened", opening)
    _keep_opening(state, opening)
    return opening


def _keep_opening(state: State, opening: Mapping[str, Any]) -> None:
    """Beside the ledger, so that a line taken out of it is missed."""
    state.project.store.put_json("opening", f"{opening['generation']}-{opening['number']}", dict(opening))


def _score(state: State, opening: Mapping[str, Any]) -> Report:
    """The written bundle and the baseline on the sealed rows."""
    dataset, split = state.need("dataset"), state.need("split")
    sealed = dataset.take(split.sealed)
    predictor = Predictor.open(state.need("bundle_path"))
    if predictor.bundle.hash != opening["bundle"]:
        raise Tampered(
            "the bundle is not the one that the opening was registered for",
            where=str(state.bundle_path),
            expected=f"the bundle {str(opening['bundle'])[:12]}",
            hint="run the same command again",
        )
    raw = predictor.raw(sealed.table([c.name for c in dataset.schema.features]))
    model = Contender(state.need("model").name, Predictions(raw), predictor.bundle.operating)
    level = 1.0 - (opening["alpha"] if opening["alpha"] is not None else state.policy.alpha[-1])
    return evaluate_phase(
        sealed,
        split.units[split.sealed],
        state.need("task"),
        state.need("target"),
        model=model,
        baseline=_baseline(state, sealed),
        others=(),
        evidence="sealed",
        level=level,
        policy=state.policy,
        seed=state.project.config.seed,
        slices=slices(sealed),
    )


def _baseline(state: State, sealed: Dataset) -> Contender:
    rule = rule_contender(state, sealed)
    if rule is not None:
        return replace(rule, operating=state.need("baseline").operating)
    trained, name = state.need("trained"), state.facts["baseline_learner"]
    learners: Mapping[str, Learner] = registry.learners()
    split, dataset = state.need("split"), state.need("dataset")
    encoder, model = refit_baseline(
        dataset.take(split.work),
        trained.baselines[name],
        learners[name],
        state.need("task"),
        prepare=preparing(state),
        workdir=workdir(state),
        seed=state.project.config.seed,
        cores=state.project.config.cores,
    )
    return Contender(
        state.need("baseline").name, model.predict(encoder.apply(sealed)), state.need("baseline").operating
    )


def _counted(report: Report, opening: Mapping[str, Any]) -> Report:
    """The report under the rules of the openings: a burnt one is said, one beyond the last alpha has no verdict."""
    findings = list(report.findings)
    gates = tuple(replace(g, id="prove.baseline") if g.id == "evaluate.baseline" else g for g in report.gates)
    if opening["burn"]:
        findings.append(
            Finding(
                "seal.burnt",
                "warn",
                (),
                float(opening["number"]),
                f"opening {opening['number']} of this test: {opening['burn']}",
                "seal a new generation when new rows have come: ownproof seal --new REASON",
            )
        )
    if opening["alpha"] is None:
        gates = tuple(
            replace(g, status="inconclusive", advice="the openings are used up: this one gives no verdict")
            if g.id == "prove.baseline"
            else g
            for g in gates
        )
    return replace(report, findings=tuple(findings), gates=gates)


def _ship(state: State, ship: str, opening: Mapping[str, Any]) -> Packed:
    """The bundle that ships: the recipe refitted on all rows when its answers agree with the tested weights', else
    the tested weights; either way with the sealed verdict on its card."""
    project, dataset, split = state.project, state.need("dataset"), state.need("split")
    tested_path = state.need("bundle_path")
    extra = {"opening": opening["number"], "tested_bundle": opening["bundle"]}
    agreement, stopped = None, list[str]()
    if ship == "refit":
        everything = np.sort(np.concatenate([split.work, split.sealed]))
        state.facts["weights"] = "refit on all rows"
        packed = pack(state, dataset.take(everything), weights="refit on all rows", extra=extra)
        agreement = _agreement(state, tested_path, packed)
        stopped = _refused(state, packed)
        if agreement >= state.policy.refit_correlation and not stopped:
            state.add("package", packed.report)
            _tell(
                state,
                f"The recipe was refitted on all {len(everything):,} rows and ships: its answers agree with the "
                f"tested weights' ({agreement:.4f}, at least {state.policy.refit_correlation} is asked). "
                "The refit has seen the sealed rows and is never scored on them.",
            )
            project.note_once(
                "ship", {"run": state.run, "weights": "refit", "agreement": agreement, "bundle": packed.hash}
            )
            return packed
    state.facts["weights"] = "tested"
    packed = pack(state, dataset.take(split.work), weights="tested", extra=extra)
    if agreement is None:
        why = "they were asked for"
    elif agreement < state.policy.refit_correlation:
        why = f"the refit's answers agree too little with theirs ({agreement:.4f})"
    else:
        why = f"the bundle of the refit was refused by {', '.join(stopped)}"
    _tell(state, f"The tested weights ship: {why}.")
    project.note_once("ship", {"run": state.run, "weights": "tested", "agreement": agreement, "bundle": packed.hash})
    return packed


def _refused(state: State, packed: Packed) -> list[str]:
    """The gates that the bundle of a refit does not pass: its parity, and the latency and size that were asked for."""
    today = now()[:10]
    return [g.id for g in packed.report.gates if state.project.waived(g, today).status == "refused"]


def _tell(state: State, text: str) -> None:
    state.reports["ship"] = Report("ship", sections=(Section("What ships", (Note(text),), "ship"),))


def _agreement(state: State, tested_path: Any, packed: Packed) -> float:
    """How far the refit agrees with the tested weights on training rows (up to 20,000 of them)."""
    dataset, split = state.need("dataset"), state.need("split")
    work = split.work[np.linspace(0, len(split.work) - 1, min(len(split.work), 20_000)).astype(np.int64)]
    table = dataset.take(work).table([c.name for c in dataset.schema.features])
    tested = Predictions(Predictor.open(tested_path).raw(table))
    again = Predictions(Predictor.open(packed.path).raw(table))
    return float(state.need("target").agree(tested, again, state.need("task")))
