"""The process that owns the address: it starts the workers, replaces them, and leaves nobody behind."""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import Any

from ownproof.errors import InputError, OwnproofError, Tampered
from ownproof.runtime.rest import worker
from ownproof.runtime.rest.metrics import Shared
from ownproof.runtime.rest.worker import Order
from ownproof.runtime.verify import verify

TICK_S = 0.25
LOOK_S = 2.0
"""Between two looks at whether another bundle ships."""
RESTART_S = 1.0
"""Between two starts of the same worker."""
BACKLOG = 2048
START_S = 60.0


@dataclass(slots=True)
class _Child:
    """A worker as its supervisor sees it."""

    number: int
    pid: int
    orders: int
    news: int
    started: float
    heard: bytes = b""
    ready: bool = False


@dataclass(slots=True)
class Supervisor:
    """Runs `order.workers` workers on one listening socket until SIGTERM or SIGINT; SIGHUP reloads.

    shipped: the bundle that is to be served now. say: told in one line what happens. look: whether to see for oneself
    that another bundle ships.
    """

    order: Order
    listener: socket.socket
    shipped: Callable[[], Path]
    say: Callable[[str], None]
    look: bool = False
    clock: Callable[[], float] = time.monotonic
    children: dict[int, _Child] = field(default_factory=dict)
    _signals: list[int] = field(default_factory=list)
    _next: dict[int, float] = field(default_factory=dict)
    _shared: Shared | None = None

    def run(self) -> dict[str, Any]:
        """Serve; returns what was answered in all. Raises OwnproofError when no worker can start."""
        _import_all()
        self._shared = Shared(self.order.workers)
        kept = {s: signal.signal(s, self._note) for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
        try:
            for number in range(self.order.workers):
                self._start(number)
            self._until_ready()
            self.say("ready")
            self._watch()
        finally:
            self._end()
            for number_, handler in kept.items():
                signal.signal(number_, handler)
        return _summary(self._shared.summed())

    def _note(self, number: int, _: FrameType | None) -> None:
        self._signals.append(number)

    # ------------------------------------------------------------ starting
    def _start(self, number: int) -> None:
        """Fork one worker. It is told by a pipe, and takes the pipe's end for its supervisor's."""
        orders_read, orders_write = os.pipe()
        news_read, news_write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()  # what is there now stays in memory that all workers share
        pid = os.fork()
        if pid == 0:
            self._become(number, orders_read, news_write, others=(orders_write, news_read))
        os.close(orders_read)
        os.close(news_write)
        os.set_blocking(news_read, False)
        self.children[pid] = _Child(number, pid, orders_write, news_read, self.clock())

    def _become(self, number: int, orders: int, news: int, *, others: tuple[int, int]) -> None:
        """The child: a worker, and nothing of what it was forked from."""
        code = 1
        try:
            for child in self.children.values():
                os.close(child.orders)
                os.close(child.news)
            for end in others:
                os.close(end)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the supervisor decides
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            assert self._shared is not None  # noqa: S101 - made before the first start
            worker.serve(self.order, self.listener, self._shared, number, orders=orders, news=news)
            code = 0
        except OwnproofError as error:
            code = error.exit
            with suppress(OSError):
                os.write(news, json.dumps({"error": error.to_json(), "exit": code}).encode() + b"\n")
        except BaseException:  # noqa: BLE001 - a child may not return into its parent's code
            traceback.print_exc()
        finally:
            with suppress(Exception):
                sys.stderr.flush()
            os._exit(code)

    def _until_ready(self) -> None:
        """Wait for every worker; the first one that cannot start stops all."""
        ends = self.clock() + START_S
        while not all(c.ready for c in self.children.values()) and not self._leaving():
            for news in self._hear(TICK_S):
                if "error" in news:
                    raise _raised(news)
            if self._reap():
                raise OwnproofError(
                    "a worker ended while it was starting", expected="workers that start", where="serve",
                    hint="see what it printed",
                )  # fmt: skip
            if self.clock() > ends:
                raise OwnproofError(
                    "the workers did not start in time", expected=f"all of them within {START_S:.0f} s", where="serve",
                    hint="try fewer workers",
                )  # fmt: skip

    # ------------------------------------------------------------ watching
    def _watch(self) -> None:
        looked = self.clock()
        while not self._leaving():
            for news in self._hear(TICK_S):
                if "reloaded" in news:
                    self.say(f"worker {news['worker']} answers with {news['reloaded'][:12]}")
                elif "failed" in news or "error" in news:
                    self.say(
                        f"worker {news['worker']} kept the bundle before: {news.get('failed') or news['error']['message']}"
                    )
            self._replace()
            if signal.SIGHUP in self._signals:
                self._signals = [s for s in self._signals if s != signal.SIGHUP]
                self._reload(asked=True)
            elif self.look and self.clock() - looked > LOOK_S:
                looked = self.clock()
                self._reload(asked=False)

    def _leaving(self) -> bool:
        return signal.SIGTERM in self._signals or signal.SIGINT in self._signals

    def _replace(self) -> None:
        """Start anew what ended by itself, each at most once a second."""
        for number, code in self._reap():
            self.say(f"worker {number} ended by itself ({code}); another one takes its place")
        now = self.clock()
        there = {c.number for c in self.children.values()}
        for number in range(self.order.workers):
            if number not in there and now >= self._next.get(number, 0.0):
                self._next[number] = now + RESTART_S
                self._start(number)

    def _reload(self, *, asked: bool) -> None:
        """Check the bundle that ships now and hand it to every worker; a bad one is said, and the old one goes on."""
        try:
            path = self.shipped()
            if path == self.order.bundle and not asked:
                return
            manifest = verify(path, public_key=self.order.settings.public_key)
        except (OwnproofError, OSError) as why:
            if asked:
                self.say(f"not reloaded: {why}")
            return
        self.order = replace(self.order, bundle=path)
        self.say(f"reloading: {manifest['hash'][:12]}")
        line = json.dumps({"bundle": str(path)}).encode() + b"\n"
        for child in self.children.values():
            with suppress(OSError):
                os.write(child.orders, line)

    def _hear(self, seconds: float) -> list[dict[str, Any]]:
        """What the workers tell, waiting a little for it."""
        with selectors.DefaultSelector() as selector:
            for child in self.children.values():
                selector.register(child.news, selectors.EVENT_READ, child)
            if not self.children:
                time.sleep(seconds)
            found = [key.data for key, _ in selector.select(seconds)]
        told: list[dict[str, Any]] = []
        for child in found:
            heard = os.read(child.news, 65536)
            *lines, child.heard = (child.heard + heard).split(b"\n")
            for line in lines:
                news = {**json.loads(line), "worker": child.number}
                child.ready = child.ready or "ready" in news
                told.append(news)
            if not heard:  # it is gone or going: do not spin on its closed pipe
                time.sleep(0.01)
        return told

    def _reap(self) -> list[tuple[int, int]]:
        """Take leave of the children that ended: their numbers and exit codes."""
        gone = []
        for pid, child in list(self.children.items()):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                gone.append((child.number, os.waitstatus_to_exitcode(status)))
                os.close(child.orders)
                os.close(child.news)
                del self.children[pid]
        return gone

    # ------------------------------------------------------------ leaving
    def _end(self) -> None:
        """SIGTERM to all, then, for what is left after the time to drain, SIGKILL. The address is closed by the workers."""
        self.listener.close()
        for pid in self.children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        ends = self.clock() + self.order.settings.drain_s + self.order.settings.grace_ms / 1000 + 1.0
        while self.children and self.clock() < ends and self._signals.count(signal.SIGINT) < 2:
            if not self._reap():
                time.sleep(0.02)
        for pid in self.children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while self.children:
            if not self._reap():
                time.sleep(0.01)


def _import_all() -> None:
    """What every worker needs, once, so that they share its memory."""
    for name in (
        "uvicorn",
        "httptools",
        "fastapi",
        "ownproof.runtime.rest.application",
        "ownproof.runtime.rest.protocol",
    ):
        importlib.import_module(name)


def _raised(news: Mapping[str, Any]) -> OwnproofError:
    told = news["error"]
    kind = (
        Tampered if news["exit"] == Tampered.exit else InputError if news["exit"] == InputError.exit else OwnproofError
    )
    return kind(told["message"], expected=told["expected"], hint=told["hint"], where=told["where"], code=told["code"])


def _summary(series: Mapping[str, float]) -> dict[str, Any]:
    """What was done in all."""

    def total(family: str) -> int:
        return int(sum(v for name, v in series.items() if name.partition("{")[0] == family))

    return {
        "requests": total("ownproof_requests_total"),
        "rows": total("ownproof_rows_total"),
        "refused": total("ownproof_refused_total"),
        "journal_lines": total("ownproof_journal_lines_total"),
        "journal_drops": total("ownproof_journal_drops_total"),
    }


def listen(host: str, port: int) -> socket.socket:
    """A socket on an address, listening. Raises InputError when it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(BACKLOG)
    except (OSError, OverflowError) as why:
        raise InputError(
            f"{host}:{port} cannot be listened on: {why}",
            expected="an address of this machine and a free port",
            hint="choose another --port; 0 takes any free one",
            where="--port",
            code="address",
        ) from why
    made.set_inheritable(False)
    return made
