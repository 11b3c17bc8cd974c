"""Answers that are given again: one for each Idempotency-Key, for a while, in this worker."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ownproof.runtime.rest.problem import Refused


class Answers:
    """The last answers by key; the oldest go first. Used from one event loop."""

    def __init__(self, seconds: float, most: int, steady: Callable[[], float]) -> None:
        self._seconds, self._most, self._steady = seconds, most, steady
        self._kept: OrderedDict[str, tuple[float, bytes, asyncio.Future[Any]]] = OrderedDict()

    def find(self, key: str, body: bytes) -> asyncio.Future[Any] | None:
        """The answer to the same key and body, perhaps still being made. Raises Refused (409) for another body."""
        now = self._steady()
        while self._kept and next(iter(self._kept.values()))[0] < now - self._seconds:
            self._kept.popitem(last=False)
        found = self._kept.get(key)
        if found is None:
            return None
        if found[1] != _digest(body):
            raise Refused(409, "this Idempotency-Key came with another body before")
        return asyncio.shield(found[2])

    @contextmanager
    def making(self, key: str, body: bytes) -> Iterator[asyncio.Future[Any]]:
        """Keep what is set as the result; a failure is told to all who wait, and forgotten."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._kept[key] = (self._steady(), _digest(body), future)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        try:
            yield future
        except BaseException as why:
            self._kept.pop(key, None)
            if not future.done():
                future.set_exception(why if isinstance(why, Refused) else Refused(503, "the first of two failed"))
                future.exception()  # nobody may be waiting
            raise


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
