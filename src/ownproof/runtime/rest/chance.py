"""Random bits for ids, from the system, many at a time: asking for eight bytes costs as much as asking for a page."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

WORDS = 512
_left: Iterator[int] = iter(())


def chance() -> int:
    """64 random bits that no other process has: a forked child begins anew."""
    global _left  # noqa: PLW0603 - one stock a process, as the system's own
    for word in _left:
        return word
    _left = iter(np.frombuffer(os.urandom(8 * WORDS), np.uint64).tolist())
    return next(_left)


def _begin_anew() -> None:
    global _left  # noqa: PLW0603 - as above
    _left = iter(())


os.register_at_fork(after_in_child=_begin_anew)
