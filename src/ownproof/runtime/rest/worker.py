"""One worker: a model, a journal of its own, and an event loop that answers until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof import optional
from ownproof.runtime.journal.writer import open_journal
from ownproof.runtime.rest.keys import Key, Keys
from ownproof.runtime.rest.log import Log
from ownproof.runtime.rest.metrics import Shared
from ownproof.runtime.rest.model import Model
from ownproof.runtime.rest.service import Service
from ownproof.runtime.rest.settings import Settings

if TYPE_CHECKING:
    import uvicorn

KEEP_ALIVE_S = 75
REFRESH_S = 1.0
LINE_S = 0.1
"""What those who stood in line get to say what they want."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a worker is to do. journal: a folder; keys: None where none is needed."""

    bundle: Path
    settings: Settings
    journal: Path
    keys: tuple[Key, ...] | None = None
    workers: int = 1


def serve(order: Order, listener: socket.socket, shared: Shared, number: int, *, orders: int, news: int) -> None:
    """Answer until SIGTERM, or until the supervisor is gone. Called in a process of its own.

    orders: a pipe of JSON lines `{"bundle": PATH}`, closed when the supervisor dies; news: a pipe for what is told of
    oneself, `{"ready": HASH}`, `{"reloaded": HASH}` or `{"failed": WHY}`. Raises what opening the bundle or the journal raises.
    """
    counters = shared.piece(number)
    model = Model.open(order.bundle, order.settings)
    writer = open_journal(order.journal, durability=order.settings.durability, redact=order.settings.redact)
    keys = Keys(order.keys, workers=order.workers) if order.keys is not None else None
    log = Log(writer, steady=time.perf_counter)
    service = Service(model, order.settings, counters=counters, summed=shared.summed, log=log, keys=keys)
    try:
        _loop(_Worker(service, listener, orders, news).run())
    finally:
        writer.close()
        service.model.close()


def _loop(main: Coroutine[Any, Any, None]) -> None:
    """Run to the end, on uvloop where there is one."""
    make = importlib.import_module("uvloop").new_event_loop if optional.there("uvloop") else None
    with asyncio.Runner(loop_factory=make) as runner:
        runner.run(main)


class _Worker:
    """The event loop's side of a worker: listening, being told, leaving."""

    def __init__(self, service: Service, listener: socket.socket, orders: int, news: int) -> None:
        self._service = service
        self._listener = listener
        self._orders, self._news = orders, news
        self._stop = asyncio.Event()
        self._told = b""
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until told to stop."""
        server = _server(self._service)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._stop.set)
        os.set_blocking(self._orders, False)
        loop.add_reader(self._orders, self._hear)
        self._listener.setblocking(False)
        spare = self._listener.dup()
        await server.startup(sockets=[self._listener])
        gc.collect()
        gc.freeze()  # what is there now stays: no need to look through it again and again
        self._tell({"ready": self._service.model.hash, "row_us": self._service.model.row_us})
        ticks = 0
        while not self._stop.is_set():
            await server.on_tick(ticks * 10)  # the date in every answer's head
            self._service.refresh()
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), REFRESH_S)
        await self._leave(server, spare)

    async def _leave(self, server: uvicorn.Server, spare: socket.socket) -> None:
        """Say that this worker is not ready; for a moment still take connections; then finish what there is.

        Whoever stands in line when the door closes is let in: closing a listening socket resets what waits there.
        """
        from ownproof.runtime.rest.protocol import Protocol

        settings, loop = self._service.settings, asyncio.get_running_loop()
        self._service.ready = False
        Protocol.draining = True
        await asyncio.sleep(settings.grace_ms / 1000)
        for listening in server.servers:
            listening.close()
        with suppress(BlockingIOError):
            while True:
                connection, _ = spare.accept()
                await loop.connect_accepted_socket(_protocol(server), connection)
        spare.close()
        await asyncio.sleep(LINE_S)
        await server.shutdown(sockets=[])
        self._service.refresh()

    # ------------------------------------------------------------ being told
    def _hear(self) -> None:
        """A line from the supervisor; silence for ever when it is gone."""
        try:
            heard = os.read(self._orders, 65536)
        except BlockingIOError:
            return
        if not heard:
            asyncio.get_running_loop().remove_reader(self._orders)
            self._stop.set()
            return
        *lines, self._told = (self._told + heard).split(b"\n")
        for line in lines:
            task = asyncio.get_running_loop().create_task(self._reload(Path(json.loads(line)["bundle"])))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _reload(self, bundle: Path) -> None:
        """Open a bundle beside the one that answers, then answer with it from the next request on."""
        before = self._service.model
        try:
            model = await asyncio.to_thread(Model.open, bundle, self._service.settings)
        except Exception as why:  # noqa: BLE001 - whatever is wrong with the new one, the old one goes on
            self._service.counters.add('ownproof_reloads_total{result="refused"}')
            self._tell({"failed": str(why)[:500]})
            return
        self._service.take(model)
        self._service.counters.add('ownproof_reloads_total{result="taken"}')
        self._tell({"reloaded": model.hash})
        await asyncio.sleep(self._service.settings.deadline_ms / 1000)
        before.close()

    def _tell(self, news: dict[str, Any]) -> None:
        with suppress(OSError):
            os.write(self._news, json.dumps(news).encode() + b"\n")


def _server(service: Service) -> uvicorn.Server:
    import uvicorn

    from ownproof.runtime.rest.application import gated
    from ownproof.runtime.rest.protocol import Protocol
    from ownproof.runtime.rest.turn import Turn

    Protocol.service, Protocol.turn = service, Turn(service.write_decisions)
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    config = uvicorn.Config(
        gated(service), http=Protocol, ws="none", lifespan="off", log_config=None, access_log=False,
        server_header=False, proxy_headers=False, timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=service.settings.drain_s,
    )  # fmt: skip
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    return server


def _protocol(server: uvicorn.Server) -> Callable[[], Any]:
    from ownproof.runtime.rest.protocol import Protocol

    return lambda: Protocol(config=server.config, server_state=server.server_state, app_state=server.lifespan.state)
