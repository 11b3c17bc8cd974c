"""`ownproof label import` and `ownproof label export`: labels in the files of other tools."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from ownproof.cli.terminal import Answer
from ownproof.errors import OwnproofError, UsageError, all_at_once

NAMES = "label-studio, prodigy, doccano, conll or table"
COLUMNS = ("item", "label", "at")


def offer(verbs: Any) -> list[Any]:
    """The parsers of both."""
    bring = verbs.add_parser("import", help="take in what Label Studio, doccano, Prodigy, CoNLL or a table holds")
    bring.add_argument("dir", metavar="DIR", help="a label folder")
    bring.add_argument("file", metavar="FILE", help="what the other tool exported; .gz is unpacked")
    bring.add_argument("--format", metavar="NAME", help=f"{NAMES} (default: found out)")
    bring.add_argument("--rater", metavar="NAME", help="who answered, where the file does not say (default: its name)")
    bring.add_argument(
        "--rename", metavar="A=B", nargs="+", action="extend", default=[], help="class A is class B here"
    )
    bring.add_argument("--text", metavar="NAME", help="what the text is called in the file")
    bring.add_argument("--item", metavar="C", help="of a table: the column that names the items")
    bring.add_argument("--rater-column", metavar="C", help="of a table: the column that says who answered")
    bring.add_argument("--label", metavar="C", help="of a table: the column of labels; of CoNLL: its number, from 1")
    bring.add_argument("--at", metavar="C", help="of a table: the column that says when")
    bring.add_argument("--scheme", metavar="NAME", help="of CoNLL: bio, iob1, bioes or bilou (default: found out)")
    bring.add_argument("--empty", action="store_true", help="a text without a mark is answered: nothing to mark")
    send = verbs.add_parser(
        "export", help="write one final label an item, or every answer, for training or other tools"
    )
    send.add_argument("dir", metavar="DIR", help="a label folder")
    send.add_argument(
        "file", metavar="FILE", help=".csv, .parquet, .jsonl, .conll, .json (Label Studio), .zip (doccano)"
    )
    send.add_argument("--format", metavar="NAME", help=f"{NAMES} (default: by the ending)")
    send.add_argument("--all", action="store_true", help="every answer of every rater")
    send.add_argument("--rater", metavar="NAME", help="every answer of one rater")
    send.add_argument(
        "--scheme", metavar="NAME", help="of CoNLL: bio, iob1, bioes or bilou (default: bio, or as it came)"
    )
    return [bring, send]


def bring(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Take a file in."""
    from ownproof.project.labelling.bringing import Wanted
    from ownproof.project.labelling.bringing import bring as taken
    from ownproof.project.labelling.sampling import root_of

    said = {"rater": arguments.rater_column} | {name: getattr(arguments, name) for name in COLUMNS}
    wanted = Wanted(
        arguments.format,
        arguments.rater,
        arguments.text,
        {k: v for k, v in said.items() if v},
        _renames(arguments.rename),
        arguments.empty,
        _scheme(arguments.scheme),
    )
    answer = taken(root_of(arguments.dir), arguments.file, wanted, now=time.time())
    raters = ", ".join(f"{name} {count:,}" for name, count in answer["raters"].items())
    known = f", {answer['known']:,} of them here already" if answer["known"] else ""
    lines = [
        f"{answer['file']} ({answer['format']}): {answer['read']:,} items{known}, {answer['answers']:,} new answers"
        + (f" ({raters})" if raters else "")
    ]
    lines += [f"{answer['repeated']:,} answers were here already"] if answer["repeated"] else []
    lines += [f"· {note}" for note in answer["notes"]]
    several = answer["everybody"] > 1
    after = f"ownproof agree {arguments.dir}" if several else f"ownproof label export {arguments.dir} labels.csv"
    return answer, "\n".join([*lines, f"next    {after}"])


def _renames(said: list[str]) -> dict[str, str]:
    problems: list[OwnproofError] = []
    found = {}
    for pair in said:
        name, sign, new = pair.partition("=")
        if not sign or not name or not new:
            hint = "--rename 12=LOC 'very good=good'"
            problems.append(UsageError(f"--rename has {pair!r}", expected="OLD=NEW", hint=hint, where="--rename"))
        found[name] = new
    if problems:
        raise all_at_once(problems)
    return found


def _scheme(said: str | None) -> str | None:
    from ownproof.errors import did_you_mean
    from ownproof.project.labelling.formats.tags import SCHEMES

    if said is not None and said.lower() not in SCHEMES:
        hint = did_you_mean(said, SCHEMES, what="schemes")
        raise UsageError(f"--scheme is {said!r}", expected=", ".join(SCHEMES), hint=hint, where="--scheme")
    return None if said is None else said.lower()


def send(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Write a file."""
    from ownproof.project.labelling.sampling import root_of
    from ownproof.project.labelling.sending import Wanted
    from ownproof.project.labelling.sending import send as written

    wanted = Wanted(arguments.format, arguments.all, arguments.rater, _scheme(arguments.scheme))
    answer = written(root_of(arguments.dir), arguments.file, wanted)
    how = ", ".join(f"{count:,} {name}" for name, count in answer["how"].items())
    what = (
        f"{answer['answers']:,} answers"
        if answer["all"]
        else f"{answer['items']:,} final label{'s' * (answer['items'] != 1)}"
    )
    lines = [f"{what} ({answer['format']}): {answer['path']}"]
    lines += [f"how     {how}"] if how else []
    lines += [f"        item by item: {answer['how_file']}"] if answer["how_file"] else []
    lines += (
        [f"{answer['without']:,} items without a label are left out"] if answer["without"] and not answer["all"] else []
    )
    lines += [f"· {note}" for note in answer["notes"]]
    if not answer["all"] and answer["format"] == "table":
        file = Path(arguments.file)
        lines.append(f"next    ownproof run {file} --target label --id item --out {arguments.dir}")
    return answer, "\n".join(lines)


VERBS = {"import": bring, "export": send}
