"""Who was told what: each event once to each receiver, and again only where it did not arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ownproof.project.alerts.message import Message
from ownproof.project.alerts.send import TRIES_MOST, Delivery, receivers, send
from ownproof.project.monitoring.settings import Settings

Told = dict[str, dict[str, Any]]
"""By the key of an event the state of every receiver: `sent`, `held`, `old`, or how many tries failed."""


def tell(
    messages: Sequence[Message],
    told: Mapping[str, Mapping[str, Any]],
    settings: Settings,
    environ: Mapping[str, str],
    *,
    at: float,
) -> tuple[Told, list[Delivery]]:
    """Send what was not told yet; what everybody was told so far, and how it went.

    Events of windows that ended long ago (three windows, at least two days) are news to nobody: they are not sent.
    """
    state: Told = {key: dict(each) for key, each in told.items()}
    done: list[Delivery] = []
    fresh = at - max(3 * settings.window_s, 2 * 86_400.0)
    for message in messages:
        known = state.setdefault(message.key, {})
        for name in receivers(settings):
            if message.at < fresh and name not in known:
                known[name] = "old"
        due = [n for n in receivers(settings) if isinstance(known.get(n, 0), int) and known.get(n, 0) < TRIES_MOST]
        if not due:
            continue
        only = _only(settings, due)
        for delivery in send([message], only, environ):
            done.append(delivery)
            failed = delivery.state == "failed"
            known[delivery.receiver] = known.get(delivery.receiver, 0) + 1 if failed else delivery.state
    return state, done


def _only(settings: Settings, names: Sequence[str]) -> Settings:
    from dataclasses import replace

    hooks = tuple(w for w in settings.webhooks if f"webhook:{w.url_env}" in names)
    return replace(settings, webhooks=hooks, email=settings.email if "email" in names else None)
