"""A label folder through the command line: made, looked over, drawn from, answered, decided."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ownproof.cli.label_adjudicate import _asked
from ownproof.cli.main import main
from ownproof.core.labelling import Answer
from ownproof.project.labelling.adjudicating import Decision, listing
from ownproof.project.labelling.answers import append_all
from ownproof.project.labelling.folder import LabelFolder

CONTRACT = (Path(__file__).resolve().parent.parent / "docs/contract.md").read_text(encoding="utf-8")
Said = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def call(*words: str) -> tuple[int, dict[str, Any]]:
        code = main([*words, "--json"])
        answer: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert answer["exit"] == code
        return code, answer

    return call


def documented(verb: str) -> set[str]:
    """The keys that the contract names for one verb, those of nested objects too."""
    told = re.search(rf"`label {verb} --json`: (`.*?`)(?:[;,.] |[;,.]\n|\n`)", CONTRACT, re.DOTALL)
    assert told, verb
    return set(re.findall(r'"([a-z_]+)"', told[1]))


def filled(guide: str) -> str:
    """The template with something in every gap, each its own."""
    number = iter(range(1000))
    return re.sub(r"(?m)^(- )?<.*>$", lambda m: f"{m[1] or ''}these are the words of gap {next(number)}", guide)


def test_from_an_empty_folder_to_decided_labels(said: Said, tmp_path: Path) -> None:
    place, data = str(tmp_path / "f"), tmp_path / "d.csv"
    data.write_text("text\n" + "".join(f"ticket {i} about something\n" for i in range(40)))
    code, made = said(
        "label", "init", place, "--kind", "label", "--question", "Good?", "--classes", "yes,no", "--text", "text"
    )
    assert (code, made["classes"]) == (0, ["yes", "no"])
    assert set(made) <= documented("init")
    code, open_ = said("label", "check", place)
    assert code == 4
    assert set(open_) <= documented("check")
    folder = LabelFolder(tmp_path / "f")
    folder.write_guide(filled(folder.guide()))
    code, ready = said("label", "check", place)
    assert (code, ready["findings"]) == (0, [])
    code, drawn = said("label", "sample", place, str(data), "--overlap", "0.5", "--raters", "ann,ben")
    assert (code, drawn["items"], drawn["double"], drawn["raters"]) == (0, 40, 20, {"ann": 30, "ben": 30})
    assert set(drawn) <= documented("sample")
    given = [
        Answer(p.item, p.rater, float(n), "yes" if p.rater == "ann" or n % 3 else "no")
        for n, p in enumerate(folder.queue())
    ]
    append_all(folder, given, writer="test")
    sheet = tmp_path / "sheet.csv"
    code, listed = said("label", "adjudicate", place, "--sheet", str(sheet))
    assert code == 0
    assert {key for key in listed if key != "settled"} <= documented("adjudicate")
    rows = list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8"))))
    assert len(rows) == len(listed["disputes"]) == listed["open"] > 0
    filled_in = [
        {"item": r["item"], "value": "no", "rule": "say no in doubt" if not i else ""} for i, r in enumerate(rows)
    ]
    with sheet.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, ("item", "value", "rule"))
        writer.writeheader()
        writer.writerows(filled_in)
    code, decided = said("label", "adjudicate", place, "--decide", str(sheet), "--by", "Maria")
    assert (code, decided["decided"], decided["open"], decided["rules"]) == (0, len(rows), 0, 1)
    assert "say no in doubt" in folder.guide()
    told = [e["event"] for e in said("history", "-C", place)[1]["entries"]]
    assert told == ["label.init", "label.check", "label.check", "label.sample", "label.adjudicate"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("label",), "VERB"),
        (("label", "smple", "f"), "sample"),
        (("label", "check", "nowhere"), "ownproof label init"),
        (("label", "init", "f", "--kind", "image"), "label, spans"),
        (("label", "init", "f", "--knd", "label"), "--kind"),
    ],
)
def test_wrong_calls_say_what_would_be_right(
    words: tuple[str, ...], part: str, said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, answer = said(*words)
    assert code == 2
    assert part in " ".join(answer["error"].values())


def test_text_is_shown_for_people_and_tokens_stand_there_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("d.csv").write_text("text\n" + "".join(f"ticket {i}\n" for i in range(10)))
    main(["label", "init", "f", "--kind", "label", "--question", "Good?", "--classes", "yes,no", "--text", "text"])
    assert "next    ownproof label check f" in capsys.readouterr().out
    main(["label", "check", "f"])
    assert "the guide is not ready: 6 things open" in capsys.readouterr().out
    main(["label", "sample", "f", "d.csv", "--raters", "ann", "--items", "5"])
    first = capsys.readouterr().out
    assert "no item has two raters" in first
    token = re.search(r"(?m)^  ann  (\S{32})$", first)
    assert token
    main(["label", "sample", "f", "d.csv", "--raters", "ann"])
    assert token[1] not in capsys.readouterr().out
    main(["label", "adjudicate", "f"])
    assert "10 items, 0 answered" in capsys.readouterr().out


def test_a_person_at_a_terminal_is_asked_until_the_answer_can_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(
        [
            "label",
            "init",
            str(tmp_path / "f"),
            "--kind",
            "label",
            "--question",
            "?",
            "--classes",
            "yes,no",
            "--text",
            "t",
        ]
    )
    (tmp_path / "d.csv").write_text("t\none thing\n")
    main(["label", "sample", str(tmp_path / "f"), str(tmp_path / "d.csv"), "--raters", "a,b", "--overlap", "1"])
    folder = LabelFolder(tmp_path / "f")
    item = folder.items()[0].item
    append_all(folder, [Answer(item, "a", 1.0, "yes"), Answer(item, "b", 1.0, "no")], writer="t")
    (dispute,) = listing(folder)["disputes"]

    def answered(*lines: str) -> Any:
        left = iter(lines)
        return _asked(folder, dispute, "Maria", lambda _: next(left))

    assert answered("maybe", "2", "it is so", "") == Decision(item, "no", "Maria", "it is so", "")
    assert "'maybe' is no class" in capsys.readouterr().out
    assert answered("x", "", "") == Decision(item, None, "Maria")
    assert answered("") is None
    assert answered("q") == "quit"


def test_spans_are_decided_by_the_number_of_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(
        ["label", "init", str(tmp_path / "f"), "--kind", "spans", "--question", "?", "--classes", "ORG", "--text", "t"]
    )
    (tmp_path / "d.csv").write_text("t\nAcme Corp hired Ann\n")
    main(["label", "sample", str(tmp_path / "f"), str(tmp_path / "d.csv"), "--raters", "a,b,c", "--overlap", "1"])
    folder = LabelFolder(tmp_path / "f")
    item = folder.items()[0].item
    short, long = ([{"start": 0, "end": end, "label": "ORG"}] for end in (4, 9))
    append_all(folder, [Answer(item, "a", 1.0, short), Answer(item, "b", 1.0, long)], writer="t")
    append_all(folder, [Answer(item, "c", 1.0, skip="cannot tell")], writer="t")
    capsys.readouterr()
    main(["label", "adjudicate", str(tmp_path / "f")])
    shown = capsys.readouterr().out
    assert "where ORG begins and ends" in shown
    assert "1 × [2] ORG 'Acme Corp'" in shown
    (dispute,) = listing(folder)["disputes"]
    left = iter(["3", "2", "the whole name", ""])
    assert _asked(folder, dispute, "M", lambda _: next(left)) == Decision(item, long, "M", "the whole name", "")
    assert "the answer is no list" in capsys.readouterr().out
