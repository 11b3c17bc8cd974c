"""A service in this process, asked through the application without a socket; and a real server for what needs one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ownproof.runtime.journal.writer import open_journal
from ownproof.runtime.rest.application import application
from ownproof.runtime.rest.log import Log
from ownproof.runtime.rest.metrics import Shared
from ownproof.runtime.rest.model import Model
from ownproof.runtime.rest.service import Service
from ownproof.runtime.rest.settings import Settings


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Local:
    """One service; `ask` sends a request through every layer but the socket."""

    def __init__(self, bundle, folder, settings, keys=None):
        self.loop = asyncio.new_event_loop()
        self.folder = folder
        self.shared = Shared(1)
        self.writer = open_journal(folder, durability=settings.durability, redact=settings.redact)
        self.now = 1000.0
        log = Log(self.writer, steady=lambda: self.now)
        self.service = Service(
            Model.open(bundle, settings),
            settings,
            counters=self.shared.piece(0),
            summed=self.shared.summed,
            log=log,
            keys=keys,
            steady=lambda: self.now,
        )
        self.app = application(self.service)

    def ask(self, path, body=None, *, method=None, headers=(), parts=None):
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.loop.run_until_complete(
            self.asked(path, parts or [raw], method or ("GET" if body is None else "POST"), headers)
        )

    async def asked(self, path, parts, method, headers=()):
        size = sum(map(len, parts))
        named = [(b"content-length", str(size).encode()), *((k.lower().encode(), v.encode()) for k, v in headers)]
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": named,
            "http_version": "1.1", "scheme": "http", "server": ("test", 80), "client": ("test", 1), "root_path": "",
            "asgi": {"version": "3.0"},
        }  # fmt: skip
        left = list(parts)
        sent = []

        async def receive():
            if not left:
                await asyncio.sleep(3600)
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        start, *bodies = sent
        return Reply(
            start["status"],
            {k.decode(): v.decode() for k, v in start["headers"]},
            b"".join(m.get("body", b"") for m in bodies),
        )

    @property
    def example(self):
        return self.service.model.example

    def logged(self, kind="decisions"):
        lines = [line for f in sorted(self.folder.glob(f"{kind}-*.jsonl")) for line in f.read_bytes().splitlines()]
        return [json.loads(line) for line in lines]

    def close(self):
        self.writer.close()
        self.service.model.close()
        self.loop.close()


@pytest.fixture(scope="session")
def bundle(done):
    """The bundle of the finished run."""
    return Path(done[1]["bundle"])


@pytest.fixture
def local(bundle, tmp_path):
    """A function that makes a service: settings by keyword."""
    made = []

    def make(*, of=bundle, keys=None, **said):
        made.append(Local(of, tmp_path / f"journal{len(made)}", Settings(**said), keys))
        return made[-1]

    yield make
    for each in made:
        each.close()


class Server:
    """`ownproof serve` in a process of its own."""

    def __init__(self, bundle, folder, *flags, workers=1, journal="journal"):
        call = [
            sys.executable, "-m", "ownproof", "serve", str(bundle), "--port", "0", "--workers", str(workers), "--json",
            *(("--journal", str(folder / journal)) if journal else ()), *flags,
        ]  # fmt: skip
        self.process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)
        self.said = self.process.stderr.readline()
        if "http://" not in self.said:
            self.process.kill()
            pytest.fail(self.said + self.process.communicate()[1])
        self.url = self.said.split("http://")[1].split()[0]
        self.host, _, port = self.url.rpartition(":")
        self.port = int(port)

    @property
    def workers(self):
        """The pids of the workers."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self, number=signal.SIGTERM):
        """The last line of stdout as an object, and the exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        out, err = self.process.communicate(timeout=40)
        self.err = err
        return json.loads(out.splitlines()[-1]) if out.strip() else None, self.process.returncode


@pytest.fixture
def server(bundle, tmp_path):
    """A function that starts a server; none is left behind."""
    made = []

    def make(*flags, of=bundle, **said):
        made.append(Server(of, tmp_path, *flags, **said))
        return made[-1]

    yield make
    for each in made:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()
