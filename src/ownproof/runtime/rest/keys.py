"""API keys: hashed at rest, compared in constant time, each with its scopes and its rate."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ownproof.runtime.rest.problem import Refused

SCOPES = ("predict", "feedback", "admin")
BURST_S = 1.0


@dataclass(frozen=True, slots=True)
class Key:
    """One key. digest: SHA-256 of the secret, hex; scopes: what it may do; rate: requests a second, None for no limit."""

    name: str
    digest: str
    scopes: tuple[str, ...] = SCOPES
    rate: float | None = None


def digest(secret: str) -> str:
    """What is kept of a secret. Keys are long and random, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


class Keys:
    """The keys of a server, and a bucket of tokens for each that has a rate (per worker, a share of it each)."""

    def __init__(self, keys: Sequence[Key], *, workers: int = 1) -> None:
        self._keys = tuple(keys)
        self._rates: Mapping[str, float] = {k.name: k.rate / workers for k in keys if k.rate}
        self._buckets: dict[str, tuple[float, float]] = {}

    def check(self, secret: str, scope: str, now: float) -> str:
        """The name of the key. Raises Refused: 401 without a known key, 403 without the scope, 429 beyond its rate.

        Every key is compared, so that the time taken does not tell which one was nearly right.
        """
        given = digest(secret)
        found: Key | None = None
        for key in self._keys:
            if hmac.compare_digest(key.digest, given):
                found = key
        if found is None:
            told = "the key is not known" if secret else "a key is needed: Authorization: Bearer KEY"
            raise Refused(401, told, headers={b"www-authenticate": b"Bearer"})
        if scope and scope not in found.scopes:
            raise Refused(403, f"this key may not {scope}")
        self._take(found.name, now)
        return found.name

    def _take(self, name: str, now: float) -> None:
        rate = self._rates.get(name)
        if rate is None:
            return
        most = max(1.0, rate * BURST_S)
        left, since = self._buckets.get(name, (most, now))
        left = min(most, left + (now - since) * rate)
        if left < 1.0:
            wait = max(1, round((1.0 - left) / rate + 0.5))
            self._buckets[name] = (left, now)
            raise Refused(429, "more requests than this key may send", headers={b"retry-after": b"%d" % wait})
        self._buckets[name] = (left - 1.0, now)
