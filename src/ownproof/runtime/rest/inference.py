"""The thread of inference: slow rows wait here for one another, and go through the model together."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ownproof.runtime.rest.metrics import Counters, Histogram
from ownproof.runtime.rest.model import Model
from ownproof.runtime.rest.problem import Refused
from ownproof.runtime.rest.request import Asked
from ownproof.runtime.rest.settings import Settings

Answers = list[dict[str, Any]]
SIZES = (1, 2, 4, 8, 16, 32, 64, 256, 1024)


@dataclass(slots=True, eq=False)
class _Item:
    """One request that waits: its body, which is read here too, and who waits for it."""

    model: Model
    raw: bytes
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[tuple[Asked, Answers]]
    asked: Asked | None = None


class Inference:
    """One thread and its queue, of at most `queue_rows` requests; the thread starts with the first one."""

    def __init__(
        self, settings: Settings, counters: Counters, *, steady: Callable[[], float] = time.perf_counter
    ) -> None:
        self._settings = settings
        self._steady = steady
        self._queue: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._waiting = 0
        self._values = counters.values
        self._gauge = counters.place("ownproof_queue_rows")
        self._sizes = Histogram(counters, "ownproof_batch_rows", SIZES)
        self._thread: threading.Thread | None = None

    async def answered(self, model: Model, raw: bytes, *, seconds: float) -> tuple[Asked, Answers]:
        """What a body asks, and the answers. Raises Refused: as reading and answering do, 503 for a full queue, 504 when
        it took longer than `seconds`."""
        if self._waiting >= self._settings.queue_rows:
            raise Refused(503, "too many requests wait", headers={b"retry-after": b"1"})
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="ownproof-inference", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        item = _Item(model, raw, loop, loop.create_future())
        self._count(1)
        self._queue.put(item)
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                return await item.future
        except TimeoutError:
            raise Refused(504, f"not answered within {self._settings.deadline_ms} ms") from None
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        self._waiting += change
        self._values[self._gauge] = self._waiting

    # ------------------------------------------------------------ in the thread
    def _run(self) -> None:
        busy = False
        while True:
            batch = [self._queue.get()]
            ends = self._steady() + self._settings.batch_wait_ms / 1000
            with suppress(queue.Empty):
                while len(batch) < self._settings.batch_rows:
                    left = ends - self._steady() if busy else 0.0
                    batch.append(self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait())
            busy = len(batch) > 1  # who comes alone is not made to wait
            for model in dict.fromkeys(item.model for item in batch):
                self._answer(model, [i for i in batch if i.model is model and not i.future.done()])

    def _answer(self, model: Model, items: Sequence[_Item]) -> None:
        """Read each request by itself, answer all together; what fails together is tried alone."""
        ready: list[_Item] = []
        for item in items:
            try:
                item.asked = model.reader.read(item.raw)
                ready.append(item)
            except Exception as why:  # noqa: BLE001 - it belongs to this request alone
                _tell(item, why)
        whole = [item.asked for item in ready if item.asked is not None]
        if not whole:
            return
        self._sizes.observe(sum(len(a.rows) for a in whole))
        try:
            answers = model.answers(together(whole))
        except Exception as why:  # noqa: BLE001 - perhaps of one row only
            if len(ready) == 1:
                _tell(ready[0], why)
            else:
                for item in ready:
                    self._answer(model, [item])
            return
        at = 0
        for item, asked in zip(ready, whole, strict=True):
            _tell(item, (asked, answers[at : at + len(asked.rows)]))
            at += len(asked.rows)


def together(asked: Sequence[Asked]) -> Asked:
    """Several requests as one of all their rows."""
    if len(asked) == 1:
        return asked[0]
    encoded = None if any(a.encoded is None for a in asked) else [e for a in asked for e in a.encoded or ()]
    unseen = None if any(a.unseen is None for a in asked) else [u for a in asked for u in a.unseen or ()]
    rows, sent = [r for a in asked for r in a.rows], [s for a in asked for s in a.sent]
    return Asked(rows, sent, [k for a in asked for k in a.keys], False, encoded, unseen)


def _tell(item: _Item, what: object) -> None:
    """Hand a result or an error to whoever waits, in his own loop; he may have gone."""

    def told() -> None:
        if item.future.done():
            return
        if isinstance(what, BaseException):
            item.future.set_exception(what)
        else:
            item.future.set_result(what)  # type: ignore[arg-type] # the pair that was made above

    with suppress(RuntimeError):  # the loop is closed
        item.loop.call_soon_threadsafe(told)
