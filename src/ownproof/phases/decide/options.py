"""The five ways, which tasks each is a way for, and how many labels it takes to begin."""

from __future__ import annotations

from typing import Final

from ownproof.phases.decide.answers import Answers

NO_ML, API, TUNE, SMALL, DEEP = "no-ml", "api", "fine-tune", "small-model", "deep-from-scratch"
OPTIONS: Final = (NO_ML, API, TUNE, SMALL, DEEP)
OWN: Final = (TUNE, SMALL, DEEP)
"""The models that are trained on one's own labels."""
UNDO: Final = (NO_ML, API, SMALL, TUNE, DEEP)
"""From what is undone in an hour to what is undone in months: on a tie the cheaper one is taken."""

TABLES: Final = ("tabular", "forecast")
SIGNALS: Final = ("sensor",)
LANGUAGE: Final = ("text-label", "extraction", "generation")
PICTURES: Final = ("image-label", "detection", "multi-modal")
KNOWN_KINDS: Final = (*LANGUAGE, *PICTURES)
"""What the world's public texts and pictures are like: hosted and open models have been trained on it."""

WORDS: Final = {
    NO_ML: "no machine learning: a rule",
    API: "a hosted API",
    TUNE: "an open model, fine-tuned",
    SMALL: "a small model from scratch (boosting, forest or linear)",
    DEEP: "a deep net from scratch",
}

# Labels from which it is worth beginning; the customary minima (minima.py) are higher. Tables: "1,000 today, or 500 a week";
# text: the lower end of what tuning takes (Howard and Ruder 2018); pictures: a hundred of each class bring a pretrained net
# most of the way (Kornblith and others 2019); a net from scratch has nothing to lean on.
BEGIN_TABLE: Final = 1_000
BEGIN_WORDS: Final = 500
BEGIN_OF_A_CLASS: Final = 100
BEGIN_DEEP: Final = 100_000


def begin(option: str, answers: Answers) -> int:
    """Labels that an option takes to begin; of the rarest class where `of_a_class` says so.

    >>> begin(TUNE, Answers(task="image-label", classes=6))
    600
    """
    if option not in OWN:
        return 0
    if option == DEEP:
        return BEGIN_DEEP
    if option == SMALL:
        return BEGIN_TABLE
    if answers.task in ("image-label", "detection"):
        return BEGIN_OF_A_CLASS * answers.classes if answers.classes else BEGIN_WORDS
    return BEGIN_WORDS


def enough(option: str, answers: Answers) -> bool | None:
    """Whether the labels suffice to begin; None where they are not known.

    >>> enough(SMALL, Answers(task="tabular", labels=6200)), enough(SMALL, Answers(task="tabular"))
    (True, None)
    """
    if option not in OWN:
        return True
    by_class = option == TUNE and answers.task in ("image-label", "detection")
    if by_class and answers.labels_in_smallest_class is not None:
        return answers.labels_in_smallest_class >= BEGIN_OF_A_CLASS
    return None if answers.labels is None else answers.labels >= begin(option, answers)


def first_way(task: str | None) -> str:
    """The own model that needs the fewest labels for a task."""
    return TUNE if task in KNOWN_KINDS else SMALL
