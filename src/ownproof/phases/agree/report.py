"""Agree: ratings in, report out: every coefficient, the one that decides, and whether to go on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ownproof.core.policy import Policy
from ownproof.core.ratings import Ratings
from ownproof.core.report import Gate, Report, Status
from ownproof.phases.agree import apart
from ownproof.phases.agree.disputes import Dispute
from ownproof.phases.agree.evidence import Coefficient, Weighting
from ownproof.phases.agree.findings import findings
from ownproof.phases.agree.measured import Measured, measure
from ownproof.phases.agree.pages import cut, percent, sections
from ownproof.stats.agreement.resample import Spread

STATUS: Final[Mapping[str, Status]] = {"go": "pass", "stop": "refused", "more": "inconclusive"}


def agree(
    ratings: Ratings,
    *,
    weighting: Weighting = "",
    policy: Policy | None = None,
    seed: int = 0,
    texts: Mapping[str, str] | None = None,
) -> Report:
    """Whether raters agree beyond chance: go on, stop, or rate so many items more twice.

    weighting: of Cohen's kappa, on ordered labels. seed: of the resamples behind the intervals. texts: of
    items, shown with those that are disputed. `facts` holds what the JSON answer shows.
    """
    numbers = policy or Policy()
    known = {} if texts is None else texts
    found = measure(ratings, weighting=weighting, policy=numbers, seed=seed)
    return Report(
        "agree",
        findings=findings(found, policy=numbers, seed=seed),
        gates=(_gate(found, numbers),),
        sections=sections(found, numbers, known),
        facts=_facts(found, numbers, known),
    )


def _gate(found: Measured, policy: Policy) -> Gate:
    made = found.deciding
    known = not made.undefined
    return Gate(
        "label.agreement",
        STATUS[found.decision.word],
        made.spread.value if known else "undefined",
        policy.kappa,
        (made.spread.low, made.spread.high) if known and math.isfinite(made.spread.low) else None,
        f"{made.title} at least {policy.kappa:g} and its one-sided {percent(made.spread.level)} lower end at least "
        f"{policy.kappa_low:g}; from {policy.kappa_point_decides_from} items rated twice on the point alone decides",
        (),
        advice(found),
    )


def advice(found: Measured) -> str:
    """What to do next, in a sentence."""
    if found.decision.word == "go":
        return ""
    if found.decision.word == "more":
        if found.deciding.undefined and found.items:
            return f"rate {found.decision.needed:,} items more twice, among them items of other classes"
        return f"let a second rater label {found.decision.needed:,} items more, then measure again"
    worst = found.confused[0] if found.confused else None
    first = f", first of all {worst.first!r} against {worst.second!r}" if worst else ""
    return f"talk about the disputed items, sharpen the guide{first}, and label the overlap anew"


def _facts(found: Measured, policy: Policy, texts: Mapping[str, str]) -> dict[str, Any]:
    made, decision, seen = found.deciding, found.decision, found.seen
    return {
        **{name: _coefficient(c) for name, c in found.coefficients.items()},
        "decision": decision.word,
        "decides": seen.decides,
        "decides_why": seen.why,
        "why": f"undefined: {made.undefined}" if made.undefined else decision.why,
        "undefined": made.undefined or None,
        "one_sided": {"level": made.spread.level, "low": made.spread.floor, "limit": policy.kappa_low},
        "level": made.spread.level,
        "kappa": policy.kappa,
        "needed": decision.needed if decision.word == "more" else None,
        "items": found.items,
        "items_once": found.once,
        "ratings": len(seen.ratings),
        "raters": list(seen.ratings.raters),
        "kind": seen.ratings.kind,
        "weights": seen.weighting or None,
        "observed": found.observed,
        "by_class": [_part(p, "class", share=p.share, ratings=p.ratings) for p in found.classes],
        "by_rater": [_part(p, "rater", ratings=p.ratings) for p in found.raters],
        "by_pair": [_part(p, "rater", other=p.of) for p in found.pairs],
        "by_slice": [_part(p, "level", slice=p.of) for p in found.slices],
        "over_time": [_part(p, "window", since=float(p.of)) for p in found.windows],
        "drift": [_change(c) for c in found.changes],
        "confusions": [{"classes": [c.first, c.second], "share": c.share, "items": c.items} for c in found.confused],
        "disputed": found.disputed,
        "disputes": [_dispute(d, texts) for d in found.disputes],
    }


def _dispute(dispute: Dispute, texts: Mapping[str, str]) -> dict[str, Any]:
    text = {"text": cut(texts[dispute.item])} if dispute.item in texts else {}
    return {"item": dispute.item, **text, "disagreement": dispute.disagreement, "answers": dict(dispute.answers)}


def _coefficient(made: Coefficient) -> dict[str, Any]:
    told: dict[str, Any] = {**_ends(made.spread), "items": made.spread.items}
    return told | ({"undefined": made.undefined} if made.undefined else {})


def _ends(found: Spread) -> dict[str, Any]:
    return {"value": found.value, "low": found.low, "high": found.high}


def _part(part: apart.Part, name: str, **more: Any) -> dict[str, Any]:
    return {name: part.name, **more, **_ends(part.spread), "items": part.spread.items}


def _change(change: apart.Change) -> dict[str, Any]:
    sides: Sequence[tuple[str, Spread]] = (
        ("earlier", change.earlier),
        ("later", change.later),
        ("change", change.change),
    )
    return {"rater": change.name, **{name: _ends(each) for name, each in sides}}
