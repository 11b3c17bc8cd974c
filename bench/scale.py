"""CPU seconds and peak memory of audit, split and training by rows, beside a bare polars scan of the same file.

python bench/scale.py FOLDER [--rows 10_000 100_000 1_000_000 10_000_000] [--steps scan distinct audit split run]

Makes a Parquet file of each size in FOLDER where it is not there yet (31 columns: numbers, categories of few and of
many levels, a moment, a textual id, a binary target; always the same), runs every step in a fresh process and prints
its CPU seconds, peak resident memory and the ratio of its CPU to that of the scan. The scan reads every column and
takes its count of gaps, lowest and highest value, and the mean of numbers; `distinct` is the same scan that also counts
the different values of each column.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

CHUNK = 250_000
LEVELS = (2, 3, 5, 8, 12, 40, 300, 3_000, 30_000)
NUMBERS, MONEY, COUNTS, HOLED = 8, 4, 3, 2
SCAN = """
import polars as pl
frame = pl.scan_parquet({path!r})
wanted = []
for name, dtype in frame.collect_schema().items():
    column = pl.col(name)
    wanted += [column.null_count().alias(name + ":0"), column.min().alias(name + ":1"), column.max().alias(name + ":2")]
    wanted += [column.mean().alias(name + ":3")] if dtype.is_numeric() else []
    wanted += [column.n_unique().alias(name + ":4")] if {distinct} else []
print(frame.select(wanted).collect(engine="streaming").shape)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took. seconds: of the clock; cpu: seconds of all its threads; peak_mb: resident, at most."""

    seconds: float
    cpu: float
    peak_mb: float
    code: int


def chunk(number: int, rows: int) -> pl.DataFrame:
    """Rows of the table, the same for each number. The target hangs on six columns, weakly."""
    rng = np.random.default_rng([20_261, number])
    first = number * CHUNK
    columns: dict[str, np.ndarray] = {"order_ref": _names("ord", first + np.arange(rows))}
    start = np.datetime64("2024-01-01", "us")
    columns["created"] = start + rng.integers(0, 10**14, rows).astype("m8[us]")
    columns |= {f"number_{i}": rng.normal(size=rows) for i in range(NUMBERS)}
    columns |= {f"amount_{i}": rng.lognormal(3, 1, rows).round(2) for i in range(MONEY)}
    columns |= {f"count_{i}": rng.poisson(2 + 8 * i, rows) for i in range(COUNTS)}
    for i in range(HOLED):
        columns[f"holed_{i}"] = np.where(rng.random(rows) < 0.2 * (i + 1), np.nan, rng.normal(size=rows))
    columns |= {f"level_{k}": _names(f"l{k}", (k * rng.random(rows) ** 2).astype(np.int64)) for k in LEVELS}
    columns["flag"] = rng.random(rows) < 0.3
    columns["share"] = rng.beta(2, 5, rows)
    score = columns["number_0"] + 1.5 * columns["number_1"] * columns["flag"] + 0.1 * columns["count_1"]
    score = score + 2.0 * (columns["level_5"] == "l5-1") * (columns["number_2"] > 0) + rng.logistic(size=rows)
    columns["y"] = np.where(score > 3.2, "yes", "no")
    frame = pl.DataFrame(columns)
    return frame.with_columns(pl.col(f"holed_{i}").fill_nan(None) for i in range(HOLED))


def _names(stem: str, numbers: np.ndarray) -> np.ndarray:
    return pl.select(pl.concat_str(pl.lit(f"{stem}-"), pl.Series(numbers).cast(pl.String))).to_series().to_numpy()


def chunks(rows: int) -> Iterator[pl.DataFrame]:
    for number in range(-(-rows // CHUNK)):
        yield chunk(number, min(CHUNK, rows - number * CHUNK))


def made(folder: Path, rows: int) -> Path:
    """The file of a size, written where it is not there yet: in a process of its own, for a child is charged with the
    memory that its parent had when it was started."""
    path = folder / f"table-{rows}.parquet"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        writing = multiprocessing.get_context("spawn").Process(target=write, args=(path, rows))
        writing.start()
        writing.join()
    return path


def write(path: Path, rows: int) -> None:
    """The file of a size, a chunk at a time."""
    import pyarrow.parquet as pq

    beside = path.with_suffix(".part")
    writer = None
    for frame in chunks(rows):
        table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(beside, table.schema, compression="zstd")
        writer.write_table(table)
    assert writer is not None
    writer.close()
    beside.rename(path)


def cost(command: list[str], *, cwd: Path) -> Cost:
    """Run a command and wait for it."""
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3, 4):
        print(said.decode(errors="replace")[-2000:], file=sys.stderr)
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(time.perf_counter() - began, cpu, usage.ru_maxrss / 1024, process.returncode)


def measured(step: str, path: Path, budget: str) -> Cost:
    """One step of one size in a fresh process and a fresh project."""
    place = Path(tempfile.mkdtemp(prefix="scale-", dir=path.parent))
    ownproof = [sys.executable, "-m", "ownproof"]
    target = [str(path), "--target", "y", "--json"]
    commands = {
        "scan": [sys.executable, "-c", SCAN.format(path=str(path), distinct=False)],
        "distinct": [sys.executable, "-c", SCAN.format(path=str(path), distinct=True)],
        "audit": [*ownproof, "audit", *target],
        "split": [*ownproof, "split", *target, "--out", str(place / "project")],
        "run": [*ownproof, "run", *target, "--out", str(place / "project"), "--budget", budget],
    }
    try:
        return cost(commands[step], cwd=place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the files are, or are made")
    parser.add_argument("--rows", nargs="+", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--steps", nargs="+", default=["scan", "distinct", "audit", "split"])
    parser.add_argument("--budget", default="60s", help="of the training in `run`")
    said = parser.parse_args()
    print(f"{'rows':>11}  {'step':9}{'CPU s':>9}{'x scan':>8}{'us/row':>9}{'clock s':>9}{'peak MB':>9}  exit")
    for rows in said.rows:
        path = made(said.folder.resolve(), rows)
        base = float("nan")
        for step in said.steps:
            took = measured(step, path, said.budget)
            base = took.cpu if step == "scan" else base
            line = f"{rows:>11,}  {step:9}{took.cpu:>9.2f}{took.cpu / base:>8.1f}{1e6 * took.cpu / rows:>9.2f}"
            print(f"{line}{took.seconds:>9.2f}{took.peak_mb:>9,.0f}  {took.code}", flush=True)


if __name__ == "__main__":
    main()
