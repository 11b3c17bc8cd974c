"""The table `[monitor]` of `project.toml`: windows, segments, and who is told. Secrets are named, never written there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ownproof.core.policy import Policy
from ownproof.errors import ConfigError, OwnproofError, all_at_once, did_you_mean
from ownproof.project.config import parse_seconds

FORMS = ("slack", "teams", "json")
SOVEREIGNTY = ("none", "private", "isolated")
KNOWN = ("window", "segments", "label_delay", "webhook", "email", "inside")
WEBHOOK = ("form", "url_env")
EMAIL = ("server", "to", "from", "user_env", "password_env", "tls")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a message is posted. form: slack, teams or json; url_env: the environment variable that holds the address."""

    form: str
    url_env: str


@dataclass(frozen=True, slots=True)
class Email:
    """Where mail goes. server: host:port; user_env and password_env: environment variables; tls: `starttls`, `tls`, `none`."""

    server: str
    to: tuple[str, ...]
    sender: str
    user_env: str = ""
    password_env: str = ""
    tls: str = "starttls"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a project is watched.

    window_s: length of a window in seconds; segments: columns; label_delay_s: the age at which labels are there, None to
    learn it; inside: hosts that belong to the organisation; sovereignty: none, private or isolated.
    """

    window_s: float = 86_400.0
    segments: tuple[str, ...] = ()
    label_delay_s: float | None = None
    webhooks: tuple[Webhook, ...] = ()
    email: Email | None = None
    inside: tuple[str, ...] = ()
    sovereignty: str = "none"
    policy: Policy = field(default_factory=Policy)


def read(path: Path, policy: Policy) -> Settings:
    """The settings of a `project.toml`, or of any file with such a table. Raises ConfigError naming every problem."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise ConfigError(
            f"{path.name} cannot be read: {why}", expected="TOML", where=str(path), hint="mend the line that is named"
        ) from why
    return from_mapping(data.get("monitor", {}), data.get("sovereignty", "none"), policy, where=path.name)


def from_mapping(data: Mapping[str, Any], sovereignty: Any, policy: Policy, *, where: str) -> Settings:
    """Settings from the table; unknown keys and wrong values are refused, all at once."""
    problems: list[OwnproofError] = []

    def wrong(name: str, expected: str, hint: str = "") -> None:
        shown = data.get(name) if isinstance(data, Mapping) else data
        what = f"{name} is {shown!r}"[:120]
        problems.append(
            ConfigError(what, expected=expected, hint=hint or f"write {expected}", where=f"{where}: {name}")
        )

    if sovereignty not in SOVEREIGNTY:
        problems.append(_sovereignty(sovereignty, where))
    if not isinstance(data, Mapping):
        raise ConfigError("[monitor] is no table", expected="a table", hint="write [monitor]", where=where)
    for name in data:
        if name not in KNOWN:
            wrong(name, "a setting of [monitor]", did_you_mean(name, KNOWN, what="settings"))
    window = _seconds(data, "window", 86_400.0, wrong)
    if window is not None and not 60.0 <= window <= 31 * 86_400.0:
        wrong("window", "a time from 1m to 31d")
    delay = _seconds(data, "label_delay", None, wrong)
    segments = _words(data, "segments", wrong)
    inside = _words(data, "inside", wrong)
    webhooks = _webhooks(data.get("webhook", []), where, problems)
    email = _email(data["email"], where, problems) if "email" in data else None
    if problems:
        raise all_at_once(problems)
    return Settings(window or 86_400.0, segments, delay, webhooks, email, inside, str(sovereignty), policy)


def _sovereignty(said: Any, where: str) -> ConfigError:
    hint = "private: data stays in the organisation; isolated: no network at all"
    return ConfigError(
        f"sovereignty is {said!r}", expected="none, private or isolated", hint=hint, where=f"{where}: sovereignty"
    )


def _seconds(data: Mapping[str, Any], name: str, default: float | None, wrong: Any) -> float | None:
    if name not in data:
        return default
    try:
        return parse_seconds(str(data[name]), flag=name)
    except OwnproofError as error:
        wrong(name, error.expected, error.hint)
        return default


def _words(data: Mapping[str, Any], name: str, wrong: Any) -> tuple[str, ...]:
    value = data.get(name, [])
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        wrong(name, 'a list of words such as ["region"]')
        return ()
    return tuple(value)


def _webhooks(data: Any, where: str, problems: list[OwnproofError]) -> tuple[Webhook, ...]:
    found = []
    for each in data if isinstance(data, list) else [data]:
        place = f"{where}: monitor.webhook"
        if not isinstance(each, Mapping) or _strange(each, WEBHOOK, place, problems):
            continue
        form, name = each.get("form", "json"), each.get("url_env")
        if form not in FORMS or not _variable(name):
            expected = 'form = "slack", "teams" or "json", and url_env = "NAME_OF_A_VARIABLE"'
            hint = "put the address into an environment variable and name that"
            problems.append(ConfigError(f"webhook is {dict(each)!r}"[:120], expected=expected, hint=hint, where=place))
            continue
        found.append(Webhook(form, str(name)))
    return tuple(found)


def _email(data: Any, where: str, problems: list[OwnproofError]) -> Email | None:
    place = f"{where}: monitor.email"
    if not isinstance(data, Mapping) or _strange(data, EMAIL, place, problems):
        return None
    to, tls = data.get("to", []), data.get("tls", "starttls")
    names = [data.get(n, "") for n in ("user_env", "password_env")]
    server = str(data.get("server", ""))
    fine = (
        server.rpartition(":")[2].isdigit()
        and isinstance(to, list)
        and to
        and all(isinstance(t, str) and "@" in t and "\n" not in t for t in to)
        and tls in ("starttls", "tls", "none")
        and all(n == "" or _variable(n) for n in names)
    )
    if not fine:
        expected = 'server = "host:587", to = ["a@b.c"], from = "a@b.c", user_env and password_env, tls = "starttls"'
        hint = "passwords and users are named by environment variables"
        problems.append(ConfigError("email cannot be used", expected=expected, hint=hint, where=place))
        return None
    return Email(server, tuple(to), str(data.get("from", to[0])), names[0], names[1], tls)


def _strange(data: Mapping[str, Any], known: tuple[str, ...], place: str, problems: list[OwnproofError]) -> bool:
    strange = [n for n in data if n not in known]
    for name in strange:
        secret = name in ("url", "password", "user", "token")
        hint = (
            f"secrets do not stand in this file: name a variable by {name}_env" if secret else did_you_mean(name, known)
        )
        problems.append(ConfigError(f"{name!r} is not known", expected=", ".join(known), hint=hint, where=place))
    return bool(strange)


def _variable(name: Any) -> bool:
    return isinstance(name, str) and name.replace("_", "a").isalnum() and not name[:1].isdigit()
