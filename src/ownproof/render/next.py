"""The command to type next."""

from __future__ import annotations

import re
import shlex
from typing import Any

from ownproof.render.content import folder
from ownproof.render.sentence import Answer, part, rows_of

_WORD = r"""(?:'[^']*'|"[^"]*"|[^\s'"`;,()])+"""
_FLAG = re.compile(rf"--(?:drop|groups?|time|id|test|slice|metric|target|available)(?:[ =]{_WORD})+")


def next_command(answer: Answer) -> str:
    """One line to copy, or an empty text where there is nothing to do next.

    >>> next_command({"verdict": "BETTER", "evidence": "out-of-fold", "bundle": "p/bundle", "ledger": "p/ledger.jsonl"})
    'ownproof prove -C p'
    >>> next_command({"findings": [{"level": "block", "advice": "--drop duration"}]})
    'ownproof run DATA --target TARGET --drop duration'
    """
    if part(answer, "error"):
        return _command(str(part(answer, "error").get("hint") or ""))
    place = folder(answer)
    here = f" -C {shlex.quote(place)}" if place else ""
    verdict, evidence = answer.get("verdict"), answer.get("evidence")
    stopped = any(g.get("status") == "refused" for g in rows_of(answer, "gates"))
    mends = _mends(answer, "block") or (_mends(answer, "warn") if stopped else "")
    if mends and (stopped or verdict is None):
        return f"{_run(answer, here)} {mends}"
    if verdict == "BETTER" and not stopped:
        return _after_better(answer, here)
    if evidence == "sealed" and verdict in ("NOT BETTER", "CANNOT TELL"):
        reason = "more rows" if verdict == "CANNOT TELL" else "new data"
        return f"add rows to the data, then ownproof seal{here} --new {shlex.quote(reason)}"
    if verdict in ("NOT BETTER", "CANNOT TELL"):
        return f"ownproof show {shlex.quote(str(answer['run']))}{here}" if answer.get("run") else ""
    if answer.get("command") == "audit" and not stopped:
        return _run(answer, here)
    return ""


def _after_better(answer: Answer, here: str) -> str:
    if answer.get("evidence") == "out-of-fold" and answer.get("bundle"):
        return f"ownproof prove{here}"
    if answer.get("bundle"):
        return f"ownproof predict {shlex.quote(str(answer['bundle']))} DATA --out predictions.csv"
    return ""


def _run(answer: Answer, here: str) -> str:
    if here:
        return f"ownproof run{here}"
    task = part(answer, "task")
    target = task.get("column") or task.get("target")
    return f"ownproof run DATA --target {shlex.quote(str(target)) if isinstance(target, str) and target else 'TARGET'}"


def _mends(answer: Answer, level: str) -> str:
    """The flags that mend the findings of a level, each once; several `--drop` become one."""
    flags: dict[str, list[str]] = {}
    for finding in rows_of(answer, "findings"):
        if finding.get("level") != level:
            continue
        for found in _FLAG.findall(str(finding.get("advice") or "")):
            flag, *values = _split(found)
            known = flags.setdefault(flag, [])
            known += [v for v in values[: _values(flag, finding)] if v not in known]
    return " ".join(" ".join([flag, *(shlex.quote(v) for v in values)]) for flag, values in flags.items())


def _values(flag: str, finding: Any) -> int:
    """How many words after a flag belong to it: `--drop` takes the columns, the others one."""
    return max(1, len(finding.get("columns") or ())) if flag in {"--drop", "--slice"} else 1


def _split(text: str) -> list[str]:
    try:
        return [word.rstrip(".") or word for word in shlex.split(text.replace("=", " ", 1))]
    except ValueError:
        return text.split()


def _command(hint: str) -> str:
    """A command that a hint spells out."""
    found = re.search(r"`(ownproof [^`]+)`", hint)
    return found[1] if found else hint.strip() if hint.startswith("ownproof ") else ""
