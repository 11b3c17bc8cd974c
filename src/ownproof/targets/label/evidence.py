"""What a person wants to see of predicted classes."""

from __future__ import annotations

import numpy as np

from ownproof.core.prediction import Predictions
from ownproof.core.report import Block
from ownproof.core.target import Operating
from ownproof.core.task import Task


def evidence_of(truth: np.ndarray, predictions: Predictions, task: Task, operating: Operating) -> tuple[Block, ...]:
    """The blocks."""
    return ()
