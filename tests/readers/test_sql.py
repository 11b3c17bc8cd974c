import sqlite3

import pytest

from ownproof.core.reading import collected
from ownproof.errors import InputError, MissingExtra, OwnproofError
from ownproof.readers.sql import SqlReader

READER = SqlReader()


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table orders(id integer, code text, paid real, mixed, gone)")
        connection.executemany(
            "insert into orders values(?, ?, ?, ?, null)",
            [(1, "007", 1.5, "x"), (2, None, None, 5), (3, "a:b", 2, None)],
        )
    connection.close()
    return f"sqlite:///{path}"


def refused(url, **more):
    with pytest.raises(OwnproofError) as caught:
        READER.read(url, **more)
    assert caught.value.exit == 2
    assert caught.value.hint
    return caught.value


def test_the_answer_is_a_table_and_a_column_of_mixed_types_is_text(database):
    wanted = {
        "id": [1, 2, 3],
        "code": ["007", None, "a:b"],
        "paid": [1.5, None, 2.0],
        "mixed": ["x", "5", None],
        "gone": [None, None, None],
    }
    assert collected(READER.read(f"{database}?query=select * from orders").frame).to_dict(as_series=False) == wanted
    assert collected(READER.read(f"{database}?query=select+*+from%20orders").frame).to_dict(as_series=False) == wanted
    assert collected(READER.read(database, query="select * from orders").frame).to_dict(as_series=False) == wanted


def test_colons_and_plus_signs_of_a_query_stay_what_they_are(database):
    frame = collected(
        READER.read(f"{database}?query=select id + 1 as next, id, id from orders where code = 'a:b'").frame
    )
    assert frame.to_dict(as_series=False) == {"next": [4], "id": [3], "id_2": [3]}


def test_types_that_differ_from_batch_to_batch_meet_in_one(database, monkeypatch):
    monkeypatch.setattr("ownproof.readers.sql.BATCH", 1)
    frame = collected(READER.read(f"{database}?query=select paid, mixed, id, gone from orders").frame)
    assert frame.to_dict(as_series=False) == {
        "paid": [1.5, None, 2.0],
        "mixed": ["x", "5", None],
        "id": [1, 2, 3],
        "gone": [None, None, None],
    }


@pytest.mark.parametrize(
    "query",
    [
        "drop table orders",
        "delete from orders",
        "update orders set id = 9",
        "insert into orders values(1, 2, 3, 4, 5)",
        "with gone as (select 1) delete from orders",
        "/* select */ drop table orders",
        "pragma user_version = 5",
    ],
)
def test_a_query_that_writes_is_refused_and_nothing_is_written(database, query):
    assert refused(f"{database}?query={query}").name == "sql"
    assert collected(READER.read(f"{database}?query=select sum(id) as s from orders").frame)["s"].to_list() == [6]


def test_a_url_without_a_query_is_answered_with_the_tables(database):
    assert "orders" in refused(database).hint
    assert "orders" in refused(f"{database}?query=").hint


def test_a_table_that_is_not_there_is_answered_with_the_near_one(database):
    error = refused(f"{database}?query=select * from odrers")
    assert "odrers" in error.message
    assert "orders" in error.hint


def test_no_rows_and_bad_queries_are_refused(database):
    assert refused(f"{database}?query=select * from orders where id > 9").name == "no-rows"
    assert refused(f"{database}?query=select from").name == "sql"


def test_a_missing_database_is_not_made(tmp_path, database):
    del database
    error = refused(f"sqlite:///{tmp_path / 'shp.db'}?query=select 1")
    assert error.name == "no-file"
    assert "shop.db" in error.hint
    assert not (tmp_path / "shp.db").exists()
    (tmp_path / "x.csv").write_text("a,b,c,d,e,f,g,h,i\n")
    assert refused(f"sqlite:///{tmp_path / 'x.csv'}?query=select 1").name == "not-a-table"


@pytest.mark.parametrize(
    "url",
    [
        "nosuch://me:pa55word@host/x?query=select 1",
        "postgresql://me:pa55word@127.0.0.1:1/x?query=select 1",
        "mysql://me:pa55word@[bad/x?query=select 1",
        "oracle://me:pa55word@127.0.0.1:1/x?query=select 1",
    ],
)
def test_no_password_is_ever_shown(url):
    error = refused(url)
    assert isinstance(error, (InputError, MissingExtra))
    assert "pa55word" not in str(error.to_json())


def test_only_urls_are_its_own():
    assert READER.recognise("sqlite:///x.db", b"") == 1.0
    assert READER.recognise("postgresql+psycopg://h/x", b"") == 1.0
    assert READER.recognise("https://host/x.csv", b"") == 0.0
    assert READER.recognise("x.db", b"SQLite") == 0.0
