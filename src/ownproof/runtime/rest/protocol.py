"""HTTP as it is taken from a connection: uvicorn's own, with limits on heads and errors in our form."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: TID253 - this file is imported by a running worker only

from ownproof.runtime.rest.problem import MEDIA, TITLES, body
from ownproof.runtime.rest.service import Exchange, Service

HEAD_BYTES = 64 << 10
PREDICT, JSON = b"/v1/predict", b"application/json"
AT_ONCE_BYTES = 32 << 10
STATUS_LINES = {status: f"HTTP/1.1 {status} {title}\r\n".encode() for status, title in {200: "OK", **TITLES}.items()}
HEAD_S = 10.0
"""How long a connection may take to say what it wants."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    draining = False  # of the whole worker: every answer is the last one of its connection then
    service: Service | None = None  # of the whole worker: answers small predictions without a task of their own

    def __init__(self, *args: Any, **said: Any) -> None:
        super().__init__(*args, **said)
        self._head_open = True  # a head has begun, or is waited for on a fresh connection
        self._head_bytes = 0
        self._too_large = False
        self._exchange: Exchange | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._held: bytearray | None = None  # the body of a request that may be answered at once
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock for the first head."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(HEAD_S, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_timer()
        if self._idle is not None:
            self._idle.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes. A head that has begun and is not whole after them has to be small, and quick from here on."""
        self._head_bytes = self._head_bytes + len(data) if self._head_open else len(data)
        super().data_received(data)
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
        self._answer(bytes(held))

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

    def _answer(self, held: bytes) -> None:
        """Answer what is here, in this turn of the loop and by one write."""
        service, exchange = Protocol.service, self._exchange
        assert service is not None  # noqa: S101 - nothing is held without one
        assert exchange is not None  # noqa: S101 - nor without it
        status, content, headers = service.answer_at_once(exchange, held)
        self.server_state.total_requests += 1
        stays = self.parser.should_keep_alive() and not Protocol.draining
        head = [STATUS_LINES[status]]
        for name, value in (*self.server_state.default_headers, *headers):
            head += (name, b": ", value, b"\r\n")
        if exchange.request_id:
            head += (b"x-request-id: ", exchange.request_id.encode("latin-1", "replace"), b"\r\n")
        media = JSON if status == 200 else MEDIA
        head.append(b"content-type: %b\r\ncontent-length: %d\r\n" % (media, len(content)))
        head += (b"\r\n" if stays else b"connection: close\r\n\r\n", content)
        self.transport.write(b"".join(head))
        if not stays:
            self.transport.close()
        else:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

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
