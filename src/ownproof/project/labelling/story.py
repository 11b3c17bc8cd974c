"""What the ledger of a label folder tells, in words: one line an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ownproof.phases.agree.evidence import TITLES

EVENTS: Final = (
    "label.init", "label.check", "label.sample", "label.import", "label.export", "label.adjudicate", "agree"
)  # fmt: skip


def line_of(event: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """Which batch, guide or person an entry is about, and what happened.

    >>> line_of("label.check", {"guide": "c0edba596181", "passed": False, "open": 6})
    ('guide c0edba596181', '6 things open')
    """
    words = {
        "label.init": _init,
        "label.check": _check,
        "label.sample": _sample,
        "label.import": _import,
        "label.adjudicate": _adjudicate,
        "label.export": _export,
        "agree": _agree,
    }.get(event)
    if words is not None:
        return words(data)
    rest = [f"{k} {v}" for k, v in data.items() if isinstance(v, (int, str)) and len(str(v)) < 40]
    return "", ", ".join(rest[:5])


def _init(data: Mapping[str, Any]) -> tuple[str, str]:
    return str(data.get("kind", "")), ", ".join(map(str, data.get("classes", [])))


def _check(data: Mapping[str, Any]) -> tuple[str, str]:
    open_ = int(data.get("open", 0))
    return f"guide {data.get('guide', '')}", "ready" if data.get(
        "passed"
    ) else f"{open_} thing{'s' * (open_ != 1)} open"


def _sample(data: Mapping[str, Any]) -> tuple[str, str]:
    ways = {"random": "at random", "waiting": "nobody had been given", "double": "for a second rater"}
    how = ways.get(str(data.get("by")), f"by {data.get('by')}")
    raters = ", ".join(map(str, data.get("raters", {})))
    words = f"{_count(data, 'items')} items {how} for {raters}; {_count(data, 'double')} with {data.get('ratings', 2)} raters"
    return f"batch {data.get('batch', '')}", words


def _adjudicate(data: Mapping[str, Any]) -> tuple[str, str]:
    words = (
        f"{data.get('new', 0)} decisions, {len(data.get('rules', []))} rules; {data.get('disputes', 0)} disputes left"
    )
    return ", ".join(map(str, data.get("by", []))), words


def _import(data: Mapping[str, Any]) -> tuple[str, str]:
    raters = data.get("raters")
    names = ", ".join(map(str, raters)) if isinstance(raters, Mapping) else ""
    words = f"{_count(data, 'items')} new items, {_count(data, 'answers')} answers{' by ' if names else ''}{names}"
    return f"{data.get('file', '')} ({data.get('format', '')})", words


def _export(data: Mapping[str, Any]) -> tuple[str, str]:
    what = "answers of all raters" if data.get("all") else "final labels"
    return f"{data.get('file', '')} ({data.get('format', '')})", f"{_count(data, 'answers')} {what}"


def _agree(data: Mapping[str, Any]) -> tuple[str, str]:
    word = {0: "go on", 4: "stop"}.get(data.get("exit", 3), "undecided")
    value = data.get("value")
    shown = f"{value:.2f}" if isinstance(value, float) else str(data.get("undefined") or "undefined")
    return TITLES.get(str(data.get("coefficient")), ""), f"{word}: {shown} on {_count(data, 'items')} items"


def _count(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return f"{value:,}" if isinstance(value, int) else "0"
