import numpy as np
import pytest

from ownproof.stats.agreement.dawid_skene import dawid_skene


def answers(draw, items, skills, shares):
    truth = draw.choice(len(shares), size=items, p=shares)
    said = np.stack([np.where(draw.random(items) < s, truth, draw.integers(0, len(shares), items)) for s in skills], 1)
    item, rater = np.divmod(np.arange(said.size), len(skills))
    return truth, item, rater, said.ravel()


def test_one_good_rater_outweighs_careless_ones():
    skills = (0.95, 0.95, 0.3, 0.3, 0.3)
    truth, item, rater, said = answers(np.random.default_rng(0), 600, skills, (0.5, 0.3, 0.2))
    found = dawid_skene(item, rater, said, sizes=(600, 5, 3))
    votes = np.stack([np.bincount(item, weights=said == v, minlength=600) for v in range(3)], axis=1)
    right = (found.shares.argmax(axis=1) == truth).mean()
    assert right > (votes.argmax(axis=1) == truth).mean() + 0.05
    assert found.settled
    skill = [np.diag(c).mean() for c in found.confusions]
    assert min(skill[:2]) > max(skill[2:]) + 0.2


def test_shares_are_probabilities_and_an_item_without_answers_has_the_prevalence():
    found = dawid_skene([0, 0, 2], [0, 1, 0], [1, 1, 0], sizes=(3, 2, 2))
    assert found.shares.sum(axis=1) == pytest.approx([1.0, 1.0, 1.0])
    assert found.confusions.sum(axis=2) == pytest.approx(np.ones((2, 2)))
    assert found.shares[1] == pytest.approx(found.prevalence, abs=1e-3)
