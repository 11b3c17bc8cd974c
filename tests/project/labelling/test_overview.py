"""What whoever leads sees while others label."""

from __future__ import annotations

from pathlib import Path

from ownproof.core.labelling import Answer, Item
from ownproof.project.labelling.answers import append_all
from ownproof.project.labelling.folder import LabelFolder, Place
from ownproof.project.labelling.overview import Watch, overview

SPANS = 'kind = "spans"\nquestion = "?"\ntext = "t"\n[[classes]]\nname = "ORG"\n[[classes]]\nname = "PERSON"\n'


def made(root: Path) -> LabelFolder:
    (root / "label.toml").write_text(SPANS)
    folder = LabelFolder(root)
    queue = [Place(1, "a", "0"), Place(1, "a", "1"), Place(1, "b", "1")]
    folder.add([Item("0", "Acme and Ada"), Item("1", "x" * 500)], queue)
    return folder


def test_spans_are_counted_by_class_and_two_raters_are_equal_where_all_their_spans_are(tmp_path: Path) -> None:
    folder = made(tmp_path)
    org = [{"start": 0, "end": 4, "label": "ORG"}]
    append_all(folder, [Answer("1", "a", 1.0, org), Answer("1", "b", 2.0, org, note="sure?")], writer="1")
    told = overview(folder)
    assert told["double"] == {"wanted": 1, "rated": 1, "equal": 1}
    assert told["values"] == [{"name": "ORG", "count": 2}, {"name": "PERSON", "count": 0}]
    assert [(r["note"], len(r["text"])) for r in told["remarks"]] == [("sure?", 160)]
    append_all(folder, [Answer("1", "b", 3.0, [])], writer="2")
    assert overview(folder)["double"] == {"wanted": 1, "rated": 1, "equal": 0}
    append_all(folder, [Answer("1", "b", 4.0, skip="cannot tell")], writer="3")
    assert overview(folder)["double"] == {"wanted": 1, "rated": 0, "equal": 0}


def test_figures_are_made_anew_only_when_a_file_changed(tmp_path: Path) -> None:
    folder = made(tmp_path)
    watch = Watch(folder, steady=lambda: 0.0)
    first = watch.told()
    assert watch.told() is first
    append_all(folder, [Answer("0", "a", 1.0, [])], writer="1")
    assert (first["labelled"], watch.told()["labelled"]) == (0, 1)


def test_agreement_is_that_of_the_command_and_measured_again_when_it_is_due(tmp_path: Path) -> None:
    schema = 'kind = "label"\nquestion = "?"\ntext = "t"\n[[classes]]\nname = "a"\n[[classes]]\nname = "b"\n'
    (tmp_path / "label.toml").write_text(schema)
    folder = LabelFolder(tmp_path)
    folder.add([Item(str(i), f"text {i}") for i in range(60)], [Place(1, r, str(i)) for r in "xy" for i in range(60)])
    now = [0.0]

    def steady() -> float:
        now[0] += 1.0
        return now[0]

    watch = Watch(folder, steady=steady)
    first = watch.told()["agreement"]
    assert (first["value"], first["decision"]) == (None, "more")
    append_all(folder, [Answer(str(i), r, 1.0, "ab"[i % 2]) for r in "xy" for i in range(60)], writer="1")
    assert watch.told()["agreement"] == first  # not yet due
    now[0] += 60.0
    again = watch.told()["agreement"]
    assert (again["title"], again["value"], again["decision"], again["items"]) == ("Cohen's kappa", 1.0, "go", 60)
