"""Items that raters do not agree on, those first whose decision settles most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ownproof.core.labelling import Answer, LabelSchema
from ownproof.phases.label.consensus import Settled, tolerance


@dataclass(frozen=True, slots=True)
class Dispute:
    """One item to decide. about: what the raters do not agree on, such as two classes; alike: how many open items are
    about the same; doubt: how little the votes decide, 0..1; worth: what it is ordered by."""

    item: str
    votes: tuple[Answer, ...]
    about: str
    alike: int
    doubt: float
    worth: float


def disputes(
    votes: Mapping[str, Sequence[Answer]], schema: LabelSchema, settled: Mapping[str, Settled]
) -> tuple[Dispute, ...]:
    """The items that were not decided and whose raters differ, or skipped them; the most worth deciding first.

    A rule settles all items about the same thing at once, so an item counts by how many are like it, less with each of
    them that stands before it; and by how evenly the votes are split.
    """
    found: list[tuple[str, Sequence[Answer], str, float]] = []
    for item, answers in votes.items():
        known = settled[item]
        if known.how in ("decision", "left-out"):
            continue
        about = _about(answers, schema)
        if about:
            found.append((item, answers, about, _doubt(answers, known)))
    alike = Counter(about for _, _, about, _ in found)
    found.sort(key=lambda each: (-each[3], each[0]))
    before: Counter[str] = Counter()
    ranked = []
    for item, answers, about, doubt in found:
        worth = (0.05 + doubt) * alike[about] / (1 + before[about])
        before[about] += 1
        ranked.append(Dispute(item, tuple(answers), about, alike[about], doubt, worth))
    return tuple(sorted(ranked, key=lambda d: (-d.worth, d.item)))


def _doubt(answers: Sequence[Answer], known: Settled) -> float:
    """How little the votes decide, 0..1. An item that was only skipped asks for less than one that two read otherwise."""
    skips = sum(a.skip is not None for a in answers) / len(answers)
    return 0.2 if known.raters == 0 else max(skips, 1.0 - known.confidence)


def _about(answers: Sequence[Answer], schema: LabelSchema) -> str:
    """What raters differ about; empty where they do not."""
    values = [a.value for a in answers if a.counts]
    skips = sorted({a.skip for a in answers if a.skip is not None})
    if schema.kind == "number":
        if values and max(values) - min(values) > tolerance(schema):
            return f"numbers more than {tolerance(schema):g} apart"
    elif schema.kind == "spans":
        told = _about_spans(values)
        if told:
            return told
    elif len(set(values)) > 1:
        return " or ".join(n for n in schema.names if n in values)
    return f"skipped: {skips[0]}" if skips else ""


def _about_spans(values: Sequence[Any]) -> str:
    """The most frequent kind of difference between sets of spans."""
    marks = [{(s["start"], s["end"], s["label"]) for s in v} for v in values]
    if len(marks) < 2 or all(m == marks[0] for m in marks):
        return ""
    common, every = set.intersection(*marks), set.union(*marks)
    kinds: Counter[str] = Counter()
    for own in marks:
        for start, end, label in own - common:
            others = [o for o in every - own if o[0] < end and start < o[1]]
            if any((o[0], o[1]) == (start, end) for o in others):
                names = sorted({label, *(o[2] for o in others if (o[0], o[1]) == (start, end))})
                kinds[" or ".join(names)] += 1
            elif any(o[2] == label for o in others):
                kinds[f"where {label} begins and ends"] += 1
            else:
                kinds[f"{label} or nothing"] += 1
    return min(kinds, key=lambda k: (-kinds[k], k))


def confusions(found: Sequence[Dispute]) -> list[tuple[str, int]]:
    """What the disputes are about, the most frequent first."""
    return sorted(Counter(d.about for d in found).items(), key=lambda each: (-each[1], each[0]))
