"""A real server: several processes, real sockets, real signals."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from ownproof.runtime.journal.reading import read


class Load:
    """Clients that ask one after the other until the server no longer takes connections, or they are told to stop."""

    def __init__(self, server, body, clients=8):
        self.server, self.body = server, body
        self.answered = self.unanswered = self.failed = 0
        self.ids = set()
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._ask) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def _ask(self):
        connection = None
        while not self.over.is_set():
            if connection is None:
                connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=20)
                try:
                    connection.connect()
                except OSError:
                    return
            try:
                connection.request("POST", "/v1/predict", self.body)
                reply = connection.getresponse()
                read = reply.read()
            except (OSError, http.client.HTTPException):
                with self.lock:
                    self.unanswered += 1
                connection.close()
                connection = None
                continue
            with self.lock:
                self.answered += 1
                self.failed += reply.status != 200
                self.ids.add(json.loads(read).get("prediction_id"))
            if reply.getheader("connection") == "close":
                connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def until(self, answered):
        ends = time.monotonic() + 20
        while self.answered < answered and time.monotonic() < ends:
            time.sleep(0.01)

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join(timeout=30)


def ask(server, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
    connection.request(method, path, body, headers or {})
    reply = connection.getresponse()
    read = reply.read()
    connection.close()
    return reply.status, read


def example(server):
    return json.dumps(json.loads(ask(server, "GET", "/v1/schema")[1])["example"]).encode()


def gone(pids, seconds=10):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        alive = []
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, 0)
                alive.append(pid)
        if not alive:
            return True
        time.sleep(0.05)
    return False


def test_sigterm_under_load_leaves_nothing_unanswered_and_nobody_behind(server, tmp_path):
    here = server(workers=2)
    workers = here.workers
    load = Load(here, example(here))
    load.until(100)
    told, code = here.stop()
    load.end()
    assert (code, load.unanswered, load.failed) == (0, 0, 0)
    assert len(workers) == 2
    assert gone(workers, 1)
    lines = [line for f in (tmp_path / "journal").glob("decisions-*.jsonl") for line in f.read_text().splitlines()]
    assert len(lines) == load.answered == told["rows"]


def test_another_bundle_under_load_and_a_worker_that_dies_cost_no_answer(server, bundle, tmp_path):
    served = tmp_path / "served"
    shutil.copytree(bundle, served)
    here = server(of=served, workers=1)
    body = example(here)
    load = Load(here, body, clients=4)
    load.until(30)
    card = served / "card.md"
    kept = card.read_bytes()
    card.write_bytes(kept + b"changed")
    os.kill(here.process.pid, signal.SIGHUP)
    assert "not reloaded" in here.process.stderr.readline()
    card.write_bytes(kept)
    os.kill(here.process.pid, signal.SIGHUP)
    assert "reloading" in here.process.stderr.readline()
    assert "answers with" in here.process.stderr.readline()
    load.until(load.answered + 30)
    load.end()
    assert (load.unanswered, load.failed) == (0, 0)
    (first,) = here.workers
    here.process.stderr.close()  # nobody reads any more what is said
    os.kill(first, signal.SIGKILL)
    assert ask(here, "POST", "/v1/predict", body)[0] == 200  # it waits in line until the next worker takes it
    assert here.workers != [first]
    here.process.terminate()
    assert here.process.wait(timeout=40) == 0
    here.process.stdout.close()


LOOKING = """
import sys
from pathlib import Path
from ownproof.runtime.rest.settings import Settings
from ownproof.runtime.rest.supervisor import Supervisor, listen
from ownproof.runtime.rest.worker import Order
pointer, journal = Path(sys.argv[1]), Path(sys.argv[2])
listener = listen("127.0.0.1", 0)
say = lambda words: print(words, listener.getsockname()[1], file=sys.stderr, flush=True)
order = Order(bundle=Path(pointer.read_text()), settings=Settings(), journal=journal)
Supervisor(order, listener, shipped=lambda: Path(pointer.read_text()), say=say, look=True).run()
"""


def test_a_project_that_ships_another_bundle_is_served_by_it_without_being_asked(bundle, tmp_path):
    """The other one is the zip of the same: another path."""
    pointer = tmp_path / "ships"
    pointer.write_text(str(bundle))
    call = [sys.executable, "-c", LOOKING, str(pointer), str(tmp_path / "journal")]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr.readline().startswith("ready")
        pointer.write_text(str(bundle) + ".zip")
        assert process.stderr.readline().startswith("reloading")
        assert process.stderr.readline().startswith("worker 0 answers with")
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_projects_settings_and_journal_are_its_own(server, done, tmp_path):
    project = tmp_path / "project"
    shutil.copytree(done[1]["project"], project)
    with (project / "project.toml").open("a") as file:
        file.write("\n[serve]\nrows = 1\n")
    here = server(of=project, journal=None)
    row = json.loads(example(here))["inputs"]
    assert ask(here, "POST", "/v1/predict", json.dumps({"rows": [row, row]}))[0] == 422
    assert ask(here, "POST", "/v1/predict", json.dumps({"rows": [row]}))[0] == 200
    told, code = here.stop()
    assert (code, told["journal"]) == (0, str(project / "journal"))
    assert list((project / "journal").glob("decisions-*.jsonl"))


@pytest.mark.slow
def test_twenty_kills_under_load_lose_no_decision_that_was_answered(server, tmp_path):
    here = server(workers=1)
    load = Load(here, example(here), clients=8)
    killed = set()
    for _ in range(20):
        load.until(load.answered + 200)
        (worker,) = here.workers
        os.kill(worker, signal.SIGKILL)
        killed.add(worker)
        assert "ended by itself" in here.process.stderr.readline()
        ends = time.monotonic() + 20
        while not set(here.workers) - killed and time.monotonic() < ends:
            time.sleep(0.02)
    load.until(load.answered + 200)
    load.end()
    assert here.stop()[1] == 0
    lines = [line for f in (tmp_path / "journal").glob("decisions-*.jsonl") for line in f.read_text().splitlines()]
    kept = {json.loads(line)["id"] for line in lines if line.endswith("}")}
    assert len(killed) == 20
    assert load.failed == 0
    assert len(load.ids) == load.answered > 4000
    assert load.ids <= kept


def test_keys_are_asked_for_by_a_real_server_too(server, tmp_path, call):
    secret = call("serve", "--new-key", "shop=predict", "--keys", "keys.toml", "--json").answer["key"]
    here = server("--keys", str(tmp_path / "keys.toml"))
    shown = {"Authorization": f"Bearer {secret}"}
    status, read = ask(here, "GET", "/v1/schema", headers=shown)
    body = json.dumps(json.loads(read)["example"])
    assert status == 200
    assert [ask(here, "POST", "/v1/predict", body, headers=h)[0] for h in ({}, shown, {"X-API-Key": "x"})] == [
        401,
        200,
        401,
    ]
    assert ask(here, "POST", "/v1/feedback", b'{"id": "a", "outcome": 1}', headers=shown)[0] == 403
    assert ask(here, "GET", "/livez")[0] == 200
    refusals = list((tmp_path / "journal").glob("refusals-*.jsonl"))
    assert refusals == []  # strangers fill no disk


def test_workers_end_when_their_supervisor_is_killed(server):
    here = server(workers=1)
    workers = here.workers
    here.process.kill()
    here.process.communicate()
    assert gone(workers)


def test_hostile_bodies_are_refused_and_the_server_answers_right_afterwards(server):
    here = server(workers=1)
    body = example(here)
    connection = http.client.HTTPConnection(here.host, here.port, timeout=20)
    connection.putrequest("POST", "/v1/predict")
    connection.putheader("Content-Length", str(20 << 20))
    connection.endheaders()  # and not a byte of the body
    reply = connection.getresponse()
    assert (reply.status, len(reply.read()) < 2000) == (413, True)
    connection.close()
    status, read = ask(here, "POST", "/v1/predict", b"x" * (20 << 20))
    assert (status, len(read) < 2000) == (413, True)
    assert ask(here, "POST", "/v1/predict", b"[" * 20_000 + b"]" * 20_000)[0] == 400
    assert ask(here, "GET", "/livez", headers={"X-Long": "y" * (100 << 10)})[0] == 431
    assert ask(here, "POST", "/v1/predict", body)[0] == 200


def raw(body, *more):
    head = ["POST /v1/predict HTTP/1.1", "Host: here", f"Content-Length: {len(body)}", *more]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def replies(link, count):
    """As many replies as there are to be: status lines with heads, and bodies."""
    got, found = b"", []
    while len(found) < count:
        head, gap, rest = got.partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]) if gap else 0
        if gap and len(rest) >= size:
            found.append((head.decode(), rest[:size]))
            got = rest[size:]
        else:
            more = link.recv(65536)
            assert more, got
            got += more
    return found


def test_requests_in_pieces_and_several_in_one_piece_get_the_same_answers(server):
    here = server(workers=1)
    body = example(here)
    with socket.create_connection((here.host, here.port), timeout=20) as link:
        whole = raw(body, "X-Request-Id: r1")
        for piece in (whole[:20], whole[20:-30], whole[-30:]):
            link.sendall(piece)
            time.sleep(0.05)
        (slow,) = replies(link, 1)
        link.sendall(whole)
        (fast,) = replies(link, 1)
        link.sendall(whole + raw(b"{}") + b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n" + raw(body, "Connection: close"))
        several = replies(link, 4)
        assert link.recv(10) == b""
    heads = [{line.partition(": ")[0] for line in head.lower().split("\r\n")[1:]} for head, _ in (slow, fast)]
    assert heads[0] == heads[1] == {"date", "content-type", "content-length", "x-request-id"}
    answers = [json.loads(read) for _, read in (slow, fast)]
    assert answers[0].pop("prediction_id") != answers[1].pop("prediction_id")
    assert answers[0] == answers[1]
    assert [head.split()[1] for head, _ in several] == ["200", "422", "200", "200"]
    assert "connection: close" in several[-1][0]


def test_what_cannot_be_served_says_why(refused, done, bundle, tmp_path):
    assert refused("serve", bundle, "--host", "0.0.0.0")["where"] == "--host"
    assert refused("serve", bundle, "--journal", "env:NOBODY_SET_THIS")["where"] == "--journal"
    assert refused("serve")["where"] == "BUNDLE|PROJECT"
    assert refused("serve", bundle, "--port", "70000")["where"] == "serve"
    assert refused("serve", tmp_path)["code"] == "no-bundle"
    copy = tmp_path / "copy"
    shutil.copytree(bundle, copy)
    (copy / "card.md").write_text("changed")
    refused("serve", copy, code=7)


def test_a_key_is_made_once_and_kept_as_a_hash(call, refused, tmp_path):
    from ownproof.project.serving import read_keys
    from ownproof.runtime.rest.keys import digest

    told = call("serve", "--new-key", "shop=predict", "--keys", "keys.toml", "--json").answer
    (key,) = read_keys(tmp_path / "keys.toml")
    assert (key.name, key.digest, key.scopes) == ("shop", digest(told["key"]), ("predict",))
    assert told["key"] not in (tmp_path / "keys.toml").read_text()
    assert refused("serve", "--new-key", "shop", "--keys", "keys.toml")["where"] == "--new-key"
    assert refused("serve", "--new-key", "shop")["where"] == "--keys"


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("rows = 0", "serve.rows"),
        ('unsen = "flag"', "serve.unsen"),
        ('unseen = "flags"', "serve.unseen"),
        ("redact = 3", "serve.redact"),
    ],
)
def test_a_wrong_setting_is_named(line, where, tmp_path):
    from ownproof.errors import ConfigError
    from ownproof.project.serving import read_settings

    (tmp_path / "project.toml").write_text(f"[serve]\n{line}\n")
    with pytest.raises(ConfigError) as seen:
        read_settings(tmp_path / "project.toml")
    assert seen.value.where.endswith(where)


def test_a_journal_with_an_address_is_carried_there(server, tmp_path):
    import sqlalchemy as sa

    url = f"sqlite:///{tmp_path / 'copy.db'}"
    served = server("--journal", url, journal=None)
    assert "copies go to" in served.said
    told = json.loads(ask(served, "POST", "/v1/predict", example(served))[1])
    done, code = served.stop()
    assert (code, done["delivered"]) == (0, True)
    with sa.create_engine(url).connect() as there:
        rows = there.execute(sa.text("SELECT id FROM ownproof_decisions")).scalars().all()
    assert rows == [told["prediction_id"]]


def test_a_place_that_cannot_be_reached_stops_no_answer_and_loses_none(server, tmp_path):
    served = server("--journal", f"sqlite:///{tmp_path / 'nowhere' / 'copy.db'}", journal=None)
    told = json.loads(ask(served, "POST", "/v1/predict", example(served))[1])
    done, code = served.stop()
    assert (code, done["delivered"]) == (0, False)
    assert "waits in" in served.err
    kept = read(done["journal"]).frame()["id"].to_list()
    assert kept == [told["prediction_id"]]
