"""The journal as the server writes it: decisions before their answers go out, refusals without values, outcomes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from ownproof.core.policy import Policy
from ownproof.errors import JournalFull
from ownproof.runtime.journal.records import Decision, Outcome, Refusal, line
from ownproof.runtime.journal.writer import Writer
from ownproof.runtime.rest.model import Model
from ownproof.runtime.rest.problem import Refused
from ownproof.runtime.rest.request import Asked

QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\d[\d.,]*")
FAULTS_MOST = 20
NONE: tuple[str, ...] = ()
MONITORED = "monitor.prom"
"""What `ownproof monitor` leaves in the journal for `/metrics`."""


class Log:
    """The journal of one worker."""

    def __init__(self, writer: Writer, *, steady: Callable[[], float]) -> None:
        self._writer = writer
        self._steady = steady
        self._whole = not writer.redact
        self._held: list[bytes] = []
        self._cell_bytes = Policy().journal_cell_bytes
        self.waits = writer.durability != "kernel"

    def decisions(
        self, model: Model, asked: Asked, told: Sequence[Mapping[str, Any]], *,
        at: int, started: float, request: str, hold: bool = False,
    ) -> None:  # fmt: skip
        """Append every answer. Raises Refused (503) where the journal must take it and cannot."""
        for sent, key, answer in zip(asked.sent, asked.keys, told, strict=True):
            self.decision(
                model.hash, sent, model.logged(answer), answer["flags"],
                id=answer["prediction_id"], at=at, started=started, request=request, key=key, hold=hold,
            )  # fmt: skip

    def decision(
        self, model: str, sent: bytes, answer: Any, flags: Sequence[str], *,
        id: str, at: int, started: float, request: str, key: str | None = None, hold: bool = False,  # noqa: A002 - the record's name for it
    ) -> None:  # fmt: skip
        """Append one answer; answer: what is kept of it, as a dict or as JSON; hold: not before `write_held`.

        Raises Refused as `decisions` does.
        """
        writer = self._writer
        try:
            if self._whole and len(sent) <= self._cell_bytes:  # no cell can be too large, none is left out
                inputs, redacted = msgspec.Raw(sent), NONE
            else:
                inputs, redacted = writer.inputs(sent)
            us = round((self._steady() - started) * 1e6)
            decision = Decision(
                id=id, at=at / 1e9, model=model, inputs=inputs, answer=answer, flags=flags, us=us, key=key,
                request=request or None, redacted=redacted,
            )  # fmt: skip
            if hold:
                self._held.append(line(decision))
            else:
                writer.append(line(decision))
        except JournalFull:
            raise _full() from None

    def write_held(self) -> None:
        """Append what was held, by one write. Only where nobody waits for the disk (see `waits`)."""
        if self._held:
            held, self._held = self._held, []
            self._writer.append(b"".join(held), lines=len(held))

    async def lasting(self) -> None:
        """Once everything appended before is synced, where that is waited for. Raises Refused (503) when it cannot be."""
        if self.waits:
            try:
                await asyncio.shield(asyncio.wrap_future(self._writer.durable()))
            except JournalFull:
                raise _full() from None

    def refusal(self, model: Model, why: Refused, *, at: float, request: str) -> None:
        """Append a refusal: fields and reasons, without anything that stands in quotes."""
        problems = [{"field": f.field, "reason": QUOTED.sub("…", f.reason)} for f in why.faults[:FAULTS_MOST]]
        problems = problems or [{"field": "", "reason": why.detail}]
        made = Refusal(at=at, model=model.hash, status=why.status, problems=problems, request=request or None)
        with suppress(JournalFull):  # it is refused already
            self._writer.write(made)

    def outcome(self, outcome: Outcome) -> None:
        """Append an outcome; it is only thanked for once the journal has it. Raises Refused (503)."""
        try:
            if not self._writer.write(outcome):
                raise _full()
        except JournalFull:
            raise _full() from None

    def state(self) -> dict[str, Any]:
        """What `/readyz` tells of the journal."""
        done = self._writer.counters()
        return {"journal": {"drops": done.drops, "trouble": done.trouble}}

    def figures(self) -> Mapping[str, float]:
        """The journal's counters as series."""
        done = self._writer.counters()
        return {
            "ownproof_journal_lines_total": done.lines,
            "ownproof_journal_bytes_total": done.bytes,
            "ownproof_journal_drops_total": done.drops,
            "ownproof_journal_sync_failures_total": done.sync_failures,
            "ownproof_journal_sync_lag_seconds": done.lag_s,
        }

    def monitored(self) -> str:
        """The series that the monitor left beside the journal, empty without any."""
        with suppress(OSError, UnicodeDecodeError):
            return (self._writer.folder / MONITORED).read_text(encoding="utf-8")
        return ""

    def close(self) -> None:
        """Sync and let go."""
        self._writer.close()


def _full() -> Refused:
    return Refused(503, "the journal cannot take the decision", headers={b"retry-after": b"5"})
