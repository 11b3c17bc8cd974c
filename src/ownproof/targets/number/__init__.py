"""Numbers: an amount, a duration, a price."""

from ownproof.targets.number.target import NumberTarget

__all__ = ["NumberTarget"]
