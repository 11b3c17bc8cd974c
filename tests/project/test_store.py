"""An entry of the store is whole or not there."""

import errno
import os
import signal
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from ownproof.errors import ConfigError
from ownproof.project.store import Memo, Store, digest, file_digest


def left_over(store):
    return [p.name for p in store.root.rglob(".*")] if store.root.exists() else []


def test_an_entry_is_written_once_and_found_again(tmp_path):
    store, written = Store(tmp_path / "store"), []

    def write(folder):
        written.append(folder)
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("hello")

    assert store.get("run", "k1") is None
    path = store.put("run", "k1", write)
    assert path == tmp_path / "store" / "run" / "k1" == store.get("run", "k1") == store.put("run", "k1", write)
    assert (path / "deep" / "file").read_text() == "hello"
    assert len(written) == 1
    assert store.keys("run") == ["k1"]
    assert store.keys("none") == []
    assert not left_over(store)


def test_a_writer_that_fails_leaves_nothing_and_its_error_comes_through(tmp_path):
    store = Store(tmp_path / "store")

    def write(folder):
        (folder / "half").write_text("x")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.put("run", "k", write)
    with pytest.raises(FileNotFoundError):
        store.put("run", "k", lambda folder: (tmp_path / "not there").read_bytes())
    assert store.get("run", "k") is None
    assert not left_over(store)


def test_every_file_and_folder_is_on_the_disk_before_the_entry_is_there(tmp_path, monkeypatch):
    store, synced = Store(tmp_path / "store"), []
    real = os.fsync

    def fsync(fd):
        synced.append((os.fstat(fd).st_ino, store.get("run", "k") is not None))
        real(fd)

    def write(folder):
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("x")

    monkeypatch.setattr(os, "fsync", fsync)
    path = store.put("run", "k", write)
    inside = {p.stat().st_ino for p in (path, path / "deep", path / "deep" / "file")}
    assert {i for i, there in synced if not there} == inside
    assert [i for i, there in synced if there] == [path.parent.stat().st_ino]


def test_whoever_is_first_stays_when_two_write_the_same(tmp_path):
    store = Store(tmp_path / "store")

    def slow(folder):
        (folder / "who").write_text("slow")
        store.put("run", "k", lambda other: (other / "who").write_text("quick"))

    assert (store.put("run", "k", slow) / "who").read_text() == "quick"
    assert not left_over(store)


KILLED = """
import os, signal, sys
from pathlib import Path
from ownproof.project.store import Store
def write(folder):
    (folder / "half").write_text("x" * 1000)
    os.kill(os.getpid(), signal.SIGKILL)
Store(Path(sys.argv[1])).put("run", "k", write)
"""


def test_a_killed_writer_leaves_no_entry_and_is_swept_up(tmp_path):
    store = Store(tmp_path / "store")
    done = subprocess.run([sys.executable, "-c", KILLED, str(store.root)], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert store.get("run", "k") is None
    assert store.keys("run") == []
    assert len(left_over(store)) == 1
    assert store.sweep() == 1
    assert not left_over(store)
    assert store.put("run", "k", lambda folder: (folder / "x").write_text("whole")).is_dir()


def test_sweeping_leaves_a_living_writer_alone(tmp_path):
    store = Store(tmp_path / "store")
    swept = []

    def write(folder):
        (folder / "x").write_text("1")
        swept.append(Store(store.root).sweep())

    assert (store.put("run", "k", write) / "x").read_text() == "1"
    assert swept == [0]


@pytest.mark.parametrize("name", ["", "../up", ".hidden", "a/b", "a b", "-flag", "x\n"])
def test_names_that_are_no_names_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="cannot name"):
        Store(tmp_path).get(name, "k")
    with pytest.raises(ValueError, match="cannot name"):
        Store(tmp_path).put("kind", name, lambda folder: None)


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "disk-full"), (errno.EROFS, "read-only"), (errno.EACCES, "unwritable")]
)
def test_a_disk_that_refuses_while_an_entry_is_written_leaves_nothing(tmp_path, number, code):
    store = Store(tmp_path / "store")

    def write(folder):
        (folder / "half").write_text("x")
        raise OSError(number, os.strerror(number))

    with pytest.raises(ConfigError) as caught:
        store.put("bundle", "k", write)
    assert (caught.value.name, caught.value.exit) == (code, 2)
    assert "bundle" in caught.value.message
    assert store.get("bundle", "k") is None
    assert not left_over(store)


def test_a_file_that_a_real_limit_cuts_short_leaves_nothing(tmp_path):
    code = (
        "import resource, sys; from pathlib import Path; from ownproof.project.store import Store, Memo\n"
        "import numpy as np\nfrom ownproof.errors import ConfigError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: Memo(Store(Path(sys.argv[1]))).record('k', {'x': np.zeros(1000)}, {})\n"
        "except ConfigError as e: print(e.name, e.exit)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "store")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "disk-full 2", done.stderr
    assert not left_over(Store(tmp_path / "store"))
    assert Store(tmp_path / "store").keys("memo") == []


def test_a_store_that_cannot_be_made_is_a_clear_error(tmp_path, monkeypatch):
    (tmp_path / "store").write_text("a file")
    with pytest.raises(ConfigError, match="something else lies in its place"):
        Store(tmp_path / "store").put_json("run", "k", {})

    def refuse(*arguments, **more):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(ConfigError, match="read-only"):
        Store(tmp_path / "other").put_json("run", "k", {})


def test_json_values_come_back_plain_and_damaged_ones_are_absent(tmp_path):
    store = Store(tmp_path / "store")
    store.put_json("run", "k", {"a": (1, float("nan")), "ü": np.float64(2)})
    assert store.get_json("run", "k") == {"a": [1, None], "ü": 2.0}
    assert store.get_json("run", "other") is None
    (store.get("run", "k") / "value.json").write_text("{")
    assert store.get_json("run", "k") is None


def test_arrays_and_facts_are_recalled_as_they_were(tmp_path):
    memo = Memo(Store(tmp_path / "store"))
    arrays = {"raw": np.arange(6, dtype=np.float32).reshape(2, 3), "file": np.array(["a", "b"]), "empty": np.empty(0)}
    assert memo.recall("k") is None
    assert memo.facts("k") is None
    memo.record("k", arrays, {"rounds": np.int64(3)})
    back = memo.recall("k")
    assert set(back) == set(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
    assert memo.facts("k") == {"rounds": 3}
    memo.record("k", {"raw": np.zeros(1)}, {})
    assert memo.facts("k") == {"rounds": 3}


def test_objects_are_never_pickled(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        Memo(Store(tmp_path / "store")).record("k", {"x": np.array([object()])}, {})
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("damage", ["torn", "changed", "no arrays", "no facts", "nonsense"])
def test_a_damaged_memo_is_as_good_as_none_and_is_made_anew(tmp_path, damage):
    memo = Memo(Store(tmp_path / "store"))
    memo.record("k", {"x": np.arange(100)}, {"a": 1})
    folder = memo.store.get("memo", "k")
    data = (folder / "arrays.npz").read_bytes()
    if damage == "torn":
        (folder / "arrays.npz").write_bytes(data[:-10])
    elif damage == "changed":
        (folder / "arrays.npz").write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])
    elif damage == "nonsense":
        (folder / "facts.json").write_text("[1]")
    else:
        (folder / ("arrays.npz" if damage == "no arrays" else "facts.json")).unlink()
    assert memo.recall("k") is None
    memo.record("k", {"x": np.arange(3)}, {"a": 2})
    assert memo.recall("k")["x"].tolist() == [0, 1, 2]
    assert memo.facts("k") == {"a": 2}
    assert not left_over(memo.store)


@dataclass(frozen=True)
class Pair:
    a: int
    b: str


class Spelt:
    def to_json(self):
        return {"a": 1, "b": "x"}


def test_a_digest_is_the_same_for_ever():
    parts = [{"b": [1, 2.5, None, True], "a": "Zürich"}, np.arange(3, dtype=np.int64)]
    assert digest(*parts) == "7828169e331c276c8c4e8f390791f69ca07e797ea9ac224a086ae06a56ab48e5"


def test_equal_values_have_equal_digests():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest((1, 2)) == digest([1, 2])
    assert digest(np.float64(0.5)) == digest(0.5)
    assert digest(np.int64(3)) == digest(3)
    assert digest(Pair(1, "x")) == digest(Spelt()) == digest({"a": 1, "b": "x"})
    wide = np.arange(12).reshape(3, 4)
    assert digest(wide[:, ::2]) == digest(wide[:, ::2].copy())
    assert digest(np.arange(3, dtype=">i8")) == digest(np.arange(3, dtype="<i8"))


def test_different_values_have_different_digests():
    values = [
        None,
        True,
        1,
        1.0,
        "1",
        b"1",
        [1],
        [[1]],
        {"1": 1},
        {"a": None},
        [],
        {},
        "",
        [""],
        ["a", "b"],
        ["ab"],
        [["a"], "b"],
        float("nan"),
        np.arange(2),
        np.arange(2.0),
        np.arange(2).reshape(1, 2),
        np.empty(0),
        np.empty((0, 2)),
        np.array("2020-01-01", dtype="datetime64[us]").reshape(1),
        np.array([True, False]),
    ]
    seen = [digest(v) for v in values]
    assert len(set(seen)) == len(seen)
    assert digest("a", "b") != digest("ab")
    assert digest([1, 2]) != digest(1, 2)


@pytest.mark.parametrize("value", [object(), {1, 2}, lambda: 1, np.array([object()]), Pair])
def test_what_has_no_stable_bytes_has_no_digest(value):
    with pytest.raises(TypeError, match="no stable bytes"):
        digest(value)


def test_a_files_digest_is_its_sha256(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    assert file_digest(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    with pytest.raises(ConfigError, match="cannot read the file"):
        file_digest(tmp_path / "y")
