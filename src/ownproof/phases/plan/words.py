"""What a plan says, in short sentences: is it enough, what more would bring, what it costs, when to stop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from ownproof.phases.plan.asked import Asked, count, figure, span, tidy
from ownproof.phases.plan.forecast import Range, Refusal
from ownproof.phases.plan.outlook import Ahead, Enough, Reach
from ownproof.phases.plan.planned import Planned

REFUSALS: Final[dict[Refusal, tuple[str, str]]] = {
    "few": (
        "there are too few training rows for a curve: six sizes, each at least 1.25 times the one before, from 40 rows on",
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
        "the score does not rise with rows by more than chance: the curve is flat, or lost in noise",
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
    lines += [_further(a, found.asked) for a in found.ahead]
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
            why += f"; more rows of this kind would not bring the {figure(asked.worthwhile)} that is worth having"
        elif found.refused == "flat":
            do += f"; only then label {count(found.rows.labelled)} more rows, so that a rise can be told from noise"
        return why, do
    if found.reach is not None:
        return _met(found.reach, found.enough, f"{name} {figure(found.reach.wanted)}"), _do(found)
    double = found.ahead[0]
    worth = f"{figure(asked.worthwhile)} is worth having"
    return f"twice the rows would bring {name} {gain_in_words(double.gain, asked)}; {worth}", _do(found)


def _met(goal: Reach, word: Enough, what: str) -> str:
    if word == "yes":
        return f"{what} is reached today ({_percent(goal.met)} of the fits say so)"
    if word == "no":
        return f"{what} is not reached today ({_percent(goal.met)} of the fits say that it is)"
    return f"{what} may be reached today or not ({_percent(goal.met)} of the fits say that it is)"


def _percent(share: float) -> str:
    """A share that is neither 0 nor 1 is not told as one."""
    whole = round(100 * share)
    return "under 1 %" if share > 0 and whole == 0 else "over 99 %" if share < 1 and whole == 100 else f"{whole} %"


def gain_in_words(gain: Range, asked: Asked) -> str:
    """How much better, with its ends; never below 0, for no fit falls."""
    sign = "+" if asked.metric.greater else "-"
    digits = worth_digits(asked.worthwhile)
    middle, low, high = (f"{max(0.0, x):,.{digits}f}" for x in (gain.value, gain.low, gain.high))
    return f"{sign}{middle} ({low} to {high})"


def worth_digits(worth: float) -> int:
    """The decimals that a gain is told with: a tenth of what is worth having is still seen.

    >>> worth_digits(0.006), worth_digits(250.0)
    (4, 0)
    """
    return int(min(6, max(0, 1 - math.floor(math.log10(worth))))) if worth > 0 else 3


def _do(found: Planned) -> str:
    if found.enough == "yes":
        stop = "" if found.reach is not None else "stop labelling; "
        return f"{stop}ownproof run trains and proves a model on what is there"
    if found.next is None or not found.next.labels:
        return (
            "more rows of this kind will hardly do: look at the labels (ownproof label suspects), at the columns "
            "(ownproof audit), or ask for less"
        )
    return f"label {count(found.next.labels)} more rows, then run ownproof plan again"


def _further(point: Ahead, asked: Asked) -> str:
    """A line such as "2 times the rows (1,200 more labels): ROC AUC 0.881 (0.859 to 0.908), a gain of +0.003 ..."."""
    score = (
        f"{_name(asked)} {figure(point.score.value)} ({span(point.score)}), that is {gain_in_words(point.gain, asked)}"
    )
    return f"{point.times:g} times the rows ({count(point.more)} more): {score}; {effort(point.weeks, point.cost)}."


def effort(weeks: Range, cost: Range) -> str:
    """Weeks and money, p10 to p90."""
    return f"{brief(weeks)} week{'' if brief(weeks) == '1' else 's'}, {brief(cost)} in money"


def brief(found: Range) -> str:
    """A range of weeks or money, as one number where its ends are told alike."""
    low, high = _few(found.low), _few(found.high)
    return low if low == high else f"{low} to {high}"


def _few(value: float) -> str:
    return f"{tidy(value):,}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def _goal(goal: Reach, found: Planned) -> str:
    what = f"To reach {_name(found.asked)} {figure(goal.wanted)}"
    never = f"{_percent(goal.never)} of the fits never reach it"
    if goal.beyond > 0:
        never += f", {_percent(goal.beyond)} only beyond {found.asked.policy.curve_times_most} times today's rows, where nothing is said"
    if goal.more is None or goal.weeks is None or goal.cost is None:
        return f"{what}: not with more rows of this kind; {never}."
    if goal.more.high <= 0:
        return f"{what}: no more labels; {never}."
    return (
        f"{what}: {count(goal.more.low)} to {count(goal.more.high)} more labels (p10 to p90; half of the fits that reach it "
        f"need at most {count(goal.more.value)}), {effort(goal.weeks, goal.cost)}; {never}."
    )


def _round(labels: int, point: Ahead, name: str) -> str:
    return (
        f"Next round: {count(labels)} labels ({effort(point.weeks, point.cost)}); then {name} should be "
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
