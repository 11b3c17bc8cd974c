"""What a verdict alone does not say: where prompting or retrieval is the better answer, and the two classic wastes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.options import API, DEEP, KNOWN_KINDS, LANGUAGE, OWN, SMALL, TUNE
from ownproof.phases.decide.rules import Money
from ownproof.phases.decide.verdict import Decision

LABELS_TODAY: Final = 1_000
LABELS_A_WEEK: Final = 500


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to know. id: a word for machines."""

    id: str
    says: str

    def to_json(self) -> dict[str, str]:
        """A JSON object."""
        return {"id": self.id, "says": self.says}


def advice(answers: Answers, found: Decision, money: Money | None) -> tuple[Advice, ...]:
    """All that applies, the better answers first, then the wastes."""
    return tuple(a for a in (*_better(answers, found), *_wastes(answers, found, money)) if a is not None)


def _better(answers: Answers, found: Decision) -> list[Advice | None]:
    written = answers.task == "generation"
    own_words = answers.proprietary_data or answers.domain == "vocabulary"
    inside = found.standing(API).by in ("sovereignty.private", "edge.offline")
    where = "an open model on your own machines" if inside else "the model"
    return [
        Advice(
            "rag",
            f"RAG before training: what {where} has to know stands in your documents. Find the passages for each question "
            "and put them into the prompt; they can be changed any day. Tuning changes how it writes, not what it knows.",
        )
        if written and own_words
        else None,
        Advice(
            "prompting",
            f"Prompting first: give {where} the guide and ten examples in the prompt, and measure it on 150 labelled rows "
            "before anything is tuned.",
        )
        if answers.task in LANGUAGE and found.verdict in (API, TUNE) and (found.verdict == API or inside or found.first)
        else None,
        Advice(
            "distil",
            "Begin with the API and keep its answers: checked by people they become the labels of your own model.",
        )
        if found.interim == API
        else None,
        Advice(
            "open-weights",
            "No network rules out hosted APIs and nothing else: open weights are carried in as files and run there.",
        )
        if answers.sovereignty == "isolated" and answers.task in KNOWN_KINDS
        else None,
        Advice(
            "labels.pace",
            f"Labels will be what everything waits for: {LABELS_TODAY:,} today or {LABELS_A_WEEK} a week are customary to begin "
            "with. Find more people to label, or rows whose outcome comes by itself.",
        )
        if found.verdict in OWN and _slow(answers)
        else None,
        Advice(
            "where-it-runs",
            "Latency says where a model runs, not how it is trained: in the same process, exported to ONNX, quantised or "
            "distilled where it is large. Measure p95 of the exported model.",
        )
        if found.verdict in OWN and answers.latency_ms is not None and answers.latency_ms < 50
        else None,
    ]


def _slow(answers: Answers) -> bool:
    """Whether there are few labels and few to come."""
    labels, pace = answers.labels, answers.labels_per_week
    return labels is not None and pace is not None and labels < LABELS_TODAY and pace < LABELS_A_WEEK


def _wastes(answers: Answers, found: Decision, money: Money | None) -> list[Advice | None]:
    volume, many = answers.calls_per_month, money.high if money else 5_000_000
    net = found.verdict == API or (found.verdict in (SMALL, TUNE) and not found.standing(DEEP).open)
    instead = {
        API: "a hosted model does this today",
        SMALL: "boosting does this in days",
        TUNE: "a pretrained model is most of the way there",
    }.get(found.verdict or "", "")
    bills = (volume is not None and volume > many) or answers.task == "tabular"
    return [
        Advice("waste.net", f"The classic waste here: two months on a net of your own, when {instead}.")
        if net and answers.known
        else None,
        Advice(
            "waste.bills",
            "The classic waste here: six months of API bills for what a "
            f"{'small model' if found.verdict == SMALL else 'model of your own'} does at a fraction.",
        )
        if bills and found.verdict in OWN
        else None,
    ]
