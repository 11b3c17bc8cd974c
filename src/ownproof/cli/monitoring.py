"""`ownproof monitor`: once, or again and again until it is stopped."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ownproof.cli.terminal import Answer, told
from ownproof.errors import Locked


def monitor(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """What the journal says of the model; with --watch after every pause, until SIGINT or SIGTERM."""
    from ownproof.project.config import parse_seconds
    from ownproof.project.monitoring.run import place_of, run
    from ownproof.project.project import find

    place = place_of(find(Path.cwd()), arguments.bundle, arguments.journal, arguments.settings)
    pause = parse_seconds(arguments.watch, flag="--watch") if arguments.watch else None
    answer = run(place, at=time.time(), since=arguments.since, environ=os.environ)
    if pause is None:
        return answer, told(answer)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    _line(answer, arguments)
    while not stopped.wait(pause):
        try:
            answer = run(place, at=time.time(), since=arguments.since, environ=os.environ)
        except Locked as error:  # somebody else looks at it just now
            print(error.message, file=sys.stderr, flush=True)
        else:
            _line(answer, arguments)
    return answer, told(answer)


def _line(answer: dict[str, Any], arguments: argparse.Namespace) -> None:
    if not arguments.quiet:
        open_ = [i["id"] for i in answer["incidents"] if i["state"] == "open"]
        said = f"{answer['read']['decisions']:,} new decisions, {answer['live_windows']} windows, "
        print(said + (f"open: {', '.join(open_)}" if open_ else "no incident"), file=sys.stderr, flush=True)
