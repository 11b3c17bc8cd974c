"""What is said of an incident, and the form that each receiver reads it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ownproof.phases.monitor.incidents import Incident
from ownproof.phases.monitor.words import day

Event = Literal["raised", "retrain", "closed"]
WORDS: Mapping[str, str] = {"feed": "A feed is broken", "drift": "The data has drifted", "loss": "The model got worse"}
TEXT_MOST = 1500


@dataclass(frozen=True, slots=True)
class Message:
    """One event of one incident. at: unix seconds of the window that brought it."""

    event: Event
    incident: Incident
    at: float
    name: str
    model: str

    @property
    def key(self) -> str:
        """What it is remembered by, so that it is told once."""
        return f"{self.incident.id}:{self.event}"

    @property
    def title(self) -> str:
        """One line."""
        what = ", ".join(self.incident.what[:3]) + (" ..." if len(self.incident.what) > 3 else "")
        said = WORDS[self.incident.kind]
        if self.event == "closed":
            return f"Over: {said.lower()} ({what}) · {self.name}"
        advised = " · retraining advised" if self.event == "retrain" else ""
        return f"{said}: {what}{advised} · {self.name}"

    @property
    def lines(self) -> tuple[str, ...]:
        """What changed, since when, how much it matters, what to do."""
        each = self.incident
        since = f"since {day(each.since)}, raised {day(each.raised)}" + (
            f", over {day(each.closed)}" if each.closed else ""
        )
        said = [each.words, since, each.matters, "" if self.event == "closed" else f"To do: {each.advice}"]
        return tuple(line[:TEXT_MOST] for line in said if line)


def events(found: Sequence[Incident], *, name: str, model: str) -> list[Message]:
    """Every event of all incidents, oldest first."""
    messages = []
    for incident in found:
        messages.append(Message("raised", incident, incident.raised, name, model))
        if incident.advised is not None:
            messages.append(Message("retrain", incident, incident.advised, name, model))
        if incident.closed is not None:
            messages.append(Message("closed", incident, incident.closed, name, model))
    return sorted(messages, key=lambda m: m.at)


def slack(message: Message) -> dict[str, Any]:
    """A Slack incoming webhook."""
    text = _escaped("\n".join([message.title, *message.lines]))
    return {"text": text}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams(message: Message) -> dict[str, Any]:
    """A Teams workflow webhook: one adaptive card."""
    body = [{"type": "TextBlock", "size": "Medium", "weight": "Bolder", "text": message.title, "wrap": True}]
    body += [{"type": "TextBlock", "text": line, "wrap": True} for line in message.lines]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def bare(message: Message) -> dict[str, Any]:
    """For anything else: the incident as in the JSON answer."""
    return {
        "schema": "ownproof/1",
        "event": message.event,
        "title": message.title,
        "text": "\n".join(message.lines),
        "name": message.name,
        "model": message.model,
        "at": message.at,
        "incident": message.incident.to_json(),
    }


SHAPES: Mapping[str, Callable[[Message], dict[str, Any]]] = {"slack": slack, "teams": teams, "json": bare}
