"""What pages and terminals say of a run of `monitor`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ownproof.render import words
from ownproof.render.figures import finite, number, percent
from ownproof.render.words import Tone

Answer = Mapping[str, Any]
KINDS = {"feed": "a feed is broken", "drift": "the data has drifted", "loss": "the model got worse"}


def is_monitor(answer: Answer) -> bool:
    """Whether an answer is one of `monitor`."""
    return answer.get("command") == "monitor" and isinstance(answer.get("incidents"), list)


def _open(answer: Answer) -> list[Mapping[str, Any]]:
    return [i for i in answer["incidents"] if i.get("state") == "open"]


def badge(answer: Answer) -> tuple[str, Tone, str]:
    """The word that stands first, its tone, and what stands beside it."""
    live = answer.get("live_windows") or 0
    windows = f"{number(live)} window{'' if live == 1 else 's'}"
    if answer.get("exit") == 5:
        return "RETRAIN", "bad", f"after {windows}"
    if _open(answer):
        return "INCIDENT", "bad", f"after {windows}"
    if answer.get("warnings"):
        return "WATCH", "unsure", f"after {windows}"
    if not live:
        return ("WATCH" if answer.get("alarm") else "TOO EARLY"), "unsure", "before the first window has ended"
    return "ALL WELL", "good", f"over {windows}"


def sentence(answer: Answer) -> str:
    """What came out, in one sentence."""
    found = _open(answer)
    if found:
        parts = [
            f"{KINDS.get(str(i['kind']), str(i['kind']))} since {str(i['since'])[:10]} ({_few(i['columns'], i['kind'])})"
            for i in found
        ]
        said = "; ".join(parts)
        return said[:1].upper() + said[1:] + "."
    if answer.get("warnings"):
        first = answer["warnings"][0]
        return f"No incident; the last window shows something in {_few(first['columns'])}."
    if not answer.get("live_windows"):
        rows = answer.get("rows") or 0
        moved = [c.get("column") for c in answer.get("columns") or () if c.get("drift")]
        seen = f", and something in {_few(moved)}" if moved else ""
        return f"No window has ended yet; {number(rows)} decisions so far{seen}."
    return "No incident is open: data, answers and outcomes are as they were promised, as far as they can be seen."


def _few(columns: Any, kind: Any = "") -> str:
    names = [words.metric(c).title if kind == "loss" else str(c) for c in columns]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def meaning(answer: Answer) -> str:
    """What it means for the next step."""
    found = _open(answer)
    if answer.get("exit") == 5:
        return "Retraining is advised. " + _upper(str(found[0]["advice"])) + "." if found else "Retraining is advised."
    if found:
        return _upper(str(found[0]["advice"])) + "."
    withdrawn = answer["performance"]["grade"]["withdrawn"]
    return "The estimate without labels is withdrawn: it did not foretell what came." if withdrawn else ""


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def tiles(answer: Answer) -> list[tuple[str, str, str]]:
    """The figures looked for first: label, value, what it is to be compared with."""
    performance = answer["performance"]
    metric = words.metric(performance["metric"])
    promised = performance["promised"] or {}
    against = f"promised: {metric.value(promised.get('value'))}" if finite(promised.get("value")) is not None else ""
    found = [
        ("Decisions in the last window", number(answer.get("rows") or 0), ""),
        ("Windows", number(answer.get("live_windows") or 0), ""),
        ("Open incidents", number(len(_open(answer))), f"{len(answer['incidents'])} in all"),
    ]
    realised, labels = performance["realised"], performance["labels"]
    if realised and finite(realised.get("value")) is not None:
        found.append((f"{_upper(metric.title)}, realised", metric.value(realised["value"]), against))
    expected = performance["expected"]
    if expected and finite(expected.get("value")) is not None:
        found.append((f"{_upper(metric.title)}, expected", metric.value(expected["value"]), against))
    if labels:
        corrected = f"{number(labels['corrected'])} corrected"
        found.append(("Labels of the last mature window", percent(labels["coverage"], decimals=0), corrected))
    return found
