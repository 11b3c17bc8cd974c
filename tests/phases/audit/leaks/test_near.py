"""Rows that are nearly the same, on both sides of a split and within a file."""

import numpy as np
import polars as pl

from tests.phases.audit.tables import audited, finding, leaks, loans, prices, put

RNG = np.random.default_rng(8)


def moved(frame, by=1e-3):
    rng = np.random.default_rng(1)
    return frame.with_columns(
        (pl.col(n) * pl.Series(1 + by * rng.normal(size=len(frame)))).alias(n) for n in ("income", "noise", "holed")
    )


def handed_in(first, second, **more):
    frame = pl.concat([first, second], how="vertical_relaxed")
    return audited(frame, sealed=np.arange(len(frame)) >= len(first), supplied=True, **more)


def test_training_rows_whose_numbers_moved_a_little_are_found_in_the_test():
    train = loans(800)
    report = handed_in(train, pl.concat([loans(160, seed=9), moved(train[:40])]))
    assert leaks(report) == [("leak.duplicates", "warn", ())]
    assert "of 200 rows of the other side are nearly the same" in finding(report, "leak.duplicates").evidence
    assert 0.15 < finding(report, "leak.duplicates").value <= 0.2


def test_training_rows_with_one_other_cell_are_found_in_the_test():
    train = loans(800)
    other = train[:40].with_columns(pl.lit("Zug").alias("town"))
    assert leaks(handed_in(train, pl.concat([loans(160, seed=9), other]))) == [("leak.duplicates", "warn", ())]


def test_texts_that_were_rewritten_a_little_are_found_in_the_test():
    words = np.array([f"word{i}" for i in range(400)])
    texts = [" ".join(RNG.choice(words, 40)) for _ in range(600)]
    label = RNG.choice(["good", "bad"], 600)
    train = pl.DataFrame({"review": texts[:480], "y": label[:480]})
    again = [t.replace(" ", ", ", 3).upper() + "!" for t in texts[:30]]
    test = pl.DataFrame({"review": texts[480:570] + again, "y": np.r_[label[480:570], label[:30]]})
    kinds = {"review": "text"}
    assert leaks(handed_in(train, test, kinds=kinds)) == [("leak.duplicates", "warn", ())]
    assert leaks(handed_in(train, test[:90], kinds=kinds)) == []


def test_near_repeats_in_each_side_as_many_are_no_leak():
    whole = loans(1000)
    whole = pl.concat([whole, moved(whole[:80])]).sample(1080, shuffle=True, seed=2)
    report = handed_in(whole[:800], whole[800:])
    assert leaks(report) == []
    assert finding(report, "quality.near-duplicates").level == "ok"


def test_tables_of_few_levels_or_few_columns_are_nearly_the_same_by_chance():
    for seed in range(4):
        rng = np.random.default_rng(seed)
        levels = pl.DataFrame({f"answer_{i}": rng.integers(0, 4, 1200) for i in range(7)})
        assert leaks(handed_in(*halves(put(levels, y=rng.choice(["yes", "no"], 1200))))) == []
        assert leaks(handed_in(*halves(prices(1200, seed=seed)))) == []


def halves(frame):
    return frame[:900], frame[900:]


def test_what_comes_back_over_time_is_said_and_not_accused():
    rng = np.random.default_rng(3)
    people = loans(200)
    frame = pl.concat([moved(people, 1e-4).with_columns(pl.lit(month).alias("month")) for month in range(6)])
    frame = frame.with_columns(pl.Series("y", rng.choice(["good", "bad"], 1200)), pl.col("month").cast(pl.Float64))
    report = audited(frame, sealed=np.arange(1200) >= 1000, supplied=True, time="month")
    assert leaks(report) == []


def test_near_repeats_of_one_file_are_information():
    whole = loans(600)
    report = audited(pl.concat([whole, moved(whole[:50])]))
    assert leaks(report) == []
    assert finding(report, "quality.near-duplicates").level == "ok"
    assert finding(report, "quality.near-duplicates").value > 0.05
