import itertools
import json
from pathlib import Path

import pytest

from ownproof.core.schema import Column, Schema
from ownproof.core.task import Task
from ownproof.errors import UsageError
from ownproof.project.monotone import monotone_of, parse_monotone
from tests.tables import loans

SCHEMA = Schema((Column("age", "number"), Column("town", "category"), Column("bad", "label", "target")))
TWO = Task("bad", "label", classes=("no", "yes"), positive="yes")


def test_signs_are_read_by_column() -> None:
    assert monotone_of(["age=-"], SCHEMA, TWO) == {"age": -1}
    assert monotone_of([], SCHEMA, Task("bad", "label", classes=("a", "b", "c"))) == {}


@pytest.mark.parametrize("said", ["age", "=+", "age=up", "age=1"])
def test_what_has_no_sign_is_refused(said) -> None:
    with pytest.raises(UsageError, match="--monotone is"):
        parse_monotone(said)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        monotone_of(["agee=+", "town=-"], SCHEMA, TWO)
    told = str(caught.value)
    assert "agee" in told
    assert "town" in told
    with pytest.raises(UsageError, match="3 classes"):
        monotone_of(["age=+"], SCHEMA, Task("bad", "label", classes=("a", "b", "c")))


def test_a_bundle_keeps_to_the_sign_and_holds_only_learners_that_were_named(call, tmp_path) -> None:
    import ownproof

    table = loans(500)
    table.write_csv(tmp_path / "loans.csv")
    said = call(
        "run",
        "loans.csv",
        "--target",
        "bad",
        "--monotone",
        "age=+",
        "--trials",
        "0",
        "--learners",
        "lightgbm",
        "--json",
    )
    assert said.code == 0
    members = json.loads((Path(said.answer["bundle"]) / "model" / "members.json").read_text())
    assert {m["recipe"]["learner"] for m in members} == {"lightgbm"}
    bundle = ownproof.load(said.answer["bundle"])
    row = table.drop("bad").row(7, named=True)
    shares = [bundle.one({**row, "age": age})["probabilities"]["yes"] for age in range(18, 80)]
    assert all(a <= b + 1e-12 for a, b in itertools.pairwise(shares))
    assert shares[-1] > shares[0]
