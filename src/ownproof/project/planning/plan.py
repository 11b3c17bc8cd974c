"""`plan`: a table with labels in, what more labels would bring out; nothing is written but the page that was asked for."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any

from ownproof.core.report import Finding, Report, plain
from ownproof.errors import OwnproofError, UsageError, all_at_once
from ownproof.phases import plan as plan_phase
from ownproof.phases.plan import Asked, Labelling, Rows
from ownproof.phases.train.plan import CLOCK_SHARE
from ownproof.project import config as settings
from ownproof.project import flow, steps
from ownproof.project.config import Config
from ownproof.project.planning.fits import fits
from ownproof.project.project import Project
from ownproof.project.state import News, State, silence
from ownproof.stats.paired import worthwhile_gain


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for beside the data. reach: `METRIC=VALUE`; overlap: the share that all raters label, None for the
    policy's range; budget: a time such as `60s`."""

    reach: str | None = None
    per_week: float = 500.0
    price: float = 0.2
    overlap: float | None = None
    raters: int = 2
    budget: str = "60s"

    def problems(self) -> list[OwnproofError]:
        """Everything that is wrong with it, as far as it shows without data."""
        found: list[OwnproofError] = []
        for flag, value, fine, expected in (
            ("--per-week", self.per_week, self.per_week > 0, "labels a week, above 0"),
            ("--price-per-label", self.price, self.price >= 0, "money a label, from 0"),
            ("--overlap", self.overlap, self.overlap is None or 0 <= self.overlap <= 1, "a share from 0 to 1"),
            ("--raters", self.raters, self.raters >= 1, "a whole number from 1"),
        ):
            if not fine:
                found.append(
                    UsageError(
                        f"{flag} is {value}", expected=expected, hint=f"leave out {flag} for the default", where=flag
                    )
                )
        for parse in (lambda: settings.parse_seconds(self.budget), lambda: parse_reach(self.reach)):
            try:
                parse()
            except OwnproofError as error:
                found.append(error)
        return found


def parse_reach(said: str | None) -> tuple[str, float] | None:
    """`roc_auc=0.85` as its two parts, None for nothing. Raises UsageError.

    >>> parse_reach("roc_auc=0.85")
    ('roc_auc', 0.85)
    """
    if said is None:
        return None
    name, sep, number = said.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = float("nan")
    if not sep or not name or math.isnan(value):
        raise UsageError(
            f"--reach is {said!r}",
            expected="METRIC=VALUE with a number",
            hint="write --reach roc_auc=0.85",
            where="--reach",
        )
    return name, value


def plan(
    config: Config, data: Any, wanted: Wanted, *, project: Project | None = None, news: News = silence
) -> tuple[dict[str, Any], Report]:
    """The answer of `plan` and its report. project: whose seal counts; its folder is not written to.

    Raises UsageError and InputError, everything at once.
    """
    started = time.perf_counter()
    problems = wanted.problems()
    if problems:
        raise all_at_once(problems)
    goal = parse_reach(wanted.reach)
    config = replace(config, metric=goal[0] if goal else config.metric)
    flow.check(config)
    if config.target == "none":
        raise UsageError(
            "without a target there is no score that more labels could raise",
            expected="the column with the answers",
            hint="name it: --target COLUMN; for labels to be made see ownproof label",
            where="--target",
        )
    with flow.in_memory(config) as place:
        state = flow.begin(place, data, news=news)
        if project is not None:
            state.seal = flow.newest_seal(project)
        for step in (steps.read, steps.seal, steps.split):
            step(state)
        report, recipe = _planned(state, wanted, goal, config)
    answer = {
        "schema": "ownproof/1",
        "command": "plan",
        **plain(report.facts),
        "recipe": recipe,
        "findings": [f.to_json() for f in report.findings],
        "data": str(data),
        "target": config.target,
        "report": None,
        "seconds": round(time.perf_counter() - started, 3),
    }
    return answer, report


def _planned(
    state: State, wanted: Wanted, goal: tuple[str, float] | None, config: Config
) -> tuple[Report, dict[str, Any] | None]:
    target, task, split, dataset = (state.need(n) for n in ("target", "task", "split", "dataset"))
    metric = target.metrics(task)[task.metric]
    rows = Rows(len(dataset), len(split.work), len(split.sealed))
    if goal is not None:
        _possible(metric, goal[1])
    low, high = state.policy.overlap_low, state.policy.overlap_high
    labelling = Labelling(
        wanted.per_week, wanted.price, (low, high) if wanted.overlap is None else (wanted.overlap,) * 2, wanted.raters
    )
    rule = split.reason[:1].upper() + split.reason[1:] + "."
    asked = Asked(metric, 0.0, "", labelling, goal[1] if goal else None, rule, state.policy)
    if plan_phase.perfect(metric) is None:
        return plan_phase.plan(None, asked, rows, refused="unbounded"), None
    budget_s, started = settings.parse_seconds(wanted.budget), time.monotonic()
    made = fits(
        state,
        budget_s=budget_s,
        wanted=config.learners,
        over=lambda: time.monotonic() - started > CLOCK_SHARE * budget_s,
    )
    if made is None:
        return plan_phase.plan(None, asked, rows), None
    curve = plan_phase.measured(
        dataset, split.units, made.draws, made.answers, target=target, task=task, metric=task.metric, seed=config.seed
    )
    today = asked.score(float(curve.mean[-1]))
    worth = task.worthwhile
    if worth is None:
        worth = worthwhile_gain(
            metric.share,
            today,
            share_of_error=state.policy.worthwhile_share,
            share_of_value=state.policy.worthwhile_error,
        )
    asked = replace(asked, worthwhile=worth, recipe=made.candidate.label)
    report = plan_phase.plan(curve, asked, rows, seed=config.seed)
    if made.cut:
        words = (
            f"the clock ended the fits after {len(made.draws)} repeats: on a slower machine intervals come out wider"
        )
        found = Finding("budget.cut", "ok", (), None, words, "give a larger --budget for the whole plan")
        report = replace(report, findings=(*report.findings, found))
    return report, plain(made.candidate.to_json())


def _possible(metric: Any, value: float) -> None:
    best = plan_phase.perfect(metric)
    beyond = best is not None and (value > best if metric.greater else value < best)
    if beyond:
        raise UsageError(
            f"--reach {metric.name}={value:g} cannot be reached by anything",
            expected=f"a value {'up to' if metric.greater else 'from'} {best:g}",
            hint=f"write --reach {metric.name}={0.85 if metric.share else 1.0:g}",
            where="--reach",
        )
