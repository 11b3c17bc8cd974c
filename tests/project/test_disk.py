"""What a disk refuses becomes an error that a person can act on."""

import errno
import os

import pytest

from ownproof.errors import ConfigError
from ownproof.project.disk import REFUSALS, disk, sync_tree, write_all


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.ENOSPC, "disk-full", "the disk is full"),
        (errno.EDQUOT, "disk-full", "the disk is full"),
        (errno.EROFS, "read-only", "read-only"),
        (errno.EACCES, "unwritable", "permission denied"),
        (errno.EPERM, "unwritable", "permission denied"),
        (errno.ENOTDIR, "in-the-way", "in its place"),
        (errno.EIO, "disk", "input/output error"),
    ],
)
def test_every_refusal_says_what_failed_and_what_to_do(tmp_path, number, code, words):
    with pytest.raises(ConfigError) as caught, disk("write the notes", tmp_path / "notes"):
        raise OSError(number, os.strerror(number))
    error = caught.value
    assert error.name == code
    assert error.exit == 2
    assert words in error.message
    assert "write the notes" in error.message
    assert error.expected
    assert error.hint
    assert error.where == str(tmp_path / "notes")


def test_errors_that_are_no_refusal_pass_through_where_that_is_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError), disk("write", tmp_path, only=REFUSALS):
        (tmp_path / "nowhere" / "x").read_bytes()
    with pytest.raises(ConfigError, match="full"), disk("write", tmp_path, only=REFUSALS):
        raise OSError(errno.ENOSPC, "no space")


def test_a_full_device_is_a_full_disk():
    fd = os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(ConfigError, match="the disk is full"), disk("write", "/dev/full"):
        write_all(fd, b"x")
    os.close(fd)


def test_a_system_that_takes_a_few_bytes_at_a_time_gets_them_all(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, bytes(data)[:3]))
    fd = os.open(tmp_path / "x", os.O_WRONLY | os.O_CREAT)
    write_all(fd, b"0123456789")
    os.close(fd)
    assert (tmp_path / "x").read_bytes() == b"0123456789"


def test_a_tree_with_links_that_lead_nowhere_can_be_synced(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file").write_text("x")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "gone")
    sync_tree(tmp_path)
    assert (tmp_path / "in" / "file").read_text() == "x"
