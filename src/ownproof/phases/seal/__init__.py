"""The sealed set: drawn once from the data alone, found again by hash, and kept out of training."""

from ownproof.phases.seal.draw import Past, draw, draw_new, first, supplied
from ownproof.phases.seal.identity import identity, unit_columns
from ownproof.phases.seal.match import Matched, Seal, guard, marked, match

__all__ = [
    "Matched",
    "Past",
    "Seal",
    "draw",
    "draw_new",
    "first",
    "guard",
    "identity",
    "marked",
    "match",
    "supplied",
    "unit_columns",
]
