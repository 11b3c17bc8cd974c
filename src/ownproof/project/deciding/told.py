"""A decision as a terminal and a page show it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from ownproof.core.report import Report
from ownproof.phases.decide.cost_pages import count, dollars, seconds
from ownproof.phases.decide.options import WORDS
from ownproof.phases.decide.pages import shown
from ownproof.phases.decide.questions import WORDS as ASKED
from ownproof.phases.decide.steps import weeks_in_words
from ownproof.project.page import write_page
from ownproof.render.head import Head, Tile, Tone
from ownproof.render.text import table

BADGES: Final = {
    "no-ml": "NO ML", "api": "HOSTED API", "fine-tune": "FINE-TUNE", "small-model": "SMALL MODEL",
    "deep-from-scratch": "DEEP NET",
}  # fmt: skip
INK: Final = {"good": "32", "unsure": "33"}
QUESTIONS_MOST: Final = 3


def head(answer: Mapping[str, Any]) -> Head:
    """What stands first."""
    verdict = answer["verdict"]
    word = BADGES.get(verdict, "UNDECIDED") if verdict else "UNDECIDED"
    tone: Tone = "unsure" if verdict is None or answer["first"] else "good"
    command = next((s["command"] for s in answer["next"] if s["command"]), "")
    under = f"confidence {answer['confidence']}" if verdict else "not enough is known"
    return Head(word, tone, under, sentence(answer), meaning(answer), _tiles(answer), command)


def sentence(answer: Mapping[str, Any]) -> str:
    """The verdict in one sentence."""
    verdict = answer["verdict"]
    if verdict is None:
        return f"Undecided: {answer['why']}."
    said = WORDS[verdict]
    if answer["first"]:
        plan = answer["label"]
        weeks = plan["weeks"]
        took = "" if weeks is None else f", {weeks_in_words((weeks['p10'], weeks['p50'], weeks['p90']))}"
        meanwhile = WORDS[answer["interim"]]
        return f"Label first ({plan['needed']:,} labels{took}), then {said}. Until then: {meanwhile}."
    return f"{said[:1].upper()}{said[1:]}."


def meaning(answer: Mapping[str, Any]) -> str:
    """Why, in the words of the rules that speak for it."""
    verdict = answer["verdict"]
    if verdict is None:
        asked = [ASKED[q["key"]] for q in answer["questions"][:QUESTIONS_MOST]]
        return "What would settle it: " + " ".join(asked) if asked else "Nothing that is unknown would settle it."
    order = {"veto": 0, "strong": 1, "weak": 2}
    fired = [r for r in answer["rules"] if r["status"] == "FIRED" and verdict in r["favours"]]
    told = [r["says"] for r in sorted(fired, key=lambda r: order[r["weight"]])[:2]]
    if answer["why"] and not fired:
        told = [f"{answer['why'][:1].upper()}{answer['why'][1:]}."]
    return " ".join(told)


def _tiles(answer: Mapping[str, Any]) -> tuple[Tile, ...]:
    cost, plan = answer["cost"], answer["label"]
    tiles = (
        [Tile("An API, a month", dollars(cost["api"]["p50"]), _span(cost["api"], dollars))]
        if _known(cost["api"])
        else []
    )
    if _known(cost["own"]):
        tiles.append(Tile("A model of one's own, a month", dollars(cost["own"]["p50"]), _span(cost["own"], dollars)))
    if _known(cost["break_even_calls"]):
        level = cost["break_even_calls"]
        tiles.append(Tile("Break-even, calls a month", count(level["p50"]), _span(level, count)))
    if plan is not None:
        tiles.append(Tile("Labels to begin", f"{plan['needed']:,}", f"about ${plan['dollars']['p50']:,.0f}"))
    unknown = sum(v is None for k, v in answer["answers"].items() if k != "cost")
    tiles.append(Tile("Unknown answers", str(unknown), f"of {sum(k != 'cost' for k in answer['answers'])}"))
    return tuple(tiles)


def _known(span: Mapping[str, Any] | None) -> bool:
    return span is not None and span["p50"] is not None


def _span(span: Mapping[str, Any], write: Callable[[float], str]) -> str:
    """From p10 to p90, "" where they read the same; a break-even that never comes is null in the answer."""
    low, high = (write(math.inf if v is None else v) for v in (span["p10"], span["p90"]))
    return "" if low == high else f"{low} to {high}"


def _told(span: Mapping[str, Any], write: Callable[[float], str], unit: str) -> str:
    between = _span(span, write)
    return f"{write(span['p50'])} {unit}" + (f" ({between})" if between else "")


def written(path: str, answer: Mapping[str, Any], report: Report) -> Path:
    """The page of a decision."""
    return write_page(path, answer, report.sections, title="Before anything is trained", head=head(answer))


def told(answer: Mapping[str, Any], *, color: bool, width: int) -> str:
    """A decision on one screen: verdict, why, what would flip it, money, what to try next."""
    top = head(answer)
    word = f"\x1b[{INK.get(top.tone, '36')};1m {top.word} \x1b[0m" if color else f" {top.word} "
    blocks = [
        [f"{word} {top.under}", *_wrapped(top.sentence, width), *_wrapped(top.meaning, width)],
        _again(answer, width),
        _rules(answer, width),
        _vetoes(answer),
        _money(answer),
        [line for f in answer["findings"] for line in _wrapped(f"note: {f['evidence']}; {f['advice']}", width)],
        [line for a in answer["advice"] for line in _wrapped(a["says"], width)],
        _next(answer, width),
        _places(answer),
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(text, max(40, width), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _again(answer: Mapping[str, Any], width: int) -> list[str]:
    again = answer["again"]
    if again is None:
        return []
    then = again["then"] or "undecided"
    changed = ", ".join(f"{c['key']} {shown(c['then'])} -> {shown(c['now'])}" for c in again["changed"])
    what = f"changed: {changed}" if changed else "no answer has changed"
    if not again["flipped"]:
        return _wrapped(f"The verdict is still {then} (decided {again['at'][:10]}; {what}).", width)
    why = ", ".join(again["because"])
    return _wrapped(f"The verdict FLIPPED: {then} -> {again['now'] or 'undecided'}, because of {why} ({what}).", width)


def _rules(answer: Mapping[str, Any], width: int) -> list[str]:
    """The rules that fired and those whose answer would flip the verdict, each answer's flip once."""
    order = ("FIRED", "UNKNOWN", "NOT")
    flips: set[str] = set()
    rows = []
    for rule in sorted(answer["rules"], key=lambda r: order.index(r["status"])):
        flip, key = rule["flip"], rule["key"]
        fresh = flip is not None and key not in flips
        if rule["status"] != "FIRED" and not fresh:
            continue
        at = f"{flip['key']} = {shown(flip['value'])}: {flip['verdict'] or 'undecided'}" if fresh else ""
        flips |= {key} if fresh else set()
        for_ = _short(rule["favours"], "") or _short(rule["against"], "not ")
        rows.append((rule["id"], rule["status"], shown(rule["value"]), rule["weight"], for_, at))
    if not rows:
        return []
    return table(("rule", "", "you", "weight", "speaks for", "flips at"), rows, width=width).split("\n")


def _short(options: list[str], before: str) -> str:
    """Options in a cell; all three models of one's own are `own`."""
    own = {"fine-tune", "small-model", "deep-from-scratch"}
    rest = [o for o in options if o not in own] if own <= set(options) else list(options)
    names = [*(["own"] if own <= set(options) else []), *rest]
    return before + ", ".join(names).replace("-from-scratch", "").replace("-model", "") if names else ""


def _vetoes(answer: Mapping[str, Any]) -> list[str]:
    gone = [f"{o['option']} (by {o['by']})" for o in answer["options"] if o["status"] == "vetoed"]
    return [f"vetoed  {', '.join(gone)}"] if gone else []


def _money(answer: Mapping[str, Any]) -> list[str]:
    cost = answer["cost"]
    lines = []
    if _known(cost["api"]):
        lines.append(f"API     {_told(cost['api'], dollars, 'a month')}")
    if _known(cost["own"]):
        lines.append(f"own     {_told(cost['own'], dollars, 'a month')}, building it included")
    if _known(cost["break_even_calls"]):
        of = cost["prices_of"] or {}
        whose = f"{of.get('model') or 'small models'}, prices of {of.get('as_of')}"
        lines.append(f"even    at {_told(cost['break_even_calls'], count, 'calls a month')}, {whose}")
    for each in answer["training"]:
        took = each["hours"]
        lines.append(
            f"trains  {each['what']}: {seconds(took['p50'])} ({seconds(took['p10'])} to {seconds(took['p90'])}) here, by timed steps"
        )
    unknown = cost.get("unknown") or []
    return [*lines, *(f"money   unknown: {why}" for why in unknown)] if answer["verdict"] != "no-ml" else []


def _next(answer: Mapping[str, Any], width: int) -> list[str]:
    lines = ["next, cheapest first:"]
    for number, step in enumerate(answer["next"], start=1):
        lines += _wrapped(f"{number}. {step['do']}", width, "   ")
        lines += [f"   {step['command']}"] if step["command"] else []
    return lines if len(lines) > 1 else []


def _places(answer: Mapping[str, Any]) -> list[str]:
    lines = [f"report  {answer['report']}"] if answer.get("report") else []
    holds = answer.get("policy")
    lines += [f"policy  sovereignty = {holds['sovereignty']}"] if holds else []
    return lines + ([f"ledger  {answer['ledger']}"] if answer.get("ledger") else [])
