"""Time what has a promise at the start: importing, and asking for help. Prints CPU milliseconds, the least of five."""

from __future__ import annotations

import resource
import subprocess
import sys

CASES = {
    "python -c pass": ["-c", "pass"],
    "import ownproof": ["-c", "import ownproof"],
    "ownproof --help": ["-m", "ownproof.cli.main", "--help"],
}


def cpu_ms(arguments: list[str]) -> float:
    """User and system time of one fresh interpreter, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


if __name__ == "__main__":
    for name, arguments in CASES.items():
        print(f"{name:<20} {min(cpu_ms(arguments) for _ in range(5)):6.0f} ms")
