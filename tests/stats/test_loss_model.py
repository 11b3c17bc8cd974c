"""How large a loss to expect."""

import numpy as np
import pytest

from ownproof.stats.loss_model import LossModel, fit_loss


def made(n, seed):
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, 4))
    x[draw.random(n) < 0.1, 2] = np.nan
    size = np.exp(0.8 * x[:, 0]) * np.where(np.isnan(x[:, 2]), 3.0, 1.0)
    return x, size, np.square(size * draw.normal(size=n))


def test_the_columns_that_make_answers_bad_are_found_and_the_others_left_alone():
    x, _, loss = made(8000, 0)
    model, _ = fit_loss(x, loss, np.arange(8000) % 5)
    assert {0, 2} <= set(model.columns)
    fresh, size, _ = made(4000, 1)
    said = model.apply(fresh)
    assert np.corrcoef(np.log(said), np.log(np.square(size)))[0, 1] > 0.9
    assert said.mean() == pytest.approx(np.square(size).mean(), rel=0.15)


def test_harder_rows_are_expected_to_cost_what_they_cost():
    x, _, loss = made(8000, 2)
    model, _ = fit_loss(x, loss, np.arange(8000) % 5)
    hard = np.random.default_rng(3).normal(0.7, 1.0, size=(4000, 4))
    truth = np.square(np.exp(0.8 * hard[:, 0])).mean()
    assert model.apply(hard).mean() == pytest.approx(truth, rel=0.2)


def test_noise_teaches_nothing():
    draw = np.random.default_rng(4)
    loss = np.square(draw.normal(size=3000))
    model, held_out = fit_loss(draw.normal(size=(3000, 5)), loss, np.arange(3000) % 5)
    assert np.std(model.apply(draw.normal(size=(1000, 5)))) < 0.1 * loss.mean()
    assert held_out.mean() == pytest.approx(loss.mean(), rel=0.02)


def test_it_comes_back_from_json():
    x, _, loss = made(500, 5)
    model, _ = fit_loss(x, loss, np.arange(500) % 5)
    assert LossModel.from_json(model.to_json()) == model
