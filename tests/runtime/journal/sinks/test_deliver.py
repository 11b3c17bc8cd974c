"""A copy elsewhere is kept equal: each row once, what was deleted here is deleted there, and a failure is caught up."""

import fsspec
import polars as pl
import pytest

from ownproof.core.policy import Policy
from ownproof.errors import ConfigError, MissingExtra
from ownproof.runtime.journal.compact import compact
from ownproof.runtime.journal.forgetting import forget
from ownproof.runtime.journal.query import query
from ownproof.runtime.journal.reading import read
from ownproof.runtime.journal.sinks.deliver import deliver, identity
from tests.postgres import postgresql
from tests.runtime.journal.journals import decision, moment, outcome, refusal, written

ODD = {"n": 1, "text": 'a "quoted"\ttab, é\n and \x00 nothing \\u0000', "none": None, "nested": [{"a": 1.5}]}


def journal(folder):
    written(
        folder,
        [decision(1, inputs=ODD, flags=["unseen:n"]), decision(2), refusal(3), outcome("d1", {"x": None}, known=4.0)],
    )
    compact(folder)
    return folder


@pytest.fixture(scope="module")
def postgres():
    with postgresql() as url:
        yield url


def mirrored(folder, url, look):
    """What every database must do, on a real one."""
    first = deliver(folder, url)
    assert (first.files, first.rows, first.removed) == (3, 4, 0)
    again = deliver(folder, url)
    assert (again.files, again.rows) == (0, 0)
    assert look("SELECT count(*) FROM ownproof_decisions") == [(2,)]
    written(folder, [decision(5)])
    compact(folder, policy=Policy(journal_small_files=1))  # replaces the file that was delivered
    moved = deliver(folder, url)
    assert (moved.files, moved.removed) == (1, 1)
    assert sorted(look("SELECT id FROM ownproof_decisions")) == [("d1",), ("d2",), ("d5",)]
    forget(folder, "k2")
    deliver(folder, url)
    assert sorted(look("SELECT id FROM ownproof_decisions")) == [("d1",), ("d5",)]
    assert sorted(look("SELECT kind, rows FROM ownproof_files")) == [("decisions", 2), ("outcomes", 1), ("refusals", 1)]


def test_a_real_postgresql_holds_each_row_once(tmp_path, postgres):
    import psycopg

    def look(sql):
        with psycopg.connect(postgres) as database:
            return database.execute(sql).fetchall()

    mirrored(journal(tmp_path), postgres, look)
    (row,) = look(
        "SELECT at, inputs->>'text', inputs->'nested'->0->>'a', flags->>0, answer->>'prediction' FROM ownproof_decisions WHERE id = 'd1'"
    )
    assert row == (moment(1), 'a "quoted"\ttab, é\n and � nothing \\u0000', "1.5", "unseen:n", "yes")
    assert look("SELECT outcome FROM ownproof_outcomes") == [({"x": None},)]
    assert look("SELECT problems->0->>'field', status FROM ownproof_refusals") == [("n", 422)]


def test_two_journals_share_a_postgresql(tmp_path, postgres):
    import psycopg

    one, other = journal(tmp_path / "one"), journal(tmp_path / "other")
    deliver(one, postgres)
    deliver(other, postgres)
    forget(one, "k1")
    deliver(one, postgres)
    with psycopg.connect(postgres) as database:
        found = database.execute(
            "SELECT journal, count(*) FROM ownproof_decisions WHERE journal IN (%s, %s) GROUP BY 1",
            (identity(one), identity(other)),
        )
        assert dict(found.fetchall()) == {identity(one): 1, identity(other): 2}


def test_a_sqlite_holds_each_row_once(tmp_path):
    import sqlalchemy as sa

    url = f"sqlite:///{tmp_path / 'copy.db'}"
    engine = sa.create_engine(url)

    def look(sql):
        with engine.connect() as database:
            return [tuple(row) for row in database.execute(sa.text(sql))]

    mirrored(journal(tmp_path / "j"), url, look)
    assert look("SELECT json_extract(inputs, '$.nested[0].a') FROM ownproof_decisions WHERE id = 'd1'") == [(1.5,)]
    engine.dispose()


def test_a_delivery_that_is_cut_short_leaves_nothing_half_there(tmp_path, monkeypatch):
    import sqlalchemy as sa

    from ownproof.runtime.journal.sinks import database

    folder, url = journal(tmp_path / "j"), f"sqlite:///{tmp_path / 'copy.db'}"
    real = database._cells
    calls = iter(range(100))

    def dies(name, values):
        if next(calls) == 8:
            raise KeyboardInterrupt
        return real(name, values)

    with monkeypatch.context() as patch:
        patch.setattr(database, "_cells", dies)
        with pytest.raises(KeyboardInterrupt):
            deliver(folder, url)
    engine = sa.create_engine(url)
    with engine.connect() as place:
        assert place.execute(sa.text("SELECT count(*) FROM ownproof_decisions")).scalar() == 0
    assert deliver(folder, url).rows == 4
    with engine.connect() as place:
        assert place.execute(sa.text("SELECT count(*) FROM ownproof_decisions")).scalar() == 2
    engine.dispose()


@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_a_copy_of_the_files_is_a_journal_of_its_own(tmp_path, kind):
    folder = journal(tmp_path / "j")
    url = str(tmp_path / "copy") if kind == "folder" else f"memory://copies/{tmp_path.name}"
    assert deliver(folder, url).rows == 4
    assert deliver(folder, url).files == 0
    files, root = fsspec.core.url_to_fs(f"{url}/{identity(folder)}")
    mine = tmp_path / "mine"
    files.get(root.rstrip("/") + "/", str(mine), recursive=True)
    assert read(mine).frame().equals(read(folder).frame())
    assert query(mine, "SELECT count(*) FROM outcomes").item() == 1
    forget(folder, "k1")
    assert deliver(folder, url).removed == 2
    names = {e.rpartition("/")[2] for e in files.ls(root, detail=False)}
    assert {n for n in names if n.endswith(".parquet")} == {p.name for p in folder.glob("*.parquet")}


def test_a_file_that_came_over_in_part_is_delivered_again(tmp_path):
    folder = journal(tmp_path / "j")
    deliver(folder, str(tmp_path / "copy"))
    path = next((tmp_path / "copy").rglob("decisions-*.parquet"))
    path.write_bytes(path.read_bytes()[:100])
    assert deliver(folder, str(tmp_path / "copy")).files == 1
    assert pl.read_parquet(path).height == 2


def test_a_place_that_cannot_be_reached_is_said_without_its_password(tmp_path):
    folder = journal(tmp_path / "j")
    with pytest.raises(ConfigError) as caught:
        deliver(folder, "postgresql://me:secret@127.0.0.1:1/nowhere?connect_timeout=2")
    assert "secret" not in str(caught.value.to_json())
    assert "***" in caught.value.message
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be delivered"):
        deliver(folder, str(tmp_path / "file"))
    with pytest.raises((MissingExtra, ConfigError)):
        deliver(folder, "nosuch://place")
    assert read(folder).frame().height == 2
