"""Which rows are trained on and which judge the training, proposed from the data with its reason."""

from ownproof.phases.split.propose import Proposal, propose
from ownproof.phases.split.windows import Guess, guess_time

__all__ = ["Guess", "Proposal", "guess_time", "propose"]
