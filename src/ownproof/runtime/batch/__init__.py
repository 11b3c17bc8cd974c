"""A bundle over a whole table: one output row per input row, in order, whole or not at all."""

from ownproof.runtime.batch.answering import answers
from ownproof.runtime.batch.job import predict

__all__ = ["answers", "predict"]
