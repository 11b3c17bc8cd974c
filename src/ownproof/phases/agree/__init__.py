"""Agree: whether people who rated the same items say the same, beyond chance."""

from ownproof.phases.agree.report import agree

__all__ = ["agree"]
