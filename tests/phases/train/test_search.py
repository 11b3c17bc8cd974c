import numpy as np

from ownproof.core.learner import Candidate, Choice
from ownproof.core.prediction import Predictions
from ownproof.phases.train.folds import Tried
from ownproof.phases.train.search import inside


def tried(**params) -> Tried:
    return Tried(Candidate("forest", params), Predictions(np.zeros(1)), np.zeros(1), (0.0,), (), 0.0)


def test_what_lies_outside_the_space_or_is_a_word_where_it_holds_numbers_is_no_start():
    space = {"share": Choice(0.1, 1.0), "leaf": Choice(1, 30, whole=True), "kind": Choice(values=("a", "b"))}
    fine = tried(share=0.5, leaf=3, kind="a", name="default")
    others = [tried(share="sqrt", leaf=3, kind="a"), tried(share=0.5, leaf=31, kind="a"), tried(share=0.5, kind="c")]
    assert inside(space, [fine, *others], "forest") == [fine]
    assert inside(space, [fine], "another") == []
