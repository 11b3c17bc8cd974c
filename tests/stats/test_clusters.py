import numpy as np

from ownproof.stats.clusters import clusters
from ownproof.stats.segments import Binned


def test_the_place_where_losses_gather_is_the_first_leaf():
    rng = np.random.default_rng(0)
    features = [Binned(rng.integers(0, 4, 4000), 4) for _ in range(5)]
    place = (features[1].codes == 2) & (features[3].codes == 0)
    loss = (rng.random(4000) < np.where(place, 0.6, 0.1)).astype(float)
    found = clusters(features, loss, np.arange(4000) % 2 == 0, least=50)
    assert {(f, level) for f, level, has in found[0].steps if has} == {(1, 2), (3, 0)}
    assert abs(found[0].mean - 0.6) < 4 * found[0].error
    assert sum(c.rows for c in found) == 2000
    assert abs(sum(c.share for c in found) - 1.0) < 1e-9


def test_losses_that_gather_nowhere_have_no_leaf():
    alarms = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        features = [Binned(rng.integers(0, 4, 1000), 4) for _ in range(4)]
        alarms += bool(clusters(features, rng.random(1000), np.arange(1000) % 2 == 0, least=50))
    assert alarms <= 2
