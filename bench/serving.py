"""What serving costs: one row over HTTP beside the barest server that could answer it, and beside the usual stack.

    python bench/serving.py [--rounds 6] [--seconds 2]

Three servers of one worker each answer the same rows of one LightGBM bundle (30 columns, made up) in turn:

- `limit`: a bare ASGI function on uvicorn with uvloop and httptools: msgspec with literals, the encoder, the
  booster's C entry for one row, the calibration. No journal, no metrics, no flags, no ids, one error at a time.
- `ownproof`: `ownproof serve` as it comes, with validation, metrics and journal.
- `fastapi`: FastAPI, a pydantic model with the same literals and ranges, and the booster's own `predict`.

Service time: one keep-alive connection, a pause between requests, servers taking turns; the middle of the rounds' middles.
Requests a second: 16 connections, servers taking turns, the best round. CPU: of the server's worker, a request. `ratio` is
ownproof's service time over the limit's.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import select
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

NUMBERS, LEVELS, ROWS = 20, (2, 3, 3, 4, 5, 6, 8, 12, 20, 40), 3000
CONNECTIONS = 16
LENGTH = re.compile(rb"content-length: (\d+)\r\n")
QUIET = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

LIMIT = """
import json, sys
import msgspec, numpy as np, uvicorn
from ownproof.runtime.predictor import Predictor
predictor = Predictor.open(sys.argv[1])
rules = json.loads(sys.argv[3])
from typing import Literal
fields = [(n, Literal[tuple(r["levels"])] if "levels" in r else float) for n, r in rules.items()]
Row = msgspec.defstruct("Row", fields, forbid_unknown_fields=True)
Request = msgspec.defstruct("Request", [("inputs", Row)], forbid_unknown_fields=True)
decode, encode = msgspec.json.Decoder(Request).decode, msgspec.json.Encoder().encode
threshold, as_dict = predictor.bundle.operating.threshold, msgspec.structs.asdict
async def app(scope, receive, send):
    message = await receive()
    yes = float(predictor.raw_one(as_dict(decode(message["body"]).inputs))[0, 1])
    body = encode({"prediction": "yes" if yes >= threshold else "no", "probability": yes})
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})
uvicorn.run(app, port=int(sys.argv[2]), lifespan="off", access_log=False, log_level="error", loop="uvloop", http="httptools")
"""

USUAL = """
import json, sys
from pathlib import Path
from typing import Annotated, Literal
import lightgbm, numpy as np, uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, create_model
folder, rules = Path(sys.argv[1]), json.loads(sys.argv[3])
booster = lightgbm.Booster(model_file=folder / "model/0/model.txt")
codes = {c["column"]: {v: i for i, v in enumerate(c["code"]["levels"])} for c in json.loads((folder / "encoder.json").read_text())["columns"] if c["code"]}
types = {n: (Literal[tuple(r["levels"])] if "levels" in r else Annotated[float, Field(ge=r["low"], le=r["high"])], ...) for n, r in rules.items()}
Row = create_model("Row", __config__=ConfigDict(extra="forbid"), **types)
class Request(BaseModel):
    inputs: Row
class Answer(BaseModel):
    prediction: str
    probability: float
app = FastAPI()
@app.post("/v1/predict")
async def predict(request: Request) -> Answer:
    row = request.inputs.model_dump()
    x = np.array([[codes[n][v] if n in codes else v for n, v in row.items()]], dtype=np.float32)
    yes = float(booster.predict(x, num_threads=1)[0])
    return Answer(prediction="yes" if yes >= 0.5 else "no", probability=yes)
uvicorn.run(app, port=int(sys.argv[2]), lifespan="off", access_log=False, log_level="error", loop="uvloop", http="httptools")
"""


def table() -> Any:
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(3)
    columns: dict[str, Any] = {f"n{i}": rng.normal(size=ROWS).round(4) for i in range(NUMBERS)}
    effect = columns["n0"] + np.sin(2 * columns["n1"]) * columns["n2"]
    for i, k in enumerate(LEVELS):
        code = np.minimum(rng.geometric(min(0.5, 4 / k), ROWS) - 1, k - 1)
        columns[f"c{i}"] = np.array([f"level {j}" for j in range(k)])[code]
        effect = effect + rng.normal(size=k)[code]
    columns["y"] = np.where(effect + 3 * rng.normal(size=ROWS) > 0, "yes", "no")
    return pl.DataFrame(columns)


def made(folder: Path) -> Path:
    """A bundle of one LightGBM model."""
    table().write_csv(folder / "data.csv")
    call = ["run", "data.csv", "--target", "y", "--learners", "lightgbm", "--trials", "0", "--out", "project", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "ownproof", *call], cwd=folder, env=QUIET, capture_output=True, text=True, check=True
    )
    return Path(json.loads(done.stdout.splitlines()[-1])["bundle"])


def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Served:
    """A server, started; `worker` is the process that answers."""

    def __init__(self, name: str, call: list[str], port: int) -> None:
        self.name, self.port = name, port
        started = time.perf_counter()
        self.process = subprocess.Popen(call, env=QUIET, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                self.connection = socket.create_connection(("127.0.0.1", port), timeout=30)
                self.ask(b"GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n")
                break
            except OSError:
                time.sleep(0.01)
        self.ready = time.perf_counter() - started
        self.connection.close()
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        self.worker = int(children[0]) if children else pid

    def ask(self, request: bytes) -> bytes:
        """One answer."""
        self.connection.sendall(request)
        got = self.connection.recv(65536)
        while b"\r\n\r\n" not in got or len(got) < whole(got):
            more = self.connection.recv(65536)
            if not more:
                raise OSError("closed")
            got += more
        return got

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.worker}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def loop_cpu(self) -> float:
        """The same of the thread that answers: the journal's own thread syncs the disk 20 times a second, however few ask."""
        return int(Path(f"/proc/{self.worker}/schedstat").read_text().split()[0]) / 1e9

    def memory(self) -> tuple[float, float]:
        """Resident and proportional MiB."""
        lines = dict(
            line.split(":")[:2] for line in Path(f"/proc/{self.worker}/smaps_rollup").read_text().splitlines()[1:]
        )
        return tuple(int(lines[n].split()[0]) / 1024 for n in ("Rss", "Pss"))  # type: ignore[return-value]

    def stop(self) -> None:
        """End it."""
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


def whole(got: bytes) -> int:
    head, _, _ = got.partition(b"\r\n\r\n")
    size = next(int(h.split(b":")[1]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length"))
    return len(head) + 4 + size


def service_time(server: Served, requests: list[bytes], *, count: int = 120, pause: float = 0.002) -> float:
    """The middle time of one request in ms, with a pause before each."""
    times = []
    for i in range(count):
        time.sleep(pause)
        before = time.perf_counter()
        got = server.ask(requests[i % len(requests)])
        times.append(time.perf_counter() - before)
        assert got.startswith(b"HTTP/1.1 200"), got[:300]
    return statistics.median(times) * 1000


def throughput(server: Served, requests: list[bytes], seconds: float) -> tuple[float, float]:
    """Requests a second over 16 connections, and the worker's microseconds of processor each."""
    links = {}
    ready = select.epoll()
    for _ in range(CONNECTIONS):
        link = socket.create_connection(("127.0.0.1", server.port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        links[link.fileno()] = link
        ready.register(link, select.EPOLLIN)
        link.sendall(requests[0])
    done, cpu, started = 0, server.cpu(), time.perf_counter()
    ends, many = started + seconds, len(requests)
    while time.perf_counter() < ends:
        for number, _ in ready.poll(1):
            link = links[number]
            got = link.recv(65536)
            while not is_whole(got):
                got += link.recv(65536)
            assert got.startswith(b"HTTP/1.1 200"), got[:300]
            done += 1
            link.send(requests[done % many])
    took, spent = time.perf_counter() - started, server.cpu() - cpu
    ready.close()
    for link in links.values():
        link.close()
    return done / took, spent / done * 1e6


def is_whole(got: bytes) -> bool:
    """Whether an answer is there to its end; cheap, for the client shares the machine with what it measures."""
    said = LENGTH.search(got)
    return said is not None and len(got) == got.index(b"\r\n\r\n") + 4 + int(said[1])


def asked() -> tuple[list[bytes], dict[str, Any]]:
    """Requests from rows of the table, and what each column may hold."""
    frame = table().drop("y")
    rules: dict[str, Any] = {}
    for name, kind in frame.schema.items():
        cells = frame[name]
        rules[name] = (
            {"low": cells.min(), "high": cells.max()} if kind.is_float() else {"levels": sorted(cells.unique())}
        )
    requests = []
    for row in frame.head(64).to_dicts():
        body = json.dumps({"inputs": row}).encode()
        head = f"POST /v1/predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        requests.append(head.encode() + body)
    return requests, rules


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=2.0, help="of load, a server and round (three rounds)")
    parser.add_argument("--bundle", type=Path, help="one that was made before by --keep")
    parser.add_argument("--keep", type=Path, help="make the bundle in this folder and leave it there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        bundle = options.bundle or made(folder)
        requests, rules = asked()
        ports = [port() for _ in range(3)]
        ours = [
            "serve",
            str(bundle),
            "--port",
            str(ports[1]),
            "--workers",
            "1",
            "--journal",
            str(Path(temporary) / "journal"),
        ]
        calls = {
            "limit": [sys.executable, "-c", LIMIT, str(bundle), str(ports[0]), json.dumps(rules)],
            "ownproof": [sys.executable, "-m", "ownproof", *ours],
            "fastapi": [sys.executable, "-c", USUAL, str(bundle), str(ports[2]), json.dumps(rules)],
        }
        servers = [Served(name, call, at) for (name, call), at in zip(calls.items(), ports, strict=True)]
        try:
            report(servers, requests, rounds=options.rounds, seconds=options.seconds)
        finally:
            for server in servers:
                server.stop()


def report(servers: list[Served], requests: list[bytes], *, rounds: int, seconds: float) -> None:
    times: dict[str, list[float]] = {s.name: [] for s in servers}
    for number in range(rounds):
        for server in servers if number % 2 else servers[::-1]:
            times[server.name].append(service_time(server, requests))
    loads: dict[str, list[tuple[float, float]]] = {s.name: [] for s in servers}
    for _ in range(3):
        for server in servers:
            loads[server.name].append(throughput(server, requests, seconds))
    print(f"{'':10}{'service ms':>12}{'req/s c16':>12}{'cpu us':>9}{'RSS MiB':>9}{'PSS MiB':>9}{'ready s':>9}")
    for server in servers:
        rate, cpu = max(r for r, _ in loads[server.name]), min(c for _, c in loads[server.name])
        resident, own = server.memory()
        middle = statistics.median(times[server.name])
        print(f"{server.name:10}{middle:12.3f}{rate:12.0f}{cpu:9.0f}{resident:9.0f}{own:9.0f}{server.ready:9.2f}")
    pairs = [o / b for o, b in zip(times["ownproof"], times["limit"], strict=True)]
    rate = max(r for r, _ in loads["ownproof"]) / max(r for r, _ in loads["fastapi"])
    print(f"requests a second: {rate:.2f} times fastapi's")
    print(f"ratio {statistics.median(pairs):.2f}")


if __name__ == "__main__":
    main()
