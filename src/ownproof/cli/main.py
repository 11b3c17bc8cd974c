"""`ownproof`: parse, ask the project, show the answer."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ownproof.cli.parser import build_parser, parse
from ownproof.core.report import plain
from ownproof.errors import InputError, OwnproofError, UsageError, system_error

__all__ = ["build_parser", "entry", "main"]

SCHEMA = "ownproof/1"
INTERRUPTED = 130


def entry() -> None:
    """The console script."""
    # Threads of OpenMP that wait for work by spinning make small fits many times slower on a busy machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    code = main(sys.argv[1:])
    sys.exit(code)


def main(argv: Sequence[str]) -> int:
    """Run one command; returns its exit code. With --json the last line of stdout is one JSON object, always."""
    wants_json = "--json" in argv
    started_in = _here()
    try:
        answer, shown = _answered(argv)
    except BaseException as error:  # noqa: BLE001 - every exit of the program answers in its own form
        answer, shown = _failed(error, quiet=wants_json), ""
    finally:
        if started_in:
            os.chdir(started_in)
    code = int(answer.get("exit", 0))
    if sys.stdout is None:  # closed by whoever started this
        return code
    try:
        if wants_json:
            _say(_as_json(answer))
        elif shown:
            _say(shown)
    except BrokenPipeError:  # whoever read has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as why:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"error: the answer cannot be written to stdout: {why.strerror}", file=sys.stderr)
        return InputError.exit
    return code


def _here() -> str:
    try:
        return str(Path.cwd())
    except OSError:  # the folder is gone
        return ""


def _answered(argv: Sequence[str]) -> tuple[dict[str, Any], str]:
    from ownproof.cli.commands import do

    try:
        arguments = parse(argv)
    except SystemExit as stop:  # --help and --version have spoken
        return {"schema": SCHEMA, "command": "help", "exit": int(stop.code or 0)}, ""
    if arguments.project:
        _enter(arguments.project)
    return do(arguments)


def _say(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), flush=True)


def _as_json(answer: dict[str, Any]) -> str:
    """One line that any stdout can hold: what its encoding lacks is escaped."""
    clean = plain(answer)
    text = json.dumps(clean, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(clean, allow_nan=False)
    return text


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as why:
        raise UsageError(
            f"-C {folder}: {why.strerror}", expected="a folder", hint="name a project's folder", where="-C"
        ) from why


def _failed(error: BaseException, *, quiet: bool) -> dict[str, Any]:
    """The answer to an error, told on stderr where it is not told as JSON."""
    if os.environ.get("OWNPROOF_DEBUG"):
        import traceback

        traceback.print_exception(error)
    known = error if isinstance(error, OwnproofError) else _translate(error)
    stopped = isinstance(error, KeyboardInterrupt)
    if not quiet:
        with suppress(OSError):
            print(f"stopped; {known.hint}" if stopped else "\n".join(known.lines()), file=sys.stderr)
    return {"schema": SCHEMA, "error": known.to_json(), "exit": INTERRUPTED if stopped else known.exit}


def _translate(error: BaseException) -> OwnproofError:
    if isinstance(error, KeyboardInterrupt):
        return OwnproofError(
            "stopped by the keyboard",
            code="stopped",
            expected="a command that may run to its end",
            hint="the same command goes on where it was",
            where="the keyboard",
        )
    behind = system_error(error)
    if behind is not None and behind.errno is not None:
        too_long = behind.errno == errno.ENAMETOOLONG
        return InputError(
            f"{behind.strerror}: {behind.filename}" if behind.filename else str(behind.strerror or behind),
            code="disk",
            expected="files that can be read and a folder that can be written, with room left",
            hint="give a shorter name"
            if too_long
            else "make room or choose another --out; nothing half-written was kept",
            where=str(behind.filename or "the disk"),
        )
    if isinstance(error, MemoryError):
        return InputError(
            "the memory is used up",
            expected="data that fits",
            hint="use fewer columns (--drop) or rows",
            where="memory",
            code="memory",
        )
    return OwnproofError(
        f"this is a bug: {type(error).__name__}: {error}"[:500],
        expected="no such error",
        hint="run again with OWNPROOF_DEBUG=1 and report what it shows",
        where="ownproof",
    )


if __name__ == "__main__":
    entry()
