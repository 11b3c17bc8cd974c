"""Deadlines of many tasks by one timer: looking once in a while costs less than a timer for each request."""

from __future__ import annotations

import asyncio
from typing import Any

LOOKS = 4
"""Looks within one deadline; a task is stopped up to a quarter late."""


class Late:
    """Cancels the task of whatever is watched for longer than `seconds`. Used from one event loop."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watched: dict[Any, tuple[float, asyncio.Task[Any] | None]] = {}
        self._stopped: set[Any] = set()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, what: Any) -> None:
        """From now on; `what` names it."""
        loop = asyncio.get_running_loop()
        self._watched[what] = (loop.time() + self._seconds, asyncio.current_task())
        if self._timer is None:
            self._timer = loop.call_later(self._seconds / LOOKS, self._look)

    def done(self, what: Any) -> None:
        """No longer."""
        self._watched.pop(what, None)

    def forgiven(self, what: Any) -> bool:
        """Whether it was cancelled here; the task may go on then."""
        if what not in self._stopped:
            return False
        self._stopped.discard(what)
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        return True

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for what, (ends, task) in list(self._watched.items()):
            if ends <= now and task is not None:
                del self._watched[what]
                self._stopped.add(what)
                task.cancel()
        self._timer = loop.call_later(self._seconds / LOOKS, self._look) if self._watched else None
