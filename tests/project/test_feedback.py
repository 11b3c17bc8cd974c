"""Outcomes that come as a file: read whole, logged, joined."""

import datetime as dt
import json
from decimal import Decimal

import polars as pl
import pytest

from ownproof.errors import InputError, UsageError
from ownproof.project.feedback import Columns, feedback
from ownproof.project.journal import place, stats
from ownproof.runtime.journal.outcomes import as_of
from ownproof.runtime.journal.reading import read
from tests.runtime.journal.journals import decision, written

NOW = 1_790_000_000.0


@pytest.fixture
def folder(tmp_path):
    return written(tmp_path / "journal", [decision(n) for n in range(1, 5)])


def told(folder, text, name="outcomes.csv", **columns):
    file = folder.parent / name
    file.write_text(text)
    return feedback(folder, str(file), Columns(**columns), clock=lambda: NOW)


def joined(folder):
    table = as_of(read(folder, "outcomes").frame(), read(folder).frame()).table.sort("id")
    return dict(zip(table["id"].to_list(), (json.loads(v) for v in table["outcome"].to_list()), strict=True))


def test_a_table_of_outcomes_is_logged_and_joined(folder):
    done = told(folder, "id,outcome,at\nk1,yes,2026-10-01T12:00:00\nk2,no,2026-10-02\nk3,,\nk77,no,2026-10-02\n")
    assert (done["logged"], done["empty"], done["matched"], done["unmatched"]) == (3, 1, 2, 1)
    assert joined(folder) == {"d1": "yes", "d2": "no"}
    assert read(folder, "outcomes").frame()["known"][0].isoformat() == "2026-10-01T12:00:00+00:00"


def test_numbers_written_as_text_are_logged_as_numbers(folder):
    told(folder, "prediction_id;outcome\nd1;3\nd2;4,5\n".replace(",", "."))
    assert joined(folder) == {"d1": 3, "d2": 4.5}


def test_codes_with_leading_zeros_stay_text(folder):
    told(folder, "prediction_id,outcome\nd1,007\nd2,008\n")
    assert joined(folder) == {"d1": "007", "d2": "008"}


def test_columns_may_have_any_name(folder):
    told(folder, "order,paid,month\nk1,yes,30d\n", id="order", outcome="paid", part="month")
    assert joined(folder) == {"d1": "yes"}


def test_the_same_file_twice_counts_once(folder):
    for _ in range(2):
        told(folder, "id,outcome,at\nk1,yes,1790000000.5\n")
    assert stats(folder)["outcomes"]["repeated"] == 1
    assert joined(folder) == {"d1": "yes"}


def test_outcomes_may_be_lists_and_objects(folder):
    told(folder, '{"id":"k1","outcome":[{"start":1,"end":4}]}\n{"id":"k2","outcome":[]}\n', name="outcomes.jsonl")
    assert joined(folder) == {"d1": [{"start": 1, "end": 4}], "d2": []}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([True, False], [True, False]),
        ([1.5, float("nan")], [1.5]),
        ([dt.date(2026, 1, 2), None], ["2026-01-02"]),
        ([dt.datetime(2026, 1, 2, 3), dt.datetime(2026, 1, 2, 4)], ["2026-01-02T03:00:00", "2026-01-02T04:00:00"]),
        ([Decimal("1.50"), Decimal(2)], [1.5, 2.0]),
    ],
)
def test_typed_outcomes_stay_what_they_are(folder, cells, expected):
    file = folder.parent / "outcomes.parquet"
    pl.DataFrame({"id": ["k1", "k2"], "outcome": cells}).write_parquet(file)
    assert feedback(folder, str(file), Columns(), clock=lambda: NOW)["logged"] == len(expected)
    assert list(joined(folder).values()) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,outcom\nk1,yes\n", "no column outcome"),
        ("outcome\nyes\n", "prediction_id or id"),
        ("id,outcome\nk1,yes\n,no\n", "1 rows name no decision .row 2."),
        ("id,outcome,at\nk1,yes,soon\nk2,no,2026-10-01\n", "no moments"),
    ],
)
def test_a_file_with_a_problem_logs_nothing(folder, text, said):
    with pytest.raises(InputError, match=said):
        told(folder, text)
    assert read(folder, "outcomes").frame().height == 0


def test_a_wrong_name_is_answered_with_the_near_miss(folder):
    with pytest.raises(InputError) as caught:
        told(folder, "order,paid\nk1,yes\n", id="ordr", outcome="paid")
    assert "'order'" in caught.value.hint


def test_without_a_project_the_journal_must_be_named(tmp_path):
    with pytest.raises(UsageError, match="no journal was named"):
        place(None, tmp_path)
    (tmp_path / "project.toml").write_text('data = "a.csv"\ntarget = "paid"\nid = "order"\n')
    folder, config = place(None, tmp_path)
    assert folder == tmp_path / "journal"
    written(folder, [decision(1)])
    (tmp_path / "o.csv").write_text("order,paid\nk1,yes\n")
    assert feedback(folder, str(tmp_path / "o.csv"), Columns(), config=config, clock=lambda: NOW)["matched"] == 1
