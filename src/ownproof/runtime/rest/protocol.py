"""HTTP as it is taken from a connection: uvicorn's own, with limits on heads and errors in our form."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol  # noqa: TID253 - this file is imported by a running worker only

from ownproof.runtime.rest.problem import MEDIA, TITLES, body

HEAD_BYTES = 64 << 10
HEAD_S = 10.0
"""How long a connection may take to say what it wants."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    draining = False  # of the whole worker: every answer is the last one of its connection then

    def __init__(self, *args: Any, **said: Any) -> None:
        super().__init__(*args, **said)
        self._head_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock for the first head."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(HEAD_S, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A head begins; from its first byte on it has to be quick."""
        super().on_message_begin()
        self._head_bytes = 0
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_S, self._too_slow)

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._stop_timer()
        super().on_headers_complete()
        if Protocol.draining and self.cycle is not None:
            self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP, or too much of it; uvicorn's own words for it are plain text."""
        del msg
        status = 431 if self._head_bytes > HEAD_BYTES else 400
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

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES:
            raise ValueError("the head is too large")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
