"""Journals for tests: records that are quickly made, and folders that hold them."""

import datetime as dt

from ownproof.core.policy import Policy
from ownproof.runtime.journal.records import Decision, Outcome, Refusal
from ownproof.runtime.journal.writer import open_journal


def decision(number, **more):
    said = {
        "id": f"d{number}",
        "at": float(number),
        "model": "m",
        "inputs": {"n": number},
        "answer": {"prediction": "yes", "probabilities": {"yes": 0.75, "no": 0.25}},
        "key": f"k{number}",
    }
    return Decision(**{**said, **more})


def outcome(of, value, *, known, at=None, **more):
    """of: `d7` names a prediction, `k7` a caller's id."""
    named = {"prediction_id": of} if of.startswith("d") else {"id": of}
    return Outcome(at=known if at is None else at, known=known, outcome=value, **named, **more)


def refusal(number):
    return Refusal(at=float(number), model="m", status=422, problems=[{"field": "n", "reason": "is missing"}])


def written(folder, records, *, segment_mb=64):
    """A folder with closed segments; 0 MB: one a line."""
    with open_journal(folder, policy=Policy(journal_segment_mb=segment_mb)) as writer:
        for record in records:
            assert writer.write(record)
    return folder


def moment(seconds):
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
