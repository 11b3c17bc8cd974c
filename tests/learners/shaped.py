"""Made-up numbers of the shapes that ask for an objective of their own."""

from dataclasses import replace

import numpy as np

from ownproof.testing.samples import Sample, table_sample

SHAPES = {"poisson": {}, "tweedie": {}, "log": {}, "absolute": {}, "quantile": {"quantile": 0.9}}


def shaped(objective: str, rows: int = 400) -> Sample:
    """The sample of numbers, its truth remade: counts, amounts with zeros, prices, or as it is."""
    sample = table_sample("number", rows=rows)

    def remade(part):
        score = (part.truth - 100.0) / 10.0
        rng = np.random.default_rng(len(score))
        mean = np.exp(0.5 * score)
        truth = {
            "poisson": lambda: rng.poisson(mean).astype(float),
            "tweedie": lambda: rng.poisson(3 * mean) * rng.gamma(9.0, 0.3, len(score)),
            "log": lambda: 1e5 * mean * np.exp(0.3 * rng.normal(size=len(score))),
        }.get(objective, lambda: part.truth)()
        return replace(part, truth=truth)

    return Sample(remade(sample.train), remade(sample.validation), replace(sample.task, details={}))
