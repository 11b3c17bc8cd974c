"""HTTP as it is taken from a connection: uvicorn's own, with limits on heads and errors in our form."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: TID253 - this file is imported by a running worker only

from ownproof.runtime.rest.heads import Heads
from ownproof.runtime.rest.problem import MEDIA, TITLES, body
from ownproof.runtime.rest.service import Exchange, Service
from ownproof.runtime.rest.turn import Turn

HEAD_BYTES = 64 << 10
PREDICT = b"/v1/predict"
BEGINNING = b"POST " + PREDICT + b" "
AT_ONCE_BYTES = 32 << 10
HEAD_S = 10.0
"""How long a connection may take to say what it wants."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    draining = False  # of the whole worker: every answer is the last one of its connection then
    service: Service | None = None  # of the whole worker: answers small predictions without a task of their own
    heads = Heads()  # of the whole worker
    turn = Turn(lambda: None)  # of the whole worker

    def __init__(self, *args: Any, **said: Any) -> None:
        super().__init__(*args, **said)
        self._head_open = True  # a head has begun, or is waited for on a fresh connection
        self._head_bytes = 0
        self._too_large = False
        self._exchange: Exchange | None = None
        self._idle_since = 0.0
        self._between = True  # the parser stands at the beginning of a message
        self._held: bytearray | None = None  # the body of a request that may be answered at once
        self._piece = b""  # the bytes that are being looked at, where they may be a whole request
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock for the first head."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(HEAD_S, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes. A head that has begun and is not whole after them has to be small, and quick from here on."""
        if self._between and data.startswith(BEGINNING):
            if self._known(data):
                return
            self._piece = data
        self._head_bytes = self._head_bytes + len(data) if self._head_open else len(data)
        super().data_received(data)
        self._piece = b""
        if self._held is not None:  # it did not come in one piece: whoever waits for the rest is a task
            held, self._held = self._held, None
            self._begin_task()
            if held:
                super().on_body(bytes(held))
        if self._head_open and not self.transport.is_closing():
            if self._head_bytes > HEAD_BYTES:
                self._last_word(431, "the head is too large")
            elif self._timer is None:
                self._timer = self.loop.call_later(HEAD_S, self._too_slow)

    def on_message_begin(self) -> None:
        """A head begins. What only a task needs is made when there is one."""
        self._head_open = True
        self._between = False
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def _begin_task(self) -> None:
        """Go uvicorn's way with a head that is whole."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.headers, self.expect_100_continue = url, headers, expects
        self.scope["headers"] = headers
        super().on_headers_complete()
        if Protocol.draining and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._head_open = False
        if self._timer is not None:
            self._stop_timer()
        if self._head_bytes > HEAD_BYTES and sum(len(n) + len(v) for n, v in self.headers) + len(self.url) > HEAD_BYTES:
            self._too_large = True
            raise ValueError("the head is too large")
        if self._may_be_at_once():
            self._held = bytearray()
            return
        self._begin_task()

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        if self._held is None:
            super().on_body(body)
        else:
            self._held += body

    def on_message_complete(self) -> None:
        """The request is there."""
        if self._held is None:
            super().on_message_complete()
            return
        held, self._held = self._held, None
        self._between = True
        service, exchange = Protocol.service, self._exchange
        assert service is not None  # noqa: S101 - nothing is held without one
        assert exchange is not None  # noqa: S101 - nor without it
        stays = self.parser.should_keep_alive()
        if self._answer(service, exchange, bytes(held), stays=stays) == 200 and self._piece:
            Protocol.heads.learn(self._piece, exchange, stays=stays)

    def _known(self, data: bytes) -> bool:
        """Answer a whole small prediction whose head came before, byte for byte; whether it was one."""
        service = Protocol.service
        free = (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused
        if service is None or not free or not service.at_once:
            return False
        met = Protocol.heads.met(data)
        if met is None:
            return False
        if self._timer is not None:
            self._stop_timer()
        self._answer(service, met.exchange.once_more(service.steady()), data[met.size :], stays=met.stays)
        return True

    def _may_be_at_once(self) -> bool:
        """Whether this is a small prediction, nobody before it is still being answered, and it need not wait."""
        service = Protocol.service
        free = (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused
        if service is None or self.url != PREDICT or not free or not service.at_once or self.parser.should_upgrade():
            return False
        if self.parser.get_method() != b"POST" or self.expect_100_continue:
            return False
        self._exchange = Exchange(self.headers, service.steady(), path=PREDICT.decode(), method="POST")
        return 0 < self._exchange.length <= AT_ONCE_BYTES and not self._exchange.again

    def _answer(self, service: Service, exchange: Exchange, held: bytes, *, stays: bool) -> int:
        """Answer what is here; the answer goes out when this turn of the loop ends. The status."""
        status, content, headers = service.answer_at_once(exchange, held)
        self.server_state.total_requests += 1
        stays = stays and not Protocol.draining
        head = [Protocol.heads.beginning(status, self.server_state.default_headers)]
        for name, value in headers:
            head += (name, b": ", value, b"\r\n")
        if exchange.request_id:
            head += (b"x-request-id: ", exchange.request_id.encode("latin-1", "replace"), b"\r\n")
        head += (
            (b"content-length: %d\r\n\r\n" if stays else b"content-length: %d\r\nconnection: close\r\n\r\n")
            % len(content),
            content,
        )
        Protocol.turn.add(self.transport, b"".join(head), stays=stays)
        if not stays:
            return status
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        return status

    def shutdown(self) -> None:
        """Leave: what was answered goes out first."""
        Protocol.turn.end()
        super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that was idle for long enough: a clock for each answer would cost more than looking now."""
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0.001 and not self.transport.is_closing():
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
            return
        super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP, or too much of it; uvicorn's own words for it are plain text."""
        del msg
        status = 431 if self._too_large else 400
        self._last_word(status, "the head is too large" if status == 431 else "this is no HTTP request")

    def _too_slow(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            self._last_word(408, "no request came in time")

    def _last_word(self, status: int, detail: str) -> None:
        Protocol.turn.end()  # what was answered before is not lost to a close
        content = body(status, detail)
        head = (
            f"HTTP/1.1 {status} {TITLES[status]}\r\ncontent-type: {MEDIA.decode()}\r\n"
            f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + content)
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
