"""What the answers of the model in production are compared with.

A bundle's reference has out-of-fold answers: those of the models of the folds. The model that ships learnt from all rows,
and a tree's answers stand on steps of their own: on rows like those of training they have other frequencies, cell by cell,
though nothing drifted. So out-of-fold answers bear witness of their middle and of shares of classes only, and roughly;
once there are enough ordinary windows, the model's own first answers take their place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from ownproof.core.policy import Policy
from ownproof.core.watch import PREDICTION, SCORE, Counts, Reference, Tally, merge
from ownproof.phases.monitor.view_tests import Test

OF_OTHERS: Final = frozenset({PREDICTION, SCORE})
"""The columns that a fresh bundle's reference has of other models."""
KEPT: Final = frozenset({"location", "level", "missing", "unreadable"})


def settled(reference: Reference, ordinary: Sequence[Counts], policy: Policy) -> Reference | None:
    """The reference with the answers of the first ordinary windows in place of out-of-fold ones; None until there are
    enough of them."""
    least = policy.drift_windows_least
    if len(ordinary) < least:
        return None
    first = merge(ordinary[:least])
    names = {v.name for c in reference.columns if c.name in OF_OTHERS for v in c.views}
    own = {n: first.tallies[n] for n in names if n in first.tallies and first.tallies[n].rows}
    return with_answers(reference, own)


def with_answers(reference: Reference, own: Mapping[str, Tally]) -> Reference:
    """The reference with other tallies of some views."""
    return replace(reference, counts=replace(reference.counts, tallies={**reference.counts.tallies, **own}))


def roughly(tests: Sequence[Test], policy: Policy) -> list[Test]:
    """The tests of a column that answers of other models bear, each with a wider limit."""
    return [replace(t, limit=t.limit * policy.rough_answers) for t in tests if t.name in KEPT]
