"""What a table says of itself, beside what was said of it."""

import polars as pl
import pytest

from ownproof.errors import InputError
from ownproof.phases.decide.answers import Answers
from ownproof.project.deciding.seen import Seen, beside, look
from tests.tables import loans


def test_rows_classes_and_labels_are_counted(tmp_path):
    table = loans(400).with_columns(bad=pl.when(pl.int_range(400) < 30).then(None).otherwise(pl.col("bad")))
    table.write_csv(tmp_path / "d.csv")
    counts = table["bad"].drop_nulls().value_counts()["count"].to_list()
    assert look(str(tmp_path / "d.csv"), "bad") == Seen("tabular", 400, 370, len(counts), min(counts))


def test_a_number_has_no_classes(tmp_path):
    pl.DataFrame({"x": range(300), "y": [i * 1.7 for i in range(300)]}).write_parquet(tmp_path / "d.parquet")
    assert look(str(tmp_path / "d.parquet"), "y") == Seen("tabular", 300, 300)


def test_texts_with_a_label_are_a_text_task(tmp_path):
    words = ("the parcel came late", "a lovely lamp, thank you", "where is my money", "it broke on the second day")
    rows = [
        {"text": f"{words[i % 4]} and number {i} of my long letter says so", "mood": "ab"[i % 2]} for i in range(200)
    ]
    pl.DataFrame(rows).write_csv(tmp_path / "d.csv")
    assert look(str(tmp_path / "d.csv"), "mood").task == "text-label"


def test_a_target_that_is_not_there_names_the_near_miss(tmp_path):
    loans(60).write_csv(tmp_path / "d.csv")
    with pytest.raises(InputError, match="bda") as seen:
        look(str(tmp_path / "d.csv"), "bda")
    assert "bad" in seen.value.hint


def test_the_data_count_and_a_difference_is_told():
    answers, told = beside(Answers(labels=6200, rows=400), Seen("tabular", 400, 370, 2, 30))
    assert (answers.labels, answers.classes, answers.task) == (370, 2, "tabular")
    assert [f.rule for f in told] == ["decide.said"]
    assert "6,200" in told[0].evidence
    assert "370" in told[0].evidence


def test_the_task_is_the_users_to_say():
    answers, told = beside(Answers(task="text-label"), Seen("tabular", 400, 370))
    assert (answers.task, len(told)) == ("text-label", 1)
    assert beside(Answers(task="forecast"), Seen("tabular", 400, 370))[1] == ()
