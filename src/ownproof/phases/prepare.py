"""Prepare: learn the encoding from training rows only, and apply it to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ownproof.core.dataset import Dataset
from ownproof.core.encoder import Encoder
from ownproof.core.input import Input


def prepare(train: Dataset, others: Sequence[Dataset], inputs: Mapping[str, Input]) -> tuple[Encoder, list[Dataset]]:
    """The encoder fitted on the training rows, then the training rows and the others with their matrix.

    Nothing of `others` reaches the encoder: what a held-out or sealed row holds cannot leak into training.
    """
    encoder = Encoder.fit(train, inputs)
    return encoder, [encoder.apply(each) for each in (train, *others)]
