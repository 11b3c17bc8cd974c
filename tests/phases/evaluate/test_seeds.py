from dataclasses import replace

import numpy as np
import pytest

from ownproof.phases.evaluate.seeds import chi2_quantile, seeds
from tests.phases.evaluate.contests import LABELS, TWO, constant, dataset, judge, late, scored

TRUTH = late(2000)
VERDICT = judge(TRUTH, scored(TRUTH, 1.5), constant(2000)).facts["verdict"]
POINT = LABELS.operate(TRUTH, scored(TRUTH, 1.5), np.ones(2000), TWO)


def spread(answers, verdict=VERDICT):
    return seeds(dataset(TRUTH), TWO, LABELS, answers, operating=POINT, verdict=verdict)


def test_the_spread_is_the_standard_deviation_over_seeds():
    report = spread([scored(TRUTH, 1.5, seed=s) for s in range(4)])
    told = report.facts["seeds"]
    assert told["sd"] == pytest.approx(np.std(told["values"], ddof=1))
    assert told["low"] < told["sd"] < told["high"]
    assert report.findings[0].level == "ok"


def test_a_gain_within_the_luck_of_the_seed_is_a_warning():
    small = replace(VERDICT, gain=0.001)
    (finding,) = spread([scored(TRUTH, 1.5, seed=s) for s in range(4)], verdict=small).findings
    assert (finding.rule, finding.level) == ("seed.spread", "warn")
    assert "luck" in finding.advice


def test_a_recipe_that_knows_no_seed_has_no_spread():
    assert spread([scored(TRUTH, 1.5)] * 3, verdict=replace(VERDICT, gain=0.001)).facts["seeds"]["sd"] == 0.0


def test_one_seed_says_nothing():
    assert spread([scored(TRUTH, 1.5)]).findings == ()


def test_quantiles_of_chi_squared_are_those_of_the_tables():
    assert chi2_quantile(0.975, 3) == pytest.approx(9.348, abs=1e-3)
    assert chi2_quantile(0.025, 3) == pytest.approx(0.216, abs=1e-3)
