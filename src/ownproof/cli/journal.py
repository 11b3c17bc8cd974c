"""`ownproof journal ...` and `ownproof feedback`: what was answered, and what came true."""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from ownproof.cli.terminal import Answer, width

SHOWN = 50
PARTS = ("prediction_id", "id", "outcome", "at", "part")


def offer(commands: Any, common: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the commands to a parser."""
    feedback = commands.add_parser("feedback", help="log what came true, from a table of outcomes")
    feedback.add_argument("file", metavar="FILE", help="prediction_id or id, outcome, and at and part where there are")
    feedback.add_argument("--outcome", metavar="C", help="the column of outcomes (default: outcome, or the target)")
    feedback.add_argument("--prediction-id", metavar="C", help="the column of prediction ids")
    feedback.add_argument("--id", metavar="C", help="the column of your own ids (default: id, or the project's)")
    feedback.add_argument("--at", metavar="C", help="the column that says when an outcome became known (default: at)")
    feedback.add_argument("--part", metavar="C", help="the column that says which of several outcomes it is")
    journal = commands.add_parser("journal", help="what was answered: compact it, query it, count it")
    verbs = journal.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=type(journal))
    stats = verbs.add_parser("stats", help="rows, files, torn lines, and what became of the outcomes")
    stats.add_argument("--check", action="store_true", help="compare every compacted file with its hash (exit 7)")
    compact = verbs.add_parser("compact", help="turn closed files into Parquet, a quarter of their size")
    query = verbs.add_parser("query", help="SQL over decisions, refusals, outcomes and cells")
    query.add_argument(
        "sql", metavar="SQL", help="as DuckDB speaks it: SELECT model, count(*) FROM decisions GROUP BY 1"
    )
    compact.add_argument("--keep", metavar="400d", help="delete what is older, here and where it was delivered to")
    compact.add_argument(
        "--to",
        metavar="URL",
        nargs="+",
        action="extend",
        default=[],
        help="keep a copy there: postgresql://..., s3://..., a folder; env:NAME reads it from a variable",
    )
    forget = verbs.add_parser("forget", help="delete the decisions of one of your ids, and what came true of them")
    forget.add_argument("key", metavar="ID", help="the caller's id, as it came in the requests")
    redact = verbs.add_parser("redact", help="take fields out of the inputs of every decision that was logged")
    redact.add_argument("fields", metavar="FIELD", nargs="+", help="as they are called in the requests")
    for parser in (feedback, stats, compact, query, forget, redact):
        parser.add_argument("--journal", metavar="FOLDER", help="the journal (default: the project's)")
        common(parser)


def feedback(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Log the outcomes of a file."""
    from ownproof.project import journal
    from ownproof.project.feedback import Columns
    from ownproof.project.feedback import feedback as log

    folder, config = journal.place(arguments.journal, Path.cwd())
    columns = Columns(**{n: getattr(arguments, n) for n in PARTS})
    done = log(folder, arguments.file, columns, config=config, clock=time.time)
    answer: Answer = {"schema": "ownproof/1", "command": "feedback", "exit": 0, **done}
    text = f"{done['logged']:,} outcomes logged; {done['matched']:,} of them name a decision of this journal"
    if done["unmatched"]:
        text += f"; {done['unmatched']:,} do not, and are kept for when it comes"
    return answer, text


def journal(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """One of the verbs."""
    return VERBS[arguments.verb](arguments)


def _stats(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project import journal
    from ownproof.render.text import table

    folder, _ = journal.place(arguments.journal, Path.cwd())
    found = journal.stats(folder, checked=arguments.check)
    answer: Answer = {"schema": "ownproof/1", "command": "journal stats", "exit": 0, **found}
    heads = ("rows", "torn", "repeated", "segments", "in_use", "compacted", "bytes", "first", "last")
    rows = [
        (kind, *(str(said[h] or "")[:16].replace("T", " ") if h in ("first", "last") else said[h] for h in heads))
        for kind, said in found["kinds"].items()
    ]
    told = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in found["outcomes"].items() if value)
    checked = f"\n{found['checked']:,} compacted files are what was written" if arguments.check else ""
    return answer, f"{table(('kind', *heads), rows, width=width())}\n\noutcomes: {told or 'none'}{checked}"


def _compact(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project import journal

    folder, _ = journal.place(arguments.journal, Path.cwd())
    said = journal.said(folder, keep=arguments.keep, to=arguments.to, start=Path.cwd())
    done = journal.compacted(folder, say=said, clock=time.time)
    answer: Answer = {"schema": "ownproof/1", "command": "journal compact", "exit": 0, **done}
    text = f"{done['segments']:,} files with {done['rows']:,} rows became {len(done['files']):,}"
    text += f", {done['merged']:,} small ones merged into them" if done["merged"] else ""
    text += f"; {done['in_use']:,} are still written" if done["in_use"] else ""
    text += f"; {done['torn']:,} torn lines skipped" if done["torn"] else ""
    text += f"; {done['repeated']:,} repeated lines left out" if done["repeated"] else ""
    text += f"; {done['waiting']:,} wait for a reader to be deleted" if done["waiting"] else ""
    if done["expired"]:
        gone = done["expired"]
        text += f"\n{gone['decisions']:,} decisions and {gone['outcomes']:,} outcomes were too old and are deleted"
    for each in done["delivered"]:
        text += f"\n{each['to']}: {each['rows']:,} rows in {each['files']:,} files delivered, {each['removed']:,} files removed"
    return answer, text


def _forget(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project import journal

    folder, _ = journal.place(arguments.journal, Path.cwd())
    done = journal.forgotten(folder, arguments.key)
    answer: Answer = {"schema": "ownproof/1", "command": "journal forget", "exit": 0, **done}
    text = (
        f"{done['decisions']:,} decisions, {done['outcomes']:,} outcomes and {done['cells']:,} large cells are deleted"
    )
    if done["left"]:
        text += f"; {done['left']:,} rows lie in files that are still written: call again within an hour or so"
    return answer, text


def _query(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project import journal
    from ownproof.render.text import table
    from ownproof.runtime.journal.query import query

    folder, _ = journal.place(arguments.journal, Path.cwd())
    found = query(folder, arguments.sql)
    answer: Answer = {
        "schema": "ownproof/1",
        "command": "journal query",
        "exit": 0,
        "columns": found.columns,
        "rows": [[_plain(cell) for cell in row] for row in found.rows()],
    }
    more = f"\n... {found.height - SHOWN:,} more rows; --json prints all" if found.height > SHOWN else ""
    return answer, table(found.columns, found.head(SHOWN).rows(), width=width()) + more if found.columns else "done"


def _redact(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project import journal

    folder, _ = journal.place(arguments.journal, Path.cwd())
    done = journal.redacted(folder, arguments.fields)
    answer: Answer = {"schema": "ownproof/1", "command": "journal redact", "exit": 0, **done}
    text = f"{done['decisions']:,} decisions and {done['cells']:,} large cells are without {', '.join(arguments.fields)} now"
    if done["left"]:
        text += f"; {done['left']:,} lie in files that are still written: call again within an hour or so"
    return answer, text


def _plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):  # sums of whole numbers come as such
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else cell


VERBS: dict[str, Callable[[argparse.Namespace], tuple[Answer, str]]] = {
    "stats": _stats,
    "compact": _compact,
    "query": _query,
    "forget": _forget,
    "redact": _redact,
}
