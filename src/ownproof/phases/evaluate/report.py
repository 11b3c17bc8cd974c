"""The phase itself: from answers on the evidence rows to a verdict, gates, findings and pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.report import Finding, Gate, Report
from ownproof.core.target import Metric, Target
from ownproof.core.task import Task
from ownproof.phases.evaluate import pages
from ownproof.phases.evaluate.compare import Comparison, Rival, compare
from ownproof.phases.evaluate.contest import Contender, Rows
from ownproof.phases.evaluate.parts import Fared, floor_gates, weak_findings
from ownproof.phases.evaluate.setting import Setting
from ownproof.phases.evaluate.words import figure, needed, share, spoken

Evidence = Literal["out-of-fold", "sealed", "supplied"]
PREFIX: Mapping[str, str] = {"out-of-fold": "evaluate", "sealed": "prove", "supplied": "evaluate"}
STATUS: Mapping[str, Literal["pass", "refused", "inconclusive"]] = {
    "BETTER": "pass", "NOT BETTER": "refused", "CANNOT TELL": "inconclusive"}  # fmt: skip
LINEAR = "linear"
FINITE = "every true value, every answer and the metric are finite"
BETTER = "the gain over the baseline is surely above 0 and at least worth having"


def evaluate(
    dataset: Dataset,
    units: np.ndarray,
    task: Task,
    target: Target,
    *,
    model: Contender,
    baseline: Contender,
    others: Sequence[Contender] = (),
    evidence: Evidence,
    level: float,
    policy: Policy,
    seed: int,
    slices: Mapping[str, np.ndarray] | None = None,
) -> Report:
    """Compare a model with a baseline, paired, on rows that it was not trained on.

    dataset: the rows of the evidence with their truth and weights; units: their unit codes, int64 (n,); every
    contender's predictions are in that order, one a row. level: of all intervals (0..1). slices: bool (n,) by
    `column=value`. Floors are those of the task.
    facts: `verdict` (Verdict or None), `metrics` (Measure by name), `operating`, `baseline`, `terms`, `ranking`,
    `parts`, `left_out`, `money`, `at`, `calibration`. Raises ValueError when lengths do not match.
    """
    rows = _rows(dataset, units, (model, baseline, *others), target=target, task=task)
    prefix, cut = PREFIX[evidence], slices or {}
    bad = _not_finite(rows, (model, baseline))
    if bad:
        return _stopped(prefix, bad, model)
    sane = [o for o in others if not _not_finite(rows, (o,))]
    setting = Setting(rows, task, target, level, policy, seed)
    found = compare(setting, model=model, baseline=baseline, others=sane, slices=cut)
    verdict = found.rivals[0].verdict
    if not (math.isfinite(verdict.model) and math.isfinite(verdict.value)):
        return _stopped(prefix, f"{spoken(verdict.metric)} is undefined on these rows", model)
    metrics = target.metrics(task)
    known = [p.name for p in target.parts(rows.truth, task)] + list(cut)
    gates = (
        Gate(f"{prefix}.finite", "pass", verdict.model, rule=FINITE),
        _baseline_gate(prefix, found.rivals[0], len(rows.truth)),
        *floor_gates(found.parts, task, metrics, known=known, level=level),
    )
    findings = (
        *weak_findings(found.parts, task, metrics, policy),
        *_linear(model, found.rivals[1:]),
        *_promises(found, metrics),
        *target.findings(rows.truth, model.predictions, task, model.operating),
    )
    return Report("evaluate", findings, gates, pages.sections(setting, model, found), _facts(model, found))


def _rows(dataset: Dataset, units: np.ndarray, contenders: Sequence[Contender], *, target: Target, task: Task) -> Rows:
    if dataset.truth is None:
        raise ValueError("evidence needs rows whose truth is known")
    n = len(dataset.truth)
    lengths = {"units": len(units), **{c.name: len(c.predictions) for c in contenders}}
    wrong = [f"{name} has {length}" for name, length in lengths.items() if length != n]
    if wrong or not n:
        raise ValueError(f"expected one entry for each of {n} rows: " + ("; ".join(wrong) or "there are none"))
    weights, strata = np.asarray(dataset.weigh(), dtype=np.float64), target.strata(dataset.truth, task)
    return Rows(dataset.truth, weights, np.asarray(units), strata)


def _not_finite(rows: Rows, contenders: Sequence[Contender]) -> str:
    """What is not a finite number, in words; empty when all is well. Objects are the target kind's own affair."""
    arrays = {"the truth": rows.truth, "the weights": rows.weights}
    arrays |= {f"the answers of {c.name}": c.predictions.raw for c in contenders}
    for name, values in arrays.items():
        if values.dtype.kind == "f":
            wild = ~np.isfinite(values)
            if wild.any():
                count = int(wild.any(axis=tuple(range(1, wild.ndim))).sum()) if wild.ndim > 1 else int(wild.sum())
                return f"{name} in {count:,} of {len(values):,} rows"
    return ""


def _stopped(prefix: str, what: str, model: Contender) -> Report:
    """A report without a verdict: something that every figure rests on is not a number."""
    gates = (
        Gate(f"{prefix}.finite", "refused", what, rule=FINITE, advice=f"not finite: {what}; mend it and run again"),
        Gate(f"{prefix}.baseline", "not-run", rule=BETTER),
    )
    facts: dict[str, Any] = {"verdict": None, "metrics": {}, "operating": model.operating, "baseline": None, "terms": None, "ranking": [],
             "parts": []}  # fmt: skip
    return Report("evaluate", gates=gates, facts=facts)


def _baseline_gate(prefix: str, rival: Rival, rows: int) -> Gate:
    verdict = rival.verdict
    known = math.isfinite(verdict.low) and math.isfinite(verdict.high)
    rule = f"{BETTER} ({spoken(verdict.metric)} against {verdict.baseline}, {share(verdict.level)} interval over {verdict.units:,} units)"
    advice = {
        "BETTER": "",
        "NOT BETTER": "keep the baseline: it is as good; look for better columns or more informative rows",
        "CANNOT TELL": needed(verdict, rows),
    }[verdict.word]
    return Gate(
        f"{prefix}.baseline",
        STATUS[verdict.word],
        verdict.gain,
        verdict.worthwhile,
        (verdict.low, verdict.high) if known else None,
        rule,
        advice=advice,
    )


def _linear(model: Contender, others: Sequence[Rival]) -> list[Finding]:
    """Whether a linear model would do."""
    rival = next((r for r in others if r.contender.name.startswith(LINEAR)), None)
    if rival is None or model.name.startswith(LINEAR):
        return []
    v = rival.verdict
    gain = f"{spoken(v.metric)} {figure(v.model)} against {figure(v.value)}, a gain of {figure(v.gain)} ({figure(v.low)} to {figure(v.high)})"
    if v.word == "BETTER":
        return [Finding("baseline.linear", "ok", (), v.gain, f"better than a linear model: {gain}")]
    sure = "not better than a linear model" if v.word == "NOT BETTER" else "not surely better than a linear model"
    return [
        Finding(
            "baseline.linear",
            "warn",
            (),
            v.gain,
            f"{sure}: {gain}",
            "a linear model is smaller and easier to explain: --learners linear",
        )
    ]


def _promises(found: Comparison, metrics: Mapping[str, Metric]) -> list[Finding]:
    """Whether intervals hold the truth as often as they promise."""
    findings = []
    for name, measure in found.metrics.items():
        promised = metrics[name].promised if name in metrics else None
        if promised is None or measure.low is None or measure.high is None:
            continue
        short = measure.high < promised
        evidence = (
            f"{share(promised)} of the truths are to lie inside the interval; {share(measure.value)} do "
            f"({share(measure.low)} to {share(measure.high)})"
        )
        advice = (
            "look at coverage by size of the answer and by slice; a wider interval: --interval 0.99" if short else ""
        )
        findings.append(Finding("coverage", "warn" if short else "ok", (), measure.value, evidence, advice))
    return findings


def _facts(model: Contender, found: Comparison) -> dict[str, Any]:
    verdict = found.rivals[0].verdict
    ranking = [{"name": model.name, "metric": verdict.metric, "value": verdict.model, "gain": 0.0, "verdict": None}]
    for rival in found.rivals:
        v = rival.verdict
        ranking.append({"name": v.baseline, "metric": v.metric, "value": v.value, "low": rival.measure.low,
                        "high": rival.measure.high, "gain": v.gain, "gain_low": v.low, "gain_high": v.high,
                        "verdict": v.word})  # fmt: skip
    terms = found.rivals[0].terms
    return {"verdict": verdict, "metrics": dict(found.metrics), "operating": model.operating,
            "baseline": verdict.to_json(), "terms": {"metric": terms.metric, "why": terms.why}, "ranking": ranking,
            "parts": [_part_fact(f) for f in found.parts], "left_out": [list(p) for p in found.left_out],
            **found.worth.to_json()}  # fmt: skip


def _part_fact(one: Fared) -> dict[str, Any]:
    return {"name": one.part.name, "column": one.column, "units": one.units, "metric": one.part.metric,
            "value": one.measure.value, "overall": one.overall, "low": one.measure.low, "high": one.measure.high,
            "gain": one.gain.value, "gain_low": one.gain.low, "gain_high": one.gain.high}  # fmt: skip
