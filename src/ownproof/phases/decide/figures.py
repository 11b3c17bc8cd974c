"""The user's own figures of cost, as they stand under `[cost]` in the answers: prices, ways to use an API, guesses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ownproof.errors import OwnproofError, all_at_once
from ownproof.phases.decide.assumptions import MOST, Assumptions, wrong
from ownproof.phases.decide.prices import Rate

PRICES: Final = ("price_in", "price_out")
SHARES: Final = ("repeats", "cached_prompt")
OF_A_CALL: Final = (*PRICES, *SHARES, "batch")


@dataclass(frozen=True, slots=True)
class Figures:
    """What was said. rate: dollars per million tokens of one's own offer, None where none was said; repeats, cached_prompt
    and batch: as in `Usage`; guesses: what belongs to the own model, as it was said."""

    rate: Rate | None = None
    repeats: float = 0.0
    cached_prompt: float = 0.0
    batch: bool = False
    guesses: Mapping[str, Any] = field(default_factory=dict)


def figures(said: Mapping[str, Any], own: Assumptions) -> tuple[Figures, Assumptions]:
    """The figures, and the assumptions with those that belong to them. Raises ConfigError with every problem at once.

    >>> figures({"price_in": 0.1, "price_out": 0.4, "serving": 500}, Assumptions())[0].rate
    Rate(input=0.1, output=0.4)
    """
    guesses = {k: v for k, v in said.items() if k not in OF_A_CALL}
    changed, problems = own.changed(guesses, also=OF_A_CALL)
    problems += [p for name in OF_A_CALL if name in said for p in _wrong(name, said[name])]
    if len(set(PRICES) & set(said)) == 1:
        (there,) = set(PRICES) & set(said)
        (other,) = set(PRICES) - {there}
        problems.append(
            wrong(other, f"{there} is said and {other} is not", "both", f"write {other} = 0.4, for example")
        )
    if problems:
        raise all_at_once(problems)
    rate = Rate(float(said["price_in"]), float(said["price_out"])) if "price_in" in said else None
    repeats, cached = (float(said.get(n, 0.0)) for n in SHARES)
    return Figures(rate, repeats, cached, bool(said.get("batch", False)), guesses), changed


def _wrong(name: str, value: Any) -> list[OwnproofError]:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if name == "batch":
        fine, expected, example = isinstance(value, bool), "true or false", "true"
    elif name in SHARES:
        fine, expected, example = number and 0 <= value <= 1, "a share from 0 to 1", "0.3"
    else:
        fine, expected, example = number and 0 <= value < MOST, "dollars per million tokens, from 0 on", "0.4"
    return [] if fine else [wrong(name, f"{name} is {value!r}", expected, f"write {name} = {example}")]
