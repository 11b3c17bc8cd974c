"""Explore the rows, and find what leaks: certain evidence stops, likely evidence warns."""

from ownproof.phases.audit.about import About
from ownproof.phases.audit.report import audit

__all__ = ["About", "audit"]
