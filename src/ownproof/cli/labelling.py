"""`ownproof label ...`: the folder, the guide and the draws; what else labelling needs has a page of its own each."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from ownproof.cli import label_adjudicate, label_files, label_serve, label_suspects
from ownproof.cli.terminal import Answer
from ownproof.errors import UsageError

ROOMS: Final[tuple[Any, ...]] = (label_adjudicate, label_files, label_serve, label_suspects)
"""Modules with further verbs: `offer(verbs)` adds their parsers and returns them, `VERBS` names what does each."""


def offer(commands: Any, common: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the command and its verbs to a parser."""
    text = "labels that people agree on: a guide, items for every rater, disputes decided"
    label = commands.add_parser("label", help=text, description=text)
    verbs = label.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=type(label))
    made = [_offer_init(verbs), _offer_check(verbs), _offer_sample(verbs)]
    for parser in (*made, *(p for room in ROOMS for p in room.offer(verbs))):
        common(parser)


def label(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Do what the verb says."""
    doing: Mapping[str, Callable[[argparse.Namespace], tuple[Answer, str]]] = {
        "init": _init,
        "check": _check,
        "sample": _sample,
        **{verb: do for room in ROOMS for verb, do in room.VERBS.items()},
    }
    return doing[arguments.verb](arguments)


def _offer_init(verbs: Any) -> argparse.ArgumentParser:
    init: argparse.ArgumentParser = verbs.add_parser("init", help="make a label folder: schema and guide to fill in")
    init.add_argument("dir", metavar="DIR", help="the folder; in one that is there, the guide gets its new classes")
    init.add_argument("--kind", metavar="KIND", help="label (one class an item), spans (of a text) or number")
    init.add_argument("--question", metavar="TEXT", help="what raters answer about each item")
    init.add_argument("--classes", metavar="a,b", nargs="+", action="extend", default=[], help="the classes")
    init.add_argument("--text", metavar="C", help="the column of the data that holds the text")
    init.add_argument("--ordered", action="store_true", help="the classes stand in an order, lowest first")
    return init


def _offer_check(verbs: Any) -> argparse.ArgumentParser:
    text = "whether the guide is ready: every class defined, with examples and decided edge cases"
    check: argparse.ArgumentParser = verbs.add_parser("check", help=text)
    check.add_argument("dir", metavar="DIR", help="a label folder")
    return check


def _offer_sample(verbs: Any) -> argparse.ArgumentParser:
    sample: argparse.ArgumentParser = verbs.add_parser(
        "sample", help="draw the next items and divide them among raters"
    )
    sample.add_argument("dir", metavar="DIR", help="a label folder")
    sample.add_argument(
        "data",
        metavar="DATA",
        nargs="?",
        help="the table to draw from, never what was drawn before; without it, items that nobody was given",
    )
    sample.add_argument("--double", metavar="N", type=int, help="give N items that have one rater to a second one")
    sample.add_argument("--raters", metavar="a,b,c", nargs="+", action="extend", default=[], help="who labels")
    sample.add_argument(
        "--overlap", metavar="0.10", type=float, default=0.10, help="the share of items that several raters label"
    )
    sample.add_argument(
        "--by", metavar="WAY", default="random", help="random, uncertainty (of the latest bundle) or cluster"
    )
    sample.add_argument("--items", metavar="N", type=int, help="how many (default 500, or all that are left)")
    sample.add_argument("--ratings", metavar="N", type=int, default=2, help="how many raters label each overlap item")
    sample.add_argument("--bundle", metavar="BUNDLE", help="the model that is to be unsure (default: the folder's)")
    sample.add_argument("--strata", metavar="C", help="a column over whose values the overlap is spread")
    sample.add_argument("--seed", metavar="N", type=int, default=0, help="another draw")
    return sample


def _init(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project.config import names_of
    from ownproof.project.labelling.making import init
    from ownproof.project.labelling.sampling import root_of

    answer = init(
        root_of(arguments.dir),
        kind=arguments.kind,
        question=arguments.question,
        classes=names_of(arguments.classes),
        text=arguments.text,
        ordered=arguments.ordered,
    )
    toml, guide = (Path(f).name for f in answer["files"])
    added = f"; chapters in the guide for {', '.join(answer['added'])}" if answer["added"] else ""
    return answer, (
        f"label folder {answer['folder']}{added}\n"
        f"  {toml}  what raters are asked: question, classes, the column of the text\n"
        f"  {guide}  how they decide: fill in what stands between < and >\n"
        f"next    ownproof label check {arguments.dir}"
    )


def _check(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project.labelling.folder import LabelFolder
    from ownproof.project.labelling.making import check
    from ownproof.project.labelling.sampling import root_of

    answer = check(LabelFolder.open(root_of(arguments.dir)))
    lines = [line for f in answer["findings"] for line in _finding(f)]
    open_ = sum(f["level"] == "block" for f in answer["findings"])
    if answer["exit"]:
        lines += ["", f"the guide is not ready: {open_} thing{'s' if open_ > 1 else ''} open"]
        return answer, "\n".join([*lines, f"next    edit guide.md, then: ownproof label check {arguments.dir}"])
    rows = [
        f"  {name}: {c['words']} words, {c['examples']} examples, {c['edges']} decided cases"
        for name, c in answer["guide"]["chapters"].items()
    ]
    ready = f"the guide is ready ({answer['guide']['hash']})"
    return answer, "\n".join([*lines, ready, *rows, f"next    ownproof label sample {arguments.dir} DATA --raters a,b"])


def _finding(finding: Mapping[str, Any]) -> list[str]:
    sign = {"block": "✗", "warn": "!"}.get(finding["level"], "·")
    return [f"  {sign} {finding['evidence']}", *([f"      → {finding['advice']}"] if finding["advice"] else [])]


def _sample(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project.config import names_of
    from ownproof.project.labelling.again import double, hand_out
    from ownproof.project.labelling.folder import LabelFolder
    from ownproof.project.labelling.making import policy_of
    from ownproof.project.labelling.sampling import Asked, root_of, sample

    asked = Asked(
        names_of(arguments.raters),
        arguments.overlap,
        arguments.by,
        arguments.items,
        arguments.ratings,
        arguments.bundle,
        arguments.strata,
        arguments.seed,
    )
    folder = LabelFolder.open(root_of(arguments.dir))
    policy = policy_of(folder)
    if arguments.double is not None:
        if arguments.data:
            raise UsageError(
                "--double takes items that are in the folder",
                expected="--double N without DATA",
                hint="leave out DATA, or --double",
                where="--double",
            )
        answer = double(folder, asked, arguments.double, draw=_token)
    elif arguments.data is None:
        answer = hand_out(folder, asked, policy=policy, draw=_token)
    else:
        answer = sample(folder, arguments.data, asked, policy=policy, draw=_token)
    return answer, _sampled(answer, arguments.dir)


def _token() -> str:
    return secrets.token_urlsafe(24)


def _sampled(answer: Answer, folder: str) -> str:
    """A draw as a terminal shows it; tokens stand there this once."""
    said = {
        "random": "items at random",
        "waiting": "items that nobody had been given",
        "double": "items for a second rater",
    }
    what = said.get(answer["by"], f"items by {answer['by']}, {answer['random']:,} of them at random")
    where = "" if answer["by"] in ("waiting", "double") else " in the data"
    lines = [f"batch {answer['batch']}: {answer['items']:,} {what}; {answer['left']:,} are left{where}"]
    lines += [f"  {rater}: {count:,} items" for rater, count in answer["raters"].items()]
    if answer["by"] == "double":
        lines.append("  they lie in the queues like any other item; when they are done, measure agreement again")
    elif answer["double"]:
        known = answer["half_width"]
        sure = "" if known is None else f": agreement will be known within about ±{known:.2f}"
        lines.append(f"  {answer['double']:,} items have {answer['ratings']} raters, hidden among the others{sure}")
    else:
        lines.append("  no item has two raters: agreement cannot be measured (--overlap 0.1 and two raters)")
    lines += [line for f in answer["findings"] if f["level"] != "ok" for line in _finding(f)]
    lines += [f"  · {f['evidence']}" for f in answer["findings"] if f["level"] == "ok"]
    if answer["tokens"]:
        lines += ["", "tokens, shown once; only their hashes are kept:"]
        lines += [f"  {name}  {token}" for name, token in answer["tokens"].items()]
    return "\n".join([*lines, f"next    ownproof label serve {folder}"])
