"""Logged inputs become the table that they would have been, whatever the kind."""

import datetime as dt
import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core import registry
from ownproof.core.input import Profile, Recognition
from ownproof.core.schema import Column
from ownproof.runtime.journal.reading import read
from ownproof.runtime.journal.typed import answers, large_cells, typed
from ownproof.runtime.journal.writer import open_journal
from tests.runtime.journal.journals import decision, written

COLUMNS = (
    Column("age", "number", "feature", {"cells": "text", "decimal": ","}),
    Column("job", "category", "feature", {"cells": "text", "missing": [""]}),
    Column("since", "moment", "feature", {"cells": "text", "formats": ["iso"]}),
    Column("note", "text", "feature", {"cells": "text"}),
)
ROWS = [
    {"age": 3, "job": "cook", "since": "2024-01-31T12:00:00", "note": "a"},
    {"age": 3.5, "job": None, "since": None, "note": "b\nc"},
    {"age": None, "job": "7", "since": "2024-02-01", "note": None},
]


class Rows:
    """A kind whose cells are lists of numbers, which no table can cast."""

    name = "rows"
    usable = True

    def recognise(self, column, *, folder=None):
        return Recognition(0.0)

    def cast(self, column, details, *, folder=None):
        raise ValueError("not in a table")

    def read(self, cell, details):
        if cell is None:
            return None
        if not isinstance(cell, list):
            raise ValueError("rows were expected")  # noqa: TRY004 - the protocol asks for it
        return np.array(cell, dtype=np.float32)

    def profile(self, column):
        return Profile(self.name, len(column), 0, 0)


def frame_of(folder, rows):
    written(folder, [decision(n, inputs=row) for n, row in enumerate(rows)])
    return read(folder).frame()


def test_cells_are_typed_as_their_kinds_type_a_request(tmp_path):
    kinds = registry.inputs()
    table = typed(frame_of(tmp_path, ROWS), COLUMNS, kinds)
    for column in COLUMNS:
        expected = [kinds[column.kind].read(row[column.name], {**column.details, "cells": "json"}) for row in ROWS]
        assert table[column.name].to_list() == expected
    assert table["since"][0] == dt.datetime(2024, 1, 31, 12)


def test_what_was_not_logged_is_missing(tmp_path):
    table = typed(frame_of(tmp_path, [{"age": 3}, {}]), COLUMNS, registry.inputs())
    assert table["age"].to_list() == [3.0, None]
    assert table["job"].to_list() == [None, None]
    assert table.height == 2


def test_rows_without_a_known_field_are_rows_still(tmp_path):
    assert typed(frame_of(tmp_path, [{}, {"other": 1}]), COLUMNS, registry.inputs()).height == 2


def test_a_field_of_two_types_is_read_cell_by_cell(tmp_path):
    table = typed(frame_of(tmp_path, [{"job": 7}, {"job": "cook"}, {"job": [1]}]), COLUMNS, registry.inputs())
    assert table["job"].to_list()[:2] == ["7", "cook"]
    assert table.height == 3


def test_cells_that_no_table_holds_become_objects(tmp_path):
    column = Column("picture", "rows")
    table = typed(frame_of(tmp_path, [{"picture": [[0, 1], [1, 0]]}, {"picture": None}]), [column], {"rows": Rows()})
    np.testing.assert_array_equal(table["picture"][0], [[0, 1], [1, 0]])
    assert table["picture"].to_list()[1] is None


class Shapes(Rows):
    """A kind that takes whatever JSON holds."""

    name = "shapes"

    def read(self, cell, details):
        return None if cell is None else (cell,)


@pytest.mark.parametrize(
    "cells", [[[[0, 1]], "a/path.pgm", None], [{"x": []}, {"y": None}, {}], [[1], [{"b": 1}], []], [{"a": 1}, 1, "[1"]]
)
def test_nested_cells_are_read_as_they_were_logged(tmp_path, cells):
    column = Column("shape", "shapes")
    table = typed(frame_of(tmp_path, [{"shape": cell} for cell in cells]), [column], {"shapes": Shapes()})
    assert [None if v is None else v[0] for v in table["shape"].to_list()] == cells


SIMPLE = st.fixed_dictionaries(
    {
        "age": st.one_of(st.none(), st.integers(-(2**62), 2**62), st.floats(-1e30, 1e30)),
        "job": st.one_of(st.none(), st.integers(-99, 99), st.booleans(), st.text(max_size=6)),
        "since": st.one_of(st.none(), st.datetimes(min_value=dt.datetime(1900, 1, 1)).map(dt.datetime.isoformat)),
        "note": st.one_of(st.none(), st.text(max_size=6)),
    }
)


@settings(deadline=None, max_examples=60)
@given(st.lists(SIMPLE, min_size=1, max_size=5))
def test_whatever_a_request_may_hold_is_typed_as_the_server_typed_it(rows):
    try:
        texts = [json.dumps(row, ensure_ascii=False).encode().decode() for row in rows]
    except UnicodeEncodeError:
        return
    kinds = registry.inputs()
    table = typed(pl.DataFrame({"inputs": texts}), COLUMNS, kinds)
    for column in COLUMNS:
        details = {**column.details, "cells": "json"}
        assert table[column.name].to_list() == [kinds[column.kind].read(row[column.name], details) for row in rows]


def test_no_decision_gives_no_row(tmp_path):
    assert typed(read(tmp_path).frame(), COLUMNS, registry.inputs()).height == 0


def test_a_large_cell_comes_back_by_its_hash_and_is_missing_without(tmp_path):
    note = "x" * 3000
    with open_journal(tmp_path) as writer:
        inputs, _ = writer.inputs({"note": note, "age": 4})
        writer.write(decision(1, inputs=inputs))
    frame = read(tmp_path).frame()
    whole = typed(frame, COLUMNS, registry.inputs(), cells=large_cells(tmp_path))
    assert (whole["note"].item(), whole["age"].item()) == (note, 4.0)
    assert typed(frame, COLUMNS, registry.inputs())["note"].item() is None


def test_answers_stand_side_by_side(tmp_path):
    told = [
        {"prediction": "yes", "probabilities": {"yes": 0.75, "no": 0.25}, "threshold": 0.5},
        {"prediction": 3.5, "low": 1, "high": 4},
        {"prediction": [1, 2]},
    ]
    frame = frame_of(tmp_path, [{}] * 3)
    table = answers(frame.with_columns(answer=pl.Series([json.dumps(t) for t in told])))
    assert table["prediction"].to_list() == ["yes", "3.5", "[1,2]"]
    assert table["probability_yes"].to_list() == [0.75, None, None]
    assert table["high"].to_list() == [None, 4.0, None]


@pytest.mark.parametrize("rows", [1, 3])
def test_numbers_stay_numbers_where_every_cell_is_whole(tmp_path, rows):
    table = typed(frame_of(tmp_path, [{"age": n} for n in range(rows)]), COLUMNS[:1], registry.inputs())
    assert table["age"].to_list() == [float(n) for n in range(rows)]
