"""Ninety days of a journal: how many incidents when nothing happens, and how long until what happens is found.

A model is trained once with the product; every scenario and seed is a journal of its answers to rows drawn day by day,
with weekdays that differ, ordinary days that differ, labels that come late, a few that are corrected and a few that never
come. `monitor` then reads it as it would have day by day: a window sees no label that was not logged by its end.

    python bench/ninety_days.py --seeds 3 --rows 400

With `--counts` the days are judged from their counts alone, no journal is written and no label comes: a tenth of the time for
what needs no labels. Each line: scenario, seeds, incidents (false ones: raised before anything happened, or of another kind than what
happened), found, and days until found (median and largest).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from ownproof.core.policy import Policy
from ownproof.phases.monitor.incidents import Incident, incidents
from ownproof.project.monitoring.judging import Usual, judge_all, looks_of
from ownproof.project.monitoring.monitor import monitor
from ownproof.project.monitoring.segmented import Segmented
from ownproof.project.monitoring.settings import Settings
from ownproof.project.monitoring.watching import Watching
from ownproof.project.monitoring.windows import Window, Windows
from ownproof.runtime.bundle import open_bundle
from ownproof.runtime.journal.records import Decision, Outcome, line, prediction_id
from ownproof.runtime.predictor import Predictor

DAY = 86_400.0
BEGIN = 20_300 * DAY  # a Monday's midnight is not needed: weekdays follow from the day's number
HAPPENS = 45


@dataclass(frozen=True)
class Scenario:
    """What happens on day 45. kinds: of the incidents that tell it."""

    name: str
    kinds: tuple[str, ...]
    begins: int = HAPPENS


SCENARIOS = (
    Scenario("nothing", ()),
    Scenario("sudden drift", ("drift",)),
    Scenario("small drift", ("drift",)),
    Scenario("slow drift", ("drift",), 30),
    Scenario("column missing", ("feed",)),
    Scenario("column constant", ("feed",)),
    Scenario("concept", ("loss",)),
)


def rows_of(day: int, n: int, draw: np.random.Generator, scenario: str, *, effects: float) -> pl.DataFrame:
    """The rows of a day with their outcomes. effects: standard deviation of a day's own shift, in the columns' own."""
    weekend = day % 7 >= 5
    shift = draw.normal(0.0, effects, 8)
    shift[0] += 0.15 if weekend else -0.06
    late = day >= HAPPENS
    if scenario == "sudden drift" and late:
        shift[0] += 0.5
    if scenario == "small drift" and late:
        shift[1] += 0.2
    if scenario == "slow drift" and day >= 30:
        shift[1] += 0.6 * (day - 30) / 60.0
    age = draw.normal(size=n) + shift[0]
    income = draw.normal(size=n) + shift[1]
    spend = np.where(draw.random(n) < 0.6, 0.0, np.exp(0.8 * draw.normal(size=n) + 0.3 * income))
    load = draw.uniform(0.0, 1.0, n) ** np.exp(shift[2])
    logits = np.array([0.5, 0.2, -0.3]) + shift[3] * np.array([1.0, -1.0, 0.5])
    plan = np.array(["basic", "plus", "pro"])[_choice(draw, logits, n)]
    region = np.array([f"r{i}" for i in range(8)])[
        _choice(draw, 0.3 * np.arange(8) + shift[4] * np.linspace(-1, 1, 8), n)
    ]
    shop = np.array([f"s{i:02d}" for i in range(50)])[_choice(draw, -0.06 * np.arange(50), n)]
    score = np.where(
        draw.random(n) < 0.05 * np.exp(4 * shift[5] * effects), np.nan, 0.6 * age + 0.8 * draw.normal(size=n)
    )
    weights = np.array([-0.9, 0.2]) if scenario == "concept" and late else np.array([0.9, 0.6])
    z = -1.2 + weights[0] * age + weights[1] * income + 0.7 * (plan == "basic") + 0.5 * (spend > 0) + 0.5 * shift[6]
    left = draw.random(n) < 1.0 / (1.0 + np.exp(-z))
    frame = pl.DataFrame(
        {"age": 40 + 12 * age, "income": np.exp(10 + 0.5 * income), "spend": spend, "load": load, "plan": plan,
         "region": region, "shop": shop, "score": score, "left": np.where(left, "yes", "no")}
    ).with_columns(pl.col("score").fill_nan(None))  # fmt: skip
    if scenario == "column missing" and late:
        frame = frame.with_columns(income=pl.lit(None, dtype=pl.Float64))
    if scenario == "column constant" and late:
        frame = frame.with_columns(age=pl.lit(40.0))
    return frame


def _choice(draw: np.random.Generator, logits: np.ndarray, n: int) -> np.ndarray:
    shares = np.exp(logits - logits.max())
    return draw.choice(len(logits), n, p=shares / shares.sum())


def trained(folder: Path, seed: int, effects: float, learner: str = "lightgbm") -> Path:
    """A bundle from sixty days of the same world."""
    draw = np.random.default_rng(seed)
    table = pl.concat([rows_of(day, 100, draw, "nothing", effects=effects) for day in range(-63, 0)])
    table.write_csv(folder / "train.csv")
    call = [
        sys.executable,
        "-m",
        "ownproof",
        "run",
        "train.csv",
        "--target",
        "left",
        "--trials",
        "1",
        "--learners",
        learner,
    ]
    subprocess.run([*call, "--out", "p", "--quiet"], cwd=folder, check=False, stdout=subprocess.DEVNULL)
    return max((folder / "p/store/bundle").glob("*/manifest.json")).parent


def journal(
    folder: Path, predictor: Predictor, scenario: str, *, seed: int, rows: int, days: int, effects: float
) -> None:
    """Write the decisions and outcomes of a scenario."""
    draw = np.random.default_rng([seed, 7])
    with (folder / f"decisions-{seed:016x}-000001.jsonl").open("wb") as out:
        told = [
            each
            for day in range(days)
            for each in _a_day(out, predictor, scenario, day, draw=draw, rows=rows, effects=effects)
        ]
    with (folder / f"outcomes-{seed:016x}-000001.jsonl").open("wb") as out:
        for at, name, value in sorted(told):
            if at < BEGIN + days * DAY:
                out.write(line(Outcome(at=at, known=at, outcome=value, prediction_id=name)))


def _a_day(
    out, predictor: Predictor, scenario: str, day: int, *, draw: np.random.Generator, rows: int, effects: float
) -> Iterator[tuple[float, str, str]]:
    n = int(draw.poisson(rows * (0.6 if day % 7 >= 5 else 1.0)))
    frame = rows_of(day, n, draw, scenario, effects=effects)
    table = frame.drop("left")
    answers = predictor.answers(predictor.raw(table))
    at = BEGIN + day * DAY + np.sort(draw.uniform(0.0, DAY, n))
    for row, answer, left, moment in zip(table.to_dicts(), answers, frame["left"].to_list(), at.tolist(), strict=True):
        name = prediction_id(int(moment * 1e9), int(draw.integers(2**62)))
        out.write(line(Decision(id=name, at=moment, model=predictor.bundle.hash, inputs=row, answer=answer)))
        delay = DAY * (2.0 + draw.exponential(3.0))
        if draw.random() > 0.02:
            yield moment + delay, name, left
            if draw.random() < 0.01:
                yield moment + delay + DAY, name, "no" if left == "yes" else "yes"


def from_counts(
    bundle: Path, folder: Path, predictor: Predictor, scenario: str, *, seed: int, rows: int, days: int, effects: float
) -> tuple[Incident, ...]:
    """The incidents of days of which only the counts are kept."""
    draw, policy = np.random.default_rng([seed, 7]), Policy()
    watching = Watching.of(open_bundle(bundle), (), policy)
    windows = Windows(folder, spell=watching.spell, read=watching.unspell)
    for day in range(days):
        n = int(draw.poisson(rows * (0.6 if day % 7 >= 5 else 1.0)))
        table = rows_of(day, n, draw, scenario, effects=effects).drop("left")
        counts = watching.count(table, predictor.answers(predictor.raw(table)))
        at = BEGIN + day * DAY
        windows.keep(Window(at, at + DAY, at + DAY, n, counts=counts))
    usual, segmented = Usual(watching.reference, policy), Segmented(windows.groups, watching.reference, policy)
    judge_all(windows, watching, policy, usual=usual, segmented=segmented, label_delay_s=None)
    return incidents(looks_of(windows.ended), policy)


def outcome(found: Sequence[Incident], scenario: Scenario) -> tuple[int, float | None, list[str]]:
    """False incidents, and days until what happened was found (None: never)."""
    begins = BEGIN + scenario.begins * DAY
    right = [i for i in found if i.kind in scenario.kinds and i.raised > begins]
    # What happened may show in other ways too: the answers drift when a column breaks.
    false = [i for i in found if i.raised <= begins or not scenario.kinds]
    told = [f"{i.kind} on day {(i.raised - BEGIN) / DAY:.0f}: {i.words[:90]}" for i in found]
    return len(false), (right[0].raised - begins) / DAY if right else None, told


def main() -> None:
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--seeds", type=int, default=3)
    said.add_argument("--first", type=int, default=0)
    said.add_argument("--rows", type=int, default=400, help="decisions on a weekday")
    said.add_argument("--days", type=int, default=90)
    said.add_argument(
        "--effects", type=float, default=0.06, help="how far an ordinary day is off, in standard deviations"
    )
    said.add_argument("--counts", action="store_true", help="no journal, no labels: days are judged from their counts")
    said.add_argument("--learner", default="lightgbm")
    said.add_argument("--only", default="", help="scenarios, by commas")
    said.add_argument("--verbose", action="store_true")
    asked = said.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    wanted = [w for w in asked.only.split(",") if w]
    chosen = [s for s in SCENARIOS if (not wanted or s.name in wanted) and not (asked.counts and s.kinds == ("loss",))]
    results: dict[str, list[tuple[int, float | None]]] = {s.name: [] for s in chosen}
    spent = {s.name: 0.0 for s in chosen}
    for seed in range(asked.first, asked.first + asked.seeds):
        with tempfile.TemporaryDirectory() as place:
            predictor = Predictor.open(trained(Path(place), seed, asked.effects, asked.learner))
            for scenario in chosen:
                folder = Path(place) / scenario.name.replace(" ", "-")
                folder.mkdir()
                said_ = {"seed": seed, "rows": asked.rows, "days": asked.days, "effects": asked.effects}
                begun = time.process_time()
                if asked.counts:
                    raised = from_counts(predictor.bundle.folder, folder, predictor, scenario.name, **said_)
                else:
                    journal(folder, predictor, scenario.name, **said_)
                    until = BEGIN + asked.days * DAY + 60.0
                    raised = monitor(predictor.bundle.folder, folder, Settings(policy=Policy()), at=until).incidents
                spent[scenario.name] += time.process_time() - begun
                false, days, told = outcome(raised, scenario)
                results[scenario.name].append((false, days))
                if asked.verbose:
                    print(
                        f"{scenario.name}, seed {seed}: false {false}, found after {days}",
                        *told,
                        sep="\n   ",
                        flush=True,
                    )
    print(f"{'scenario':18}{'seeds':>6}{'false, most':>12}{'found':>8}{'days, median':>14}{'largest':>9}{'CPU s':>8}")
    for name, each in results.items():
        days = [d for _, d in each if d is not None]
        found_ = f"{len(days)}/{len(each)}" if next(s for s in chosen if s.name == name).kinds else "-"
        middle, most = (f"{np.median(days):.0f}", f"{max(days):.0f}") if days else ("-", "-")
        print(
            f"{name:18}{len(each):>6}{max(f for f, _ in each):>12}{found_:>8}{middle:>14}{most:>9}{spent[name]:>8.1f}"
        )


if __name__ == "__main__":
    main()
