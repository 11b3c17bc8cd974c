"""The command `serve`: it speaks in lines on stderr while it runs, and answers when it ends."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from ownproof.cli.terminal import Answer
from ownproof.errors import UsageError


def offer(commands: Any) -> list[argparse.ArgumentParser]:
    """The command, as it is asked for."""
    serve: argparse.ArgumentParser = commands.add_parser(
        "serve", help="answer over HTTP: validated, limited, logged and counted"
    )
    serve.add_argument("bundle", nargs="?", metavar="BUNDLE|PROJECT", help="default: the project here")
    serve.add_argument("--host", metavar="HOST", default="127.0.0.1", help="the address to listen on")
    serve.add_argument("--port", metavar="N", type=int, default=8080, help="0 takes any free one")
    serve.add_argument("--workers", metavar="N", type=int, help="processes (default: one a core)")
    serve.add_argument(
        "--journal",
        metavar="FOLDER|URL",
        help="where every decision is kept, or carried to: a database, an object store",
    )
    serve.add_argument("--keys", metavar="FILE", help="API keys, needed where others reach the address")
    serve.add_argument("--settings", metavar="FILE", help="TOML with a section [serve] (default: the project's own)")
    serve.add_argument("--open", action="store_true", help="no keys, even where others reach the address")
    serve.add_argument("--new-key", metavar="NAME", help="add a key to --keys FILE, show it once, and serve nothing")
    return [serve]


def serve(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Serve until told to stop, or make a key."""
    from ownproof.project import serving
    from ownproof.project.project import find

    if arguments.new_key is not None:
        return _new_key(arguments)
    problems = [f"--port is {arguments.port}"] if not 0 <= arguments.port < 65536 else []
    problems += [f"--workers is {arguments.workers}"] if arguments.workers is not None and arguments.workers < 1 else []
    if problems:
        raise UsageError(
            "; ".join(problems),
            expected="a port from 0 to 65535, at least one worker",
            where="serve",
            hint="mend the number",
        )
    here = find(Path.cwd())
    if arguments.bundle is None and here is None:
        raise UsageError(
            "ownproof serve needs a bundle or a project",
            expected="a bundle's folder or zip, or a project",
            where="BUNDLE|PROJECT",
            hint="ownproof serve BUNDLE, or -C PROJECT",
        )
    done = serving.serve(
        Path(arguments.bundle) if arguments.bundle else here or Path(),
        host=arguments.host, port=arguments.port, workers=arguments.workers, journal=arguments.journal,
        keys=Path(arguments.keys) if arguments.keys else None,
        rules=Path(arguments.settings) if arguments.settings else None, is_open=arguments.open,
        say=(lambda _: None) if arguments.quiet else _say,
    )  # fmt: skip
    answer: Answer = {"schema": "ownproof/1", "command": "serve", "exit": 0, **done}
    return answer, f"{done['rows']:,} rows answered in {done['requests']:,} requests; {done['refused']:,} refused"


def _say(words: str) -> None:
    with suppress(OSError):  # whoever read may have gone; the server goes on
        print(words, file=sys.stderr, flush=True)


def _new_key(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project import serving

    if not arguments.keys:
        raise UsageError(
            "--new-key needs --keys FILE",
            expected="the file that keeps the keys",
            where="--keys",
            hint="add --keys keys.toml",
        )
    name, _, scopes = arguments.new_key.partition("=")
    said = tuple(s.strip() for s in scopes.split(",") if s.strip())
    file = Path(arguments.keys).resolve()
    secret = serving.new_key(file, name, scopes=said) if said else serving.new_key(file, name)
    answer: Answer = {
        "schema": "ownproof/1",
        "command": "serve",
        "exit": 0,
        "name": name,
        "key": secret,
        "keys": str(file),
    }
    return answer, f"{secret}\nthis is the only time that the key is shown; {file} keeps its hash"
