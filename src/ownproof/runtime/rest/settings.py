"""How a bundle is served: every limit and rule, with its default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rule = Literal["ignore", "flag", "refuse", "abstain"]
RULES = ("ignore", "flag", "refuse", "abstain")
Durability = Literal["kernel", "commit", "closed"]
DURABILITIES = ("kernel", "commit", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The section `[serve]` of a project, and what a bare bundle is served with.

    name: what the model is called by clients of the Open Inference Protocol.
    body_bytes, rows, depth: how large a request may be; problems: how many errors an answer lists.
    deadline_ms: a request older than that is answered 504. in_flight: requests at a time in one worker, more are
    answered 503. grace_ms: how long a worker that was told to stop still takes connections, so that nobody who already
    stands in line is turned away; drain_s: how long it may take to finish what it has.
    slow_us: a row that takes longer goes to the thread of inference, in batches of up to batch_rows that wait for one
    another at most batch_wait_ms; queue_rows: rows that may wait there.
    idempotency_s: how long an answer is kept for its Idempotency-Key, idempotency_most: how many answers.
    unseen, out_of_range: what a category, or a number, that training never met leads to; abstain_below: the least
    probability of the chosen class that an answer needs; default: what is answered instead of abstaining.
    redact: fields that are never logged nor named with their reason. durability: when an answer may leave (see the
    journal). rate: requests a second for one key, None for no limit. public_key: of the signature a bundle must have.
    """

    name: str = "ownproof"
    body_bytes: int = 1 << 20
    rows: int = 1000
    depth: int = 32
    problems: int = 20
    deadline_ms: int = 2000
    in_flight: int = 256
    grace_ms: int = 300
    drain_s: int = 30
    slow_us: int = 1000
    batch_rows: int = 32
    batch_wait_ms: int = 2
    queue_rows: int = 1024
    idempotency_s: int = 600
    idempotency_most: int = 1024
    unseen: Rule = "flag"
    out_of_range: Rule = "ignore"
    abstain_below: float | None = None
    default: str | float | None = None
    redact: tuple[str, ...] = ()
    durability: Durability = "kernel"
    rate: float | None = None
    public_key: str | None = None
