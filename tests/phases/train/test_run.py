"""A plan on its way, with learners whose fits take no time and say what they took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ownproof.core.learner import Candidate, Choice, Cost
from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.split import Fold, Split
from ownproof.errors import Refused
from ownproof.phases.train.folds import Bench
from ownproof.phases.train.plan import Plan, Wanted, make
from ownproof.phases.train.run import Refitted, Trained, out_of_fold, refit
from ownproof.targets.number import NumberTarget
from ownproof.testing.samples import table_sample

SAMPLE = table_sample("number", rows=400)
TRAIN = SAMPLE.train
HALF = len(TRAIN) // 2


class Memory:
    """Finished fits, as the project's store keeps them."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}

    def recall(self, key: str) -> dict[str, Any] | None:
        return self.kept[key][0] if key in self.kept else None

    def facts(self, key: str) -> dict[str, Any] | None:
        return self.kept[key][1] if key in self.kept else None

    def record(self, key: str, arrays: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        self.kept[key] = (dict(arrays), dict(facts))


@dataclass
class Answer:
    """A model that is wrong by a fixed distance."""

    wrong: float
    facts: Mapping[str, Any]

    def predict(self, dataset: Any) -> Predictions:
        return Predictions(dataset.truth + self.wrong)


@dataclass
class Toy:
    """A learner of one second a fit, of which each takes the share `takes`."""

    name: str
    takes: float = 1.0
    recipes: Sequence[Mapping[str, Any]] = ({"name": "first", "wrong": 1.0},)
    baseline: bool = False
    tells: bool = True
    fits: list[str] = field(default_factory=list)

    def portfolio(self, task: Any, shape: Any) -> Sequence[Mapping[str, Any]]:
        return self.recipes

    def space(self, task: Any) -> Mapping[str, Choice]:
        return {"wrong": Choice(0.1, 2.0)} if self.name == "searched" else {}

    def cost(self, params: Mapping[str, Any], shape: Any) -> Cost:
        return Cost(float(params.get("seconds", 1.0)), 1.0)

    def fit(self, train: Any, validation: Any, task: Any, params: Mapping[str, Any], **_: Any) -> Answer:
        self.fits.append(str(params["name"]))
        work = {"work_s": self.takes * self.cost(params, None).seconds, "rounds": 1} if self.tells else {}
        return Answer(float(params["wrong"]), work)


BAR = Toy("bar", baseline=True, recipes=({"name": "bar", "wrong": 5.0},), tells=False)


def bench(memo: Memory, **changes: Any) -> Bench:
    first, second = np.arange(HALF), np.arange(HALF, len(TRAIN))
    split = Split(
        "stratified",
        "",
        np.arange(len(TRAIN)),
        np.array([], np.int64),
        (Fold(first, second), Fold(second, first)),
        np.arange(len(TRAIN)),
    )
    ready = {"now": lambda: 0.0, "deadline": float("inf")} | changes
    return Bench(
        TRAIN,
        split,
        SAMPLE.task,
        NumberTarget(),
        lambda train, others: (None, [train, *others]),
        memo,
        "base",
        Path(),
        0,
        1,
        ready["now"],
        ready["deadline"],
    )


def plan_of(learners: Mapping[str, Toy], budget_s: float | None, trials: int | None = None) -> Plan:
    return make(learners, Wanted(budget_s, trials), SAMPLE.task, shape=SAMPLE.shape, folds=2, policy=Policy())


def tried(learners: Mapping[str, Toy], memo: Memory, budget_s: float | None, trials: int | None = None) -> Trained:
    return out_of_fold(bench(memo), learners, plan_of(learners, budget_s, trials))


def names(trained: Trained) -> list[str]:
    return sorted(t.candidate.label for t in trained.tried)


def test_what_fits_early_stopping_saved_is_spent_on_further_candidates() -> None:
    recipes = tuple({"name": f"r{i}", "wrong": 1.0 + i} for i in range(9))
    whole = Toy("a", 1.0, recipes), Toy("a", 0.25, recipes)
    counts = [len(tried({"bar": BAR, "a": toy}, Memory(), 17.5).tried) for toy in whole]
    assert counts == [
        3,
        9,
    ]  # room for 10.5 seconds: 2 for the bar, 2 a candidate at full pace and 1.3 x the pace expected


def test_a_plan_that_ran_to_its_end_counts_what_had_room_and_nothing_else() -> None:
    trained = tried(
        {"bar": BAR, "a": Toy("a", 1.0, tuple({"name": f"r{i}", "wrong": 1.0} for i in range(9)))}, Memory(), 17.5
    )
    assert trained.cut is None
    assert trained.done == len(trained.plan.baselines) + len(trained.plan.items) + trained.plan.trials == 4


def test_a_dear_candidate_waits_until_there_is_room() -> None:
    recipes = (
        {"name": "cheap", "wrong": 1.0},
        {"name": "dear", "wrong": 2.0, "seconds": 6.0},
        {"name": "middle", "wrong": 3.0},
    )
    toy = Toy("a", 0.3, recipes)
    memo = Memory()
    plan = plan_of({"bar": BAR, "a": toy}, 20.5)
    assert [i.candidate.label for i in plan.items] == ["a (cheap)", "a (dear)", "a (middle)"]
    trained = out_of_fold(bench(memo), {"bar": BAR, "a": toy}, plan)
    assert toy.fits == ["cheap"] * 2 + ["dear"] * 2 + ["middle"] * 2
    assert trained.plan.items == plan.items


def test_a_restart_recalls_the_fits_and_decides_alike() -> None:
    memo = Memory()
    learners = {"bar": BAR, "searched": Toy("searched", 0.5)}
    first = tried(learners, memo, 20.0)
    assert first.plan.trials > 3
    count = len(learners["searched"].fits)
    for key in list(memo.kept)[::3]:  # a kill lost some
        del memo.kept[key]
    again = tried(learners, memo, 20.0)
    assert names(again) == names(first)
    assert again.plan == first.plan
    assert [t.candidate for t in again.tried] == [t.candidate for t in first.tried]
    assert 0 < len(learners["searched"].fits) - count < count


def test_trials_that_were_asked_for_are_done_whatever_they_cost() -> None:
    trained = tried({"bar": BAR, "searched": Toy("searched", 50.0)}, Memory(), 10.0, trials=5)
    assert trained.plan.trials == 5
    assert trained.plan.room_s is None


def test_a_trial_that_is_too_dear_is_passed_over_and_the_search_goes_on() -> None:
    class Dear(Toy):
        def cost(self, params: Mapping[str, Any], shape: Any) -> Cost:
            return Cost(50.0 if params["wrong"] > 1.2 else 0.5, 1.0)

        def fit(self, train: Any, validation: Any, task: Any, params: Mapping[str, Any], **also: Any) -> Answer:
            wrongs.append(params["wrong"])
            return super().fit(train, validation, task, params, **also)

    wrongs: list[float] = []
    learners = {"bar": BAR, "searched": Dear("searched")}
    assert tried(learners, Memory(), None, trials=6).plan.trials == 6
    assert max(wrongs) > 1.2
    wrongs.clear()
    assert 1 < tried(learners, Memory(), 60.0).plan.trials < 6
    assert max(wrongs) <= 1.2


def test_the_best_of_many_trials_on_few_rows_is_not_looked_for() -> None:
    plan = plan_of({"bar": BAR, "searched": Toy("searched", 0.001)}, 600.0)
    assert plan.trials == SAMPLE.shape.rows // 50 == 6


def test_nothing_is_searched_from_a_stopgap_outside_the_space() -> None:
    toy = Toy("searched", 0.1, ({"name": "stopgap", "wrong": 3.0},))
    assert tried({"bar": BAR, "searched": toy}, Memory(), 60.0).plan.trials == 0
    both = Toy("searched", 0.1, ({"name": "stopgap", "wrong": 3.0}, {"name": "usual", "wrong": 2.0}))
    assert tried({"bar": BAR, "searched": both}, Memory(), 60.0).plan.trials == 6


def test_one_candidate_is_tried_even_when_none_has_room() -> None:
    recipes = ({"name": "dear", "wrong": 1.0, "seconds": 90.0}, {"name": "less", "wrong": 2.0, "seconds": 40.0})
    trained = tried({"bar": BAR, "a": Toy("a", 1.0, recipes)}, Memory(), 10.0)
    assert names(trained) == ["a (less)"]


def test_the_clock_ends_the_plan_and_says_so() -> None:
    class Slow(Toy):
        def fit(self, train: Any, validation: Any, task: Any, params: Mapping[str, Any], **also: Any) -> Answer:
            also["progress"](0.5, "")
            return super().fit(train, validation, task, params)

    times = iter(range(1000))
    learners = {"bar": BAR, "a": Slow("a", 0.1, tuple({"name": f"r{i}", "wrong": 1.0 + i} for i in range(9)))}
    trained = out_of_fold(
        bench(Memory(), now=lambda: float(next(times)), deadline=20.0), learners, plan_of(learners, 60.0)
    )
    assert trained.cut is not None
    assert "of the 10 items that had room" in trained.cut
    assert 1 <= len(trained.tried) < 9
    assert trained.done == len(trained.tried) + 1


def test_what_had_no_room_is_not_among_what_the_clock_cut() -> None:
    class Slow(Toy):
        def fit(self, train: Any, validation: Any, task: Any, params: Mapping[str, Any], **also: Any) -> Answer:
            also["progress"](0.5, "")
            return super().fit(train, validation, task, params)

    times = iter(range(1000))
    learners = {"bar": BAR, "a": Slow("a", 1.0, tuple({"name": f"r{i}", "wrong": 1.0 + i} for i in range(9)))}
    # Room for 10.5 seconds: 2 for the bar, 2 for the first candidate, 2.6 for each of the others.
    trained = out_of_fold(
        bench(Memory(), now=lambda: float(next(times)), deadline=4.0), learners, plan_of(learners, 17.5)
    )
    assert trained.cut is not None
    assert len(trained.plan.items) == 3
    assert trained.plan.trials == 0


def test_no_finished_candidate_is_a_refusal() -> None:
    class Late(Toy):
        def fit(self, train: Any, validation: Any, task: Any, params: Mapping[str, Any], **also: Any) -> Answer:
            also["progress"](0.5, "")
            raise AssertionError

    learners = {"bar": BAR, "a": Late("a")}
    with pytest.raises(Refused, match="before one candidate"):
        out_of_fold(bench(Memory(), now=lambda: 9.0, deadline=1.0), learners, plan_of(learners, 60.0))


class Drawn(Toy):
    """A learner whose answers depend on the seed."""

    def fit(self, train: Any, validation: Any, task: Any, params: Mapping[str, Any], **also: Any) -> Answer:
        return Answer(float(params["wrong"]) + also["seed"], {"one_row_us": 30.0})

    def settle(self, params: Mapping[str, Any], facts: Sequence[Any]) -> Mapping[str, Any]:
        return params


class Steady(Drawn):
    """One whose answers do not."""

    def fit(self, train: Any, validation: Any, task: Any, params: Mapping[str, Any], **also: Any) -> Answer:
        return super().fit(train, validation, task, params, **{**also, "seed": 0})


def refitted(learner: Toy, policy: Policy = Policy(), most_us: float = float("inf")) -> list[Refitted]:  # noqa: B008
    learners = {"bar": BAR, "a": learner}
    trained = out_of_fold(bench(Memory()), learners, plan_of(learners, 60.0), policy=policy, most_us=most_us)
    return refit(
        TRAIN,
        trained,
        learners,
        SAMPLE.task,
        prepare=lambda train, others: (None, [train, *others]),
        workdir=Path(),
        seed=5,
        cores=1,
        tell=lambda *_: None,
    )[1]


def test_on_few_rows_a_member_is_two_fits_of_different_seeds() -> None:
    two = refitted(Drawn("a"))
    assert [m.weight for m in two] == [0.5, 0.5]
    assert [m.model.wrong for m in two] == [6.0, 7.0]
    assert two[0].candidate == two[1].candidate
    assert len(refitted(Steady("a"))) == 1
    assert len(refitted(Drawn("a"), Policy(two_seeds_below=100))) == 1
    assert len(refitted(Drawn("a"), most_us=50.0)) == 1


def test_a_plan_survives_its_own_json() -> None:
    for trials in (None, 3):
        plan = plan_of({"bar": BAR, "searched": Toy("searched")}, 30.0, trials)
        assert Plan.from_json(plan.to_json()) == plan
    assert Candidate("a").label == "a"
