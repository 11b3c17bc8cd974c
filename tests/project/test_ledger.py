"""A ledger shows every change of its bytes, and a crash is no tampering."""

import errno
import hashlib
import json
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownproof.errors import ConfigError, Tampered
from ownproof.project.ledger import GENESIS, Entry, Ledger, canonical


def filled(path, count=4):
    ledger = Ledger(path)
    for i in range(count):
        ledger.append(("seal", "run")[i % 2], {"n": i, "text": "Zürich", "share": 0.15}, at=f"2026-01-0{i + 1}")
    return ledger


def child(code, *arguments, **more):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,
    )


def test_a_missing_file_is_an_empty_ledger_and_reading_creates_none(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    assert (len(ledger), ledger.head, ledger.entries()) == (0, GENESIS, ())
    assert not list(tmp_path.iterdir())


def test_entries_come_back_in_order_and_by_event(tmp_path):
    head = filled(tmp_path / "ledger.jsonl").head
    ledger = Ledger(tmp_path / "ledger.jsonl")
    assert [e.n for e in ledger.entries()] == [1, 2, 3, 4]
    assert [e.data["n"] for e in ledger.entries("run")] == [1, 3]
    assert ledger.head == head == ledger.entries()[-1].hash
    assert not ledger.torn


def test_the_chain_can_be_checked_with_nothing_but_the_standard_library(tmp_path):
    filled(tmp_path / "ledger.jsonl")
    previous = hashlib.sha256(b"ownproof/ledger/1").hexdigest()
    for line in (tmp_path / "ledger.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        said = entry.pop("hash")
        assert entry["previous"] == previous
        text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == said
        previous = said


def test_a_known_entry_keeps_its_hash_for_ever():
    entry = Entry.make(
        1, "seal", {"rows": 10, "share": 0.15, "who": "Zoë"}, at="2026-01-01T00:00:00Z", previous=GENESIS
    )
    assert GENESIS == "11524d7860d0b6abe444092aafe4402a05301ef4af97e55abe6a36adb802f6eb"
    assert entry.hash == "5aea23c3719d15f6cef7aeefd411d66b4a42584be1a34c3d378b8c764a062775"


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_whatever_json_is_appended_is_read_back(tmp_path, value):
    path = tmp_path / "ledger.jsonl"
    path.unlink(missing_ok=True)
    Ledger(path).append("note", {"value": value}, at="now")
    back = Ledger(path)
    assert back.entries()[0].data == Entry.make(1, "note", {"value": value}, at="now", previous=GENESIS).data


def test_every_changed_byte_is_found_and_its_line_named(tmp_path):
    path = tmp_path / "ledger.jsonl"
    filled(path, 2)
    whole = path.read_bytes()
    for at in range(len(whole)):
        line = whole[:at].count(b"\n") + 1
        for other in {whole[at] ^ 1, ord("\n"), (ord("}"), ord(" "), 0xFF)[at % 3]} - {whole[at]}:
            path.write_bytes(whole[:at] + bytes([other]) + whole[at + 1 :])
            with pytest.raises(Tampered) as caught:
                Ledger(path)
            assert caught.value.exit == 7
            assert caught.value.where == f"ledger.jsonl:{line}"


@pytest.mark.parametrize("tail", [b"x", b" ", b"}", b'{"at"x', b'{"at":"then"}\xc3', b"[", b'{"n":1,'])
def test_a_tail_that_no_crash_leaves_is_tampering(tmp_path, tail):
    path = tmp_path / "ledger.jsonl"
    filled(path, 2)
    path.write_bytes(path.read_bytes() + tail)
    with pytest.raises(Tampered, match="line 3"):
        Ledger(path)


@pytest.mark.parametrize(
    "tail", [b"{", b'{"at', b'{"at":"2026', b'{"at":"t","data":{"x":"\xc3', b"\0" * 512, b'{"at":"20' + b"\0" * 100]
)
def test_a_tail_that_a_crash_leaves_is_torn(tmp_path, tail):
    path = tmp_path / "ledger.jsonl"
    filled(path, 2)
    path.write_bytes(path.read_bytes() + tail)
    ledger = Ledger(path)
    assert ledger.torn
    ledger.append("later", {}, at="t")
    assert [e.event for e in Ledger(path).entries()] == ["seal", "run", "ledger.torn", "later"]
    assert (tmp_path / "ledger.torn").read_bytes() == tail + b"\n"


def test_lines_taken_out_swapped_doubled_or_blank_are_found(tmp_path):
    path = tmp_path / "ledger.jsonl"
    filled(path)
    lines = path.read_bytes().splitlines(keepends=True)
    for edited in (
        lines[1:],
        [lines[0], *lines[2:]],
        [lines[1], lines[0], *lines[2:]],
        [*lines, lines[-1]],
        [*lines, b"\n"],
        [b"\n", *lines],
        [b"{}\n", *lines],
        [*lines, b"[]\n"],
        [*lines, b"1" * 5000 + b"\n"],
    ):
        path.write_bytes(b"".join(edited))
        with pytest.raises(Tampered):
            Ledger(path)


def test_an_entry_rewritten_with_its_own_hash_breaks_the_one_after_it(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger = filled(path)
    lines = path.read_bytes().splitlines(keepends=True)
    old = ledger.entries()[1]
    lines[1] = Entry.make(2, old.event, {"n": 99}, at=old.at, previous=old.previous).line()
    path.write_bytes(b"".join(lines))
    with pytest.raises(Tampered, match=r"line 3.*does not follow"):
        Ledger(path)


def test_a_ledger_cut_at_any_byte_keeps_every_whole_entry_and_goes_on(tmp_path):
    path = tmp_path / "ledger.jsonl"
    filled(path, 2)
    whole = path.read_bytes()
    for stop in [*range(1, 40), *range(40, len(whole) - 20, 7), *range(len(whole) - 20, len(whole))]:
        (tmp_path / "ledger.torn").unlink(missing_ok=True)
        path.write_bytes(whole[:stop])
        ledger = Ledger(path)
        complete = whole[:stop].count(b"\n") + (whole[stop : stop + 1] == b"\n")
        tail = whole[:stop].rsplit(b"\n", 1)[-1] if whole[stop : stop + 1] != b"\n" else b""
        assert len(ledger) == complete
        assert ledger.torn == bool(tail)
        assert path.read_bytes() == whole[:stop]  # reading changes nothing
        ledger.append("later", {}, at="then")
        again = Ledger(path)
        assert [e.event for e in again.entries()][complete:] == (["ledger.torn"] if tail else []) + ["later"]
        if tail:
            assert (tmp_path / "ledger.torn").read_bytes() == tail + b"\n"
            said = again.entries("ledger.torn")[0].data
            assert said["sha256"] == hashlib.sha256(tail + b"\n").hexdigest()


def test_a_torn_line_is_recorded_even_if_setting_it_aside_was_cut_short(tmp_path):
    path = tmp_path / "ledger.jsonl"
    filled(path, 2)
    (tmp_path / "ledger.torn").write_bytes(b'{"at":"x","da\n')  # copied and cut off the ledger, then killed
    ledger = Ledger(path)
    ledger.append("later", {}, at="then")
    ledger.append("later", {}, at="then")
    assert [e.event for e in Ledger(path).entries()] == ["seal", "run", "ledger.torn", "later", "later"]


KILLED_IN_WRITE = """
import os, signal, sys
from pathlib import Path
from ownproof.project.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
real = os.write
def write(fd, data):
    real(fd, bytes(data)[: int(sys.argv[2])])
    os.kill(os.getpid(), signal.SIGKILL)
os.write = write
ledger.append("opened", {"what": "x" * 200}, at="t")
"""


@pytest.mark.parametrize("bytes_written", [0, 1, 150])
def test_a_process_killed_in_the_middle_of_an_append_loses_that_entry_only(tmp_path, bytes_written):
    path = tmp_path / "ledger.jsonl"
    filled(path, 2)
    done = child(KILLED_IN_WRITE, path, bytes_written)
    assert done.returncode == -9
    ledger = Ledger(path)
    assert len(ledger) == 2
    assert ledger.torn == (bytes_written > 0)
    ledger.append("after", {}, at="t")
    assert Ledger(path).entries()[-1].event == "after"


def test_two_processes_that_append_at_once_leave_one_chain(tmp_path):
    path = tmp_path / "ledger.jsonl"
    code = (
        "import sys; from pathlib import Path; from ownproof.project.ledger import Ledger\n"
        "l = Ledger(Path(sys.argv[1]))\nfor i in range(40): l.append('from', {'who': sys.argv[2], 'i': i}, at='t')"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(path), who]) for who in "ab"]
    assert [p.wait(60) for p in both] == [0, 0]
    entries = Ledger(path).entries()
    assert len(entries) == 80
    for who in "ab":
        assert [e.data["i"] for e in entries if e.data["who"] == who] == list(range(40))


def test_a_ledger_replaced_while_it_is_open_is_found_at_the_next_append(tmp_path):
    path = tmp_path / "ledger.jsonl"
    ledger = filled(path, 3)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    with pytest.raises(Tampered, match="gone"):
        ledger.append("more", {}, at="t")


def test_a_disk_that_fills_up_in_the_middle_of_an_append_leaves_the_ledger_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "ledger.jsonl"
    ledger = filled(path, 2)
    before = path.read_bytes()
    real = os.write

    def write(fd, data):
        real(fd, bytes(data)[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(ConfigError, match="cannot write the ledger: the disk is full"):
        ledger.append("more", {"x": 1}, at="t")
    monkeypatch.undo()
    assert path.read_bytes() == before
    ledger.append("more", {"x": 1}, at="t")
    assert [e.event for e in Ledger(path).entries()] == ["seal", "run", "more"]


def test_a_real_limit_of_the_system_is_met_without_half_a_line(tmp_path):
    path = tmp_path / "ledger.jsonl"
    filled(path, 2)
    before = path.read_bytes()
    code = (
        "import resource, sys; from pathlib import Path; from ownproof.project.ledger import Ledger\n"
        "from ownproof.errors import ConfigError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)\n"
        "try: Ledger(Path(sys.argv[1])).append('more', {'x': 'y' * 500}, at='t')\n"
        "except ConfigError as e: print(e.name, e.exit)"
    )
    done = child(code, path, len(before) + 100)
    assert done.stdout.strip() == "disk-full 2", done.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize(("number", "code"), [(errno.EROFS, "read-only"), (errno.EACCES, "unwritable")])
def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path, monkeypatch, number, code):
    def refuse(*arguments, **more):
        raise OSError(number, os.strerror(number))

    ledger = Ledger(tmp_path / "ledger.jsonl")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ConfigError) as caught:
        ledger.append("more", {}, at="t")
    assert caught.value.name == code
    assert not list(tmp_path.iterdir())


def test_an_entry_is_on_the_disk_before_the_append_returns(tmp_path, monkeypatch):
    path, synced = tmp_path / "ledger.jsonl", []
    real = os.fsync

    def fsync(fd):
        synced.append(os.fstat(fd).st_ino)
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    filled(path, 2)
    assert synced == [path.stat().st_ino, tmp_path.stat().st_ino, path.stat().st_ino]


def test_canonical_json_has_one_spelling_and_no_nan():
    assert canonical({"b": [1, 2.5], "a": None}) == b'{"a":null,"b":[1,2.5]}'
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical(float("nan"))
