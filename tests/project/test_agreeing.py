import json

import polars as pl
import pytest

from ownproof.cli.main import main
from ownproof.errors import InputError, UsageError
from ownproof.project.agreeing import Columns, agree


def answers(*rows):
    return pl.DataFrame(rows, schema=["doc", "who", "label"], orient="row")


def alike(items=40, *, off=()):
    return [
        (f"d{i}", who, "yes" if (i % 2) ^ (i in off and who == "b") else "no") for i in range(items) for who in "ab"
    ]


@pytest.fixture
def table(tmp_path):
    answers(*alike(off=(3,))).write_csv(tmp_path / "ratings.csv")
    return tmp_path / "ratings.csv"


COLUMNS = ["--item", "doc", "--rater", "who", "--label", "label"]


def asked(capsys, *call):
    code = main([*map(str, call)])
    shown = capsys.readouterr()
    return code, shown.out


def test_a_table_of_ratings_is_answered_and_nothing_is_written(table, capsys):
    code, out = asked(capsys, "agree", table, *COLUMNS, "--json")
    answer = json.loads(out.splitlines()[-1])
    assert (code, answer["exit"], answer["decides"]) == (0, 0, "cohen")
    assert set(answer["cohen"]) == {"value", "low", "high", "items"}
    assert answer["cohen"]["items"] == 40
    assert answer["one_sided"]["low"] > answer["cohen"]["low"]
    assert [p.name for p in table.parent.iterdir()] == ["ratings.csv"]


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_any_format_that_is_read_gives_the_same(table, suffix):
    frame = pl.read_csv(table)
    other = table.with_suffix(f".{suffix}")
    frame.write_parquet(other) if suffix == "parquet" else frame.write_ndjson(other)
    columns = Columns("doc", "who", ("label",))
    assert agree(other, columns)[0]["cohen"] == agree(table, columns)[0]["cohen"]


def test_a_column_for_each_rater_is_the_same_as_a_row_for_each_answer(table):
    wide = pl.read_csv(table).pivot("who", index="doc", values="label")
    wide.write_csv(table.parent / "wide.csv")
    long = agree(table, Columns("doc", "who", ("label",)))[0]
    for item in ("doc", None):
        assert agree(table.parent / "wide.csv", Columns(item, labels=("a", "b")))[0]["cohen"] == long["cohen"]


def test_undefined_is_printed_as_the_word_with_the_reason(tmp_path, capsys):
    answers(("d1", "a", "yes"), ("d2", "b", "no")).write_csv(tmp_path / "r.csv")
    code, out = asked(capsys, "agree", tmp_path / "r.csv", *COLUMNS)
    assert code == 3
    assert "undefined" in out
    assert "no item was rated by two raters" in out


def test_every_problem_is_named_at_once(table):
    with pytest.raises(InputError) as caught:
        agree(table, Columns("dok", "who", ("lable",), time="when"))
    for part in ("'dok'", "'lable'", "'when'", "did you mean 'label'?"):
        assert part in caught.value.message
    with pytest.raises(UsageError) as caught:
        agree(table, Columns(None, None, ("label",)))
    assert "--item, --rater" in caught.value.message
    with pytest.raises(UsageError, match="--rater and 2 columns"):
        agree(table, Columns("doc", "who", ("label", "who")))
    with pytest.raises(UsageError, match="weights"):
        agree(table, Columns("doc", "who", ("label",), kind="interval", weighting="linear"))


def test_weights_of_words_need_their_order(table, capsys):
    with pytest.raises(InputError, match="which of them is higher"):
        agree(table, Columns("doc", "who", ("label",), weighting="linear"))
    code, out = asked(capsys, "agree", table, *COLUMNS, "--weights", "linear", "--order", "no", "yes", "--json")
    answer = json.loads(out.splitlines()[-1])
    assert (code, answer["weights"], answer["kind"], answer["decides"]) == (0, "linear", "ordinal", "cohen")


def test_times_are_read_as_they_are_written(tmp_path):
    rows = [(*r, f"2026-03-{1 + n // 8:02d} 10:{n % 8:02d}") for n, r in enumerate(alike(100))]
    pl.DataFrame(rows, schema=["doc", "who", "label", "at"], orient="row").write_csv(tmp_path / "r.csv")
    answer, _ = agree(tmp_path / "r.csv", Columns("doc", "who", ("label",), time="at"))
    assert len(answer["over_time"]) == 5
    with pytest.raises(InputError, match="holds no moments"):
        agree(tmp_path / "r.csv", Columns("doc", "who", ("label",), time="label"))


def test_a_page_is_written_where_it_is_asked_for(table, capsys):
    page = table.parent / "deep" / "page.html"
    code, out = asked(capsys, "agree", table, *COLUMNS, "--report", page, "--json")
    assert code == 0
    assert json.loads(out.splitlines()[-1])["report"] == str(page)
    text = page.read_text()
    assert "GO ON" in text
    assert "One-sided" in text
    assert "https://" not in text


def test_a_folder_that_is_no_label_folder_says_what_would_be(tmp_path):
    with pytest.raises(InputError, match=r"without label\.toml"):
        agree(tmp_path, Columns())


def test_a_projects_policy_holds(table):
    (table.parent / "project.toml").write_text("[policy]\nkappa = 0.99\n")
    answer, _ = agree(table, Columns("doc", "who", ("label",)))
    assert (answer["kappa"], answer["decision"]) == (0.99, "more")


def test_a_label_folder_needs_no_columns_and_its_ledger_is_told_once(tmp_path):
    from ownproof.core.labelling import Answer, Item
    from ownproof.project.labelling import answers as lines
    from ownproof.project.labelling.folder import LabelFolder
    from ownproof.project.labelling.making import init
    from ownproof.project.ledger import Ledger

    root = tmp_path / "folder"
    init(root, kind="label", question="Is it?", classes=["yes", "no"], text="text")
    folder = LabelFolder.open(root)
    folder.add([Item(f"d{i}", text=f"text {i}", row=i, batch=1, drawn="random") for i in range(40)])
    lines.append_all(
        folder, [Answer(at=float(n), item=d, rater=who, value=v) for n, (d, who, v) in enumerate(alike())], writer="w"
    )
    for _ in range(2):
        answer, _ = agree(root, Columns(slices=("drawn",)))
    assert (answer["exit"], answer["cohen"]["value"]) == (0, 1.0)
    told = Ledger(folder.ledger).entries("agree")
    assert [e.data["exit"] for e in told] == [0]
    assert told[0].data["coefficient"] == "cohen"
    with pytest.raises(UsageError, match="needs no --item"):
        agree(root, Columns(item="doc"))
