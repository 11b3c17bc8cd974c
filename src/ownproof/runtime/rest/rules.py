"""What an operator wants of answers that stand on little: refused, flagged, or a default in their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ownproof.runtime.predictor import Predictor
from ownproof.runtime.rest.described import Field, out_of_range
from ownproof.runtime.rest.problem import Fault, Refused, shown
from ownproof.runtime.rest.settings import Rule, Settings

ABSTAINED = "abstained"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of `[serve]` that are not as they come.

    An answer that abstains has the default as its prediction and the flag `abstained:` with the reason; what the model
    itself said stands beside it as `said`.
    """

    unseen: Rule
    out_of_range: Rule
    below: float | None
    default: str | float | None
    beyond: Callable[[Mapping[str, Any]], list[str]]

    @classmethod
    def of(cls, predictor: Predictor, fields: tuple[Field, ...], settings: Settings) -> Rules | None:
        """None where every answer goes out as it is."""
        del predictor
        if settings.unseen == "flag" and settings.out_of_range == "ignore" and settings.abstain_below is None:
            return None
        return cls(
            settings.unseen, settings.out_of_range, settings.abstain_below, settings.default, out_of_range(fields)
        )

    def applied(self, rows: Sequence[Mapping[str, Any]], answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The answers as they go out. Raises Refused (422) naming every column of every row that a rule refuses."""
        faults: list[Fault] = []
        told = []
        for at, (row, answer) in enumerate(zip(rows, answers, strict=True)):
            where = f"rows[{at}]." if len(rows) > 1 else ""
            told.append(self._one(row, answer, where, faults))
        if faults:
            word = "1 problem" if len(faults) == 1 else f"{len(faults)} problems"
            raise Refused(422, f"{word} in the request", faults)
        return told

    def _one(self, row: Mapping[str, Any], answer: dict[str, Any], where: str, faults: list[Fault]) -> dict[str, Any]:
        flags = [f for f in answer["flags"] if self.unseen != "ignore" or not f.startswith("unseen:")]
        new = [f.removeprefix("unseen:") for f in answer["flags"] if f.startswith("unseen:")]
        far = self.beyond(row) if self.out_of_range != "ignore" else []
        flags += [f"range:{name}" for name in far]
        if self.unseen == "refuse":
            faults += [Fault(where + shown(n), "training never met this category") for n in new]
        if self.out_of_range == "refuse":
            faults += [Fault(where + shown(n), "the number lies beyond those of training") for n in far]
        why = self._why(answer, new, far)
        if why:
            said = answer["prediction"]
            return {**answer, "prediction": self.default, "said": said, "flags": [*flags, f"{ABSTAINED}:{why}"]}
        return {**answer, "flags": flags}

    def _why(self, answer: Mapping[str, Any], new: list[str], far: list[str]) -> str:
        if new and self.unseen == "abstain":
            return "unseen"
        if far and self.out_of_range == "abstain":
            return "range"
        shares = answer.get("probabilities")
        if self.below is not None and shares:
            chosen = shares.get(str(answer["prediction"]))
            return "probability" if chosen is not None and chosen < self.below else ""
        return ""
