import numpy as np

from ownproof.core.task import Task
from ownproof.targets.number.band import interval_blocks

TASK = Task("price", "number", metric="rmse", details={"interval": 0.9})


def test_the_words_say_what_was_promised_and_what_is_held():
    said = np.arange(200.0)
    truth = said + np.where(np.arange(200) % 4 == 0, 5.0, 0.0)
    note, band, shares = interval_blocks(truth, said, (said - 1, said + 1), TASK)
    assert "hold 90 % of the truths" in note.text
    assert "75.0 % of 200" in note.text
    assert band.series[0].y == ()
    assert (band.series[0].low[0], band.series[0].high[0]) == (-1.0, 1.0)
    assert shares.series[0].y == (0.75,) * 10
    assert shares.reference == "y=0.9"


def test_nothing_is_shown_of_nothing():
    none = np.empty(0)
    assert interval_blocks(none, none, (none, none), TASK) == ()
