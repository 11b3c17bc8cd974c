"""What a plan says, in short sentences: is it enough, what more would bring, what it costs, when to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ownproof.phases.plan.asked import Asked, count, figure, span
from ownproof.phases.plan.forecast import TIMES_MOST, Range, Refusal
from ownproof.phases.plan.outlook import Ahead, Reach
from ownproof.phases.plan.planned import Planned

REFUSALS: Final[dict[Refusal, tuple[str, str]]] = {
    "few": (
        "there are too few training rows for a curve: six sizes, each 1.25 times the one before, from 40 rows on",
        "label a first round of at least 250 rows, then ask again",
    ),
    "rises": (
        (
            "the score gets worse with more rows, by more than chance: the rows are not of one kind, or were labelled by "
            "different rules. A curve like that is not carried on"
        ),
        (
            "look for labels that disagree (ownproof agree, ownproof label suspects), name the time (--time) or the group "
            "(--group) of the rows, then ask again"
        ),
    ),
    "flat": (
        (
            "the score does not rise with rows by more than chance: the curve is flat or noise. More rows of the same kind "
            "will hardly help"
        ),
        "look at the labels (ownproof agree, ownproof label suspects) and at the columns (ownproof audit) first",
    ),
    "unbounded": (
        "the metric has no best value, so that a curve has nothing to run towards",
        "name another metric with --metric",
    ),
}


@dataclass(frozen=True, slots=True)
class Told:
    """why: the answer in one sentence; do: what to do next; lines: of a terminal, answer first; stop: when labelling ends;
    how: what was measured."""

    why: str
    do: str
    lines: tuple[str, ...]
    stop: tuple[str, ...]
    how: tuple[str, ...]


def told(found: Planned) -> Told:
    """Everything in words."""
    why, do = _answer(found)
    name = _name(found.asked)
    lines = [f"Is the data enough? {found.enough.capitalize()}: {why}."]
    if found.now is not None:
        lines.append(
            f"Today: {name} {figure(found.now.value)} ({span(found.now)}) on {count(found.rows.training)} training rows."
        )
    lines += [_further(a, name) for a in found.ahead]
    if found.reach is not None:
        lines.append(_goal(found.reach, found))
    if found.next is not None and found.next.ahead is not None:
        lines.append(_round(found.next.labels, found.next.ahead, name))
    if found.test is not None:
        lines.append(_test(found))
    return Told(why, do, (*lines, f"Next: {do}."), _stop(found, name), _how(found, name))


def _name(asked: Asked) -> str:
    return asked.metric.label or asked.metric.name


def _answer(found: Planned) -> tuple[str, str]:
    asked, name = found.asked, _name(found.asked)
    if found.refused:
        why, do = REFUSALS[found.refused]
        if found.enough == "yes":
            why += f": twice the rows bring less than {figure(asked.worthwhile)}, which is what is worth having"
        return why, do
    double = found.ahead[0]
    if found.reach is not None:
        share = (
            f"{100 * found.reach.met:.0f} % of the fits say that {name} {figure(found.reach.wanted)} is reached today"
        )
        return share, _do(found)
    sizes = f"twice the labels would bring {name} {_signed(double.gain, asked)}"
    worth = f"{figure(asked.worthwhile)} is worth having"
    return f"{sizes}; {worth}", _do(found)


def _signed(gain: Range, asked: Asked) -> str:
    sign = "+" if asked.metric.greater else "-"
    ends = sorted((max(0.0, gain.low), max(0.0, gain.high)))
    return f"{sign}{figure(max(0.0, gain.value))} ({figure(ends[0])} to {figure(ends[1])})"


def _do(found: Planned) -> str:
    if found.enough == "yes":
        return "stop labelling; ownproof run shows what the data gives" if found.reach is None else "ownproof run"
    if found.next is None or not found.next.labels:
        return (
            "more rows of this kind will not reach it: look at the labels (ownproof label suspects), the columns "
            "(ownproof audit), or ask for less"
        )
    return f"label {count(found.next.labels)} more rows, then run ownproof plan again"


def _further(point: Ahead, name: str) -> str:
    return (
        f"{point.times:g} times the rows ({count(point.more)} more): {name} {figure(point.score.value)} ({span(point.score)}), "
        f"{_effort(point.weeks, point.cost)}."
    )


def _effort(weeks: Range, cost: Range) -> str:
    return f"{_brief(weeks)} week{'' if weeks.high == 1 else 's'}, {_brief(cost)} in labels"


def _brief(found: Range) -> str:
    low, high = _few(found.low), _few(found.high)
    return low if low == high else f"{low} to {high}"


def _few(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _goal(goal: Reach, found: Planned) -> str:
    name, wanted = _name(found.asked), figure(goal.wanted)
    never = f"{100 * goal.never:.0f} % of the fits never reach it"
    beyond = f"{100 * goal.beyond:.0f} % only beyond {TIMES_MOST:g} times today's rows, where nothing is said"
    if goal.more is None or goal.weeks is None or goal.cost is None:
        return f"To reach {name} {wanted}: not with more rows of this kind; {never}, {beyond}."
    effort = _effort(goal.weeks, goal.cost)
    return (
        f"To reach {name} {wanted}: {count(goal.more.low)} to {count(goal.more.high)} more labels (p10 to p90; half of "
        f"the fits need {count(goal.more.value)}), {effort}; {never}, {beyond}."
    )


def _round(labels: int, point: Ahead, name: str) -> str:
    return (
        f"Next round: {count(labels)} labels ({_effort(point.weeks, point.cost)}); then {name} should be "
        f"{figure(point.score.value)} ({span(point.score)})."
    )


def _test(found: Planned) -> str:
    test = found.test
    assert test is not None  # noqa: S101 - asked for before
    shows = "" if test.shows is None else f"; the {count(test.sealed)} sealed today show {figure(test.shows)}"
    return (
        f"To prove a gain of {figure(test.gain)} over a version much like it: {count(test.needed)} test rows (paired, 80 % "
        f"power){shows}."
    )


def _stop(found: Planned, name: str) -> tuple[str, ...]:
    if not found.ahead:
        return ()
    asked, better = found.asked, "above" if found.asked.metric.greater else "below"
    lines = [
        (
            f"After each round run `ownproof plan` again; stop when the upper end of what twice the rows would bring is less "
            f"than {figure(asked.worthwhile)}."
        )
    ]
    if asked.reach is not None:
        lines.insert(0, f"Stop when the whole interval of today's {name} is {better} {figure(asked.reach)}.")
    if found.next is not None and found.next.ahead is not None:
        expected = found.next.ahead.score
        end = figure(expected.low if asked.metric.greater else expected.high)
        worse = "below" if asked.metric.greater else "above"
        lines.append(
            f"If {name} is {worse} {end} after this round, the new labels are not like the old ones: measure agreement "
            f"(ownproof agree) before you buy more."
        )
    return tuple(lines)


def _how(found: Planned, name: str) -> tuple[str, ...]:
    rows, curve, asked = found.rows, found.curve, found.asked
    lines = [
        (
            f"{count(rows.labelled)} labelled rows; {count(rows.sealed)} of them are (or would be) sealed and were not looked at; "
            f"{count(rows.training)} are left to train on."
        )
    ]
    if curve is not None:
        lines.append(
            f"{asked.recipe} on {len(curve.sizes)} sizes from {count(curve.sizes[0])} to {count(curve.sizes[-1])} rows, "
            f"{len(curve.errors)} times each with other rows; {name} on {count(curve.rows)} held-out training rows. {asked.fold_rule}"
        )
    if found.forecast is not None:
        lines.append(
            "Three families (power law, power law without a floor, MMF) were fitted to curves resampled over held-out rows "
            "and repeats, and pooled. More rows of the same kind are meant: other sources, columns or labels make another curve."
        )
    return tuple(lines)
