"""Optuna for what is left of the plan, started from the portfolio."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ownproof.core.learner import Candidate, Choice, Learner
from ownproof.phases.train.folds import Bench, Tried, try_out

HOPELESS = 0.02  # a first fold this much (relative) worse than the best one's ends a trial


def search(
    bench: Bench,
    learner: Learner,
    *,
    known: Sequence[Tried],
    trials: int,
    done: Callable[[Candidate, Tried | None], None],
    room: Callable[[Candidate | None], bool] = lambda _: True,
) -> None:
    """Ask a seeded TPE sampler for `trials` parameter sets and try them while there is room; all results go to `done`.

    room: whether there is any for one more, and for this one: many rounds of large trees may take ten times the usual.

    known: what was tried of this learner before; the sampler starts from all of it, the trials from the best.
    A restart replays the trials: the sampler is asked the same questions and finished fits are recalled, so the
    sampler's state, which Optuna's storages do not keep, ends up the same too.
    """
    space = learner.space(bench.task)
    distributions = {name: _distribution(choice) for name, choice in space.items()}
    study = _study(bench.seed, space, distributions, known=known, trials=trials)
    best = leader = min(known, key=lambda t: t.loss)
    for number in range(trials):
        if bench.cut or not room(None):
            return
        trial = study.ask(distributions)
        params: Mapping[str, Any] = {**best.candidate.params, **trial.params, "name": f"trial {number + 1}"}
        seen: list[float] = []

        def hopeless(losses: list[float], leader: Tried = leader, seen: list[float] = seen) -> bool:
            seen[:] = losses
            return losses[0] > leader.by_fold[0] + HOPELESS * abs(leader.by_fold[0])

        candidate = Candidate(learner.name, params)
        if not room(candidate):
            study.tell(trial, state=_failed())
            continue
        result = try_out(bench, learner, candidate, give_up=hopeless)
        done(candidate, result)
        if result is not None:
            study.tell(trial, result.loss)
            leader = min(leader, result, key=lambda t: t.loss)
        elif seen:
            study.tell(trial, leader.loss + (seen[0] - leader.by_fold[0]))
        else:
            study.tell(trial, state=_failed())


def inside(space: Mapping[str, Choice], tried: Sequence[Tried], learner: str) -> list[Tried]:
    """What was tried of a learner and lies in its space: stopgaps for large tables may not, and nothing starts there."""
    mine = [t for t in tried if t.candidate.learner == learner]
    return [t for t in mine if all(_inside(space[k], v) for k, v in t.candidate.params.items() if k in space)]


def _study(
    seed: int, space: Mapping[str, Choice], distributions: Mapping[str, Any], *, known: Sequence[Tried], trials: int
) -> Any:
    """A study that has seen what was tried inside the space."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    first = min(8, max(2, trials // 4))
    study = optuna.create_study(
        direction="minimize", sampler=optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=first)
    )
    for each in known:
        start = {k: v for k, v in each.candidate.params.items() if k in space}
        if set(start) == set(space) and all(_inside(space[k], v) for k, v in start.items()):
            study.add_trial(optuna.trial.create_trial(params=start, distributions=dict(distributions), value=each.loss))
    return study


def _failed() -> Any:
    import optuna

    return optuna.trial.TrialState.FAIL


def _distribution(choice: Choice) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if choice.values:
        return CategoricalDistribution(choice.values)
    if choice.whole:
        return IntDistribution(int(choice.low), int(choice.high), log=choice.log)
    return FloatDistribution(choice.low, choice.high, log=choice.log)


def _inside(choice: Choice, value: Any) -> bool:
    if choice.values:
        return value in choice.values
    # A recipe may hold a word ("sqrt") where the space holds numbers.
    return isinstance(value, (int, float)) and choice.low <= value <= choice.high
