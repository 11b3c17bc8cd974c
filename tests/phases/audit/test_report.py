"""The audit as a whole: right on sound tables, blind to order, blind to sealed values, at home with any kind."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.report import blocks_from_json, blocks_to_json
from ownproof.core.schema import Column, Schema
from ownproof.core.task import Task
from ownproof.phases.audit import About, audit
from tests.phases.audit.tables import INPUTS, TARGETS, audited, gate, is_bad, leaks, loans, prices, put

RNG = np.random.default_rng(6)


def bundled(name):
    """One of scikit-learn's own tables, with its classes by name."""
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")()
    frame = pl.DataFrame({str(n): found.data[:, i] for i, n in enumerate(found.feature_names)})
    named = name in ("breast_cancer", "iris", "wine")
    return frame.with_columns(pl.Series("y", np.asarray(found.target_names)[found.target] if named else found.target))


@pytest.mark.parametrize("name", ["breast_cancer", "wine", "iris", "diabetes", "digits"])
def test_sound_tables_of_the_world_are_not_accused(name):
    report = audited(bundled(name))
    assert leaks(report) == []
    assert not report.refused


@pytest.mark.parametrize("pair", [("setosa", "versicolor"), ("setosa", "virginica"), ("versicolor", "virginica")])
def test_two_species_that_one_measure_parts_are_not_accused(pair):
    assert leaks(audited(bundled("iris").filter(pl.col("y").is_in(pair)))) == []


@pytest.mark.parametrize("rows", [40, 120, 500])
@pytest.mark.parametrize("make", [loans, prices])
def test_made_up_sound_tables_are_not_accused(make, rows):
    for seed in range(5):
        assert leaks(audited(make(rows, seed=seed))) == []


@given(st.integers(0, 2**31), st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_small_tables_of_few_levels_are_not_accused(seed, columns):
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(25, 80))
    frame = pl.DataFrame({f"x{i}": rng.integers(0, int(rng.integers(2, 6)), rows) for i in range(columns + 1)})
    y = rng.permutation(np.arange(rows) % 2)
    assert leaks(audited(put(frame, y=np.where(y, "yes", "no")))) == []


def said(report):
    return sorted(
        (f.rule, f.level, f.columns, round(f.value or 0, 9), f.evidence)
        for f in report.findings
        if f.rule != "leak.row-order"
    )


@given(st.integers(0, 2**31))
@settings(max_examples=8, deadline=None)
def test_the_order_of_rows_and_columns_changes_nothing(seed):
    frame = put(loans(300), clue=is_bad(loans(300)) + 0.3 * np.random.default_rng(0).normal(size=300))
    rng = np.random.default_rng(seed)
    mixed = frame[rng.permutation(300)].select(rng.permutation(frame.columns).tolist())
    assert sorted(map(str, said(audited(mixed)))) == sorted(map(str, said(audited(frame))))


def test_values_of_sealed_rows_change_nothing():
    frame, other = loans(), loans(seed=5)
    sealed = np.arange(600) % 5 == 0
    changed = pl.concat([frame.filter(~pl.Series(sealed)), other.filter(pl.Series(sealed))])
    mask = np.arange(600) >= 480
    plain = pl.concat([frame.filter(~pl.Series(sealed)), frame.filter(pl.Series(sealed))])
    assert said(audited(plain, sealed=mask)) == said(audited(changed, sealed=mask))


def test_every_gate_stands_in_the_report_with_its_rule():
    report = audited(loans())
    assert [g.id for g in report.gates] == [
        f"audit.{w}"
        for w in (
            "copy",
            "derived",
            "aggregate",
            "later",
            "pair",
            "text",
            "id",
            "row-order",
            "availability",
            "duplicates",
            "group-overlap",
            "time-overlap",
            "horizon",
        )
    ]
    assert all(g.rule for g in report.gates)
    assert {g.status for g in report.gates} == {"pass", "not-run"}
    assert gate(report, "copy").value == 0


@pytest.mark.parametrize(
    "frame", [loans(), prices(), put(loans(), twin=loans()["y"].to_numpy())], ids=["label", "number", "leak"]
)
def test_the_chapters_survive_the_store(frame):
    report = audited(frame)
    assert [s.id for s in report.sections] == [
        "leaks",
        "target",
        "strength",
        "distributions",
        "associations",
        "missing",
        *(["outliers"] if any(s.id == "outliers" for s in report.sections) else []),
        "repeats",
        "columns",
    ]
    back = blocks_from_json(blocks_to_json(report.sections))
    assert blocks_to_json(back) == blocks_to_json(report.sections)


def test_a_culprit_is_drawn_beside_its_accusation():
    frame = put(loans(), twin=loans()["y"].to_numpy())
    leaks_chapter = audited(frame).sections[0]
    assert "twin" in [getattr(b, "title", "") for b in leaks_chapter.blocks]


def test_a_culprit_that_cannot_be_drawn_is_shown_among_the_strengths():
    frame = loans()
    texts = [f"row {i} of the file is {'overdue' if b else 'open'} now" for i, b in enumerate(is_bad(frame))]
    titles = [
        getattr(b, "title", "") for b in audited(put(frame, remark=texts), kinds={"remark": "text"}).sections[0].blocks
    ]
    assert "What each column says of y alone" in titles


def test_findings_that_accuse_have_a_line_that_mends():
    frame = put(loans(), twin=loans()["y"].to_numpy(), clue=is_bad(loans()) + RNG.normal(0, 0.3, 600))
    accusing = [f for f in audited(frame).findings if f.level != "ok"]
    assert len(accusing) >= 2
    assert all(f.advice and f.evidence for f in accusing)


def test_odd_columns_are_looked_at_without_a_crash():
    n = 200
    frame = loans(n).with_columns(
        pl.Series("nothing", [None] * n, dtype=pl.Float64),
        pl.Series("always", ["x"] * n),
        pl.Series("endless", [float("inf"), -float("inf"), None, 1.5] * (n // 4)),
        pl.Series("flag", [True, None] * (n // 2)),
        pl.Series("long", ["word " * 60 + str(i) for i in range(n)]),
        pl.Series("day", [None if i % 9 == 0 else dt.date(2024, 1, 1) + dt.timedelta(i) for i in range(n)]),
        pl.Series("huge", np.linspace(-1e300, 1e300, n)),
        pl.Series("a name, with 'marks'", RNG.normal(size=n)),
    )
    report = audited(frame)
    assert leaks(report) == []
    assert blocks_to_json(report.sections)


class Boxes:
    """An input kind of somebody else: lists of numbers, which only say whether they are equal."""

    name, usable = "boxes", True

    def keys(self, column):
        from ownproof.stats.hashing import text_hashes

        return text_hashes(str(cell) for cell in column.to_list())

    def profile(self, column):
        from ownproof.core.input import Profile

        return Profile("boxes", len(column), column.null_count(), column.n_unique())


class Spans:
    """A target kind of somebody else: lists, without strata."""

    name = "spans"

    def strata(self, truth, task):
        return np.zeros(len(truth), dtype=np.int64)

    def profile(self, truth, task):
        from ownproof.core.input import Profile

        return Profile("spans", len(truth), 0, len({str(t) for t in truth}))

    def to_json(self, answer, task):
        return list(answer)


def strange(other):
    cells = [[int(i), int(i) % 3] for i in RNG.integers(0, 9, 300)]
    truth = np.empty(300, dtype=object)
    truth[:] = cells
    frame = pl.DataFrame({"box": other(cells), "n": RNG.normal(size=300), "y": cells})
    schema = Schema((Column("box", "boxes"), Column("n", "number"), Column("y", "boxes", "target")))
    dataset = Dataset(frame.lazy(), schema, "x", 300, truth=truth)
    return audit(
        dataset,
        task=Task("y", "spans"),
        target=Spans(),
        inputs={**INPUTS, "boxes": Boxes()},
        policy=Policy(),
        about=About(np.arange(300) % 6 == 0, np.arange(300, dtype=np.uint64)),
    )


def test_kinds_of_other_people_are_audited_by_equality_alone():
    sound = strange(lambda cells: [cells[i] for i in RNG.permutation(300)])
    assert leaks(sound) == []
    twin = strange(list)
    assert leaks(twin) == [("leak.copy", "block", ("box",))]
    assert blocks_to_json(twin.sections)
    assert set(TARGETS) >= {"label", "number"}


def test_a_label_of_a_hundred_classes_is_audited_in_one_go():
    n = 3000
    y = RNG.integers(0, 100, n)
    frame = pl.DataFrame({"a": y + RNG.normal(0, 20, n), "b": RNG.normal(size=n), "y": [f"class {c:02d}" for c in y]})
    report = audited(frame)
    assert leaks(report) == []
    assert audited(put(frame, twin=y)).refused
