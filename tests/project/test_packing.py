"""Limits on what a row may take and a bundle may weigh, met by what was measured on the files that were written."""

import json
from pathlib import Path

import pytest

from ownproof.project import packing
from tests.tables import loans

RUN = ["run", "loans.csv", "--target", "bad", "--out", "p", "--trials", "0", "--learners", "linear,lightgbm"]


@pytest.fixture
def trees_are_slow(monkeypatch, tmp_path):
    """A machine that takes a millisecond for every member that is not linear, and a table where trees help."""
    true = packing.measure

    def measure(folder, table, state):
        slow = 0.1 + len(list(Path(folder).rglob("model.txt")))
        return {**true(folder, table, state), "one_row_p95_ms": slow}

    monkeypatch.setattr(packing, "measure", measure)
    table = loans(600)
    table.with_columns(bad=(table["income"].fill_null(3000) > 3000) ^ (table["age"] > 45)).write_csv(
        tmp_path / "loans.csv"
    )


def test_a_limit_that_the_choice_misses_is_met_by_fewer_and_cheaper_members(trees_are_slow, call, tmp_path):
    held = call(*RUN, "--max-latency-ms", "0.5", "--json").answer
    best, linear = held["candidates"][0], next(c for c in held["candidates"] if c["learner"] == "linear")
    assert (best["learner"], best["weight"], linear["weight"]) == ("lightgbm", 0.0, 1.0)
    assert held["latency"]["one_row_p95_ms"] == 0.1
    assert held["baseline"]["model"] < best["value"]  # it was judged anew
    said = [json.loads(line) for line in (tmp_path / "p" / "ledger.jsonl").read_text().splitlines()]
    members = [e["data"]["members"] for e in said if e["event"] == "choice.cheaper"][-1]
    assert [m.split(" ")[0] for m in members] == ["linear"]


def test_a_limit_that_nothing_meets_is_refused(trees_are_slow, call):
    said = call(*RUN, "--max-latency-ms", "0.05", "--json")
    refused = [g["id"] for g in said.answer["gates"] if g["status"] == "refused"]
    assert (said.code, refused, said.answer["bundle"]) == (4, ["package.latency"], None)
