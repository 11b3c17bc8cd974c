"""Who gets in: which hosts and origins may ask, and whose token a request carries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import urlsplit

COOKIE = "ownproof-label"
DAYS = 60
HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:]+)(?::\d{1,5})?")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
GUARDS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
"""What every answer says to the browser: scripts and styles of this server only, no frames, no text read as markup."""


class Refusal(Exception):
    """A request that is not answered. status: of HTTP; words: what the client is told."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


@dataclass(frozen=True, slots=True)
class Hosts:
    """Which hosts a browser may have asked for. names: those given by name; local: only this machine is listened to.

    A page of somebody else can have its own name resolve to this address (DNS rebinding), but it cannot have the
    browser send another name than its own; addresses in digits are nobody's name.
    """

    names: frozenset[str]
    local: bool

    @classmethod
    def of(cls, bound: str, names: Iterable[str]) -> Hosts:
        """bound: the address that is listened to."""
        return cls(frozenset({"localhost", bound.lower(), *(n.lower().rstrip(".") for n in names)}), _loopback(bound))

    def check(self, headers: Mapping[str, str], *, method: str) -> None:
        """Raises Refusal (403, 421) for a host that is not ours, or a request that another site's page sent."""
        host = headers.get("host", "")
        if not self._ours(host):
            raise Refusal(
                421, "this name is not served here; give it to the server: ownproof label serve DIR --name NAME"
            )
        origin = headers.get("origin")
        site = headers.get("sec-fetch-site", "same-origin")
        if method not in ("GET", "HEAD"):
            if (origin is not None and urlsplit(origin).netloc.lower() != host.lower()) or site != "same-origin":
                raise Refusal(403, "another site's page may not send answers")
            if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                raise Refusal(415, "JSON was expected: content-type: application/json")

    def _ours(self, host: str) -> bool:
        match = HOST.fullmatch(host)
        if match is None:
            return False
        name = match["name"].lower().rstrip(".")
        if name in self.names:
            return True
        try:
            address = ip_address(name.strip("[]"))
        except ValueError:
            return False
        return address.is_loopback or not self.local


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def token_of(headers: Mapping[str, str]) -> str:
    """The token of a request: of its cookie or, from programs, `Authorization: Bearer TOKEN`; empty without one."""
    kind, _, said = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return said.strip()
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""


def cookie(token: str, path: str, *, secure: bool) -> str:
    """A cookie that no script can read, that other sites' pages do not send, and that only goes to one rater's path."""
    ends = "; Secure" if secure else ""
    return f"{COOKIE}={token}; Path={path}; Max-Age={DAYS * 86400}; HttpOnly; SameSite=Strict{ends}"
