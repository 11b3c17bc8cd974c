"""The answers of one turn of the loop: their decisions go into the journal by one write, and then they go out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Turn:
    """What many connections are answered with between two looks at the sockets.

    Alone, an answer waits for nothing; under load its write into the journal is shared by all that came with it, and no
    caller is woken before the last of them is made. write: puts the decisions behind the answers into the journal.
    """

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write
        self._answers: list[tuple[asyncio.Transport, bytes, bool]] = []

    def add(self, transport: asyncio.Transport, answer: bytes, *, stays: bool) -> None:
        """Send an answer when the turn ends, and close its connection unless it stays."""
        if not self._answers:
            asyncio.get_running_loop().call_soon(self.end)
        self._answers.append((transport, answer, stays))

    def end(self) -> None:
        """Write the decisions, then send the answers. A second call has nothing to do."""
        if not self._answers:
            return
        answers, self._answers = self._answers, []
        self._write()
        for transport, answer, stays in answers:
            if transport.is_closing():  # whoever asked is gone
                continue
            transport.write(answer)
            if not stays:
                transport.close()
