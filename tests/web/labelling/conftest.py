"""Label folders, the application asked without a socket, and a real server for what needs one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ownproof.core.labelling import Item
from ownproof.project.labelling.access import grant
from ownproof.project.labelling.desk import Desks
from ownproof.project.labelling.folder import LabelFolder, Place
from ownproof.project.labelling.overview import Watch
from ownproof.web.labelling.access import Hosts
from ownproof.web.labelling.application import Service, application, seat

MESSAGES = """kind = "label"
question = "What does the writer want?"
text = "text"
[[classes]]
name = "complaint"
[[classes]]
name = "question"
[[classes]]
name = "praise"
"""
GUIDE = "# Guide\n\nRead all of it.\n\n## complaint\n\nSomebody is *unhappy*.\n\n## question\n\nSomebody asks: <img src=x onerror=alert(1)>\n"


def label_folder(
    root: Path, texts: Sequence[str | None], *, schema: str = MESSAGES, raters: Sequence[str] = ("anna",),
    fields: Sequence[dict[str, Any]] | None = None,
) -> LabelFolder:  # fmt: skip
    """A folder with items in everybody's queue; the token of each rater is `token-SEAT`."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "label.toml").write_text(schema, encoding="utf-8")
    (root / "guide.md").write_text(GUIDE, encoding="utf-8")
    folder = LabelFolder(root)
    items = [Item(f"i{n}", t, fields[n] if fields else {}, row=n, drawn="uncertainty") for n, t in enumerate(texts)]
    folder.add(items, [Place(1, r, i.item) for r in raters for i in items])
    names = iter([*raters, "lead"])
    grant(folder, raters, draw=lambda: f"token-{seat(next(names))}")
    return folder


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Asked:
    """The application of a folder; `ask` sends a request through every layer but the socket."""

    def __init__(self, folder: LabelFolder, *, host: str = "127.0.0.1", names: Sequence[str] = ()) -> None:
        self.folder = folder
        self.now = 1_000_000.0
        self.desks = Desks(folder, writer="test")
        self.app = application(
            Service(self.desks, clock=lambda: self.now, watch=Watch(folder, steady=lambda: self.now)),
            Hosts.of(host, names),
        )

    def ask(
        self, path: str, body: Any = None, *, token: str = "", headers: dict[str, str] | None = None, method: str = ""
    ) -> Reply:
        given = {"host": "127.0.0.1:8090"}
        if token:
            given["authorization"] = f"Bearer {token}"
        raw = b""
        if body is not None:
            given["content-type"] = "application/json"
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given |= headers or {}
        return asyncio.run(self._asked(path, raw, given, method or ("GET" if body is None else "POST")))

    async def _asked(self, path: str, raw: bytes, headers: dict[str, str], method: str) -> Reply:
        got: list[Any] = []
        place, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": place,
            "raw_path": place.encode(), "query_string": query.encode(), "scheme": "http", "root_path": "",
            "headers": [(k.encode(), v.encode()) for k, v in headers.items() if v],
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Any) -> None:
            got.append(message)

        await self.app(scope, receive, send)
        start = got[0]
        return Reply(
            start["status"],
            {k.decode().lower(): v.decode() for k, v in start["headers"]},
            b"".join(m.get("body", b"") for m in got[1:]),
        )


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    texts = ["<b>bold</b> & <script>alert(1)</script>", "مرحبا 😀", *(f"message {i}" for i in range(8))]
    made = Asked(label_folder(tmp_path / "messages", texts, raters=("anna", "ben", "Çelik Ö.")))
    yield made
    made.desks.close()


SERVE = (
    "import sys, pathlib; from ownproof.web.labelling.face import LabellingFace; "
    "LabellingFace().serve(pathlib.Path(sys.argv[1]), host='127.0.0.1', port=int(sys.argv[2]), "
    "say=lambda a: print(a, flush=True))"
)


class Server:
    """A real server in a process of its own."""

    def __init__(self, root: Path, port: int = 0) -> None:
        command = [sys.executable, "-c", SERVE, str(root), str(port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.port = int(self.address.rpartition(":")[2])

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Stop it; its exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, how)
        code = self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    running: list[Server] = []

    def start(root: Path, port: int = 0) -> Server:
        running.append(Server(root, port))
        return running[-1]

    yield start
    for each in running:
        each.stop(signal.SIGKILL)
