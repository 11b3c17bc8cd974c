import numpy as np
import pytest

from ownproof.stats.segments import Binned, Kept, design_effect, inside, levelled, quantile_edges, weak


def table(rng, n, columns=8, levels=5):
    return [Binned(rng.integers(0, levels, n), levels) for _ in range(columns)]


def test_a_cell_of_two_features_that_breaks_its_promise_is_the_surest():
    rng = np.random.default_rng(0)
    features, promised = table(rng, 6000), rng.uniform(0.05, 0.3, 6000)
    place = (features[2].codes == 1) & (features[5].codes == 4)
    came = (rng.random(6000) < np.where(place, promised + 0.25, promised)).astype(float)
    first = weak(features, Kept(came, promised), least=80, alpha=0.05)[0]
    assert (first.features, first.levels, first.rows) == ((2, 5), (1, 4), int(place.sum()))
    assert first.came == pytest.approx(came[place].mean())
    assert (inside(features, first) == place).all()


def test_sound_promises_raise_at_most_one_alarm_in_twenty_over_all_cells():
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        features, promised = table(rng, 1500), rng.beta(1, 6, 1500)
        came = (rng.random(1500) < promised).astype(float)
        alarms += bool(weak(features, Kept(came, promised, way="either"), least=80, alpha=0.05))
    assert alarms <= 8  # 5 expected at the most; more than 8 has a chance of 6 %


def test_amounts_are_tested_by_ranks_so_that_tails_raise_no_alarm():
    alarms = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        features = table(rng, 1500)
        came = np.abs(rng.standard_cauchy(1500))
        alarms += bool(weak(features, Kept(came, np.ones(1500), share=False), least=80, alpha=0.05))
    assert alarms <= 6
    came[features[0].codes == 3] *= 4.0
    assert weak(features, Kept(came, np.ones(1500), share=False), least=80, alpha=0.05)[0].features == (0, -1)


def test_rows_that_err_together_count_as_fewer():
    units = np.repeat(np.arange(300), 5)
    together = np.repeat(np.random.default_rng(0).normal(size=300), 5)
    assert design_effect(together, units) == pytest.approx(5.0)
    assert design_effect(np.random.default_rng(1).normal(size=1500), np.arange(1500)) == pytest.approx(1.0)


def test_a_promise_is_levelled_without_turning_its_order():
    rng = np.random.default_rng(2)
    said = rng.uniform(0, 1, 4000)
    came = (rng.random(4000) < said**2).astype(float)
    level = levelled(said, came)
    order = np.argsort(said)
    assert (np.diff(level[order]) >= -1e-12).all()
    assert np.abs(level - said**2).mean() < 0.03
    assert level.mean() == pytest.approx(came.mean(), abs=0.01)


def test_wide_tables_look_at_the_strongest_features_and_correct_for_all():
    rng = np.random.default_rng(3)
    features, promised = table(rng, 3000, columns=60), np.full(3000, 0.2)
    place = features[50].codes == 2
    came = (rng.random(3000) < np.where(place, 0.5, 0.2)).astype(float)
    assert weak(features, Kept(came, promised), least=80, alpha=0.05)[0].features == (50, -1)


def test_edges_part_values_that_repeat_only_once():
    assert quantile_edges(np.array([0.0] * 90 + [1.0] * 10), 5).tolist() == []
    assert quantile_edges(np.arange(10.0), 5).tolist() == [2.0, 4.0, 6.0, 8.0]
    assert quantile_edges(np.array([np.nan]), 5).tolist() == []
