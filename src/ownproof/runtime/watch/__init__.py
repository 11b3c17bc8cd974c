"""Watch: cells frozen from a reference's rows, and any later rows counted in them."""

from ownproof.runtime.watch.build import build, counters, joined
from ownproof.runtime.watch.count import count, count_all

__all__ = ["build", "count", "count_all", "counters", "joined"]
