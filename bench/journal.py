"""What a journal costs and what a kill takes: microseconds of CPU for each append, decisions lost to kill -9.

    python bench/journal.py                    # burst and paced cost, then 20 kills at 1,000 appends a second
    python bench/journal.py --kills 4 --seconds 1

A record is a decision of 30 inputs (about 600 bytes of JSON). `burst` appends as fast as it can, `paced` sleeps between
appends as a server waits between requests. A killed child acknowledges each append over a pipe, as an answer would; after
the kill every acknowledged id must be read back.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ownproof.runtime.journal.reading import read
from ownproof.runtime.journal.records import Decision, line, prediction_id
from ownproof.runtime.journal.writer import open_journal

RATE = 1000
COST_APPENDS = 20_000
PACED_APPENDS = 2_000


def row(number: int) -> dict[str, object]:
    """30 inputs: 22 numbers and 8 words."""
    return {f"number_{i}": round(number * 0.37 + i, 3) for i in range(22)} | {
        f"word_{i}": f"level_{i % 5}" for i in range(8)
    }


def decision(number: int) -> Decision:
    return Decision(
        id=prediction_id(time.time_ns(), int.from_bytes(os.urandom(8), "little")),
        at=time.time(),
        model="0" * 64,
        inputs=row(number),
        answer={"prediction": "yes", "probabilities": {"yes": 0.75, "no": 0.25}},
        us=20,
    )


def cost(folder: Path) -> list[tuple[str, float, float, float]]:
    """Name, CPU microseconds a record with the syncing thread, median and 99th percentile of what the caller waits."""
    lines = [line(decision(n)) for n in range(1000)]
    found = []
    for name, times, pause in (("burst", COST_APPENDS, 0.0), ("paced", PACED_APPENDS, 1 / RATE)):
        with open_journal(folder / name) as writer:
            waits = []
            before = time.process_time()
            idle = 0.0
            for n in range(times):
                if pause:
                    start = time.process_time()
                    time.sleep(pause)
                    idle += time.process_time() - start
                start = time.perf_counter()
                writer.append(lines[n % 1000])
                waits.append((time.perf_counter() - start) * 1e6)
            cpu = (time.process_time() - before - idle) / times * 1e6
        found.append((name, cpu, statistics.median(waits), sorted(waits)[int(len(waits) * 0.99)]))
    start = time.process_time()
    for n in range(5000):
        line(decision(n))
    made = (time.process_time() - start) / 5000 * 1e6
    return [*found, ("making the line", made, float("nan"), float("nan"))]


def child(folder: Path) -> None:
    """Append at RATE a second, acknowledging each over stdout, until killed."""
    with open_journal(folder) as writer:
        start, n = time.monotonic(), 0
        while True:
            made = decision(n)
            if writer.write(made):
                os.write(1, made.id.encode() + b"\n")
            n += 1
            time.sleep(max(0.0, start + n / RATE - time.monotonic()))


def killed(folder: Path, seconds: float) -> tuple[int, int, int]:
    """Acknowledged, of them lost, and torn lines after one kill."""
    process = subprocess.Popen([sys.executable, __file__, "--child", str(folder)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    said = bytearray()
    until = None
    while until is None or time.monotonic() < until:
        said += os.read(process.stdout.fileno(), 1 << 20) if _ready(process.stdout.fileno()) else b""
        until = until or (time.monotonic() + seconds if said else None)
    process.kill()
    os.set_blocking(process.stdout.fileno(), True)
    said += process.stdout.read()
    process.wait()
    acknowledged = {each.decode() for each in said.split(b"\n")[:-1]}
    reading = read(folder)
    kept = set(reading.frame()["id"].to_list())
    return len(acknowledged), len(acknowledged - kept), reading.torn


def _ready(fd: int) -> bool:
    import select

    return bool(select.select([fd], [], [], 0.05)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1.0, help="between the first append and the kill")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.child is not None:
        child(told.child)
    folder = Path(tempfile.mkdtemp(prefix="journal-", dir="."))
    try:
        print(f"{'':16}{'CPU us':>9}{'p50 us':>9}{'p99 us':>9}")
        for name, cpu, middle, high in cost(folder):
            print(f"{name:16}{cpu:9.1f}{middle:9.1f}{high:9.1f}")
        done = [killed(folder / f"kill-{n}", told.seconds * (0.5 + n / max(1, told.kills))) for n in range(told.kills)]
        acknowledged, lost, torn = (sum(each) for each in zip(*done, strict=True))
        rate = acknowledged / sum(told.seconds * (0.5 + n / max(1, told.kills)) for n in range(told.kills))
        print(
            f"{told.kills} kills at {rate:,.0f} appends a second: {acknowledged:,} acknowledged, {lost} lost, {torn} torn"
        )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
