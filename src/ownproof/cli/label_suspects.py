"""`ownproof label suspects`: labels that are probably wrong, the most probable first."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ownproof.cli.terminal import Answer, color, watch, width
from ownproof.errors import UsageError

SHOWN = 12
CUT = 30
WORDS = ("row", "given", "likely", "text")
ROLES = ("target", "task", "group", "id", "weight", "cores", "seed", "budget")


def offer(verbs: Any) -> list[Any]:
    """The parser of the command."""
    text = "labels that are probably wrong, the most probable first"
    parser = verbs.add_parser("suspects", help=text, description=text)
    parser.add_argument("data", metavar="DATA", help="a table with its labels")
    parser.add_argument("--target", metavar="C", help="the column of the labels")
    parser.add_argument("--task", metavar="KIND", help="the target kind, where the data alone does not say")
    parser.add_argument("--id", metavar="C", help="the column that names a row")
    parser.add_argument("--group", metavar="C", help="what belongs together: answered by what has not seen it")
    parser.add_argument("--weight", metavar="C", help="how much a row counts")
    parser.add_argument("--drop", metavar="C", nargs="+", action="extend", default=[], help="columns not to look at")
    parser.add_argument("--learners", metavar="a,b", nargs="+", action="extend", default=[], help="who answers")
    parser.add_argument("--budget", metavar="60s", help="time for all fits; the recipes are chosen so that they fit in")
    parser.add_argument("--cores", metavar="N", type=int, help="processor cores to use (default 1)")
    parser.add_argument("--seed", metavar="N", type=int, help="the seed of the fits")
    parser.add_argument("--out", metavar="FILE", help="write all of them with their rows as a CSV file")
    parser.add_argument("--report", metavar="FILE", help="write the page")
    return [parser]


def suspects(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Two learners answer rows that they did not see; whom they contradict is shown."""
    from ownproof.project import config as settings
    from ownproof.project.project import find
    from ownproof.project.suspecting import Wanted, head
    from ownproof.project.suspecting import suspects as looked
    from ownproof.render.text import opening, table

    root = find(Path.cwd())
    if not arguments.target and root is None:
        raise UsageError(
            "no column of labels was named",
            expected="--target COLUMN",
            hint="name the column whose labels are to be doubted: --target COLUMN",
            where="--target",
        )
    said: dict[str, Any] = {n: getattr(arguments, n) for n in ROLES}
    said |= {"drop": tuple(arguments.drop), "learners": settings.names_of(arguments.learners)}
    with closing(watch(arguments)) as news:
        answer = looked(
            settings.relative(arguments.data, Path.cwd()),
            said,
            root=root,
            wanted=Wanted(arguments.out, arguments.report),
            news=news,
        )
    shown = opening(head(answer), color=color(), width=width())
    some = [_line(each) for each in answer["suspects"][:SHOWN]]
    if some:
        shown += "\n\n" + table(tuple(some[0]), [tuple(each.values()) for each in some], width=width())
    return answer, shown + "".join(f"\n{line}" for line in _last(arguments, answer))


def _line(each: Mapping[str, Any]) -> dict[str, str]:
    """A suspect as one line of a table: which row, what is given, what is likely and how sure the learners are."""
    numbers = {n: v for n, v in each.items() if n not in WORDS and isinstance(v, float)}
    sure = {"probability": "sure", "given_probability": "of the given"}
    told = {"row": str(each["row"])} | {n: str(v)[:CUT] for n, v in each.items() if n not in (*WORDS, *numbers)}
    told |= {"given": str(each["given"])[:CUT], "likely": str(each["likely"])[:CUT]}
    told |= {sure.get(n, n): f"{100 * v:.1f} %" if n in sure else f"{v:.3g}" for n, v in numbers.items()}
    return told | ({"text": " ".join(each["text"].split())[: 2 * CUT]} if each.get("text") else {})


def _last(arguments: argparse.Namespace, answer: Answer) -> list[str]:
    more = len(answer["suspects"]) - SHOWN
    lines = [f"… and {more:,} more"] if more > 0 else []
    lines += [f"{name:<8} {answer[key]}" for name, key in (("all", "file"), ("report", "report")) if answer[key]]
    if answer["count"] and not answer["file"]:
        lines.append(
            f"next     ownproof label suspects {arguments.data} --target {answer['target']} --out suspects.csv"
        )
    return ["", *lines] if lines else []


VERBS = {"suspects": suspects}
