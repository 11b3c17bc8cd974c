"""`plan`: whether the data is enough, and what more labels would bring and cost."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from ownproof.cli.terminal import Answer, watch, width


def offer(commands: Any, roles: Callable[[Any], None]) -> list[Any]:
    """The parser of `plan`. roles: adds the flags that say what the columns are."""
    text = "is the data enough: what twice and four times the labels would bring, in weeks and money"
    plan = commands.add_parser("plan", help=text, description=text)
    plan.add_argument("data", nargs="?", metavar="DATA", help="a labelled table; inside a project its own data")
    roles(plan)
    group = plan.add_argument_group("the question")
    group.add_argument("--reach", metavar="METRIC=VALUE", help="a score to reach, such as roc_auc=0.85")
    group.add_argument("--metric", metavar="M", help="what the curve is of")
    group.add_argument("--positive", metavar="CLASS", help="the class whose probability is ranked")
    group.add_argument("--cost", metavar="COST", help="fp=5,fn=100 or a CSV matrix; over=,under= for numbers")
    group.add_argument("--worthwhile", metavar="X", type=float, help="the smallest gain worth having")
    group = plan.add_argument_group("how labels are made")
    group.add_argument("--per-week", metavar="500", type=float, default=500.0, help="labels a week (default 500)")
    group.add_argument(
        "--price-per-label", metavar="0.2", type=float, default=0.2, dest="price", help="money a label (default 0.2)"
    )
    group.add_argument(
        "--overlap", metavar="0.1", type=float, help="the share that all raters label (default 0.05 to 0.1)"
    )
    group.add_argument("--raters", metavar="N", type=int, default=2, help="how many label that share (default 2)")
    group = plan.add_argument_group("the work")
    group.add_argument("--budget", metavar="60s", default="60s", help="time for the fits (default 60s)")
    group.add_argument("--learners", metavar="a,b", nargs="+", action="extend", default=[], help="only these learners")
    group.add_argument("--cores", metavar="N", type=int, help="processor cores to use (default 1)")
    group.add_argument("--seed", metavar="N", type=int, help="the seed of draws and fits")
    plan.add_argument("--report", metavar="FILE", help="write a page (HTML)")
    plan.set_defaults(out=None)
    return [plan]


def plan(arguments: argparse.Namespace, place: Callable[..., tuple[Any, Any]]) -> tuple[Answer, str]:
    """The answer, and its sentences."""
    from contextlib import closing

    from ownproof.project.config import Config
    from ownproof.project.planning.page import write
    from ownproof.project.planning.plan import Wanted
    from ownproof.project.planning.plan import plan as planned

    said = Wanted(
        arguments.reach, arguments.per_week, arguments.price, arguments.overlap, arguments.raters, arguments.budget
    )
    budget, arguments.budget = arguments.budget, None
    project, data = place(arguments)
    arguments.budget = budget
    inside = None if isinstance(project, Config) else project
    config = project if inside is None else inside.config
    with closing(watch(arguments)) as news:
        answer, report = planned(config, data, said, project=inside, news=news)
    if arguments.report:
        answer["report"] = str(write(arguments.report, answer, report))
    return answer, _shown(answer)


def _shown(answer: Answer) -> str:
    import textwrap

    words, stop = answer["words"], answer["stop"]
    lines = [part for line in words[:-1] for part in textwrap.wrap(line, width(), subsequent_indent="  ")]
    if stop:
        lines += ["", "When to stop"]
        lines += [part for line in stop for part in textwrap.wrap(f"- {line}", width(), subsequent_indent="  ")]
    lines += ["", *textwrap.wrap(words[-1], width(), subsequent_indent="  ")]
    return "\n".join(lines + ([f"report  {answer['report']}"] if answer["report"] else []))
