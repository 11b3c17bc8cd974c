"""Whether the rows of a second table could have come from where the first came."""

import numpy as np
import polars as pl

from tests.phases.audit.tables import audited, finding, loans, prices, put


def beside(first, second, **more):
    frame = pl.concat([first, second], how="vertical_relaxed")
    return finding(
        audited(frame, sealed=np.arange(len(frame)) >= len(first), supplied=True, **more), "quality.population"
    )


def test_two_halves_of_a_table_look_alike():
    for seed in range(4):
        for table in (loans(1200, seed=seed), prices(1200, seed=seed)):
            said = beside(table[:900], table[900:])
            assert said.level == "ok"
            assert 0.38 < said.value < 0.6


def test_levels_that_training_rows_never_have_are_named():
    other = loans(300, seed=5).with_columns(
        pl.when(pl.int_range(300) % 4 == 0).then(pl.lit("Rom")).otherwise("town").alias("town")
    )
    said = beside(loans(900), other)
    assert (said.level, said.columns) == ("warn", ("town",))
    assert "25% of the rows have a town" in said.evidence


def test_numbers_beyond_all_others_are_named():
    other = loans(300, seed=5).with_columns(pl.col("noise") * 10)
    said = beside(loans(900), other)
    assert (said.level, said.columns) == ("warn", ("noise",))


def test_columns_that_tell_the_tables_apart_together_warn_and_none_is_a_culprit():
    other = loans(300, seed=5).with_columns(
        pl.col("grade").clip(4, 5), pl.col("age").clip(18, 40), pl.col("noise").abs()
    )
    said = beside(loans(900), other)
    assert (said.level, said.columns) == ("warn", ())
    assert said.value > 0.75


def test_a_test_that_lies_later_may_differ():
    other = loans(300, seed=5).with_columns(pl.lit("Rom").alias("town"))
    hours = np.datetime64("2024-01-01", "us") + np.arange(1200) * np.timedelta64(1, "h")
    tables = put(loans(900), at=hours[:900]), put(other, at=hours[900:])
    said = beside(*tables, time="at")
    assert said.level == "ok"
    assert said.evidence.endswith("the world may have moved on")


def test_a_few_new_levels_of_a_column_of_many_are_ordinary():
    rng = np.random.default_rng(2)
    shops = [f"shop {i}" for i in rng.zipf(1.6, 1200)]
    table = loans(1200).with_columns(pl.Series("shop", shops))
    assert beside(table[:900], table[900:]).level == "ok"


def test_few_rows_are_not_compared():
    table = loans(200)
    rules = {f.rule for f in audited(table, sealed=np.arange(200) >= 170, supplied=True).findings}
    assert "quality.population" not in rules
