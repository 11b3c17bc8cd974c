"""Heads of requests that came before, byte for byte: what they say is known and need not be parsed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ownproof.runtime.rest.problem import MEDIA, TITLES
from ownproof.runtime.rest.service import Exchange

HEADS_MOST = 1024
END = b"\r\n\r\n"
STATUS_LINES = {status: f"HTTP/1.1 {status} {title}\r\n".encode() for status, title in {200: "OK", **TITLES}.items()}


@dataclass(frozen=True, slots=True)
class Met:
    """What a head says. size: its bytes; stays: whether the connection stays open after it."""

    exchange: Exchange
    size: int
    stays: bool


class Heads:
    """Heads that the parser took and that were answered well. A client on a kept connection sends few different ones.

    The same bytes at the beginning of a message mean the same again, whoever sends them: what a head says is not who is
    at the other end, and its key is checked anew each time.
    """

    def __init__(self) -> None:
        self._met: dict[bytes, Met] = {}
        self._said: tuple[Sequence[tuple[bytes, bytes]] | None, dict[int, bytes]] = (None, {})

    def met(self, data: bytes) -> Met | None:
        """What the head of a request says, where it is known and the body is there, whole and nothing after it."""
        size = data.find(END) + 4
        found = self._met.get(data[:size])
        return found if found is not None and len(data) == size + found.exchange.length else None

    def learn(self, data: bytes, exchange: Exchange, *, stays: bool) -> None:
        """Remember the head of a request that was answered. One with an id of its own does not come again."""
        size = data.find(END) + 4
        if exchange.request_id or len(data) != size + exchange.length:
            return
        if len(self._met) >= HEADS_MOST:
            self._met.clear()
        self._met[data[:size]] = Met(exchange, size, stays)

    def beginning(self, status: int, always: Sequence[tuple[bytes, bytes]]) -> bytes:
        """How the head of an answer begins. always: headers of every answer; the list is another one when they change."""
        if always is not self._said[0]:
            self._said = (always, {})
        made = self._said[1].get(status)
        if made is None:
            lines = b"".join(b"%b: %b\r\n" % pair for pair in always)
            media = b"application/json" if status == 200 else MEDIA
            made = self._said[1][status] = b"%b%bcontent-type: %b\r\n" % (STATUS_LINES[status], lines, media)
        return made
