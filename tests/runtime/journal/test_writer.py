"""What is appended stays, whatever the disk does, and what does not is counted."""

import errno
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from ownproof.core.policy import Policy
from ownproof.errors import JournalFull
from ownproof.runtime.journal import segment
from ownproof.runtime.journal.records import Cell, Decision, Outcome, Refusal, line
from ownproof.runtime.journal.writer import open_journal

SMALL = Policy(journal_segment_mb=0)  # every line fills a segment


def decision(number, **more):
    said = {"id": f"d{number}", "at": float(number), "model": "m", "inputs": {"n": number}, "answer": {"prediction": 1}}
    return Decision(**{**said, **more})


def lines(folder, kind="decisions"):
    found = sorted(folder.glob(f"{kind}-*.jsonl"))
    return [json.loads(each) for path in found for each in path.read_bytes().splitlines()]


def ids(folder):
    return [each["id"] for each in lines(folder)]


class Disk:
    """fdatasync that fails when told to, and counts."""

    def __init__(self):
        self.broken = False
        self.calls = 0
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, fd):
        self.gate.wait(10)
        self.calls += 1
        if self.broken:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        os.fdatasync(fd)


def refuse(number):
    def call(*_):
        raise OSError(number, os.strerror(number))

    return call


class Clock:
    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now


# ---------------------------------------------------------------- appending
def test_a_line_lies_in_the_file_when_append_returns(tmp_path):
    with open_journal(tmp_path) as writer:
        assert writer.write(decision(1))
        assert ids(tmp_path) == ["d1"]


def test_each_kind_has_files_of_its_own(tmp_path):
    with open_journal(tmp_path) as writer:
        writer.write(decision(1))
        writer.write(Refusal(at=1.0, model="m", status=422))
        writer.write(Outcome(at=1.0, known=1.0, outcome=1, id="a"))
        writer.write(Cell(sha256="0", at=1.0, cell="x"))
    names = [re.sub(r"-[0-9a-f]{16}-", "-W-", p.name) for p in sorted(tmp_path.iterdir())]
    assert names == [f"{kind}-W-000001.jsonl" for kind in ("cells", "decisions", "outcomes", "refusals")]


def test_a_folder_where_nothing_happened_is_left_empty(tmp_path):
    open_journal(tmp_path / "new").close()
    assert list((tmp_path / "new").iterdir()) == []


def test_a_full_segment_is_followed_by_the_next(tmp_path):
    with open_journal(tmp_path, policy=SMALL) as writer:
        for n in range(3):
            writer.write(decision(n))
        assert sorted(p.name[-11:] for p in tmp_path.iterdir()) == ["00001.jsonl", "00002.jsonl", "00003.jsonl"]
    assert ids(tmp_path) == ["d0", "d1", "d2"]


def test_an_old_segment_is_closed_though_nothing_follows(tmp_path):
    steady = Clock()
    with open_journal(tmp_path, steady=steady) as writer:
        writer.write(decision(1))
        steady.now += 3601
        writer.sync()
        with next(tmp_path.glob("decisions-*")).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nobody holds it
        writer.write(decision(2))
    assert len(list(tmp_path.glob("decisions-*"))) == 2


def test_a_segment_is_locked_while_it_is_written_and_free_once_its_process_is_dead(tmp_path):
    code = (
        "import sys; from ownproof.runtime.journal.writer import open_journal\n"
        "w = open_journal(sys.argv[1]); w.append(b'{}\\n'); print('there', flush=True); sys.stdin.readline()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"there\n"
    with next(tmp_path.glob("decisions-*")).open("rb") as file:
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_two_writers_share_a_folder(tmp_path):
    with open_journal(tmp_path) as one, open_journal(tmp_path) as other:
        for n in range(50):
            (one if n % 2 else other).write(decision(n))
    assert sorted(ids(tmp_path)) == sorted(f"d{n}" for n in range(50))
    assert len(list(tmp_path.iterdir())) == 2


def test_threads_of_one_writer_do_not_mix_their_lines(tmp_path):
    with open_journal(tmp_path, policy=Policy(journal_segment_mb=1)) as writer:
        work = [
            threading.Thread(target=lambda k=k: [writer.write(decision(k * 1000 + n)) for n in range(300)])
            for k in range(4)
        ]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
        assert writer.counters().lines == 1200
    assert len(set(ids(tmp_path))) == 1200


def test_a_clock_that_goes_back_changes_nothing_but_what_it_says(tmp_path):
    clock = Clock()
    with open_journal(tmp_path, clock=clock) as writer:
        writer.write(decision(1, at=clock()))
        clock.now -= 3600
        writer.write(decision(2, at=clock()))
        assert writer.sync()
    assert [(each["id"], each["at"]) for each in lines(tmp_path)] == [("d1", 1000.0), ("d2", -2600.0)]


def test_a_large_cell_is_kept_once(tmp_path):
    with open_journal(tmp_path, redact=["name"]) as writer:
        for _ in range(2):
            inputs, redacted = writer.inputs({"note": "x" * 3000, "name": "Ada"})
    assert redacted == ("name",)
    assert [each["cell"] for each in lines(tmp_path, "cells")] == ["x" * 3000]
    assert json.loads(bytes(inputs))["note"]["sha256"] == lines(tmp_path, "cells")[0]["sha256"]


def test_an_unknown_durability_names_the_near_miss(tmp_path):
    with pytest.raises(ValueError, match="'commit'"):
        open_journal(tmp_path, durability="comit")


def test_a_folder_that_cannot_be_written_is_said_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalFull, match="not a directory"):
        open_journal(tmp_path / "file" / "journal")


# ---------------------------------------------------------------- a disk that refuses
FULL = """
import json, resource, sys
from ownproof.errors import JournalFull
from ownproof.runtime.journal import segment
from ownproof.runtime.journal.writer import open_journal
writer = open_journal(sys.argv[1], durability=sys.argv[2])
row = b'{"id":"%d","pad":"' + b'x' * 90 + b'"}\\n'
for n in range(9): writer.append(row % n)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))  # the tenth line fits in part
try: said = [writer.append(row % n) for n in range(9, 12)]
except JournalFull as e: said = e.name
full = writer.counters()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
again = writer.append(row % 99)
print(json.dumps([said, full.drops, full.trouble, again, writer.counters().trouble, writer.counters().lines]))
writer.close()
"""


@pytest.mark.parametrize(("durability", "said"), [("kernel", [False, False, False]), ("closed", "journal-full")])
def test_a_full_disk_is_counted_or_refuses_and_leaves_no_half_line(tmp_path, durability, said):
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), durability], capture_output=True, text=True, timeout=60, check=True
    )
    answer, drops, trouble, again, after, kept = json.loads(done.stdout)
    assert answer == said
    assert drops == (3 if durability == "kernel" else 1)
    assert trouble == "file too large"
    assert again
    assert after == ""
    assert kept == 10
    assert ids(tmp_path) == [*map(str, range(9)), "99"]


def test_a_half_line_that_cannot_be_taken_back_is_followed_by_a_line_of_its_own(tmp_path, monkeypatch):
    writer = open_journal(tmp_path)
    writer.write(decision(1))
    real = os.write
    takes = iter([lambda fd, data: real(fd, data[:7]), refuse(errno.ENOSPC)])

    def partly(fd, data):
        return next(takes)(fd, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", partly)
        patch.setattr(os, "ftruncate", refuse(errno.EIO))
        assert not writer.write(decision(2))
    writer.write(decision(3))
    writer.close()
    raw = next(tmp_path.glob("decisions-*")).read_bytes().splitlines(keepends=True)
    assert raw == [line(decision(1)), line(decision(2))[:7] + b"\n", line(decision(3))]


# ---------------------------------------------------------------- what a power cut leaves
def test_the_writer_syncs_by_itself(tmp_path):
    disk = Disk()
    with open_journal(tmp_path, sync=disk, sync_ms=1) as writer:
        writer.write(decision(1))
        until = time.monotonic() + 10
        while writer.counters().lag_s and time.monotonic() < until:
            time.sleep(0.002)
        assert disk.calls == 1
        assert writer.counters().lag_s == 0


def test_the_lag_is_the_age_of_the_oldest_line_that_is_not_safe(tmp_path):
    disk, steady = Disk(), Clock()
    disk.gate.clear()
    writer = open_journal(tmp_path, sync=disk, steady=steady, sync_ms=60_000)
    writer.write(decision(1))
    steady.now += 2.5
    writer.write(decision(2))
    assert writer.counters().lag_s == 2.5
    disk.gate.set()
    assert writer.close()
    assert writer.counters().lag_s == 0


def test_whoever_waits_for_the_disk_shares_one_sync(tmp_path):
    disk = Disk()
    with open_journal(tmp_path, durability="commit", sync=disk) as writer:
        disk.gate.clear()
        writer.write(decision(0))
        first = writer.durable()
        until = time.monotonic() + 10
        while writer.counters().lag_s and writer._before is None and time.monotonic() < until:
            time.sleep(0.001)  # the first group is on its way
        waits = []
        for n in range(1, 40):
            writer.write(decision(n))
            waits.append(writer.durable())
        assert not any(each.done() for each in (first, *waits))
        disk.gate.set()
        assert all(each.result(10) is True for each in (first, *waits))
        assert len({id(each) for each in waits}) == 1
        assert disk.calls == 2


def test_nobody_who_gives_up_takes_the_others_along(tmp_path):
    disk = Disk()
    disk.gate.clear()
    with open_journal(tmp_path, durability="commit", sync=disk) as writer:
        writer.write(decision(0))
        wait = writer.durable()
        assert not wait.cancel()
        disk.gate.set()
        assert wait.result(10)


def test_without_commit_nobody_waits(tmp_path):
    with open_journal(tmp_path, sync_ms=60_000) as writer:
        writer.write(decision(0))
        assert writer.durable().result(0) is True


def test_what_a_failed_sync_may_have_lost_is_written_elsewhere(tmp_path):
    disk, steady = Disk(), Clock()
    with open_journal(tmp_path, sync=disk, steady=steady, sync_ms=60_000) as writer:
        writer.write(decision(1))
        assert writer.sync()
        writer.write(decision(2))
        disk.broken = True
        assert not writer.sync()
        assert writer.counters().sync_failures == 2  # the file, and the new one that its line was moved to
        assert writer.counters().trouble == "input/output error"
        writer.write(decision(3))
        disk.broken = False
        assert not writer.sync()  # a file that failed is not believed, and a new one is not made at once
        steady.now += 2
        assert writer.sync()
        assert writer.counters().trouble == ""
        assert writer.counters().lag_s == 0
        assert ids(tmp_path) == ["d1", "d2", "d3"]
        writer.write(decision(4))
    assert ids(tmp_path) == ["d1", "d2", "d3", "d4"]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_segment_that_is_full_while_it_is_synced_is_synced_again_before_it_is_closed(tmp_path):
    disk = Disk()
    writer = open_journal(tmp_path, durability="commit", sync=disk)
    writer._segments.bytes_most = 300
    disk.gate.clear()
    writer.write(decision(0))
    until = time.monotonic() + 10
    while writer._before is None and time.monotonic() < until:
        time.sleep(0.001)
    for n in range(1, 9):  # the first of them go to the file that is being synced
        writer.write(decision(n))
    wait = writer.durable()
    disk.gate.set()
    assert wait.result(10) is True
    files = len(list(tmp_path.glob("decisions-*")))
    assert files > 2
    assert disk.calls == 1 + files  # the first twice
    assert writer.close()
    assert ids(tmp_path) == [f"d{n}" for n in range(9)]


def test_a_disk_that_neither_syncs_nor_takes_a_new_file_loses_nothing(tmp_path, monkeypatch):
    disk, steady = Disk(), Clock()
    with open_journal(tmp_path, sync=disk, steady=steady, sync_ms=60_000, policy=SMALL) as writer:
        for n in range(3):
            writer.write(decision(n))
        disk.broken = True
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", refuse(errno.ENOSPC))
            assert not writer.sync()
            steady.now += 2
            assert not writer.sync()
        writer.write(decision(3))
        disk.broken = False
        steady.now += 2
        assert writer.sync()
        assert sorted(ids(tmp_path)) == ["d0", "d1", "d2", "d3"]
    assert sorted(ids(tmp_path)) == ["d0", "d1", "d2", "d3"]


def test_a_sync_that_fails_in_an_unheard_of_way_does_not_end_the_syncing(tmp_path):
    odd = iter([ValueError("what?"), None])

    def sync(fd):
        if (why := next(odd, None)) is not None:
            raise why
        os.fdatasync(fd)

    with open_journal(tmp_path, durability="commit", sync=sync) as writer:
        for n in range(3):
            writer.write(decision(n))
            assert writer.durable().result(10) is True  # the first one in another file
        assert writer.counters().sync_failures == 1
    assert ids(tmp_path) == ["d0", "d1", "d2"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_disk_that_hangs_does_not_fill_the_memory(tmp_path, monkeypatch, fails):
    monkeypatch.setattr(segment, "REMEMBERED_BYTES", 5_000)
    disk, steady = Disk(), Clock()
    with open_journal(tmp_path, sync=disk, steady=steady, sync_ms=60_000) as writer:
        for n in range(200):
            writer.write(decision(n))
        assert sum(map(len, writer._segments.open["decisions"].unsynced)) < 5_300
        disk.broken = fails
        assert writer.sync() is not fails
        disk.broken = False
        writer.write(decision(200))
        steady.now += 2
        assert writer.sync()
        assert writer.counters().lag_s == 0
    assert sorted(ids(tmp_path)) == sorted(f"d{n}" for n in range(201))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_fails_and_whenever_every_line_is_there_once_in_the_end(tmp_path, seed):
    rng = np.random.default_rng(seed)
    disk, steady = Disk(), Clock()
    with open_journal(tmp_path, sync=disk, steady=steady, sync_ms=60_000) as writer:
        writer._segments.bytes_most = 400
        for n in range(60):
            writer.write(decision(n))
            disk.broken = rng.random() < 0.4
            if rng.random() < 0.4:
                writer.sync()
            if rng.random() < 0.3:
                steady.now += 1.5
        disk.broken = False
        steady.now += 5
        assert writer.sync()
        assert sorted(ids(tmp_path)) == sorted(f"d{n}" for n in range(60))
        assert not any(s.failed for s in writer._segments.open.values())
    assert sorted(ids(tmp_path)) == sorted(f"d{n}" for n in range(60))


@pytest.mark.parametrize("durability", ["commit", "closed"])
def test_who_waits_is_told_that_the_disk_failed(tmp_path, durability):
    disk = Disk()
    disk.broken = True
    writer = open_journal(tmp_path, durability=durability, sync=disk)
    writer.write(decision(1))
    wait = writer.durable()
    if durability == "commit":
        assert wait.result(10) is False
    else:
        with pytest.raises(JournalFull, match="input/output error"):
            wait.result(10)
    disk.broken = False
    writer._paused_until = 0.0
    writer.close()
    assert ids(tmp_path) == ["d1"]


class Platter:
    """A disk as it is after a power cut: what was synced, of files whose names were.

    After a sync of a file failed, what was not on the platter then never gets there, though later syncs succeed:
    so Linux treats pages that it could not write.
    """

    def __init__(self, rng):
        self.rng = rng
        self.failing = 0.0
        self.held = {}
        self.poisoned = set()

    def __call__(self, fd):
        path = Path(f"/proc/self/fd/{fd}").readlink()
        if self.rng.random() < self.failing:
            self.poisoned.add(path)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if path not in self.poisoned:
            self.held[path] = path.read_bytes()

    def ids(self):
        told = [each for raw in self.held.values() for each in raw.split(b"\n")[:-1]]
        return {json.loads(each)["id"] for each in told}


@pytest.mark.parametrize("seed", range(4))
def test_what_durable_promised_outlasts_a_power_cut_though_syncs_fail(tmp_path, seed):
    platter, steady = Platter(np.random.default_rng(seed)), Clock()
    promised = set()
    writer = open_journal(tmp_path, durability="commit", sync=platter, steady=steady)
    writer._segments.bytes_most = 2000
    for n in range(120):
        platter.failing = 0.5 if n % 40 < 20 else 0.0
        writer.write(decision(n))
        if writer.durable().result(10):
            promised |= {f"d{k}" for k in range(n + 1)}  # and everything before it
        assert promised <= platter.ids()
        steady.now += 0.4
    platter.failing = 0.0
    steady.now += 5
    writer.write(decision(120))
    assert writer.durable().result(10)
    assert platter.ids() == {f"d{k}" for k in range(121)}
    writer.close()
    assert len(promised) > 60


# ---------------------------------------------------------------- kill -9
APPEND = """
import os, sys, time
from ownproof.runtime.journal.records import Decision, line
from ownproof.runtime.journal.writer import open_journal
writer = open_journal(sys.argv[1])
n = 0
while True:
    writer.write(Decision(id=str(n), at=time.time(), model="m", inputs={"n": n}, answer={"prediction": n}))
    os.write(1, b"%d\\n" % n)
    n += 1
    time.sleep(0.0005)
"""


def test_nothing_that_was_acknowledged_is_lost_by_a_kill(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", APPEND, str(tmp_path)], stdout=subprocess.PIPE)
    said = [process.stdout.readline() for _ in range(200)]
    process.kill()
    said += process.stdout.read().splitlines(keepends=True)
    process.communicate()
    acknowledged = {int(each) for each in said if each.endswith(b"\n")}
    assert len(acknowledged) >= 200
    assert acknowledged <= {int(each) for each in ids(tmp_path)}
