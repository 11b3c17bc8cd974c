"""Which unknown answers matter most: those that tell most about the verdict, over the ways in which all of them may turn out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ownproof.phases.decide.answers import TASKS, Answers, contradictions

Judge = Callable[[Answers], "str | None"]
DRAWS: Final = 400
NOISE: Final = 0.03
"""What a question that tells nothing seems to tell in so many draws."""
USUAL: Final[dict[str, tuple[Any, ...]]] = {
    "task": TASKS,
    "rule_good_enough": (True, False, False, False, False, False),
    "labels": (0, 300, 3_000, 20_000, 300_000),
    "labels_per_week": (0, *(100, 500, 2_000) * 3),
    "standard_task": (True, False),
    "proprietary_data": (True, False),
    "pretrained_equivalent": (True, True, False),
    "sovereignty": ("none", "none", "none", "none", "private", "isolated"),
    "domain": ("general", "general", "general", "vocabulary", "vocabulary", "modality"),
    "calls_per_month": (10_000, 300_000, 3_000_000, 30_000_000, 150_000_000),
    "edge": (True, False, False, False, False, False, False, False),
    "latency_ms": (5, 30, 150, *(1_000,) * 9),
    "weeks_to_first_result": (1, 6, 12, 26),
}
"""Answers that are usual, each as likely as it is often here: what is assumed of an answer that is unknown, nowhere else."""
WORDS: Final[dict[str, str]] = {
    "task": "What is the task?",
    "rule_good_enough": "Is a rule that people can write down good enough?",
    "labels": "How many labelled examples are there?",
    "labels_per_week": "How many labels can be made in a week?",
    "standard_task": "Is it a task that many others have just so (mood, language, addresses, summaries)?",
    "proprietary_data": "Are the data your own, without a public equivalent?",
    "pretrained_equivalent": "Is there an open model pretrained on the like of your input?",
    "sovereignty": "Must data stay? none: they may leave; private: they stay in the organisation; isolated: there is no network either.",
    "domain": "Is the language everybody's, one with its own vocabulary, or an input of a kind of its own?",
    "calls_per_month": "How many answers a month?",
    "edge": "Does it run in a device, without a network?",
    "latency_ms": "Within how many milliseconds must 95 % of answers be there?",
    "weeks_to_first_result": "In how many weeks must there be a first result?",
    "classes": "How many classes are there?",
    "labels_in_smallest_class": "How many labels has the rarest class?",
    "rows": "How many examples are there, with and without a label?",
    "tokens_in": "How many tokens does one call send?",
    "tokens_out": "How many tokens does one call get back?",
    "api_model": "Which hosted model would it be?",
}


@dataclass(frozen=True, slots=True)
class Question:
    """An unknown answer, in words, and what knowing it would tell of the verdict: 0 nothing, 1 all of it."""

    key: str
    asks: str
    tells: float

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"key": self.key, "asks": self.asks, "tells": self.tells}


@dataclass(frozen=True, slots=True)
class Outlook:
    """Over the usual ways in which unknown answers may turn out: how often the verdict stays, and what to ask first."""

    stays: float
    questions: tuple[Question, ...]
    verdicts: tuple[tuple[str | None, float], ...]


def outlook(answers: Answers, judge: Judge, *, seed: int = 0, draws: int = DRAWS) -> Outlook:
    """Draw the unknown answers again and again, and see what becomes of the verdict.

    tells: mutual information of an answer and the verdict over the verdict's entropy, less what chance would show
    (Miller 1955); questions that tell nothing are left out.
    """
    unknown = [k for k in USUAL if getattr(answers, k) is None]
    now = judge(answers)
    if not unknown:
        return Outlook(1.0, (), ((now, 1.0),))
    rng = np.random.default_rng(seed)
    drawn = [_drawn(answers, unknown, rng) for _ in range(draws)]
    verdicts = [judge(each) for each in drawn]
    told = [(k, _information([getattr(d, k) for d in drawn], verdicts)) for k in unknown]
    found = sorted((Question(k, WORDS[k], t) for k, t in told if t > NOISE), key=lambda q: -q.tells)
    shares = tuple((v, n / draws) for v, n in Counter(verdicts).most_common())
    return Outlook(sum(v == now for v in verdicts) / draws, tuple(found), shares)


def _drawn(answers: Answers, unknown: Sequence[str], rng: np.random.Generator) -> Answers:
    values = {k: USUAL[k][int(rng.integers(len(USUAL[k])))] for k in unknown}
    whole = replace(answers, **values)
    return whole if not contradictions(whole) else replace(whole, labels=answers.labels)


def _information(values: Sequence[Any], verdicts: Sequence[str | None]) -> float:
    rows = len(values)
    pairs: Counter[Any] = Counter(zip(values, verdicts, strict=True))
    cells: defaultdict[Any, int] = defaultdict(int)
    for (value, _), n in pairs.items():
        cells[value] += n
    ends = Counter(verdicts)
    entropy = -sum(n / rows * np.log(n / rows) for n in ends.values())
    if entropy <= 0:
        return 0.0
    shared = sum(n / rows * np.log(n * rows / (cells[v] * ends[w])) for (v, w), n in pairs.items())
    chance = (len(cells) - 1) * (len(ends) - 1) / (2 * rows)
    return float(max(0.0, shared - chance) / entropy)
