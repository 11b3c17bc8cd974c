"""`ownproof decide`: from a file, from the terminal, from data; once more with today's prices."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ownproof.cli.terminal import Answer, color, width
from ownproof.errors import UsageError

ANSWERS = "ANSWERS.toml"


def offer(commands: Any) -> list[Any]:
    """The parser of what this page does."""
    text = "no ML, a hosted API, fine-tuning, a small model or a deep net: decide before anything is trained"
    decide = commands.add_parser("decide", help=text, description=text)
    decide.add_argument(
        "answers", nargs="?", metavar="ANSWERS", help=f"a file of answers (with --ask: to be written; {ANSWERS})"
    )
    decide.add_argument(
        "--ask", action="store_true", help="ask on the terminal, question by question, and write the file"
    )
    decide.add_argument("--data", metavar="DATA", help="a table: rows, classes and labels are counted")
    decide.add_argument("--target", metavar="C", help="its column to be predicted")
    decide.add_argument("--again", action="store_true", help="the stored decision anew: did the verdict flip, and why")
    decide.add_argument("--live", action="store_true", help="prices of the installed extra `prices` (no network)")
    decide.add_argument("--report", metavar="FILE", help="write the page (HTML)")
    decide.add_argument(
        "--out", metavar="DIR", help="the project that keeps the decision (default: the one around, or none)"
    )
    return [decide]


def decide(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """One decision."""
    from datetime import UTC, datetime

    from ownproof.project.deciding.run import Asked
    from ownproof.project.deciding.run import decide as decided
    from ownproof.project.deciding.told import told, written

    said = _asked(arguments) if arguments.ask else None
    asked = Asked(
        file=arguments.answers or (ANSWERS if arguments.ask else None),
        answers=said,
        data=arguments.data,
        target=arguments.target,
        again=arguments.again,
        out=arguments.out,
        live=arguments.live,
    )
    answer, report = decided(asked, start=Path.cwd(), today=datetime.now(UTC).date())
    if arguments.report:
        answer = {**answer, "report": str(written(arguments.report, answer, report))}
    return answer, told(answer, color=color(), width=width())


def _asked(arguments: argparse.Namespace) -> dict[str, Any]:
    """Ask, and write the file. Raises UsageError where nobody can answer."""
    from ownproof.project.deciding.asking import ask, keep

    path = Path(arguments.answers or ANSWERS)
    if not sys.stdin.isatty():
        raise UsageError(
            "--ask has nobody to ask: stdin is no terminal",
            expected="a terminal, or a file of answers",
            hint=f"write the answers into a file: ownproof decide {ANSWERS}",
            where="--ask",
        )
    if path.exists():
        keep(path, {})  # says that it is there already

    def read(prompt: str) -> str:
        print(prompt, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        return line or "\n"

    said = ask(read, lambda text: print(text, file=sys.stderr, flush=True))
    keep(path, said)
    return said
