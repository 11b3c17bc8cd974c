"""Errors as clients see them: `application/problem+json` (RFC 9457), small, and without what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

MEDIA = b"application/problem+json"
BYTES_MOST = 1900
"""Of a body; an answer to an error stays under 2 kB."""
SHOWN_MOST = 64
"""Characters of anything a client sent that an answer may hold."""
REASON_MOST = 200
TITLES = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 409: "Conflict", 413: "Content Too Large", 422: "Unprocessable Content", 429: "Too Many Requests",
    431: "Request Header Fields Too Large", 500: "Internal Server Error", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the field (`age`, `rows[3].age`, empty for the whole) and why."""

    field: str
    reason: str


class Refused(Exception):
    """A request that gets no answer: the status, what is wrong, and headers that say more."""

    def __init__(
        self, status: int, detail: str, faults: Sequence[Fault] = (), *, headers: Mapping[bytes, bytes] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.faults = status, detail, tuple(faults)
        self.headers = dict(headers or {})


def shown(text: object) -> str:
    """What a client sent, as far as an answer may show it: at most 64 characters, none that UTF-8 lacks.

    >>> shown("x" * 100)[-3:], len(shown("x" * 100))
    ('xx…', 64)
    """
    clean = str(text).encode("utf-8", "replace").decode()
    return clean if len(clean) <= SHOWN_MOST else clean[: SHOWN_MOST - 1] + "…"


def reason(why: object, cell: Any) -> str:
    """A reason given by an input kind, without any cell of more than 64 characters in it."""
    text = str(why).encode("utf-8", "replace").decode()
    if isinstance(cell, (str, list, dict)):
        sent = str(cell)
        if len(sent) > SHOWN_MOST and (sent[: SHOWN_MOST + 1] in text or repr(sent)[1 : SHOWN_MOST + 2] in text):
            return "it cannot be read"
    return text if len(text) <= REASON_MOST else text[: REASON_MOST - 1] + "…"


@dataclass(slots=True)
class _Body:
    """A problem as it grows, and how large it is by now."""

    data: dict[str, Any]
    errors: list[dict[str, str]] = field(default_factory=list)

    def encoded(self, left: int) -> bytes:
        told = {"errors": self.errors} if self.errors else {}
        more = {"more": left} if left else {}
        return msgspec.json.encode({**self.data, **told, **more})


def body(
    status: int, detail: str, faults: Sequence[Fault] = (), *, most: int = 20, request: str = "", error: bool = False
) -> bytes:
    """The JSON of a problem: as many faults as fit, at most `most`, and how many more there are.

    error: say it once more as `error`, where clients of the Open Inference Protocol look for it.

    >>> body(422, "1 problem", [Fault("age", "a number was expected, not a text")])[:60]
    b'{"type":"about:blank","title":"Unprocessable Content","statu'
    """
    named = {"request": shown(request)} if request else {}
    if error:
        named["error"] = f"{detail}: {faults[0].field}: {faults[0].reason}" if faults else detail
    made = _Body({"type": "about:blank", "title": TITLES[status], "status": status, "detail": detail, **named})
    size = len(made.encoded(len(faults))) + len('"errors":[],')
    for fault in faults[:most]:
        item = {"field": fault.field, "reason": fault.reason}
        size += len(msgspec.json.encode(item)) + 1
        if size > BYTES_MOST:
            break
        made.errors.append(item)
    return made.encoded(len(faults) - len(made.errors))
