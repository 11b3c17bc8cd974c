"""Prepare: learn the encoding from training rows only, and apply it to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ownproof.core.dataset import Dataset
from ownproof.core.encoder import Encoder
from ownproof.core.input import Input, Weighs
from ownproof.phases.prepare.scores import learn


def prepare(train: Dataset, others: Sequence[Dataset], inputs: Mapping[str, Input]) -> tuple[Encoder, list[Dataset]]:
    """The encoder fitted on the training rows, then the training rows and the others with their matrix.

    Nothing of `others` reaches the encoder: what a held-out or sealed row holds cannot leak into training. Where the
    encoder has learnt scores from the truth, a training row gets those of weights that were fitted without it.
    """
    encoder = Encoder.fit(train, inputs)
    unseen = {}
    for code in encoder.codes:
        kind = inputs[code.kind]
        if isinstance(kind, Weighs) and train.truth is not None:
            learnt = learn(kind, code.code, train.column(code.column), train.truth, weight=train.weights)
            if learnt is not None:
                encoder = encoder.taught(code.column, learnt.code)
                unseen[code.column] = learnt.scores
    ready = [encoder.apply(each) for each in (train, *others)]
    for name, scores in unseen.items():
        encoded = ready[0].encoded
        assert encoded is not None  # noqa: S101 - `apply` has just made it
        last = max(i for i, f in enumerate(encoded.features) if f.column == name) + 1
        encoded.matrix[:, last - scores.shape[1] : last] = scores
    return encoder, ready


def characters(some: Dataset, inputs: Mapping[str, Input]) -> float:
    """How long the texts of a row are that are weighed term by term, on average: what preparing costs hangs on it."""
    weighed = [c.name for c in some.schema.features if isinstance(inputs[c.kind], Weighs)]
    if not weighed:
        return 0.0
    table = some.table(weighed)
    return sum(sum(map(len, table[n].drop_nulls().to_list())) for n in weighed) / max(1, len(some))
