"""Words for people: metrics, baselines, gates, statuses, levels of proof."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ownproof.render.figures import decimals_for, finite, number, percent

Tone = Literal["good", "bad", "unsure", "plain"]


@dataclass(frozen=True, slots=True)
class MetricWords:
    """How a metric is spoken of.

    title: in tables; says: a clause with a hole for the value; kind: share (0..1, in percent, gains in points),
    error (in units, a gain is less of it), money (a gain is a saving), value (anything else, more is better).
    """

    title: str
    says: str
    kind: Literal["share", "error", "money", "value"] = "share"

    def value(self, value: Any, *, decimals: int = 1) -> str:
        """The value alone, such as `91.9 %`."""
        return percent(value, decimals=decimals) if self.kind == "share" else number(value)

    def amount(self, value: Any, *, decimals: int | None = None) -> str:
        """A difference alone and without its unit, such as `14.9`."""
        if self.kind == "share":
            return percent(value, decimals=1 if decimals is None else decimals, sign=False)
        return number(value, decimals=decimals)

    def between(self, low: Any, high: Any) -> str:
        """An interval, both ends with the same decimals; empty where an end is missing."""
        ends = [v for v in (finite(low), finite(high)) if v is not None]
        if len(ends) < 2:
            return ""
        decimals = None if self.kind == "share" else decimals_for(max(map(abs, ends)))
        return f"{self.amount(low, decimals=decimals)} to {self.amount(high, decimals=decimals)}"


METRICS: Mapping[str, MetricWords] = {
    "roc_auc": MetricWords("ROC AUC", "ranks a positive above a negative {} of the time"),
    "average_precision": MetricWords("average precision", "keeps a precision of {} averaged over all alert rates"),
    "roc_auc_ovr": MetricWords("ROC AUC, class by class", "ranks a class above the others {} of the time"),
    "accuracy": MetricWords("accuracy", "is right {} of the time"),
    "balanced_accuracy": MetricWords("balanced accuracy", "is right {} of the time, every class counting the same"),
    "weighted_f1": MetricWords("weighted F1", "reaches a weighted F1 of {} over all classes"),
    "macro_f1": MetricWords("macro F1", "reaches an F1 of {}, every class counting the same"),
    "f1": MetricWords("F1", "reaches an F1 of {} between missed cases and false alarms"),
    "precision": MetricWords("precision", "is right in {} of its alerts"),
    "recall": MetricWords("recall", "finds {} of the positives"),
    "r2": MetricWords("R²", "explains {} of the variance"),
    "log_loss": MetricWords("log loss", "has probabilities with a log loss of {}", "error"),
    "brier": MetricWords("Brier score", "has probabilities with a Brier score of {}", "error"),
    "rmse": MetricWords("RMSE", "misses by {} (root mean square error)", "error"),
    "mae": MetricWords("MAE", "misses by {} on average", "error"),
    "median_absolute_error": MetricWords("median error", "misses by {} in half of the cases", "error"),
    "mape": MetricWords("MAPE", "misses by {} of the true value on average"),
    "bias": MetricWords("bias", "is off to one side by {}", "error"),
    "cost": MetricWords("cost", "makes decisions that cost {} each", "money"),
}


def metric(name: Any) -> MetricWords:
    """The words of a metric; an unknown one is called by its name.

    >>> metric("entity_f2").says
    'reaches a entity f2 of {}'
    """
    text = str(name or "score")
    if text in METRICS:
        return METRICS[text]
    spoken = text.replace("_", " ").replace("{", "(").replace("}", ")")
    return MetricWords(spoken, f"reaches a {spoken} of {{}}", "value")


_BASELINES = {
    "majority": "always answering the most frequent class",
    "mean": "always answering the mean",
    "median": "always answering the median",
    "constant": "a constant answer",
    "rule": "your rule",
    "imported": "your rule",
    "linear": "a linear model",
    "champion": "the model now in use",
}


def baseline(name: Any) -> str:
    """What a baseline is called inside a sentence.

    >>> baseline("one_feature:education"), baseline("majority"), baseline(None)
    ('the best one-feature rule (education)', 'always answering the most frequent class', 'the baseline')
    """
    text = str(name or "").strip()
    if not text:
        return "the baseline"
    if text in _BASELINES:
        return _BASELINES[text]
    found = re.fullmatch(r"(?:the )?(?:best )?one[_ -]feature(?: rule)?(?:\s*[:(]\s*(.+?)\s*\)?)?", text, re.DOTALL)
    if found:
        return "the best one-feature rule" + (f" ({found[1]})" if found[1] else "")
    found = re.fullmatch(r"rule\s*[:(]\s*(.+?)\s*\)?", text, re.DOTALL)
    return f"your rule ({found[1]})" if found else text


STATUS: Mapping[str, tuple[str, Tone, str]] = {
    "pass": ("passed", "good", "✓"),
    "refused": ("refused", "bad", "✗"),
    "waived": ("waived", "unsure", "~"),
    "inconclusive": ("cannot tell", "unsure", "?"),
    "not-run": ("not run", "plain", "·"),
}
LEVELS: Mapping[str, tuple[str, Tone, str]] = {
    "block": ("stops", "bad", "✗"),
    "warn": ("warns", "unsure", "!"),
    "ok": ("ok", "good", "✓"),
}
_UNKNOWN: tuple[str, Tone, str] = ("unknown", "plain", "·")


def status(word: Any) -> tuple[str, Tone, str]:
    """How a gate's status is written, its tone and its sign on a terminal."""
    return STATUS.get(str(word), _UNKNOWN)


def level(word: Any) -> tuple[str, Tone, str]:
    """The same for the level of a finding."""
    return LEVELS.get(str(word), _UNKNOWN)


@dataclass(frozen=True, slots=True)
class ProofWords:
    """A level of proof: what it says, and what it does not prove."""

    level: str
    title: str
    says: str
    not_proven: str


_COPY = "A copy made before sealing defeats S1 and S2."
PROOF: Mapping[str, ProofWords] = {
    "S0": ProofWords(
        "S0", "declared", "The figures come from rows that nobody kept from the people who made the model.",
        "That these rows were never looked at while the model was made.",
    ),
    "S1": ProofWords(
        "S1", "sealed by the tool",
        "The rows were drawn by a published rule, refused in training by their hash, and each opening is counted.",
        f"That nobody had the rows from elsewhere. {_COPY}",
    ),
    "S2": ProofWords(
        "S2", "anchored outside",
        "As S1, with a hash-chained ledger that a git commit held before the test was opened.",
        f"That the commit lies where its owner cannot rewrite it, or that nobody had the rows from elsewhere. {_COPY}",
    ),
    "S3": ProofWords(
        "S3", "labels held elsewhere", "The labels lay with somebody else; only predictions went in.",
        "That tomorrow looks like the day these labels were made, or that the holder shared none of them.",
    ),
    "S4": ProofWords(
        "S4", "prospective", "The labels did not exist yet when the model was frozen.",
        "That the world stays as it was in the period observed.",
    ),
}  # fmt: skip

EVIDENCE: Mapping[str, str] = {
    "out-of-fold": "out-of-fold evidence: every row answered by a model that had not seen it",
    "sealed": "sealed rows that nothing was trained on",
    "supplied": "predictions that were handed in",
}
