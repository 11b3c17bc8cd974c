"""Nothing is learnt from labels that are not agreed upon."""

import json
from pathlib import Path
from typing import Any

import pytest

from ownproof.cli.main import main
from ownproof.project.config import Config
from ownproof.project.labelling.folder import LabelFolder
from ownproof.project.labelling.gate import agreement, mark
from ownproof.project.labelling.making import init, note
from ownproof.project.project import Project
from tests.tables import loans

STOP = {"exit": 4, "coefficient": "cohen", "value": 0.51, "low": 0.3, "high": 0.65, "items": 80}
GO = {"exit": 0, "coefficient": "cohen", "value": 0.82, "low": 0.7, "high": 0.9, "items": 200}
MORE = {"exit": 3, "coefficient": "cohen", "value": 0.72, "low": 0.5, "high": 0.9, "items": 40, "needed": 60}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    init(tmp_path / "f", kind="label", question="?", classes=["a", "b"])
    return Project.create(tmp_path / "f", Config(target="bad"))


def said(project: Project, *entries: dict[str, Any]) -> tuple[str, list[str]]:
    for entry in entries:
        note(LabelFolder(project.root), "agree", entry)
    report = agreement(Project.open(project.root))
    assert report is not None
    return report.gates[0].status, [f.level for f in report.findings]


def test_a_project_that_is_no_label_folder_has_no_such_gate(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", Config())
    assert agreement(project) is None
    assert mark(project) == ""


def test_the_last_agreement_decides(project: Project) -> None:
    assert said(project) == ("not-run", ["warn"])
    assert said(project, STOP) == ("refused", [])
    assert said(project, STOP, GO) == ("pass", [])
    assert said(project, MORE) == ("not-run", ["warn"])


def test_an_undecided_agreement_says_what_would_settle_it(project: Project) -> None:
    note(LabelFolder(project.root), "agree", MORE)
    report = agreement(Project.open(project.root))
    assert report is not None
    assert "60 more items" in report.findings[0].evidence
    note(LabelFolder(project.root), "agree", {"exit": 3, "value": None, "undefined": "one class only"})
    report = agreement(Project.open(project.root))
    assert report is not None
    assert "undefined, one class only" in report.findings[0].evidence


def test_a_run_in_the_folder_stops_and_goes_on_in_its_ledger(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loans(80).write_csv(tmp_path / "d.csv")

    def answered(*words: str) -> dict[str, Any]:
        main([*words, "--json"])
        answer: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return answer

    audit = ("audit", str(tmp_path / "d.csv"), "--target", "bad", "--out", str(project.root))
    note(LabelFolder(project.root), "agree", STOP)
    first = answered(*audit)
    assert first["exit"] == 4
    assert [g["id"] for g in first["gates"] if g["status"] == "refused"] == ["label.agreement"]
    main(["-C", str(project.root), "waive", "label.agreement", "--because", "x", "--until", "2999-01-01", "--who", "M"])
    capsys.readouterr()
    assert answered(*audit)["exit"] == 0
    told = [e["event"] for e in answered("history", "-C", str(project.root))["entries"]]
    assert told == ["label.init", "agree", "seal", "waive"]


def test_a_label_folder_that_is_no_project_yet_has_a_history(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    init(tmp_path / "f", kind="label", question="?", classes=["a", "b"])
    assert main(["history", "-C", str(tmp_path / "f")]) == 0
    assert "label.init" in capsys.readouterr().out
