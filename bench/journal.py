"""What a journal costs and what a kill takes: microseconds of CPU for each append, decisions lost to kill -9.

    python bench/journal.py                    # burst and paced cost, group commit, 20 kills at 1,000 appends a second
    python bench/journal.py --kills 4 --seconds 1
    python bench/journal.py --serve BUNDLE     # the same kills of a server's workers, under requests at 1,000 a second

A record is a decision of 30 inputs (about 600 bytes of JSON). `burst` appends as fast as it can, `paced` sleeps between
appends as a server waits between requests. A killed child acknowledges each append over a pipe, as an answer would; after
the kill every acknowledged id must be read back.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ownproof.runtime.journal.reading import read
from ownproof.runtime.journal.records import Decision, line, prediction_id
from ownproof.runtime.journal.writer import Writer, open_journal

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


def committed(folder: Path, callers: int, seconds: float) -> tuple[float, float, float]:
    """Decisions a second, median and 99th percentile of what one waits in ms, when each caller waits for the disk."""
    waits: list[float] = []
    until = time.monotonic() + seconds

    def call(writer: Writer, number: int) -> None:
        made = line(decision(number))
        while time.monotonic() < until:
            start = time.perf_counter()
            writer.append(made)
            writer.durable().result()
            waits.append((time.perf_counter() - start) * 1e3)

    with open_journal(folder, durability="commit") as writer:
        callings = [threading.Thread(target=call, args=(writer, n)) for n in range(callers)]
        for each in callings:
            each.start()
        for each in callings:
            each.join()
    return len(waits) / seconds, statistics.median(waits), sorted(waits)[int(len(waits) * 0.99)]


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


class Client:
    """Requests over a few connections at RATE a second; what was answered is acknowledged."""

    def __init__(self, port: int, body: bytes, connections: int = 8) -> None:
        head = f"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._request = head.encode() + body
        self._port, self._connections = port, connections
        self.acknowledged: set[str] = set()

    def until_it_breaks(self, seconds: float, kill: Callable[[], None]) -> None:
        """Ask for so many seconds, then kill, and take what answers still come."""
        waiting = selectors.DefaultSelector()
        idle = []
        for _ in range(self._connections):
            made = socket.create_connection(("127.0.0.1", self._port))
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            waiting.register(made, selectors.EVENT_READ)
            idle.append(made)
        start, sent, gone = time.monotonic(), 0, False
        while waiting.get_map():
            now = time.monotonic()
            if not gone and now - start > seconds:
                kill()
                gone = True
            while idle and not gone and sent < (now - start) * RATE:
                idle.pop().sendall(self._request)
                sent += 1
            for key, _ in waiting.select(0.001):
                try:
                    told = key.fileobj.recv(65536)
                except OSError:
                    told = b""
                if not told:
                    waiting.unregister(key.fileobj)
                    key.fileobj.close()
                    continue
                self.acknowledged.update(m.decode() for m in re.findall(rb'"prediction_id": ?"([0-9a-f-]{36})"', told))
                idle.append(key.fileobj)


def served(bundle: str, folder: Path, kills: int, seconds: float) -> tuple[int, int, int]:
    """Answered, of them lost, and torn lines after kills of every worker of one server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "ownproof", "serve", bundle, "--port", str(port), "--workers", "2"]
    server = subprocess.Popen(
        [*command, "--journal", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        example = _asked(port, "/v1/schema")["example"]
        client = Client(port, json.dumps({"inputs": example.get("inputs", example)}).encode())
        for n in range(kills):
            _asked(port, "/readyz")
            client.until_it_breaks(seconds * (0.5 + n / max(1, kills)), lambda: _kill_workers(server.pid))
        reading = read(folder)
        kept = set(reading.frame()["id"].to_list())
        return len(client.acknowledged), len(client.acknowledged - kept), reading.torn
    finally:
        server.terminate()
        server.wait(30)


def _kill_workers(supervisor: int) -> None:
    for each in Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text(encoding="ascii").split():
        os.kill(int(each), signal.SIGKILL)


def _asked(port: int, path: str) -> dict[str, Any]:
    """What the server says, as soon as it says something."""
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _ready(fd: int) -> bool:
    import select

    return bool(select.select([fd], [], [], 0.05)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1.0, help="between the first append and the kill")
    parser.add_argument("--serve", metavar="BUNDLE", help="kill the workers of a server that answers for this bundle")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.child is not None:
        child(told.child)
    folder = Path(tempfile.mkdtemp(prefix="journal-", dir="."))
    try:
        if told.serve:
            answered, lost, torn = served(told.serve, folder / "served", told.kills, told.seconds)
            rate = answered / sum(told.seconds * (0.5 + n / max(1, told.kills)) for n in range(told.kills))
            print(
                f"{told.kills} kills at {rate:,.0f} requests a second: {answered:,} answered, {lost} lost, {torn} torn"
            )
            return
        print(f"{'':16}{'CPU us':>9}{'p50 us':>9}{'p99 us':>9}")
        for name, cpu, middle, high in cost(folder):
            print(f"{name:16}{cpu:9.1f}{middle:9.1f}{high:9.1f}")
        for callers in (1, 16):
            rate, middle, high = committed(folder / f"commit-{callers}", callers, told.seconds)
            print(
                f"commit, {callers:2} callers: {rate:,.0f} decisions a second, p50 {middle:.1f} ms, p99 {high:.1f} ms"
            )
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
