"""Messages on their way out: webhooks and mail, as far as sovereignty lets them go; what failed is tried again."""

from __future__ import annotations

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

from ownproof.project.alerts.message import SHAPES, Message
from ownproof.project.monitoring.settings import Email, Settings, Webhook
from ownproof.project.sovereignty import Reach

SECONDS = 10.0
TRIES_MOST = 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one message to one receiver went. state: sent, failed (tried again the next time) or held (not allowed)."""

    key: str
    receiver: str
    state: str
    why: str = ""


def send(messages: Sequence[Message], settings: Settings, environ: Mapping[str, str]) -> list[Delivery]:
    """Every message to every receiver. environ: where the secrets are."""
    return [d for message in messages for d in _one(message, settings, environ)]


def receivers(settings: Settings) -> list[str]:
    """The names that deliveries go by."""
    return [f"webhook:{w.url_env}" for w in settings.webhooks] + (["email"] if settings.email else [])


def _one(message: Message, settings: Settings, environ: Mapping[str, str]) -> Iterator[Delivery]:
    for hook in settings.webhooks:
        yield _posted(message, hook, settings, environ)
    if settings.email is not None:
        yield _mailed(message, settings.email, settings, environ)


def _posted(message: Message, hook: Webhook, settings: Settings, environ: Mapping[str, str]) -> Delivery:
    name, url = f"webhook:{hook.url_env}", environ.get(hook.url_env, "")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return Delivery(message.key, name, "failed", f"the environment variable {hook.url_env} holds no http address")
    held = forbidden(parts.hostname, settings)
    if held:
        return Delivery(message.key, name, "held", held)
    body = json.dumps(SHAPES[hook.form](message), ensure_ascii=False).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")  # noqa: S310 - http(s) only
    try:
        with _opener().open(request, timeout=SECONDS) as answer:
            answer.read(1000)
    except urllib.error.HTTPError as why:
        return Delivery(message.key, name, "failed", f"the receiver answered {why.code}")
    except (OSError, ValueError) as why:
        return Delivery(message.key, name, "failed", _reason(why, url))
    return Delivery(message.key, name, "sent")


class _Stay(urllib.request.HTTPRedirectHandler):
    """An address that sends elsewhere is not followed: it was not the one that was allowed."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_Stay)


def _reason(why: Exception, secret: str) -> str:
    """What went wrong, without the address: it may be a secret."""
    return str(getattr(why, "reason", why)).replace(secret, "the address")[:200]


def _mailed(message: Message, email: Email, settings: Settings, environ: Mapping[str, str]) -> Delivery:
    host, _, port = email.server.rpartition(":")
    held = forbidden(host, settings)
    if held:
        return Delivery(message.key, "email", "held", held)
    missing = [n for n in (email.user_env, email.password_env) if n and n not in environ]
    if missing:
        return Delivery(message.key, "email", "failed", f"no environment variable {' and '.join(missing)}")
    letter = EmailMessage()
    letter["Subject"] = " ".join(message.title.split())[:200]
    letter["From"], letter["To"] = email.sender, ", ".join(email.to)
    letter["X-Ownproof-Incident"] = message.key
    letter.set_content("\n\n".join(message.lines) + "\n")
    try:
        with _server(host, int(port), email.tls) as server:
            if email.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if email.user_env:
                server.login(environ[email.user_env], environ.get(email.password_env, ""))
            server.send_message(letter)
    except (OSError, smtplib.SMTPException) as why:
        return Delivery(message.key, "email", "failed", str(why)[:200])
    return Delivery(message.key, "email", "sent")


def _server(host: str, port: int, tls: str) -> smtplib.SMTP:
    if tls == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=SECONDS)


def forbidden(host: str, settings: Settings) -> str:
    """Why nothing may go to a host; empty where it may."""
    return Reach(settings.sovereignty, settings.inside).why_not(host)
