"""The plan of work: fixed at the start from shape, cores and budget, so that a restart ends in the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ownproof.core.learner import Candidate, Learner, Shape
from ownproof.core.policy import Policy
from ownproof.core.report import Finding
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.errors import MissingExtra, OwnproofError, UsageError, all_at_once, did_you_mean
from ownproof.optional import there
from ownproof.phases.train.account import Item, estimated

MOST_TRIALS = 200  # of a search that only the budget ends
STARTED_S = 2.0  # to load the libraries that fit and search
PREPARED_CELL_S = 2e-7  # to encode one cell of a fold's matrix: measured on tables of text, of levels and of numbers
PREPARED_CHARACTER_S = 1e-6  # to find, weigh and write the words of a text, a character: measured on 17,500 reviews
CLOCK_SHARE = 0.95  # of the budget: then the clock cuts, and the rest is for what drives the model
FEWEST = 5  # units that can be split at all, and how often each must come, on average, where they are few
LIMIT_SHARE = 0.85  # of the budget: no fit is begun that would take it beyond this if nothing stopped it
HELD_SHARE = 1.3  # rows of a fold that are encoded, held-out ones included, beside its training rows
LEADER_SHARE = 0.4  # of the room: what a learner's first bet may take, so that every family has its turn
ROWS_A_TRIAL = 50  # the best of many trials on few rows is the luckiest one


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done, in order, while there is room; trials are searched with `search`'s learner.

    baselines are always fitted. items: the queue; one that has no room waits until fits before it took less than was
    estimated. room_s: seconds by the learners' formulas that may be spent, None for no limit; limit_s: that no fit may reach
    beyond, even if it takes all its rounds. seconds: the estimate of all that is sure to be done.
    """

    baselines: tuple[Item, ...]
    items: tuple[Item, ...]
    trials: int
    search: str | None
    seconds: float
    budget_s: float | None
    left_out: tuple[tuple[str, str], ...] = ()
    room_s: float | None = None
    limit_s: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The plan as it is recorded."""

        def row(item: Item) -> dict[str, Any]:
            return {**item.candidate.to_json(), "seconds": round(item.seconds, 3), "most_s": round(item.most_s, 3)}

        return {
            "baselines": [row(i) for i in self.baselines],
            "items": [row(i) for i in self.items],
            "trials": self.trials,
            "search": self.search,
            "seconds": round(self.seconds, 3),
            "budget_s": self.budget_s,
            "left_out": [list(pair) for pair in self.left_out],
            "room_s": self.room_s,
            "limit_s": self.limit_s,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The inverse of `to_json`: a restart follows the plan that was recorded."""

        def item(row: Mapping[str, Any]) -> Item:
            return Item(Candidate(row["learner"], row["params"]), row["seconds"], row["most_s"])

        return cls(
            tuple(item(r) for r in data["baselines"]),
            tuple(item(r) for r in data["items"]),
            data["trials"],
            data["search"],
            data["seconds"],
            data["budget_s"],
            tuple((a, b) for a, b in data["left_out"]),
            data["room_s"],
            data["limit_s"],
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked of training; None where nothing was said."""

    budget_s: float | None = 60.0
    trials: int | None = None
    learners: tuple[str, ...] = ()


def unusable(learners: Mapping[str, Learner], named: Sequence[str]) -> list[OwnproofError]:
    """What is wrong with the learners that were named: unknown, or their extra is not installed."""
    problems: list[OwnproofError] = []
    for name in named:
        learner = learners.get(name)
        if learner is None:
            problems.append(
                UsageError(
                    f"no learner is called {name!r}",
                    expected="a name that `ownproof kinds` lists",
                    hint=did_you_mean(name, list(learners), what="learners"),
                    where="--learners",
                )
            )
        elif learner.extra and not there(_module(learner)):
            problems.append(
                MissingExtra(
                    f"the learner {name!r} needs {_module(learner)}, which is not installed",
                    expected=f"the extra {learner.extra!r}",
                    hint=f"pip install 'ownproof[{learner.extra}]'",
                    where="--learners",
                )
            )
    return problems


def available(
    learners: Mapping[str, Learner],
    wanted: Wanted,
    schema: Schema,
    task: Task,
    *,
    units: int,
    width: int,
    rows: int = 0,
) -> tuple[dict[str, Learner], list[tuple[str, str]]]:
    """The learners to try, and the others with the reason why not. width: columns of the encoded matrix.

    Where all ask for more units than there are, but these have rows enough (each comes many times), they are tried all the
    same: whether so few say enough is a question for the verdict. rows: that a fold trains on. Raises UsageError for an unknown name, MissingExtra for a named learner whose extra is not installed.
    """
    wrong = unusable(learners, wanted.learners)
    if wrong:
        raise all_at_once(wrong)
    chosen: dict[str, Learner] = {}
    few: dict[str, Learner] = {}
    left_out: list[tuple[str, str]] = []
    for name, learner in learners.items():
        named = name in wanted.learners
        if learner.baseline:
            if learner.accepts(schema, task) is None and (width or learner.reads != "matrix"):
                chosen[name] = learner
            continue
        if wanted.learners and not named:
            continue
        reason = _not(learner, schema, task)
        if not reason and not width and learner.reads == "matrix":
            reason = "no column of this table becomes a matrix"
        if reason:
            left_out.append((name, reason))
        elif units < learner.least_units and not named:
            left_out.append((name, f"{units} training units, it asks for {learner.least_units}"))
            enough = units >= FEWEST and rows >= FEWEST * learner.least_units
            few |= {name: learner} if learner.default and enough else {}
        elif named or learner.default:
            chosen[name] = learner
        else:
            left_out.append((name, "tried only by name (--learners)"))
    if not wanted.learners and all(c.baseline for c in chosen.values()):
        chosen |= few
        left_out = [pair for pair in left_out if pair[0] not in few]
    if wanted.learners and all(chosen[n].baseline for n in chosen):
        raise UsageError(
            "none of the named learners can serve this task: " + "; ".join(f"{n}: {why}" for n, why in left_out),
            expected="a learner that accepts the task",
            hint="leave out --learners",
            where="--learners",
        )
    return chosen, left_out


def _not(learner: Learner, schema: Schema, task: Task) -> str | None:
    reason = learner.accepts(schema, task)
    if reason:
        return reason
    if learner.extra and not there(_module(learner)):
        return f"needs pip install 'ownproof[{learner.extra}]'"
    return None


def _module(learner: Learner) -> str:
    return str(getattr(learner, "module", learner.name))


def make(
    learners: Mapping[str, Learner],
    wanted: Wanted,
    task: Task,
    *,
    shape: Shape,
    folds: int,
    policy: Policy,
    left_out: Sequence[tuple[str, str]] = (),
    characters: float = 0.0,
) -> Plan:
    """The queue of the portfolios, every learner's best bet that leaves room for the others before the second bets, then
    a search.

    shape: of one fold's training rows; characters: of its texts, a row on average. The estimates are formulas of the shape, never a clock, so the same data,
    cores and budget give the same plan on every machine. What it takes to load the libraries and to encode the folds is no room for fits. With `trials` the whole portfolio is tried, and that many
    trials after it; with a budget as much of it as has room.
    """

    baselines = tuple(estimated(x, x.portfolio(task, shape)[0], shape, folds) for x in learners.values() if x.baseline)
    free = wanted.budget_s is None or wanted.trials is not None
    encoding = folds * shape.rows * (PREPARED_CELL_S * HELD_SHARE * shape.features + PREPARED_CHARACTER_S * characters)
    room, limit = (
        None if free or wanted.budget_s is None else max(0.0, wanted.budget_s * share - encoding - STARTED_S)
        for share in (policy.planned_share, LIMIT_SHARE)
    )
    queues = [
        _led([estimated(x, p, shape, folds) for p in x.portfolio(task, shape)], room)
        for x in learners.values()
        if not x.baseline
    ]
    queues.sort(key=lambda q: (q[0].seconds, q[0].candidate.learner))
    items = tuple(q[i] for i in range(max(map(len, queues), default=0)) for q in queues if i < len(q))
    spaces = {i.candidate.learner: len(learners[i.candidate.learner].space(task)) for i in items}
    searched = max(spaces, key=lambda n: spaces[n]) if spaces and max(spaces.values()) else None
    trials = (wanted.trials or 0) if free else min(MOST_TRIALS, shape.rows // ROWS_A_TRIAL)
    trials = trials if searched else 0
    whole = sum(i.seconds for i in (*baselines, *items))
    return Plan(
        baselines,
        items,
        trials,
        searched if trials else None,
        whole if room is None else min(whole, room),
        wanted.budget_s,
        tuple(left_out),
        room,
        limit,
    )


def _led(queue: list[Item], room_s: float | None) -> list[Item]:
    """A learner's queue, led by the first recipe that leaves room for other learners, else by its cheapest."""
    if room_s is None or not queue:
        return queue
    fitting = [i for i in queue if i.seconds <= LEADER_SHARE * room_s]
    first = fitting[0] if fitting else min(queue, key=lambda i: i.seconds)
    return [first, *(i for i in queue if i is not first)]


def findings(plan: Plan) -> list[Finding]:
    """What of the plan deserves a line: learners left out because an extra is missing."""
    return [Finding("train.left-out", "ok", (), None, f"{name}: {why}", "") for name, why in plan.left_out]
