"""A selftest says that the gates fire when they do, and that they are missed when they do not."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from ownproof.core.report import Gate
from ownproof.errors import UsageError
from ownproof.phases import seal as seal_phase
from ownproof.phases.audit import report as audit_report
from ownproof.project import flow, packing
from ownproof.project.selftest.run import CASES, selftest


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """Bundles are not measured in a process of their own, and temporary folders are the test's."""
    measured = {"one_row_p50_ms": 0.1, "one_row_p95_ms": 0.2, "rows_per_s": 1e5, "open_s": 0.01, "bytes": 1000}
    monkeypatch.setattr(packing, "measure", lambda *_: measured)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_every_gate_fires_with_its_code_every_twin_passes_and_nothing_is_left(call, tmp_path):
    said = call("selftest", "--json")
    assert said.code == 0, [c for c in said.answer["checks"] if not (c["fired"] and c["sound"])]
    checks = {c["id"]: c for c in said.answer["checks"]}
    assert set(checks) == {c.id for c in CASES}
    exits = {name: c["seen"] for name, c in checks.items()}
    assert {n: e for n, e in exits.items() if e != 4} == {
        "ledger": 7,
        "ledger.tail": 7,
        "sealed-list": 7,
        "bundle": 7,
        "answer": 7,
    }
    assert not list(Path(tmp_path).iterdir())
    assert said.answer["command"] == "selftest"


def test_on_a_terminal_every_case_has_a_line(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setitem(selftest.__globals__, "CASES", tuple(c for c in CASES if c.id in ("leak", "opening")))
    said = call("selftest", "--quick")
    line = next(line for line in said.out.splitlines() if "under other words" in line)
    assert (said.code, line.split()[-5:]) == (0, ["audit.copy", "4", "4", "0", "fired"])
    assert "prove.opened" not in said.out


def ungated(*_, **__):
    return ()


def open_handed(train_keys, seal):
    return Gate("seal.train", "pass", 0, 0)


@pytest.mark.parametrize(
    ("case", "room", "name", "instead"),
    [
        ("leak", audit_report, "gates", ungated),
        ("sealed-row", seal_phase, "guard", open_handed),
        ("sealed-list", flow, "every_seal", lambda _: []),
    ],
)
def test_a_gate_that_is_switched_off_is_missed(call, monkeypatch, case, room, name, instead):
    monkeypatch.setattr(room, name, instead)
    monkeypatch.setitem(selftest.__globals__, "CASES", tuple(c for c in CASES if c.id == case))
    said = call("selftest", "--json")
    (check,) = said.answer["checks"]
    assert (said.code, check["id"], check["fired"], check["sound"]) == (1, case, False, True)
    assert "MISSED" in call("selftest").out


def test_a_gate_that_refuses_what_is_sound_is_told(call, monkeypatch):
    always = seal_phase.guard

    def refuses(train_keys, seal):
        return replace(always(train_keys, seal), status="refused")

    monkeypatch.setattr(seal_phase, "guard", refuses)
    answer = selftest(only=["sealed-row"])
    assert (answer["exit"], answer["checks"][0]["fired"], answer["checks"][0]["sound"]) == (1, True, False)


def test_a_crash_is_no_gate_that_fired(monkeypatch):
    def breaks(*_):
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(seal_phase, "guard", breaks)
    (check,) = selftest(only=["sealed-row"])["checks"]
    assert (check["fired"], check["seen"], check["said"]) == (False, 1, ["ZeroDivisionError: of all things"])


def test_an_unknown_case_is_answered_with_the_likely_one():
    with pytest.raises(UsageError) as error:
        selftest(only=["legder"])
    assert "'ledger'" in error.value.hint
