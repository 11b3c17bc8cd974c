"""One command at a time, and no lock outlives its process."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from ownproof.errors import ConfigError, Locked
from ownproof.project.lock import Lock

HOLD = """
import sys, time
from pathlib import Path
from ownproof.project.lock import Lock
with Lock(Path(sys.argv[1]), command="ownproof run table.csv"):
    print("held", flush=True)
    sys.stdin.readline()
"""
TRY = """
import sys
from pathlib import Path
from ownproof.errors import Locked
from ownproof.project.lock import Lock
try:
    with Lock(Path(sys.argv[1]), command="other"): print("entered")
except Locked as e: print("locked", e.exit)
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def tried(path):
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip()


def test_a_second_process_is_told_who_holds_the_lock(tmp_path, holder):
    with pytest.raises(Locked) as caught, Lock(tmp_path / "lock", command="ownproof prove"):
        pass
    assert caught.value.exit == 6
    assert str(holder.pid) in caught.value.message
    assert "ownproof run table.csv" in caught.value.message
    assert str(holder.pid) in caught.value.hint


def test_the_lock_is_free_when_its_holder_ends(tmp_path, holder):
    holder.communicate("go\n", timeout=30)
    assert holder.returncode == 0
    with Lock(tmp_path / "lock", command="next"):
        assert json.loads((tmp_path / "lock").read_text()) == {"pid": os.getpid(), "command": "next"}


def test_the_lock_dies_with_a_killed_holder(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait(30)
    with Lock(tmp_path / "lock", command="next"):
        pass


def test_the_same_process_enters_again_and_holds_until_the_last_exit(tmp_path):
    path = tmp_path / "deep" / "lock"
    with Lock(path, command="outer") as lock:
        with Lock(path, command="inner"), lock:
            assert tried(path) == "locked 6"
        assert tried(path) == "locked 6"
    assert tried(path) == "entered"


def test_it_is_released_when_the_block_fails(tmp_path):
    with pytest.raises(RuntimeError), Lock(tmp_path / "lock", command="x"):
        raise RuntimeError
    assert tried(tmp_path / "lock") == "entered"


def test_another_thread_of_the_process_may_enter(tmp_path):
    entered = []

    def enter():
        with Lock(tmp_path / "lock", command="thread"):
            entered.append(True)

    with Lock(tmp_path / "lock", command="main"):
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join(30)
        assert entered == [True]
        assert tried(tmp_path / "lock") == "locked 6"


def test_children_inherit_nothing(tmp_path):
    code = """
import os, subprocess, sys, time
from pathlib import Path
from ownproof.errors import Locked
from ownproof.project.lock import Lock
path = Path(sys.argv[1])
lock = Lock(path, command="parent")
lock.__enter__()
sleeper = subprocess.Popen(["sleep", "60"], close_fds=False, stdout=subprocess.DEVNULL)
forked = os.fork()
if not forked:
    try:
        with Lock(path, command="child"): word = "entered"
    except Locked: word = "locked"
    sys.stdout.write(word + "\\n"); sys.stdout.flush()
    lock.__exit__(None, None, None)  # leaving what the parent entered frees nothing
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    time.sleep(60)
    os._exit(0)
sys.stdout.write(f"{sleeper.pid} {forked}\\n"); sys.stdout.flush()
sys.stdin.readline()
os._exit(0)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    said = {parent.stdout.readline().strip(), parent.stdout.readline().strip()}
    try:
        pids = next(s for s in said if " " in s).split()
        assert "locked" in said
        assert tried(tmp_path / "lock") == "locked 6"
        parent.kill()
        parent.communicate()
        assert tried(tmp_path / "lock") == "entered"  # while both children still live
        for pid in pids:
            os.kill(int(pid), 0)
    finally:
        for pid in pids:
            os.kill(int(pid), signal.SIGKILL)


def test_a_note_that_cannot_be_read_still_locks(tmp_path, holder):
    (tmp_path / "lock").write_text("not json")
    with pytest.raises(Locked, match="process unknown"), Lock(tmp_path / "lock", command="x"):
        pass


@pytest.mark.parametrize(("number", "code"), [(errno.EROFS, "read-only"), (errno.ENOSPC, "disk-full")])
def test_a_lock_that_cannot_be_made_is_a_clear_error(tmp_path, monkeypatch, number, code):
    def refuse(*arguments, **more):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ConfigError) as caught, Lock(tmp_path / "lock", command="x"):
        pass
    assert caught.value.name == code
