"""Everything that is measured: the model against the baseline and the others, in the whole and part by part."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ownproof.core.report import Measure, Verdict
from ownproof.core.target import Terms
from ownproof.phases.evaluate.contest import Ask, Contender, Sampled, differing, judged, sample, tails, unique
from ownproof.phases.evaluate.parts import Fared, all_parts, fared, part_asks, unwatched, watched
from ownproof.phases.evaluate.setting import Setting
from ownproof.phases.evaluate.worth import Worth, worth, worth_asks


@dataclass(frozen=True, slots=True, eq=False)
class Rival:
    """The model against one contender: the terms, the verdict, and the contender's own figure with its interval."""

    contender: Contender
    terms: Terms
    verdict: Verdict
    measure: Measure


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What was measured. rivals: the baseline first. metrics: of the model at its own operating point;
    baseline: the same metrics of the baseline, where they can be had; parts: classes and slices; worth: money and
    what else the answers are worth; left_out: parts of too few units for a figure, with their units."""

    rivals: tuple[Rival, ...]
    metrics: Mapping[str, Measure]
    baseline: Mapping[str, float]
    parts: tuple[Fared, ...]
    worth: Worth
    left_out: tuple[tuple[str, int], ...] = ()


def compare(
    setting: Setting,
    *,
    model: Contender,
    baseline: Contender,
    others: Sequence[Contender],
    slices: Mapping[str, np.ndarray],
) -> Comparison:
    """Sample every figure at once and judge."""
    target, task, rows = setting.target, setting.task, setting.rows
    rivals = [baseline, *others]
    terms = [_terms(setting, model, rival) for rival in rivals]
    own = setting.tally(model)
    asks: dict[str, Ask] = {}
    every = all_parts(rows.truth, task, target, terms[0], slices=slices)
    parts = watched(every, rows, task, setting.policy)
    shown = [m.name for m in target.metrics(task).values() if m.decides or not model.predictions.hard]
    shared = [t.metric for t in terms if t.model is model.operating]
    asks["model"] = Ask(own, unique([*shown, *shared, *(p.overall for p, _ in parts)]))
    mine, theirs = own, setting.tally(baseline, terms[0], baseline=True)
    for i, (rival, term) in enumerate(zip(rivals, terms, strict=True)):
        if term.model is not model.operating:
            tally = setting.tally(model, term)
            asks[f"model {i}"] = Ask(tally, (term.metric,))
            mine = tally if i == 0 else mine
        asks[f"rival {i}"] = Ask(theirs if i == 0 else setting.tally(rival, term, baseline=True), (term.metric,))
    asks |= part_asks(parts, mine, theirs, own) | worth_asks(setting, model, baseline)
    worst = tails((model, baseline), rows, target, task, policy=setting.policy)
    figures = sample(asks, rows, target, task, policy=setting.policy, seed=setting.seed, apart=worst)
    judgements = [
        _judge(
            setting,
            model,
            rival,
            term,
            figures=(figures.get(f"model {i}", figures["model"])[term.metric], figures[f"rival {i}"][term.metric]),
        )
        for i, (rival, term) in enumerate(zip(rivals, terms, strict=True))
    ]
    # what is only shown, and does not apply to these answers, is left out
    shown = [n for n in shown if setting.metric(n).judges or math.isfinite(figures["model"][n].point)]
    own_figures = {n: setting.measured(figures["model"][n], n) for n in shown}
    fates = fared(parts, figures, rows, metric=setting.metric, task=task, level=setting.level)
    return Comparison(
        tuple(judgements),
        own_figures,
        _points(setting, baseline, shown),
        tuple(fates),
        worth(setting, model, figures),
        tuple(unwatched(every, rows, task, setting.policy)),
    )


def _terms(setting: Setting, model: Contender, rival: Contender) -> Terms:
    return setting.target.terms(
        model.predictions,
        rival.predictions,
        setting.rows.weights,
        setting.task,
        operating=(model.operating, rival.operating),
    )


def _judge(
    setting: Setting, model: Contender, rival: Contender, terms: Terms, *, figures: tuple[Sampled, Sampled]
) -> Rival:
    metric = setting.metric(terms.metric)
    different = differing(setting.rows, setting.target, setting.task, terms, model=model, baseline=rival)
    verdict = judged(
        terms,
        metric,
        figures,
        name=rival.name,
        size=setting.rows.size(metric),
        different=different,
        task=setting.task,
        level=setting.level,
        policy=setting.policy,
    )
    return Rival(rival, terms, verdict, setting.measured(figures[1], terms.metric))


def _points(setting: Setting, baseline: Contender, names: Sequence[str]) -> dict[str, float]:
    """The baseline's metrics without intervals; a hard rule has only those of decisions."""
    wanted = [n for n in names if setting.metric(n).decides or not baseline.predictions.hard]
    if not wanted:
        return {}
    scores = setting.target.score(setting.tally(baseline), setting.rows.weights[None, :], setting.task, wanted)
    return {name: float(values[0]) for name, values in scores.items()}
