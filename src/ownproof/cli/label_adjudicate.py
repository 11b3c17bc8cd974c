"""`ownproof label adjudicate`: disputes are listed, decided on a terminal or from a table, and their rules kept."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from ownproof.cli.terminal import Answer, width
from ownproof.errors import OwnproofError

SHOWN: Final = 10
HELP: Final = "a key or a class decides; x leaves the item out; Enter keeps it for later; q ends"


def offer(verbs: Any) -> list[argparse.ArgumentParser]:
    """The parser of the command."""
    text = "decide what raters do not agree on, the most worth deciding first"
    parser = verbs.add_parser("adjudicate", help=text, description=text)
    parser.add_argument("dir", metavar="DIR", help="a label folder")
    parser.add_argument("--by", metavar="NAME", help="who decides")
    parser.add_argument(
        "--decide", metavar="FILE", help="a table with item and value, and where there are why and rule"
    )
    parser.add_argument("--sheet", metavar="FILE", help="write the disputes as a CSV table to fill in for --decide")
    return [parser]


def adjudicate(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """List the disputes; with --decide take decisions from a table, on a terminal ask for them."""
    from ownproof.project.labelling import adjudicating
    from ownproof.project.labelling.folder import LabelFolder
    from ownproof.project.labelling.sampling import root_of
    from ownproof.project.project import now

    folder = LabelFolder.open(root_of(arguments.dir))
    before = len(folder.decisions())
    try:
        if arguments.decide:
            made = adjudicating.read_sheet(folder, arguments.decide, by=arguments.by)
            adjudicating.decide_all(folder, made, at=time.time(), day=now()[:10])
        elif _asks(arguments):
            _ask(folder, arguments.by)
    finally:
        adjudicating.told(folder)
    answer = adjudicating.listing(folder)
    answer["decided"] = answer["decisions"] - before
    if arguments.sheet:
        adjudicating.write_sheet(Path(arguments.sheet).resolve(), answer)
        answer["sheet"] = str(Path(arguments.sheet).resolve())
    return answer, _shown(answer, arguments)


def _asks(arguments: argparse.Namespace) -> bool:
    """Whether somebody sits at a terminal who wants to be asked."""
    return not (arguments.json or arguments.quiet or arguments.sheet) and sys.stdin.isatty() and sys.stdout.isatty()


def _ask(folder: Any, by: str | None) -> None:
    """Show one dispute after the other; each decision is kept before the next one is shown."""
    from ownproof.project.labelling import adjudicating
    from ownproof.project.project import now

    name = by or input("who decides? ").strip()
    waiting = adjudicating.listing(folder)["disputes"]
    if name and waiting:
        print(HELP)
    for number, dispute in enumerate(waiting if name else [], start=1):
        print("\n" + "\n".join(_one(dispute, f"{number} of {len(waiting)}")))
        decision = _asked(folder, dispute, name, input)
        if decision == "quit":
            return
        if decision is not None:
            adjudicating.decide(folder, decision, at=time.time(), day=now()[:10])


def _asked(folder: Any, dispute: Mapping[str, Any], name: str, ask: Callable[[str], str]) -> Any:
    """A decision, None to keep the item for later, or `quit`. Asks again until the answer can be."""
    from ownproof.project.labelling.adjudicating import Decision, checked, value_of

    schema, items = folder.schema(), {i.item: i for i in folder.items()}
    keys = {c.key: c.name for c in schema.classes if c.key}
    offered = {
        "label": "  ".join(f"{c.key} {c.name}" for c in schema.classes),
        "spans": "the number of an answer, or spans as JSON",
        "number": "a number",
    }[schema.kind]
    given = {str(n): v for n, (v, skip, _) in enumerate(_answers(dispute), start=1) if skip is None}
    while True:
        try:
            said = ask(f"  {offered}  > ").strip()
            if said in ("", "q"):
                return "quit" if said else None
            value = None if said == "x" else value_of(keys.get(said, said), schema.kind)
            if schema.kind == "spans" and said in given:
                value = given[said]
            checked(Decision(dispute["item"], value, name), schema, items)
        except OwnproofError as error:
            print("\n".join(error.lines()))
            continue
        except EOFError:
            return "quit"
        return Decision(dispute["item"], value, name, ask("  why? "), ask("  a rule for the guide (Enter: none)? "))


def _one(dispute: Mapping[str, Any], place: str, *, most: int = 20) -> list[str]:
    """A dispute as it is shown: raters without their names, so that nobody's word weighs more."""
    import textwrap

    from ownproof.render.text import one_line

    text = dispute["text"]
    body = text if text is not None else "; ".join(f"{k}: {v}" for k, v in dispute["fields"].items())
    lines = [f"{place}  item {one_line(dispute['item'])}  ({dispute['about']}; {dispute['alike']} like it)"]
    wrapped = textwrap.wrap(one_line(body), width() - 4, initial_indent="  | ", subsequent_indent="  | ")
    lines += wrapped[:most] + [f"  | … {len(wrapped) - most} lines more"] * (len(wrapped) > most)
    return lines + [f"  {words}" for words in _votes(dispute)]


def _votes(dispute: Mapping[str, Any]) -> list[str]:
    """Each answer with how many gave it, numbered where it is too long to be typed again."""
    from ownproof.render.text import one_line

    lines = []
    for number, (value, skip, count) in enumerate(_answers(dispute), start=1):
        if skip is not None:
            said = f"skipped, {one_line(skip)}"
        elif isinstance(value, list):
            said = f"[{number}] " + (", ".join(_marked(s, dispute["text"]) for s in value) or "nothing marked")
        else:
            said = one_line(value)
        lines.append(f"{count} × {said}")
    return lines + [f"note: {one_line(v['note'])}" for v in dispute["votes"] if v.get("note")]


def _answers(dispute: Mapping[str, Any]) -> list[tuple[Any, str | None, int]]:
    """The different answers and skips of a dispute with how often each was given, the most frequent first."""
    counts: dict[str, tuple[Any, str | None, int]] = {}
    for vote in dispute["votes"]:
        key = repr((vote["skip"], vote["value"]))
        counts[key] = (vote["value"], vote["skip"], counts.get(key, (None, None, 0))[2] + 1)
    return sorted(counts.values(), key=lambda each: (each[1] is not None, -each[2]))


def _marked(span: Mapping[str, Any], text: str | None) -> str:
    inside = (text or "")[span["start"] : span["end"]]
    return f"{span['label']} {inside!r}"


def _shown(answer: Answer, arguments: argparse.Namespace) -> str:
    """Where the labels stand, as a terminal shows it."""
    settled = ", ".join(f"{n:,} {how}" for how, n in answer["settled"].items()) or "none"
    lines = [f"{answer['items']:,} items, {answer['answered']:,} answered; labels: {settled}; {answer['open']:,} open"]
    if answer["decided"]:
        plural = "s" if answer["decided"] > 1 else ""
        lines.append(f"{answer['decided']:,} decision{plural} kept; the guide is now {answer['guide']}")
    if answer["about"]:
        lines.append(f"{len(answer['disputes']):,} disputes, by what they are about:")
        lines += [f"  {a['items']:>5,}  {a['about']}" for a in answer["about"][:SHOWN]]
    if not _asks(arguments):
        for number, dispute in enumerate(answer["disputes"][: 3 if answer["about"] else 0], start=1):
            lines += ["", *_one(dispute, f"{number}.", most=5)]
    if "sheet" in answer:
        return "\n".join([*lines, f"next    fill in {answer['sheet']}, then: {_next(arguments, answer['sheet'])}"])
    if answer["disputes"]:
        return "\n".join(
            [*lines, "", f"next    {_next(arguments, 'FILE')}  (--sheet FILE writes the table to fill in)"]
        )
    return "\n".join([*lines, f"next    ownproof label export {arguments.dir} labels.csv"])


def _next(arguments: argparse.Namespace, sheet: str) -> str:
    return f"ownproof label adjudicate {arguments.dir} --decide {sheet} --by NAME"


VERBS = {"adjudicate": adjudicate}
