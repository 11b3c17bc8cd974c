"""The conditions that decide, in the order in which they are told: where it may run, what it is, what there is, what it costs."""

from __future__ import annotations

from typing import Final

from ownproof.core.policy import Policy
from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.minima import minimum
from ownproof.phases.decide.options import (
    API,
    BEGIN_DEEP,
    DEEP,
    KNOWN_KINDS,
    LANGUAGE,
    NO_ML,
    OWN,
    PICTURES,
    SIGNALS,
    SMALL,
    TABLES,
    TUNE,
    enough,
    first_way,
)  # fmt: skip
from ownproof.phases.decide.rules import Money, Rule, Tri, all_of, among, below, inverse

# A call over the network takes 50 to 200 ms before a model has thought at all; in the same process under 10 ms are usual.
TRIP_LEAST_MS: Final = 50
TRIP_MOST_MS: Final = 200
LOCAL_MS: Final = 10
# Weeks to a first result: tuning an open model takes two at the least, a net from scratch three months and more.
TUNE_WEEKS: Final = 2
DEEP_WEEKS: Final = 12
# Calls a month that are customary for an API, for a model of one's own, and for nothing but a small one.
FEW_CALLS: Final = Policy().api_calls_most
MANY_CALLS: Final = Policy().own_calls_least
BY_FAR: Final = 10
VAST_CALLS: Final = Policy().scratch_calls_least


def _short(a: Answers) -> Tri:
    return inverse(None if a.task is None else enough(first_way(a.task), a))


def _above(a: Answers, money: Money | None) -> Tri:
    """Whether a model of one's own is surely cheaper."""
    calls = a.calls_per_month
    return None if calls is None else calls > money.high if money else calls >= MANY_CALLS


def _under(a: Answers, money: Money | None) -> Tri:
    """Whether an API is surely cheaper."""
    return below(a.calls_per_month, money.low if money else FEW_CALLS)


def _far_under(a: Answers, money: Money | None) -> Tri:
    """Whether an API is cheaper by far."""
    return below(a.calls_per_month, money.low / BY_FAR if money else FEW_CALLS)


def _below_customary(a: Answers) -> Tri:
    """Whether the rarest class has fewer labels than is customary; where it is not known, an even share stands for it."""
    asked = minimum(TUNE, a.task)
    even = a.labels // a.classes if a.labels is not None and a.classes else None
    smallest = even if a.labels_in_smallest_class is None else a.labels_in_smallest_class
    return None if asked is None else inverse(asked.met(a.labels, smallest))


def _small_fits(a: Answers) -> Tri:
    return among(a.task, (*TABLES, *SIGNALS, "text-label", "extraction"))


def _nothing_else_reads(a: Answers) -> bool:
    return a.task in PICTURES and (a.domain == "modality" or a.pretrained_equivalent is False)


WHERE: Final = (
    Rule(
        "rule.enough", "rule_good_enough", "strong",
        "A rule that is good enough needs no model.",
        lambda a, m: a.rule_good_enough, favours=(NO_ML,),
    ),
    Rule(
        "sovereignty.private", "sovereignty", "veto",
        "Data that may not leave the organisation go to no hosted API; open models run inside.",
        lambda a, m: among(a.sovereignty, ("private", "isolated")), favours=OWN, bars=(API,),
    ),
    Rule(
        "edge.offline", "edge", "veto",
        "What runs in a device answers without a network, so without a hosted API.",
        lambda a, m: a.edge, favours=OWN, bars=(API,),
    ),
    Rule(
        "latency.network", "latency_ms", "veto",
        f"A call over the network alone takes {TRIP_LEAST_MS} to {TRIP_MOST_MS} ms; less than {TRIP_LEAST_MS} ms rules it out. "
        "It says where a model runs, not how it is trained.",
        lambda a, m: below(a.latency_ms, TRIP_LEAST_MS), favours=OWN, bars=(API,),
    ),
    Rule(
        "latency.tail", "latency_ms", "strong",
        f"Under {TRIP_MOST_MS} ms for 95 % of answers is more than a hosted API can be relied on for.",
        lambda a, m: all_of(below(a.latency_ms, TRIP_MOST_MS), inverse(below(a.latency_ms, TRIP_LEAST_MS))),
        favours=OWN, unfit=(API,),
    ),
    Rule(
        "latency.local", "latency_ms", "weak",
        f"Under {LOCAL_MS} ms is an answer from within the same process: easy for a small model, work for a larger one.",
        lambda a, m: all_of(below(a.latency_ms, LOCAL_MS), _small_fits(a)), favours=(SMALL,),
    ),
    Rule(
        "edge.small", "edge", "weak",
        "A device has little memory: a small model fits as it is, a tuned one has to be distilled or quantised.",
        lambda a, m: all_of(a.edge, _small_fits(a)), favours=(SMALL,),
    ),
)  # fmt: skip

WHAT: Final = (
    Rule(
        "task.table", "task", "strong",
        "Tables and series of one's own: no hosted or open model has seen these columns; boosting, forest or linear have a "
        "first result in days.",
        lambda a, m: among(a.task, TABLES), favours=(SMALL,), unfit=(API, TUNE),
    ),
    Rule(
        "task.signal", "task", "weak",
        "Windows of a sensor: features and boosting first; hosted models read no such signal.",
        lambda a, m: among(a.task, SIGNALS), favours=(SMALL,), unfit=(API,),
    ),
    Rule(
        "task.known-kind", "task", "weak",
        "Text and pictures: models trained on the world's exist, so one starts from them and not from nothing.",
        lambda a, m: among(a.task, KNOWN_KINDS), favours=(API, TUNE),
    ),
    Rule(
        "task.pictures", "task", "weak",
        "Pictures and whole answers are beyond a small model from scratch, unless it is said that nothing else reads the input.",
        lambda a, m: all_of(among(a.task, (*PICTURES, "generation")), not _nothing_else_reads(a)),
        unfit=(SMALL,),
    ),
    Rule(
        "task.standard", "standard_task", "strong",
        "A standard task on text (mood, language, addresses, summaries): hosted models do it without training.",
        lambda a, m: all_of(a.standard_task, among(a.task, LANGUAGE)), favours=(API,),
    ),
    Rule(
        "task.standard-picture", "standard_task", "weak",
        "A standard task on pictures: hosted models do it, though less surely than text.",
        lambda a, m: all_of(a.standard_task, among(a.task, PICTURES)), favours=(API,),
    ),
    Rule(
        "task.unusual", "standard_task", "weak",
        "A task that is nobody else's: a model has to be shown what is meant.",
        lambda a, m: inverse(a.standard_task), favours=OWN,
    ),
    Rule(
        "task.retrieval", "proprietary_data", "strong",
        "Answers out of one's own documents: retrieve them and put them into the prompt (RAG); what must be known is not "
        "trained in.",
        lambda a, m: all_of(a.proprietary_data, among(a.task, ("generation",))), favours=(API,),
    ),
    Rule(
        "data.proprietary", "proprietary_data", "strong",
        "One's own data without a public equivalent teach a model what no other knows.",
        lambda a, m: all_of(a.proprietary_data, inverse(among(a.task, ("generation",)))), favours=OWN,
    ),
    Rule(
        "domain.vocabulary", "domain", "strong",
        "Words that are not everybody's (law, medicine, a trade): an open model learns them from examples.",
        lambda a, m: all_of(among(a.domain, ("vocabulary",)), among(a.task, ("text-label", "extraction", "multi-modal"))),
        favours=(TUNE,),
    ),
    Rule(
        "domain.modality", "domain", "strong",
        "An input of a kind that public models have not seen has to be learnt from one's own examples.",
        lambda a, m: among(a.domain, ("modality",)), favours=(SMALL, DEEP), against=(API,),
    ),
    Rule(
        "pretrained.exists", "pretrained_equivalent", "strong",
        "A model pretrained on the like of this exists: start from it, with a hundredth of the labels.",
        lambda a, m: all_of(a.pretrained_equivalent, among(a.task, (*KNOWN_KINDS, *SIGNALS))), favours=(TUNE,),
    ),
    Rule(
        "pretrained.none", "pretrained_equivalent", "strong",
        "Nothing is pretrained on the like of this: there is nothing to fine-tune.",
        lambda a, m: all_of(inverse(a.pretrained_equivalent), among(a.task, (*KNOWN_KINDS, *SIGNALS))),
        favours=(DEEP,), against=(TUNE,),
    ),
)  # fmt: skip

WITH: Final = (
    Rule(
        "data.short", "labels", "weak",
        "Too few labels to train anything of one's own today; a hosted model needs none.",
        lambda a, m: all_of(among(a.task, KNOWN_KINDS), _short(a)), favours=(API,),
    ),
    Rule(
        "data.customary", "labels_in_smallest_class", "weak",
        "Fewer pictures of the rarest class than the customary thousand: one can begin, and a hosted model may still be ahead.",
        lambda a, m: all_of(among(a.task, PICTURES), _below_customary(a)), favours=(API,),
    ),
    Rule(
        "data.never", "labels_per_week", "strong",
        "Too few labels, and none to come: nothing of one's own can be trained.",
        lambda a, m: all_of(None if a.labels_per_week is None else a.labels_per_week == 0, _short(a)), unfit=OWN,
    ),
    Rule(
        "data.deep", "labels", "strong",
        f"From {BEGIN_DEEP:,} labels on a net learns more than people put into features, where nothing is pretrained.",
        lambda a, m: all_of(
            inverse(below(a.labels, BEGIN_DEEP)), inverse(a.pretrained_equivalent), among(a.task, (*KNOWN_KINDS, *SIGNALS))
        ),
        favours=(DEEP,),
    ),
    Rule(
        "data.scratch", "labels", "strong",
        f"Fewer than {BEGIN_DEEP:,} labels are too few for a deep net from scratch.",
        lambda a, m: below(a.labels, BEGIN_DEEP), unfit=(DEEP,),
    ),
    Rule(
        "time.tune", "weeks_to_first_result", "strong",
        f"Tuning an open model shows its first result after {TUNE_WEEKS} weeks at the earliest.",
        lambda a, m: all_of(below(a.weeks_to_first_result, TUNE_WEEKS), among(a.task, (*KNOWN_KINDS, *SIGNALS))),
        against=(TUNE,),
    ),
    Rule(
        "time.deep", "weeks_to_first_result", "strong",
        f"A deep net from scratch shows its first result after {DEEP_WEEKS} weeks at the earliest.",
        lambda a, m: below(a.weeks_to_first_result, DEEP_WEEKS), unfit=(DEEP,),
    ),
)  # fmt: skip

COST: Final = (
    Rule(
        "volume.high", "calls_per_month", "strong",
        "More calls than the p90 of break-even: a model of one's own is cheaper. Where prices or tokens are unknown, from "
        f"{MANY_CALLS:,} calls a month on (customary, and no more than that).",
        lambda a, m: all_of(among(a.task, KNOWN_KINDS), _above(a, m)), favours=OWN, against=(API,),
    ),
    Rule(
        "volume.low", "calls_per_month", "strong",
        "Fewer calls than a tenth of the p10 of break-even: an API is cheaper by far. Where prices or tokens are unknown, "
        f"under {FEW_CALLS:,} calls a month (customary, and no more than that).",
        lambda a, m: all_of(among(a.task, LANGUAGE), _far_under(a, m)), favours=(API,),
    ),
    Rule(
        "volume.lower", "calls_per_month", "weak",
        "Fewer calls than the p10 of break-even, though not by far: an API is cheaper.",
        lambda a, m: all_of(among(a.task, LANGUAGE), _under(a, m), inverse(_far_under(a, m))), favours=(API,),
    ),
    Rule(
        "volume.low-pictures", "calls_per_month", "weak",
        "Fewer calls than the p10 of break-even, for pictures, whose price by tokens is a rough guess.",
        lambda a, m: all_of(among(a.task, PICTURES), _under(a, m)), favours=(API,),
    ),
    Rule(
        "volume.vast", "calls_per_month", "strong",
        f"From {VAST_CALLS:,} calls a month on every millisecond of an answer is paid for: small models answer cheapest.",
        lambda a, m: all_of(_small_fits(a), inverse(below(a.calls_per_month, VAST_CALLS))), favours=(SMALL,),
    ),
)  # fmt: skip

RULES: Final = (*WHERE, *WHAT, *WITH, *COST)
