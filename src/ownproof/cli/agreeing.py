"""`ownproof agree`: whether raters agree, and what to do about it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any, Final

from ownproof.cli.terminal import Answer, color, width

SCALES: Final = {
    "ordinal": "the labels are ordered classes (numbers, or words with --order)",
    "interval": "the labels are numbers, and their differences count",
    "ratio": "the labels are numbers of at least 0, and their ratios count",
    "spans": 'the labels are marked spans: [{"start": 0, "end": 5, "label": "ORG"}]',
}


def offer(commands: Any, common: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the command to a parser."""
    text = "whether raters agree beyond chance: go on, stop, or label so many items more twice"
    agree = commands.add_parser("agree", help=text, description=text)
    agree.add_argument("ratings", metavar="RATINGS", help="a table with a row for each answer, or a label folder")
    agree.add_argument("--item", metavar="C", help="the column that names the item")
    agree.add_argument("--rater", metavar="C", help="the column that names who answered")
    agree.add_argument(
        "--label",
        metavar="C",
        nargs="+",
        action="extend",
        default=[],
        help="the column with the answer; several without --rater: a column for each rater",
    )
    scales = agree.add_mutually_exclusive_group()
    for name, what in SCALES.items():
        scales.add_argument(f"--{name}", dest="scale", action="store_const", const=name, help=what)
    agree.add_argument(
        "--order", metavar="CLASS", nargs="+", default=[], help="the classes from the lowest to the highest"
    )
    agree.add_argument(
        "--weights", choices=["linear", "quadratic"], help="how far apart two raters are counts (weighted kappa)"
    )
    agree.add_argument("--time", metavar="C", help="when the answer was given: agreement over time, rater by rater")
    agree.add_argument("--text", metavar="C", help="the text that spans were marked in, for its length")
    agree.add_argument(
        "--slice",
        metavar="C",
        nargs="+",
        action="extend",
        default=[],
        dest="slices",
        help="columns of the item by which agreement is told apart",
    )
    agree.add_argument("--report", metavar="FILE", help="a page with pictures (default: nothing is written)")
    common(agree)


def agree(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Measure agreement, write the page where one is asked for."""
    from ownproof.project.agreeing import Columns, written
    from ownproof.project.agreeing import agree as measured

    columns = Columns(
        arguments.item,
        arguments.rater,
        tuple(arguments.label),
        arguments.time,
        arguments.text,
        tuple(arguments.slices),
        arguments.scale or "nominal",
        tuple(arguments.order),
        arguments.weights or "",
    )
    answer, report = measured(arguments.ratings, columns)
    if arguments.report:
        answer = written(arguments.report, answer, report)
    return answer, _told(answer, arguments.ratings)


def _told(answer: Mapping[str, Any], ratings: str) -> str:
    from ownproof.render.agreement import lines

    return "\n".join(lines(answer, ratings, color=color(), width=width()))
