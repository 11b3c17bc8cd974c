"""From cells to one matrix, learnt from training rows only: codes, and scores that no row's own truth has touched."""

from ownproof.phases.prepare.matrix import characters, prepare

__all__ = ["characters", "prepare"]
