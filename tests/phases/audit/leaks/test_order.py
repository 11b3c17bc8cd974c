"""Numbers that count the rows, and the order of the file, are accused only when a model could use them."""

import numpy as np
import polars as pl
import pytest

from tests.phases.audit.tables import audited, finding, gate, is_bad, leaks, loans, prices, put

RNG = np.random.default_rng(2)


def by_label(frame):
    return frame.sort("y", maintain_order=True)


def test_a_file_that_is_merely_sorted_by_its_label_is_harmless_and_said():
    report = audited(by_label(loans()))
    assert leaks(report) == []
    said = finding(report, "leak.row-order")
    assert said.level == "ok"
    assert "2 runs" in said.evidence
    assert gate(report, "row-order").status == "pass"
    assert leaks(audited(by_label(prices()))) == []


def test_a_file_in_no_order_says_nothing_of_it():
    for frame in (loans(), prices()):
        assert not [f for f in audited(frame).findings if f.rule == "leak.row-order"]


def test_an_identifier_that_is_kept_from_the_model_is_a_warning():
    frame = put(by_label(loans()), loan_id=np.arange(600) + 1000)
    report = audited(frame)
    assert leaks(report) == [("leak.id", "warn", ("loan_id",))]
    assert "kept from the model" in finding(report, "leak.id").evidence
    assert gate(report, "id").status == "pass"
    mixed = frame.sample(600, shuffle=True, seed=1)
    assert leaks(audited(mixed)) == [("leak.id", "warn", ("loan_id",))]


def test_an_identifier_in_the_hands_of_the_model_stops():
    frame = put(by_label(loans()), loan_id=np.arange(600) + 1000)
    report = audited(frame.sample(600, shuffle=True, seed=1), kinds={"loan_id": "number"})
    assert leaks(report) == [("leak.id", "block", ("loan_id",))]
    assert gate(report, "id").columns == ("loan_id",)
    assert "--drop loan_id" in gate(report, "id").advice


def test_a_row_number_in_a_sorted_file_stops_by_both_rules():
    frame = put(by_label(loans()), place=np.arange(600))
    report = audited(frame, kinds={"place": "number"})
    assert leaks(report) == [("leak.id", "block", ("place",)), ("leak.row-order", "block", ())]
    assert gate(report, "row-order").status == "refused"
    assert "--drop place" in gate(report, "row-order").advice
    shuffled = put(loans(), place=np.arange(600))
    assert leaks(audited(shuffled, kinds={"place": "number"})) == []


@pytest.mark.parametrize(
    "make", [lambda n: RNG.permutation(n) + 1, lambda n: [f"C-{i:05d}" for i in RNG.permutation(n)]]
)
def test_an_identifier_that_says_nothing_is_fine(make):
    assert leaks(audited(put(by_label(loans()), loan_id=make(600)))) == []


def test_letters_of_an_identifier_may_give_the_label_away():
    frame = loans()
    ids = [f"{'Q' if bad else 'A'}{i:06d}" for bad, i in zip(is_bad(frame), RNG.permutation(600), strict=True)]
    assert leaks(audited(put(frame, ref_id=ids))) == [("leak.id", "warn", ("ref_id",))]


def test_an_order_that_is_of_time_accuses_nobody():
    frame = loans(900)
    order = np.argsort(is_bad(frame) + RNG.random(900) * 0.2)
    at = np.datetime64("2024-01-01", "us") + (np.arange(900) * 3600 * 10**6).astype("m8[us]")
    frame = put(frame[order], at=at, loan_id=np.arange(900) + 5000)
    report = audited(frame, time="at")
    assert [a for a in leaks(report) if a[0] in ("leak.id", "leak.row-order")] == []
    assert "of time" in finding(report, "leak.row-order").evidence
    assert finding(report, "leak.id").level == "ok"


def test_a_year_that_a_model_may_look_at_is_a_matter_of_time():
    frame = pl.DataFrame(
        {
            "year": 1700 + np.arange(300),
            "a": RNG.normal(size=300),
            "b": RNG.normal(size=300),
            "y": np.where(np.arange(300) + RNG.normal(0, 8, 300) > 150, "modern", "early"),
        }
    )
    report = audited(frame, kinds={"year": "number"})
    assert [a for a in leaks(report) if a[0] != "leak.proxy"] == []
    assert finding(report, "leak.id").level == "ok"


def test_a_quantity_of_whole_numbers_that_all_differ_is_no_numbering():
    frame = loans()
    cents = RNG.permutation(600) * 37 + RNG.integers(0, 37, 600)
    strong = put(frame, spent=cents + 30_000 * is_bad(frame))
    assert leaks(audited(strong)) == [("leak.proxy", "warn", ("spent",))]


@pytest.mark.parametrize("name", ["rownames", "Unnamed: 0", "index"])
def test_a_row_number_that_a_tool_wrote_out_is_harmless_in_a_sorted_file(name):
    frame = put(by_label(loans()), **{name: np.arange(600) + 1})
    report = audited(frame)
    assert leaks(report) == []
    assert finding(report, "leak.id").level == "ok"
    assert leaks(audited(frame.sample(600, shuffle=True, seed=1))) == [("leak.id", "warn", (name,))]


def test_a_series_with_a_trend_and_a_row_number_is_sound():
    trend = np.linspace(0, 50, 400) + RNG.normal(0, 3, 400)
    frame = pl.DataFrame({"row_id": np.arange(400), "a": RNG.normal(size=400), "b": RNG.normal(size=400), "y": trend})
    assert leaks(audited(frame)) == []
    mixed = frame.sample(400, shuffle=True, seed=3)
    assert leaks(audited(mixed)) == [("leak.id", "warn", ("row_id",))]
