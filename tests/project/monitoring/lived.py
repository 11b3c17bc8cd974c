"""Journals as production would have written them: a bundle's own answers to rows of its own world, day by day."""

import numpy as np
import polars as pl

from ownproof.runtime.journal.records import Decision, Outcome, Refusal, line, prediction_id
from ownproof.runtime.predictor import Predictor
from tests.tables import loans

DAY = 86_400.0
BEGIN = 20_000 * DAY
WORLD = 40_000
"""Rows of the world that days are drawn from."""


def live(
    folder, bundle, days, *, rows=40, change=None, labels=1.0, flip_from=None, key=False, first=0, seed=1, redact=()
):
    """Write days into a journal. change: a function of (day, frame) to the day's frame; labels: the share that comes, a
    day and a half later; flip_from: the day from which outcomes are the other way round; key: the caller names rows;
    redact: inputs that are not written down."""
    folder.mkdir(parents=True, exist_ok=True)
    world = loans(WORLD, seed=seed)
    draw = np.random.default_rng([seed, first])
    predictor = Predictor.open(bundle)
    told = []
    with (folder / f"decisions-{first:016x}-000001.jsonl").open("wb") as out:
        for day in range(first, days):
            frame = world[draw.integers(0, WORLD, rows)]
            frame = frame if change is None else change(day, frame)
            table = frame.select(pl.col("income"), pl.col("age").cast(pl.Float64), pl.col("town"), pl.col("noise"))
            answers = predictor.answers(predictor.raw(table))
            at = BEGIN + day * DAY + np.sort(draw.uniform(0, DAY, rows))
            for row, answer, bad, moment in zip(table.to_dicts(), answers, frame["bad"], at.tolist(), strict=True):
                name = prediction_id(int(moment * 1e9), int(draw.integers(2**62)))
                named = f"row {name}" if key else None
                kept = {n: v for n, v in row.items() if n not in redact}
                made = Decision(
                    id=name,
                    at=moment,
                    model=predictor.bundle.hash,
                    inputs=kept,
                    answer=answer,
                    key=named,
                    redacted=redact,
                )
                out.write(line(made))
                if draw.random() < labels:
                    flipped = flip_from is not None and day >= flip_from
                    value = {"yes": "no", "no": "yes"}[bad] if flipped else bad
                    told.append((moment + 1.5 * DAY, None if key else name, named, value))
    with (folder / f"outcomes-{first:016x}-000001.jsonl").open("wb") as out:
        for at, name, named, value in sorted(told, key=lambda t: t[0]):
            if at < BEGIN + days * DAY:
                out.write(line(Outcome(at=at, known=at, outcome=value, prediction_id=name, id=named)))
    return BEGIN + days * DAY


def refuse(folder, model, at, count):
    with (folder / f"refusals-{0:016x}-000001.jsonl").open("wb") as out:
        for i in range(count):
            out.write(
                line(Refusal(at=at + i, model=model, status=422, problems=[{"field": "age", "reason": "is missing"}]))
            )
