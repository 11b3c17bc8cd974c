"""`ownproof`: parse, ask the project, show the answer."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ownproof.cli.parser import build_parser, parse
from ownproof.errors import InputError, OwnproofError, UsageError

__all__ = ["build_parser", "entry", "main"]


def entry() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Run one command; returns its exit code. With --json the last line of stdout is one JSON object, always."""
    wants_json = "--json" in argv
    started_in = Path.cwd()
    try:
        from ownproof.cli.commands import do

        arguments = parse(argv)
        if arguments.project:
            _enter(arguments.project)
        answer, shown = do(arguments)
    except SystemExit as stop:  # --help and --version
        return int(stop.code or 0)
    except KeyboardInterrupt:
        print("stopped; the same command goes on where it was", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - every exit of the program answers in its own form
        return _fail(error, wants_json)
    finally:
        os.chdir(started_in)
    if wants_json:
        print(json.dumps(answer, ensure_ascii=False, allow_nan=False))
    elif shown:
        print(shown)
    return int(answer.get("exit", 0))


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as why:
        raise UsageError(
            f"-C {folder}: {why.strerror}", expected="a folder", hint="name a project's folder", where="-C"
        ) from why


def _fail(error: Exception, wants_json: bool) -> int:
    if os.environ.get("OWNPROOF_DEBUG"):
        import traceback

        traceback.print_exc()
    known = error if isinstance(error, OwnproofError) else _translate(error)
    if wants_json:
        answer: dict[str, Any] = {"schema": "ownproof/1", "error": known.to_json(), "exit": known.exit}
        print(json.dumps(answer, ensure_ascii=False, allow_nan=False))
    else:
        print("\n".join(known.lines()), file=sys.stderr)
    return known.exit


def _translate(error: Exception) -> OwnproofError:
    if isinstance(error, OSError) and error.errno is not None:
        return InputError(
            f"{error.strerror}: {error.filename}" if error.filename else str(error),
            code="disk",
            expected="files that can be read and a folder that can be written, with room left",
            hint="make room or choose another --out; nothing half-written was kept",
            where=str(error.filename or ""),
        )
    if isinstance(error, MemoryError):
        return InputError("the memory is used up", expected="data that fits", hint="use fewer columns (--drop) or rows")
    return OwnproofError(
        f"this is a bug: {type(error).__name__}: {error}"[:500],
        expected="no such error",
        hint="run again with OWNPROOF_DEBUG=1 and report what it shows",
    )


if __name__ == "__main__":
    entry()
