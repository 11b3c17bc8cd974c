"""Columns that are the target under another name are found for certain, and their sound twins are not."""

import numpy as np
import polars as pl
import pytest

from ownproof.phases.audit.leaks.copy import Purity, copied
from ownproof.phases.audit.truth import Truth
from ownproof.phases.audit.views import View, of_numbers
from tests.phases.audit.tables import audited, finding, gate, is_bad, leaks, loans, prices, put

RNG = np.random.default_rng(5)


def labelled(codes):
    codes = np.asarray(codes, dtype=np.int64)
    return Truth("y", codes, int(codes.max()) + 1, True, codes.astype(np.uint64), str)


def of_levels(codes):
    codes = np.asarray(codes, dtype=np.int64)
    return View(codes, int(codes.max()) + 1)


def found(view, truth, share=1.0):
    first = np.random.default_rng(0).permutation(len(view))
    return copied(view, truth, share=share, equal=np.zeros(len(view), dtype=bool), first=first)


def bad(frame):
    return is_bad(frame).astype(int)


def shuffled(values):
    return RNG.permutation(values)


COPIES = {
    "equal": lambda f: f["y"].to_numpy(),
    "as numbers": lambda f: 7 - 5 * bad(f),
    "under other names": lambda f: np.where(is_bad(f), "closed", "open"),
    "with finer levels": lambda f: np.where(
        is_bad(f), RNG.choice(["late", "lost"], len(f)), RNG.choice(["a", "b", "c"], len(f))
    ),
    "as codes without an order": lambda f: np.where(
        is_bad(f), RNG.choice([2, 5], len(f)), RNG.choice([1, 3, 4], len(f))
    ),
    "as a number that was cut": lambda f: bad(f) + RNG.random(len(f)),
    "as an integer that was cut": lambda f: np.floor(
        np.where(is_bad(f), 16 + RNG.exponential(20, len(f)), 15.99 - RNG.exponential(9, len(f)))
    ),
    "as an amount where it happened, and zero": lambda f: np.where(
        is_bad(f), RNG.lognormal(3, 1, len(f)).round(2), 0.0
    ),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_of_a_label_stops(how):
    frame = loans()
    report = audited(put(frame, planted=COPIES[how](frame)))
    assert leaks(report) == [("leak.copy", "block", ("planted",))]
    refused = gate(report, "copy")
    assert (refused.status, refused.columns) == ("refused", ("planted",))
    assert "--drop planted" in refused.advice
    assert "of 600 rows" in finding(report, "leak.copy").evidence


@pytest.mark.parametrize("how", COPIES)
def test_the_same_column_shuffled_is_sound(how):
    frame = loans()
    report = audited(put(frame, planted=shuffled(COPIES[how](frame))))
    assert leaks(report) == []
    assert gate(report, "copy").status == "pass"


NUMBERS = {
    "equal": lambda y: y,
    "in another currency": lambda y: y * 1.08,
    "its logarithm": np.log,
    "turned round": lambda y: -y,
    "rounded": lambda y: np.round(y, -2),
    "in bands": lambda y: np.array(["low", "middle", "high"])[np.searchsorted(np.quantile(y, [0.3, 0.6]), y)],
    "as a flag": lambda y: (y > np.median(y)).astype(int),
    "squared, with ties": lambda y: np.round(y / 400) ** 2,
    "its rank": lambda y: np.argsort(np.argsort(y)).astype(float) + 0.5,
}


@pytest.mark.parametrize("how", NUMBERS)
def test_a_copy_of_a_number_stops(how):
    frame = prices()
    report = audited(put(frame, planted=NUMBERS[how](frame["y"].to_numpy())))
    assert leaks(report) == [("leak.copy", "block", ("planted",))]


@pytest.mark.parametrize("how", [h for h in NUMBERS if h != "in bands"])
def test_a_number_with_a_little_noise_is_no_copy(how):
    frame = prices()
    y = frame["y"].to_numpy()
    noisy = NUMBERS[how](y * np.exp(RNG.normal(0, 0.25, len(y))))
    assert leaks(audited(put(frame, planted=noisy))) == []


def test_copies_with_a_few_faults_stop_and_with_more_do_not():
    frame = loans(6000)
    y = frame["y"].to_numpy().copy()
    y[:3] = np.where(y[:3] == "bad", "good", "bad")
    assert leaks(audited(put(frame, planted=y))) == [("leak.copy", "block", ("planted",))]
    y[:120] = np.where(y[:120] == "bad", "good", "bad")
    assert ("leak.copy", "block", ("planted",)) not in leaks(audited(put(frame, planted=y)))
    numbers = prices(6000)
    z = 3 * numbers["y"].to_numpy()
    z[:4] = z[4:8]
    assert leaks(audited(put(numbers, planted=z))) == [("leak.copy", "block", ("planted",))]


def test_faults_of_a_rare_class_are_measured_by_that_class():
    truth = np.zeros(20_000, dtype=np.int64)
    truth[:40] = 1
    twin = truth.copy()
    twin[:15] = 0  # 15 of 20,000 rows differ, and more than a third of the class
    assert found(of_levels(twin), labelled(truth), 0.999) is None
    twin[:15] = 1
    assert found(of_levels(twin), labelled(truth), 0.999).share == 1.0


def test_a_copy_is_found_where_it_is_known():
    frame = loans()
    holed = frame["y"].to_list()
    for row in range(0, 600, 3):
        holed[row] = None
    assert leaks(audited(put(frame, planted=holed))) == [("leak.copy", "block", ("planted",))]


@pytest.mark.parametrize(
    "filled", [lambda n: RNG.normal(size=n), lambda n: [f"reason number {i} of many words" for i in range(n)]]
)
def test_a_column_that_is_filled_for_one_class_only_is_a_copy(filled):
    frame = loans()
    values = [v if b else None for v, b in zip(list(filled(600)), is_bad(frame), strict=True)]
    report = audited(put(frame, planted=values))
    assert leaks(report) == [("leak.copy", "block", ("planted",))]
    assert "empty" in finding(report, "leak.copy").evidence


def test_on_few_rows_equality_may_be_chance_and_says_less():
    truth = labelled([0, 1] * 5)
    assert found(of_levels([0, 1] * 5), truth) is None
    more = found(of_levels([3, 8] * 13), labelled([0, 1] * 13))
    assert more.log10_chance == pytest.approx(2 * np.log10(2) - np.log10(10_400_600))
    few = loans(26, seed=3, share=0.5)
    report = audited(put(few, planted=np.where(is_bad(few), "B", "A")))
    assert leaks(report) == [("leak.copy", "warn", ("planted",))]
    assert gate(report, "copy").status == "pass"


def test_names_of_which_each_has_one_label_are_no_copy():
    frame = loans()
    names = [f"{label} {i}" for i, label in enumerate(frame["y"])]
    assert leaks(audited(put(frame, street=names), kinds={"street": "category"})) == []


def test_groups_parted_by_nature_are_no_copy_however_well_they_part():
    kind = np.arange(400) % 2
    frame = pl.DataFrame({f"size_{i}": (RNG.normal(size=400) + 8 * kind).round(1) for i in range(4)})
    report = audited(put(frame, y=np.where(kind, "this", "that")))
    assert leaks(report) == []
    assert {f.columns for f in report.findings if f.rule == "predictor.strong"} == {(f"size_{i}",) for i in range(4)}


def test_ids_of_things_with_one_answer_each_are_named_as_such():
    patient = np.arange(600) // 5
    frame = put(loans(), patient_id=patient + 1000, y=np.where(RNG.random(120) < 0.4, "bad", "good")[patient])
    report = audited(frame)
    assert leaks(report) == [("leak.id", "warn", ("patient_id",))]
    assert "--group patient_id" in finding(report, "leak.id").advice
    ward = np.arange(600) // 60
    few = put(loans(), ward_id=ward, y=np.where(ward % 3 == 0, "bad", "good"))
    assert leaks(audited(few)) == [("leak.id", "block", ("ward_id",))]
    assert gate(audited(few), "id").status == "refused"
    assert leaks(audited(few, group="ward_id")) == []


def test_purity_counts_rows_of_the_class_that_a_level_has_most():
    found = Purity.of(np.array([0, 0, 0, 1, 1, -1]), np.array([0, 0, 1, 1, 1, 0]))
    assert (found.rows, found.levels, found.classes, found.right, found.largest) == (5, 2, 2, 4, 3)


def test_a_large_table_is_looked_at_whole_before_it_is_accused():
    y = np.arange(40_000) % 2
    x = y.copy()
    x[np.random.default_rng(0).permutation(40_000)[2000:2100]] ^= 1  # rows that the first look does not see
    assert found(of_levels(x), labelled(y), 0.999) is None
    assert found(of_levels(y), labelled(y), 0.999).share == 1.0
    assert found(of_numbers(np.exp(y * 1.0)), labelled(y)).how == "recoded"


def test_the_evidence_can_be_checked():
    frame = loans()
    evidence = finding(audited(put(frame, planted=np.where(is_bad(frame), "closed", "open"))), "leak.copy").evidence
    assert "open is good" in evidence
    assert "closed is bad" in evidence
    cut = finding(audited(put(frame, planted=np.floor(100 * (bad(frame) + RNG.random(600))))), "leak.copy").evidence
    assert "cut at 99 | 100" in cut or "cut at 9" in cut
