from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ownproof.core.dataset import Dataset
from ownproof.core.schema import Column, Schema
from ownproof.core.task import Task
from ownproof.errors import InputError, OwnproofError, UsageError
from ownproof.learners.rule import RuleLearner, RuleModel, load_rule
from ownproof.testing.samples import table_sample

BINARY = Task("churn", "label", classes=("no", "yes"), positive="yes")
NUMBER = Task("churn", "number")
CELLS = {
    "tenure": [1.0, 5.0, 20.0, None],
    "plan": ["basic", "gold", "basic", "silver"],
    "signed up": [datetime(2024, 1, 1), datetime(2024, 6, 1), None, datetime(2025, 1, 1)],
    "old": ["yes", "no", "no", "yes"],
    "score": [0.9, 0.2, 0.0, 1.0],
    "churn": ["yes", "no", "no", "yes"],
}
KINDS = {"tenure": "number", "signed up": "moment", "score": "number"}
DATA = Dataset(
    pl.LazyFrame(CELLS),
    Schema(tuple(Column(n, KINDS.get(n, "category"), "target" if n == "churn" else "feature") for n in CELLS)),
    "f",
    4,
    truth=np.array([1, 0, 0, 1]),
)


def decisions(said: Path | str, task: Task = BINARY) -> list:
    predictions = load_rule(str(said), DATA.schema, task).predict(DATA, task)
    if task.target == "number":
        return predictions.raw.tolist()
    assert predictions.hard
    assert (predictions.raw.sum(axis=1) == 1).all()
    return [task.classes[i] for i in predictions.raw.argmax(axis=1)]


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def refusal(said: Path | str, task: Task = BINARY) -> str:
    with pytest.raises(OwnproofError) as caught:
        load_rule(str(said), DATA.schema, task).predict(DATA, task)
    assert caught.value.exit == 2
    return f"{caught.value.message} | {caught.value.expected} | {caught.value.hint} | {caught.value.where}"


def test_a_python_rule_sees_the_row_as_it_was_read(tmp_path: Path) -> None:
    rule = write(
        tmp_path,
        "r.py",
        "import math\ndef decide(row):\n"
        "    if row['tenure'] is None: return 'yes'\n"
        "    return 'yes' if row['tenure'] < 3 or row['signed up'] is None else 'no'\n",
    )
    assert decisions(rule) == ["yes", "no", "yes", "yes"]


def test_a_python_rule_never_sees_the_target(tmp_path: Path) -> None:
    rule = write(tmp_path, "r.py", "def decide(row):\n    return 'yes' if 'churn' in row else 'no'\n")
    assert decisions(rule) == ["no"] * 4


def test_true_and_false_mean_the_positive_class_and_the_other(tmp_path: Path) -> None:
    rule = write(tmp_path, "r.py", "def decide(row):\n    return row['plan'] == 'gold'\n")
    assert decisions(rule) == ["no", "yes", "no", "no"]
    assert decisions(rule, replace(BINARY, positive="no")) == ["yes", "no", "yes", "yes"]


def test_shares_make_a_scoring_rule_of_the_positive_class(tmp_path: Path) -> None:
    rule = write(tmp_path, "r.py", "def decide(row):\n    return 0.25 if row['plan'] == 'basic' else 1\n")
    predictions = load_rule(str(rule), DATA.schema, BINARY).predict(DATA, BINARY)
    assert not predictions.hard
    assert predictions.raw[:, 1].tolist() == [0.25, 1, 0.25, 1]
    other = replace(BINARY, positive="no")
    assert load_rule("column:score", DATA.schema, other).predict(DATA, other).raw[:, 0].tolist() == CELLS["score"]


def test_a_rule_for_numbers_gives_numbers(tmp_path: Path) -> None:
    rule = write(tmp_path, "r.sql", "COALESCE(tenure, 0) * 2 + 1;")
    assert decisions(rule, NUMBER) == [3, 11, 41, 1]


def test_a_sql_rule_is_one_expression(tmp_path: Path) -> None:
    rule = write(
        tmp_path,
        "r.sql",
        "-- the rule of last year\nCASE WHEN tenure < 3 OR \"signed up\" IS NULL\n     THEN 'yes' ELSE 'no' END",
    )
    assert decisions(rule) == ["yes", "no", "yes", "no"]
    assert decisions(write(tmp_path, "one.sql", "'no'")) == ["no"] * 4


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 'yes' FROM data",
        "'yes', 'no'",
        "(SELECT 'yes' FROM read_csv('/etc/hosts'))",
        "'yes' FROM data",
        "tenure >",
        "",
    ],
)
def test_sql_beyond_one_expression_is_refused(text, tmp_path: Path) -> None:
    assert "no SQL expression" in refusal(write(tmp_path, "r.sql", text))


def test_sql_over_all_rows_at_once_is_refused(tmp_path: Path) -> None:
    assert "all rows at once" in refusal(write(tmp_path, "r.sql", "CASE WHEN SUM(tenure) > 3 THEN 'yes' ELSE 'no' END"))


def test_unknown_columns_are_named_with_near_misses_all_at_once(tmp_path: Path) -> None:
    said = refusal(write(tmp_path, "r.sql", "CASE WHEN tenur < 3 AND plann = 'gold' THEN 'yes' ELSE 'no' END"))
    assert "2 problems" in said
    assert "'tenure'" in said
    assert "'plan'" in said
    assert "'tenure'" in refusal(write(tmp_path, "r.py", "def decide(row):\n    return row['tenur']\n"))
    assert "'tenure'" in refusal(write(tmp_path, "r.csv", "tenur,answer\n> 3,no\n"))


def test_the_target_is_no_column_of_the_rule(tmp_path: Path) -> None:
    assert "no column 'churn'" in refusal(write(tmp_path, "r.sql", "churn"))
    assert "target itself" in refusal("column:churn")


def test_in_a_decision_table_the_first_matching_line_wins(tmp_path: Path) -> None:
    rule = write(
        tmp_path, "r.csv", "tenure,plan,answer\n>= 10,,no\n3..7,gold|silver,no\n,!= basic,yes\n< 3,basic,yes\n"
    )
    assert decisions(rule) == ["yes", "no", "no", "yes"]


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        (">= 5", [1, 2]),
        ("> 5", [2]),
        ("< 5", [0]),
        ("<= 5", [0, 1]),
        ("= 5", [1]),
        ("== 5", [1]),
        ("5", [1]),
        ("1|20", [0, 2]),
        ("!= 5", [0, 2]),
        ("!= 1|5", [2]),
        ("1..5", [0, 1]),
        ("-3 .. 4.5", [0]),
        ("missing", [3]),
        ("not missing", [0, 1, 2]),
        ("*", [0, 1, 2, 3]),
        ("", [0, 1, 2, 3]),
    ],
)
def test_conditions_on_numbers(condition, rows, tmp_path: Path) -> None:
    rule = write(tmp_path, "r.csv", f"tenure;plan;answer\n{condition};;yes\n;;no\n")
    assert [i for i, d in enumerate(decisions(rule)) if d == "yes"] == rows


@pytest.mark.parametrize(
    ("column", "condition", "rows"),
    [
        ("plan", "gold|silver", [1, 3]),
        ("plan", "= basic", [0, 2]),
        ("plan", "!= basic", [1, 3]),
        ("signed up", ">= 2024-06-01", [1, 3]),
        ("signed up", "2024-01-01..2024-06-01", [0, 1]),
        ("signed up", "missing", [2]),
    ],
)
def test_conditions_on_texts_and_dates(column, condition, rows, tmp_path: Path) -> None:
    rule = write(tmp_path, "r.csv", f"{column},answer\n{condition},yes\n,no\n")
    assert [i for i, d in enumerate(decisions(rule)) if d == "yes"] == rows


def test_rows_that_no_line_matches_are_counted(tmp_path: Path) -> None:
    said = refusal(write(tmp_path, "r.csv", "tenure,answer\n< 3,yes\n> 10,no\n"))
    assert "no answer for 2 of 4 rows, the first is row 2" in said
    assert "a last row without conditions" in said


def test_all_faults_of_a_table_come_together(tmp_path: Path) -> None:
    said = refusal(write(tmp_path, "r.csv", "tenure,plan,answer\n>= many,,no\n5..2,,no\n,> gold,no\n"))
    assert "3 problems" in said
    for part in ("line 2, column tenure", "'many' is not a number", "line 3", "large to small", "line 4, column plan"):
        assert part in said
    assert "line 3 has 2 cells, the head has 3" in refusal(write(tmp_path, "q.csv", "tenure,plan,a\n1,,no\n1,no\n"))
    assert "asked about twice: plan" in refusal(write(tmp_path, "p.csv", "plan,plan,a\nx,y,no\n"))
    assert "no line" in refusal(write(tmp_path, "o.csv", "plan,answer\n"))


def test_wrong_and_missing_answers_come_together(tmp_path: Path) -> None:
    rule = write(
        tmp_path, "r.py", "def decide(row):\n    return {'gold': 'maybe', 'silver': None}.get(row['plan'], 'yes')\n"
    )
    said = refusal(rule)
    assert "2 problems" in said
    assert "no answer for 1 of 4 rows, the first is row 4" in said
    assert "'maybe' (1 rows)" in said
    assert "'no', 'yes'" in said


def test_a_failing_python_rule_names_the_row_and_the_line(tmp_path: Path) -> None:
    said = refusal(
        write(tmp_path, "r.py", "def decide(row):\n    x = 1\n    return 'yes' if row['tenure'] > x else 'no'\n")
    )
    assert "fails on row 4, line 3: TypeError" in said
    assert "missing in that row: tenure" in said
    assert "in line 2" in refusal(write(tmp_path, "s.py", "def decide(row):\n  return (\n"))
    assert "cannot be loaded, line 1: ModuleNotFoundError" in refusal(
        write(tmp_path, "t.py", "import nothing_like_it\n")
    )
    assert "did you mean 'decider'" in refusal(write(tmp_path, "u.py", "def decider(row):\n    return 'no'\n"))


def test_past_decisions_lie_in_a_column() -> None:
    assert decisions("column:old") == ["yes", "no", "no", "yes"]
    assert "did you mean 'old'" in refusal("column:odl")


def test_what_is_no_rule_is_said(tmp_path: Path) -> None:
    assert "is not a rule" in refusal("rule.txt")
    assert "no such file" in refusal(tmp_path / "none.py")
    (tmp_path / "b.sql").write_bytes(b"\xff\xfe\xff")
    assert "cannot be read" in refusal(tmp_path / "b.sql")
    assert "counted first" in refusal("majority")


def test_answers_follow_the_rows_that_are_asked_for() -> None:
    rule = load_rule("column:old", DATA.schema, BINARY)
    some = rule.predict(DATA.take(np.array([3, 1])), BINARY)
    assert some.raw[:, 1].tolist() == [1, 0]


def test_a_rule_stands_among_the_learners_but_is_never_learnt_or_packaged(tmp_path: Path) -> None:
    learner, sample = RuleLearner(), table_sample("number")
    assert "--rule" in (learner.accepts(sample.train.schema, sample.task) or "")
    assert not learner.portfolio(sample.task, sample.shape)

    def fit(task: Task, params: dict):
        return learner.fit(DATA, None, task, params, workdir=tmp_path, seed=0, cores=1, progress=lambda s, t: None)

    model = fit(BINARY, {"rule": "column:old"})
    assert isinstance(model, RuleModel)
    assert model.predict(DATA).hard
    with pytest.raises(UsageError, match="cannot be packaged"):
        model.save(tmp_path)
    assert fit(BINARY, {}).predict(DATA).raw[0].tolist() == [0.5, 0.5]
    with pytest.raises(UsageError, match="not boxes"):
        fit(Task("churn", "boxes"), {})


def test_answers_that_are_no_values_are_shown(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\['yes'\] \(4 rows\)"):
        decisions(write(tmp_path, "r.py", "def decide(row):\n    return ['yes']\n"))
