"""Columns that were scaled, or filled in, with what all rows say together."""

import numpy as np
import pytest

from tests.phases.audit.tables import audited, finding, leaks, loans, put

LATE = np.arange(1000) >= 750


def numbers(rows=1000, seed=1, columns=4):
    rng = np.random.default_rng(seed)
    return {f"measure_{i}": rng.lognormal(1, 0.5, rows) for i in range(columns)}


def with_all(how, columns=None):
    return put(loans(1000), **{n: how(c) for n, c in (columns or numbers()).items()})


def z(cells):
    return (cells - cells.mean()) / cells.std()


def culprits(report):
    return [c for _, _, names in leaks(report) for c in names]


@pytest.mark.parametrize(
    "how",
    [
        z,
        lambda c: z(c).round(4),
        lambda c: (c - c.mean()) / c.std(ddof=1),
        lambda c: (c - c.mean()) / np.linalg.norm(c - c.mean()),
        lambda c: (c - c.min()) / np.ptp(c),
        lambda c: c - c.mean(),
    ],
    ids=["deviation 1", "rounded", "of a sample", "length 1", "0 to 1", "centred"],
)
def test_columns_scaled_over_both_sides_are_named(how):
    report = audited(with_all(how), sealed=LATE, supplied=True)
    assert [(r, level) for r, level, _ in leaks(report)] == [("leak.preprocessing", "warn")]
    assert culprits(report) == [f"measure_{i}" for i in range(4)]


def test_one_column_is_enough_where_it_is_exact():
    report = audited(with_all(z, numbers(columns=1)), sealed=LATE, supplied=True)
    assert culprits(report) == ["measure_0"]


def test_scaling_by_the_training_rows_alone_is_what_is_right():
    def by_train(c):
        return (c - c[~LATE].mean()) / c[~LATE].std()

    assert leaks(audited(with_all(by_train), sealed=LATE, supplied=True)) == []


def test_a_file_that_was_scaled_before_anything_was_sealed_is_named():
    report = audited(with_all(z), sealed=LATE)
    assert leaks(report)[0][:2] == ("leak.preprocessing", "warn")


def test_one_file_that_came_centred_or_from_0_to_1_is_said_and_not_accused():
    for how in (lambda c: c - c.mean(), lambda c: (c - c.min()) / np.ptp(c)):
        report = audited(with_all(how), sealed=LATE)
        assert leaks(report) == []
        assert finding(report, "leak.preprocessing").level == "ok"


def test_normal_numbers_and_shares_are_no_scaling():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        frame = put(
            loans(1000, seed=seed),
            **{f"normal_{i}": rng.normal(size=1000) for i in range(8)},
            **{f"share_{i}": np.r_[rng.random(1000 - 2).round(2), 0, 1] for i in range(3)},
            **{f"paid_{i}": np.clip(rng.normal(0.5, 0.6, 1000), 0, 1) for i in range(3)},
        )
        assert leaks(audited(frame, sealed=LATE, supplied=True)) == []


@pytest.mark.parametrize("how", [np.mean, np.median])
def test_gaps_filled_in_from_all_rows_are_named(how):
    rng = np.random.default_rng(3)

    def fill(cells):
        gap = rng.random(1000) < 0.15
        return np.where(gap, how(cells[~gap]), cells)

    report = audited(with_all(fill), sealed=LATE, supplied=True)
    assert leaks(report)[0][:2] == ("leak.preprocessing", "warn")
    assert set(culprits(report)) <= {f"measure_{i}" for i in range(4)}
    assert len(culprits(report)) >= 3


def test_gaps_filled_in_from_the_training_rows_are_not():
    rng = np.random.default_rng(3)

    def fill(cells):
        gap = rng.random(1000) < 0.15
        return np.where(gap, cells[~gap & ~LATE].mean(), cells)

    assert leaks(audited(with_all(fill), sealed=LATE, supplied=True)) == []


def test_a_value_that_is_frequent_for_a_reason_is_no_filling():
    rng = np.random.default_rng(5)
    frame = put(
        loans(1000),
        price=np.where(rng.random(1000) < 0.3, 9.99, rng.lognormal(2.3, 0.5, 1000)),
        change=np.where(rng.random(1000) < 0.4, 0.0, rng.normal(size=1000)),
        age=rng.integers(20, 60, 1000),
    )
    assert leaks(audited(frame, sealed=LATE, supplied=True)) == []


def test_an_age_filled_in_with_a_fraction_is_named():
    rng = np.random.default_rng(6)
    age, gap = rng.integers(1, 80, 900).astype(float), rng.random(900) < 0.2
    frame = put(loans(900), years_old=np.where(gap, age[~gap].mean(), age))
    report = audited(frame, sealed=np.arange(900) % 5 == 0)
    assert leaks(report) == [("leak.preprocessing", "warn", ("years_old",))]


def test_whole_sides_that_have_no_row_are_no_reason_to_fail():
    assert leaks(audited(with_all(z), sealed=np.zeros(1000, bool)))[0][0] == "leak.preprocessing"
