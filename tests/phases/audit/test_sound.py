"""Sound tables of many kinds are accused by no rule about columns, and a plant among them is."""

import numpy as np
import pytest

from tests.phases.audit.sound import sound
from tests.phases.audit.tables import audited, leaks, put


@pytest.mark.parametrize("seed", range(1000, 1016))
def test_sound_tables_of_many_kinds_are_not_accused(seed):
    frame, roles = sound(seed)
    sealed = np.arange(frame.height) > 0.85 * frame.height
    assert leaks(audited(frame, sealed=sealed, **roles)) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2000, 2100))
def test_more_sound_tables_are_not_accused(seed):
    frame, roles = sound(seed)
    sealed = np.random.default_rng(seed).random(frame.height) < 0.15
    assert leaks(audited(frame, sealed=None if roles else sealed, **roles)) == []


@pytest.mark.parametrize("seed", range(1000, 1006))
def test_a_plant_in_a_sound_table_is_named_and_nothing_else_is(seed):
    frame, roles = sound(seed)
    rng = np.random.default_rng(seed)
    y = frame["y"].to_numpy()
    if y.dtype.kind == "f":
        frame = put(frame, p=(p := rng.integers(0, 10**4, len(y))), q=y + p)
    else:
        names, code = np.unique(y, return_inverse=True)
        frame = put(frame, p=(p := rng.integers(0, len(names), len(y))), q=(code + p) % len(names))
    assert [set(columns) for _, _, columns in leaks(audited(frame, **roles))] == [{"p", "q"}]
