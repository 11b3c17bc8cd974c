"""Everything that is known of agreement after one pass over the ratings."""

from __future__ import annotations

from dataclasses import dataclass

from ownproof.core.policy import Policy
from ownproof.core.ratings import Ratings
from ownproof.phases.agree import apart
from ownproof.phases.agree.disputes import Confusion, Dispute, confusions, disputed, disputes
from ownproof.phases.agree.evidence import Coefficient, Evidence, Weighting, evidence
from ownproof.stats.agreement.gate import Decision, Limits, decide


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """ratings: all of them; seen: of items rated twice or more; coefficients by name; decision: of the one that decides.

    observed: the share of pairs of answers that are equal (classes), None otherwise; once: items rated once.
    """

    ratings: Ratings
    seen: Evidence
    coefficients: dict[str, Coefficient]
    decision: Decision
    observed: float | None
    once: int
    classes: tuple[apart.Part, ...]
    raters: tuple[apart.Part, ...]
    pairs: tuple[apart.Part, ...]
    slices: tuple[apart.Part, ...]
    windows: tuple[apart.Part, ...]
    changes: tuple[apart.Change, ...]
    confused: tuple[Confusion, ...]
    disputes: tuple[Dispute, ...]
    disputed: int

    @property
    def deciding(self) -> Coefficient:
        """The coefficient that decides."""
        return self.coefficients[self.seen.decides]

    @property
    def items(self) -> int:
        """How many items two raters or more answered."""
        return len(self.seen.ratings.items)


def measure(ratings: Ratings, *, weighting: Weighting, policy: Policy, seed: int) -> Measured:
    """Measure agreement. The numbers of the decision are the policy's."""
    seen = evidence(ratings, weighting=weighting)
    level = policy.level
    found = {n: seen.coefficient(n, seed=seed, level=level) for n in seen.names}
    limits = Limits(policy.kappa, policy.kappa_low, policy.kappa_point_decides_from)
    known = len(seen.ratings.items) > 0
    return Measured(
        ratings,
        seen,
        found,
        decide(found[seen.decides].spread, limits),
        _observed(seen),
        len(ratings.items) - len(seen.ratings.items),
        apart.by_class(seen, seed=seed, level=level) if known else (),
        apart.by_rater(seen, seed=seed, level=level) if known else (),
        apart.by_pair(seen, seed=seed, level=level) if known else (),
        apart.by_slice(seen, seed=seed, level=level) if known else (),
        apart.over_time(seen, seed=seed, level=level) if known else (),
        apart.drifts(seen, seed=seed, level=level) if known else (),
        confusions(seen) if known else (),
        disputes(seen) if known else (),
        disputed(seen) if known else 0,
    )


def _observed(seen: Evidence) -> float | None:
    """The mean over items of the share of pairs of answers that are equal."""
    if seen.marked is not None or not len(seen.ratings.items):
        return None
    from ownproof.stats.agreement.distances import Nominal

    pairs = seen.found.of * (seen.found.of - 1.0)
    return float(1.0 - (Nominal().within(seen.found) / pairs).mean())
