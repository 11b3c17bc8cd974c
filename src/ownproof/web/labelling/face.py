"""The face as the command line starts it: one process, one event loop, one address."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from ownproof.errors import InputError
from ownproof.project.labelling.desk import Desks
from ownproof.project.labelling.folder import LabelFolder
from ownproof.project.labelling.overview import Watch
from ownproof.runtime.rest.supervisor import listen
from ownproof.web.labelling.access import Hosts
from ownproof.web.labelling.application import Service, application

KEEP_ALIVE_S = 75
DRAIN_S = 5


class LabellingFace:
    """The labelling page."""

    name = "labelling"

    def serve(
        self, root: Path, *, host: str, port: int, names: Sequence[str] = (), secure: bool = False,
        say: Callable[[str], None],
    ) -> dict[str, Any]:  # fmt: skip
        """Serve a label folder until SIGTERM or the keyboard says stop; returns what was done.

        names: hosts by which others reach it; secure: they come by https, through a proxy. say: is told the address once connections are taken. Raises InputError where nothing is there to be labelled.
        """
        desks = Desks(LabelFolder.open(root), writer=f"page-{os.getpid()}-{time.time_ns() // 1_000_000}")
        if not desks.access.raters:
            raise InputError(
                "nobody may label here yet",
                expected="raters with a token and a queue",
                hint=f"ownproof label sample {root} DATA --raters a,b",
                where=str(root),
                code="no-raters",
            )
        listener = listen(host, port)
        address = f"http://{shown(host)}:{listener.getsockname()[1]}"
        service = Service(desks, clock=time.time, watch=Watch(desks.folder, steady=time.monotonic), secure=secure)
        try:
            _run(application(service, Hosts.of(host, names)), listener, lambda: say(address))
        finally:
            desks.close()
        return {"address": address, "raters": list(desks.access.raters)}


def shown(host: str) -> str:
    """An address as a browser on this machine opens it."""
    try:
        if ip_address(host).is_unspecified:
            return "[::1]" if ":" in host else "127.0.0.1"
    except ValueError:
        pass
    return f"[{host}]" if ":" in host else host


def _run(app: Any, listener: Any, ready: Callable[[], None]) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets=sockets)
            ready()

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """End on a signal, and go on after it: whoever started this tells what was done."""
            kept = {s: signal.signal(s, self.handle_exit) for s in (signal.SIGINT, signal.SIGTERM)}
            try:
                yield
            finally:
                for number, handler in kept.items():
                    signal.signal(number, handler)

    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    config = uvicorn.Config(
        app, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False, proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S, timeout_graceful_shutdown=DRAIN_S,
    )  # fmt: skip
    Server(config).run(sockets=[listener])
