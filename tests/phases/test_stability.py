import numpy as np
import pytest

from ownproof.phases.stability import flagged, likeness, stability

DRAW = np.random.default_rng(0)
SCORES = DRAW.random(500)


def test_scores_that_have_nothing_to_do_with_each_other_are_not_alike():
    found = likeness("x", SCORES, DRAW.random(500), 0.1)
    assert abs(found.rank) < 0.15
    assert found.overlap < 0.2  # 0.1 / 1.9 by chance
    assert likeness("x", np.zeros(5), np.zeros(5), 0.2).rank == 1.0


def test_a_share_knows_how_many_units_stand_behind_it():
    flags = np.arange(200) < 10
    rows, groups = flagged(flags, np.arange(200), 0.95), flagged(flags, np.arange(200) // 20, 0.95)
    assert rows.value == groups.value == 0.05
    assert groups.high - groups.low > 2 * (rows.high - rows.low)


@pytest.mark.parametrize(("other", "level"), [(SCORES, "ok"), (DRAW.random(500), "warn")])
def test_the_page_says_what_is_shown_and_what_is_not(other, level):
    pairs = [likeness("two seeds", SCORES, other, 0.05), likeness("two detectors", SCORES, SCORES, 0.05)]
    flags = flagged(SCORES > 0.95, np.arange(500), 0.95)
    report = stability(pairs, SCORES, flags, share=0.05, detectors=("isolation_forest", "density"), steady_least=0.7)
    assert [f.level for f in report.findings] == [level, "ok"]
    (gate,) = report.gates
    assert (gate.id, gate.status) == ("evaluate.truth", "inconclusive")
    assert report.facts["verdict"] is None
    assert [s.title for s in report.sections] == ["What is shown", "What is not shown"]
