"""A journal on its way to a database or an object store while a server writes it: in a process beside it, never in a request."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ownproof.core.policy import Policy
from ownproof.errors import OwnproofError
from ownproof.project.journal import Keeping, address_of, compacted
from ownproof.project.sovereignty import Reach
from ownproof.project.sovereignty import check as check_reach

URL = "OWNPROOF_CARRIED_TO"
"""The variable that hands the address on: others may read a command line, and an address may hold a password."""
LOOK_S = 0.5
NICE = 10


@dataclass
class Carrier:
    """Carries what is closed of a folder to a place every few minutes, and the rest when the server has ended.

    What cannot be delivered stays in the folder and goes along the next time; the server does not wait for it.
    say: told in one line what went wrong.
    """

    folder: Path
    url: str
    say: Callable[[str], None]
    every_s: float = field(default_factory=lambda: Policy().journal_carry_minutes * 60.0)
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    def to(cls, folder: Path, said: str, *, say: Callable[[str], None], allowed: Reach) -> Carrier:
        """For an address as it was said (`env:NAME` names a variable). Raises UsageError, and ConfigError where data may not go there."""
        url = address_of(said, where="--journal")
        check_reach(url, allowed, where="--journal")
        return cls(folder, url, say)

    def begin(self) -> None:
        """Start the process."""
        call = [
            sys.executable,
            "-m",
            "ownproof.project.carrying",
            str(self.folder),
            str(self.every_s),
            str(os.getpid()),
        ]
        self._process = subprocess.Popen(call, env={**os.environ, URL: self.url}, stdin=subprocess.DEVNULL)

    def end(self) -> bool:
        """Carry the rest; whether all of it was delivered."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        why = carried(self.folder, self.url) if self.folder.is_dir() else ""
        if why:
            self.say(f"the journal was not delivered, and waits in {self.folder}: {why}")
        return not why


def carried(folder: Path, url: str) -> str:
    """Compact and deliver once; what went wrong, empty when nothing did."""
    try:
        compacted(folder, say=Keeping(to=(url,)), clock=time.time)
    except OwnproofError as why:
        return why.message
    except OSError as why:
        return why.strerror or str(why)
    return ""


def _keep_on(folder: Path, every_s: float, parent: int, url: str) -> None:
    """Until the server is gone. A trouble is told when it begins."""
    before = ""
    while os.getppid() == parent:
        why = carried(folder, url)
        if why and why != before:
            print(f"the journal is not delivered, and waits in {folder}: {why}", file=sys.stderr, flush=True)  # noqa: T201 - this process has no other voice
        before = why
        ends = time.monotonic() + every_s
        while time.monotonic() < ends and os.getppid() == parent:
            time.sleep(min(LOOK_S, every_s))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the server decides
    with suppress(OSError):
        os.nice(NICE)
    _keep_on(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), os.environ[URL])
