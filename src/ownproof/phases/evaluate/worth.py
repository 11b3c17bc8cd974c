"""What the answers are worth: money, the threshold and how sure it is, a stated recall, honest probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ownproof.core.prediction import Predictions
from ownproof.core.report import Block, Chart, Measure, Note, Series
from ownproof.phases.evaluate.contest import Ask, Contender, Figures, Rows, bagged, gained
from ownproof.phases.evaluate.setting import Setting
from ownproof.phases.evaluate.words import figure, ranged, share
from ownproof.stats.intervals import interval, resample_counts
from ownproof.stats.little_bootstrap import bag_counts

DECISIONS = 1000
COST = "cost"
DRAWS = 200  # of what is dear to resample and of which only a standard error or two percentiles are read


@dataclass(frozen=True, slots=True)
class Money:
    """Money per 1,000 decisions, each side at its own operating point; saved: what the model costs less."""

    model: Measure
    baseline: Measure
    saved: Measure

    def to_json(self) -> dict[str, Any]:
        """The object `money` of the JSON answer."""
        return {
            "per": DECISIONS,
            "model": self.model.to_json(),
            "baseline": self.baseline.to_json(),
            "saved": self.saved.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Worth:
    """money: None without costs. at: figures at the stated recall by name, empty where there is none. between: the
    interval of the threshold. before, after: how far probabilities mean what they say, by name."""

    money: Money | None = None
    recall: float = 0.0
    at: Mapping[str, Measure] = field(default_factory=dict)
    between: tuple[float, float] | None = None
    before: Mapping[str, Measure] = field(default_factory=dict)
    after: Mapping[str, Measure] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The objects `money`, `at` and `calibration` of the JSON answer."""
        kinds = {name.partition("_at_recall")[0]: m.to_json() for name, m in self.at.items()}
        sides = {"before": self.before, "after": self.after}
        told = {side: {name: m.to_json() for name, m in found.items()} for side, found in sides.items() if found}
        return {
            "money": self.money.to_json() if self.money else None,
            "at": {"recall": self.recall, **kinds} if kinds else None,
            "calibration": told or None,
        }


def worth_asks(setting: Setting, model: Contender, baseline: Contender) -> dict[str, Ask]:
    """What of it is sampled with everything else."""
    names = () if model.predictions.hard else setting.target.stated(setting.task, setting.policy.stated_recall)
    own = setting.tally(model)
    asks = {"at": Ask(own, names)} if names else {}
    if COST not in setting.target.metrics(setting.task):
        return asks
    return {**asks, "money model": Ask(own, (COST,)), "money baseline": Ask(setting.tally(baseline), (COST,))}


def worth(setting: Setting, model: Contender, figures: Figures) -> Worth:
    """All of it, from what was sampled; what only this needs is resampled here, once for all."""
    at = {name: setting.measured(sampled, name) for name, sampled in figures.get("at", {}).items()}
    money = _money(setting, figures) if "money model" in figures else None
    sides = {"after": model.predictions} | ({"before": model.before} if model.before is not None else {})
    names = _columns(setting.rows, setting, sides, setting.rows.weights[None, :])
    drawn = _resampled(setting, sides) if names else np.empty((0, 0))
    measures: dict[str, dict[str, Measure]] = {"before": {}, "after": {}}
    between = None
    for i, ((side, name), point) in enumerate(names.items()):
        values = drawn[:, i]
        if side == "point":
            between = _percentiles(values, setting.level) if model.operating.threshold is not None else None
        else:
            measures[side][name] = _measure(float(point[0]), values, setting)
    return Worth(money, setting.policy.stated_recall, at, between, measures["before"], measures["after"])


def _columns(
    rows: Rows, setting: Setting, sides: Mapping[str, Predictions], weights: np.ndarray
) -> dict[tuple[str, str], np.ndarray]:
    """The threshold and the reliability of every side under weights (B, n), each (B,)."""
    target, task = setting.target, setting.task
    chosen = target.points(rows.truth, sides["after"], weights, task)
    found = {("point", "threshold"): chosen} if len(chosen) else {}
    for side, predictions in sides.items():
        told = target.reliability(rows.truth, predictions, weights, task)
        found |= {(side, name): values for name, values in told.items()}
    return found


def _resampled(setting: Setting, sides: Mapping[str, Predictions]) -> np.ndarray:
    """The same under bootstrap weights, (draws, columns); where few units stand for all, around what all rows give."""
    rows, drawn = setting.rows, bagged(setting.rows, setting.policy)
    if drawn is None:
        return _stacked(rows, setting, sides, resample_counts(rows.units, DRAWS, setting.seed))
    some = rows.take(drawn.rows)
    kept = {side: p.take(drawn.rows) for side, p in sides.items()}
    found = _stacked(some, setting, kept, bag_counts(drawn, DRAWS, setting.seed))
    centre = _stacked(some, setting, kept, [drawn.weights[None, :]])
    whole = _stacked(rows, setting, sides, [np.ones((1, len(rows.truth)))])
    return np.asarray(whole + found - centre)


def _stacked(
    rows: Rows, setting: Setting, sides: Mapping[str, Predictions], counts: Iterable[np.ndarray]
) -> np.ndarray:
    return np.concatenate(
        [np.column_stack(list(_columns(rows, setting, sides, each * rows.weights).values())) for each in counts]
    )


def _percentiles(values: np.ndarray, level: float) -> tuple[float, float] | None:
    known = values[np.isfinite(values)]
    if len(known) <= DRAWS / 2:
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _measure(point: float, values: np.ndarray, setting: Setting) -> Measure:
    made = interval(values, point, setting.level, setting.rows.unit_count, scale="positive")
    known = bool(np.isfinite([made.low, made.high]).all())
    return Measure(made.value, made.low if known else None, made.high if known else None)


def _money(setting: Setting, figures: Figures) -> Money:
    metric, size = setting.metric(COST), setting.rows.size(setting.metric(COST))
    model, baseline = figures["money model"][COST], figures["money baseline"][COST]
    saved = gained(metric, model, baseline).measure(setting.level, size, "plain")
    return Money(*(_thousand(m) for m in (setting.measured(model, COST), setting.measured(baseline, COST), saved)))


def _thousand(one: Measure) -> Measure:
    ends = [None if end is None else DECISIONS * end for end in (one.low, one.high)]
    return Measure(DECISIONS * one.value, *ends)


def worth_blocks(found: Worth, model: Contender, baseline: Contender, positive: str) -> tuple[Block, ...]:
    """The same for a reader: money first."""
    blocks: list[Block] = []
    if found.money is not None:
        blocks += _money_blocks(found.money, model, baseline)
    if found.between is not None and model.operating.threshold is not None:
        low, high = found.between
        blocks.append(
            Note(
                f"The threshold {figure(model.operating.threshold)} was chosen by {model.operating.why}; other samples "
                f"of these rows would have chosen one between {figure(low)} and {figure(high)}."
            )
        )
    if found.at:
        said = {name.partition("_at_recall")[0]: m for name, m in found.at.items()}
        blocks.append(
            Note(
                f"To find {share(found.recall)} of the rows that are {positive}, precision is {ranged(said['precision'])} and "
                f"{share(round(said['alerts'].value, 3))} of all rows are called (from a probability of "
                f"{figure(said['threshold'].value)} on)."
            )
        )
    if found.after:
        blocks.append(Note(_honesty(found)))
    return tuple(blocks)


def _money_blocks(money: Money, model: Contender, baseline: Contender) -> Sequence[Block]:
    low, high = money.saved.low, money.saved.high
    surely = "" if low is None or high is None else f" ({figure(low)} to {figure(high)})"
    words = (
        f"{DECISIONS:,} decisions cost {figure(money.model.value)} with the model and {figure(money.baseline.value)} "
        f"with {baseline.name}: {figure(abs(money.saved.value))} {'less' if money.saved.value >= 0 else 'more'}{surely}."
    )
    sides = ((model.name, money.model), (baseline.name, money.baseline), ("saved", money.saved))
    known = [(name, m, m.low, m.high) for name, m in sides if m.low is not None and m.high is not None]
    series = Series(
        "money",
        tuple(name for name, *_ in known),
        tuple(m.value for _, m, *_ in known),
        tuple(low for *_, low, _ in known),
        tuple(high for *_, high in known),
    )
    chart = Chart(
        f"Cost of {DECISIONS:,} decisions",
        "dots",
        (series,),
        x_label="money",
        reference="zero",
        caption="Each side at its own best operating point; saved is the difference on the same rows.",
    )
    return (Note(words), chart) if known else (Note(words),)


def _honesty(found: Worth) -> str:
    gap, loss = found.after.get("ece"), found.after.get("log_loss")
    told = []
    for name, after in (("calibration error", gap), ("log loss", loss)):
        key = "ece" if name == "calibration error" else "log_loss"
        if after is not None:
            was = f" (before calibration {figure(found.before[key].value)})" if key in found.before else ""
            told.append(f"{name} is {ranged(after)}{was}")
    return "Probabilities: " + ", ".join(told) + "."
