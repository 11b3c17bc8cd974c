"""Where what belongs to a project may go: the one place that is asked before anything reaches outside."""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ownproof.core.policy import Policy
from ownproof.errors import ConfigError, UsageError
from ownproof.project.monitoring.settings import SOVEREIGNTY, from_mapping

OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
"""Variables that keep the libraries of model hubs from asking for anything."""
LOCAL: Final = ("", "file", "local", "memory", "sqlite", "duckdb")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far things may go. sovereignty: `none` anywhere, `private` to the organisation's hosts (`inside`, with what lies
    below them) and private networks, `isolated` no further than this machine."""

    sovereignty: str = "none"
    inside: tuple[str, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether anything is out of reach."""
        return self.sovereignty != "none"

    def why_not(self, host: str) -> str:
        """Why nothing may go to a host; "" where it may.

        >>> Reach("private", ("corp.example",)).why_not("mail.corp.example")
        ''
        >>> Reach("isolated").why_not("mail.corp.example")
        'sovereignty is isolated: nothing leaves this machine'
        """
        if not self.closed or _here(host):
            return ""
        if self.sovereignty == "isolated":
            return "sovereignty is isolated: nothing leaves this machine"
        named = any(host == name or host.endswith("." + name.lstrip(".")) for name in self.inside)
        return "" if named or _private(host) else f"sovereignty is private: {host} is not named in monitor.inside"

    def why_not_place(self, place: str) -> str:
        """The same for a folder or URL: a path of this machine is no host; a bucket of a store is named by its own name."""
        scheme = place.partition("://")[0].partition("+")[0] if "://" in place else ""
        host = urlsplit(place).hostname or ""
        return "" if scheme in LOCAL or not host else self.why_not(host)


def reach(*folders: Path | None) -> Reach:
    """The narrowest reach that the projects in some folders allow. Raises ConfigError for a word that is none of the three,
    or a file that cannot be read."""
    files = [folder / "project.toml" for folder in folders if folder is not None]
    found = [Reach(), *(_said(file) for file in files if file.is_file())]
    return max(found, key=lambda r: SOVEREIGNTY.index(r.sovereignty))


def _said(file: Path) -> Reach:
    """What a file says of it; of `[monitor]` no more than the hosts, which may be wrong in other ways."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
        raise ConfigError(
            f"{file.name} cannot be read: {why}", expected="TOML", hint="mend the line that is named", where=str(file)
        ) from why
    word, monitor = data.get("sovereignty", "none"), data.get("monitor", {})
    checked = from_mapping({}, word, Policy(), where=file.name)
    hosts = monitor.get("inside", ()) if isinstance(monitor, dict) else ()
    return Reach(checked.sovereignty, tuple(h for h in hosts if isinstance(h, str)) if isinstance(hosts, list) else ())


def check(place: str, allowed: Reach, *, where: str) -> None:
    """Raise UsageError where a place is out of reach; what is told of it is the host only."""
    why = allowed.why_not_place(place)
    if why:
        raise UsageError(
            f"nothing may go there: {why}",
            expected="a folder of this machine, or a host of the organisation",
            hint='name the host in project.toml ([monitor] inside = ["HOST"]) if it belongs to the organisation',
            where=where,
            code="sovereignty",
        )


@contextmanager
def offline(allowed: Reach, environ: MutableMapping[str, str]) -> Iterator[None]:
    """Keep learners from downloading anything while the block runs, where the reach is closed: the variables that model hubs
    heed are set, and put back afterwards."""
    before = {name: environ.get(name) for name in OFFLINE}
    if allowed.closed:
        environ.update(dict.fromkeys(OFFLINE, "1"))
    try:
        yield
    finally:
        for name, value in before.items() if allowed.closed else ():
            if value is None:
                environ.pop(name, None)
            else:
                environ[name] = value


def _here(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _private(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_private


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
