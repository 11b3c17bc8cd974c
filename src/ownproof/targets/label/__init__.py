"""Labels: one class out of two or more."""

from ownproof.targets.label.target import LabelTarget

__all__ = ["LabelTarget"]
