"""The final label of every item: what was decided, else what its raters agree on, else what most of them say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from ownproof.core.labelling import Answer, LabelSchema
from ownproof.stats.agreement.dawid_skene import dawid_skene

How = Literal["decision", "left-out", "agreed", "single", "majority", "dawid-skene", "median", "open"]
HOWS: Final[tuple[How, ...]] = (
    "decision", "left-out", "agreed", "single", "majority", "dawid-skene", "median", "open"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settled:
    """The label of one item. value: None where it is open, or left out by a decision; how it came about; confidence:
    the share of the raters who said it, or its probability (Dawid-Skene), 0..1; raters: how many gave a value."""

    value: Any
    how: How
    confidence: float
    raters: int

    @property
    def usable(self) -> bool:
        """Whether there is a label to learn from."""
        return self.how not in ("open", "left-out")


def votes_of(current: Mapping[tuple[str, str], Answer]) -> dict[str, list[Answer]]:
    """The answers that hold, skips among them, by item; raters in order of their names."""
    found: dict[str, list[Answer]] = {}
    for (item, _), answer in sorted(current.items(), key=lambda each: each[0]):
        found.setdefault(item, []).append(answer)
    return found


def settle(
    votes: Mapping[str, Sequence[Answer]],
    schema: LabelSchema,
    *,
    decided: Mapping[str, Any] | None = None,
    dawid_skene_from: int = 5,
) -> dict[str, Settled]:
    """The label of every item that was answered or decided.

    votes: as `votes_of` makes them. decided: the value by item, None to leave it out; it holds over every vote.
    From so many raters on, classes of items that several of them rated are found by Dawid and Skene's method, in which
    a rater who errs more counts less; below, the majority holds, and a tie stays open. Numbers have their median.
    """
    decided = decided or {}
    valued = {item: [a for a in answers if a.counts] for item, answers in votes.items()}
    raters = {a.rater for answers in valued.values() for a in answers}
    skilled = _skilled(valued, schema) if schema.kind == "label" and len(raters) >= dawid_skene_from else {}
    found: dict[str, Settled] = {}
    for item in dict.fromkeys([*votes, *decided]):
        answers = valued.get(item, [])
        if item in decided:
            how: How = "left-out" if decided[item] is None else "decision"
            found[item] = Settled(decided[item], how, 1.0, len(answers))
        elif not answers:
            found[item] = Settled(None, "open", 0.0, 0)
        elif len(answers) == 1:
            found[item] = Settled(answers[0].value, "single", 1.0, 1)
        elif all(a.value == answers[0].value for a in answers):
            found[item] = Settled(answers[0].value, "agreed", 1.0, len(answers))
        else:
            found[item] = skilled.get(item) or _most(answers, schema)
    return found


def _most(answers: Sequence[Answer], schema: LabelSchema) -> Settled:
    """What most of some raters say who do not agree."""
    many = len(answers)
    if schema.kind == "number":
        values = np.array([a.value for a in answers], np.float64)
        middle = float(np.median(values))
        near = float(np.mean(np.abs(values - middle) <= tolerance(schema)))
        return Settled(middle, "median", near, many)
    if schema.kind == "spans":
        return _spans(answers)
    (value, votes), *others = Counter(a.value for a in answers).most_common()
    if others and others[0][1] == votes:
        return Settled(None, "open", votes / many, many)
    return Settled(value, "majority", votes / many, many)


def _spans(answers: Sequence[Answer]) -> Settled:
    """The spans that more than half of the raters marked alike; open where two raters differ, or none has a majority."""
    many = len(answers)
    marks = Counter(key for a in answers for key in {(s["start"], s["end"], s["label"]) for s in a.value})
    if many == 2:
        both = sum(n == many for n in marks.values())
        return Settled(None, "open", both / max(1, len(marks)), many)
    kept = sorted(key for key, n in marks.items() if 2 * n > many)
    unsure = [key for key, n in marks.items() if 2 * n == many]
    if unsure or (not kept and 2 * sum(not a.value for a in answers) <= many):
        return Settled(None, "open", max(marks.values(), default=0) / many, many)
    share = float(np.mean([max(n, many - n) / many for n in marks.values()]))
    return Settled([{"start": s, "end": e, "label": name} for s, e, name in kept], "majority", share, many)


def tolerance(schema: LabelSchema) -> float:
    """How far two numbers may lie apart without a dispute: a step, else a twentieth of the range, else nothing."""
    if schema.step:
        return schema.step
    return (schema.high - schema.low) / 20 if schema.high is not None and schema.low is not None else 0.0


def _skilled(valued: Mapping[str, Sequence[Answer]], schema: LabelSchema) -> dict[str, Settled]:
    """Consensus by Dawid and Skene of the items that several raters answered."""
    items = [item for item, answers in valued.items() if len(answers) >= 2]
    if not items:
        return {}
    raters = sorted({a.rater for item in items for a in valued[item]})
    place, of = {r: i for i, r in enumerate(raters)}, {n: i for i, n in enumerate(schema.names)}
    rows = [(i, place[a.rater], of[a.value]) for i, item in enumerate(items) for a in valued[item] if a.value in of]
    item, rater, value = np.array(rows, np.int64).reshape(-1, 3).T
    found = dawid_skene(item, rater, value, sizes=(len(items), len(raters), len(schema.names)))
    best = found.shares.argmax(axis=1)
    return {
        name: Settled(schema.names[best[i]], "dawid-skene", float(found.shares[i, best[i]]), len(valued[name]))
        for i, name in enumerate(items)
    }
