"""Batch scoring beside the engine's own speed: rows a second, CPU and peak memory, and a job that is killed and taken up.

    python bench/batch.py [--rows 1000000] [--cores 1] [--form parquet|csv|jsonl] [--kill] [--data FILE --target C [--bundle BUNDLE]]

Trains a small LightGBM bundle on a made-up table (or on FILE), repeats its rows until there are as many as asked for, and lets
`ownproof predict` answer them in a fresh process. The engine is LightGBM's own `Booster.predict` for every member
on the matrix that the bundle's encoder makes, already in memory, with as many threads. --kill: the same job is killed with SIGKILL half-way and started again;
its bytes are compared. Both figures of a line come from the same machine within the same minute; CPU seconds are
what counts on a busy one. Peak memory counts the pages of mapped files too (JSONL and the parts of the answer are read so), which
the system takes back whenever it needs them: what a job needs is its own (anonymous) memory, sampled every 20 ms.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import polars as pl

SCORE = """
import json, os, resource, signal, sys, threading, time
from pathlib import Path
from ownproof.runtime.batch import predict
stop, own = int(sys.argv[5]), 0
def watch():
    global own
    status = Path("/proc/self/status")
    while status.exists():
        told = next(line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
        own = max(own, int(told.split()[1]))
        time.sleep(0.02)
threading.Thread(target=watch, daemon=True).start()
def news(done, total):
    if stop and done >= stop:
        os.kill(os.getpid(), signal.SIGKILL)
start = time.perf_counter()
answer = predict(sys.argv[1], sys.argv[2], sys.argv[3], cores=int(sys.argv[4]), news=news)
wall, use = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"wall": wall, "cpu": use.ru_utime + use.ru_stime, "mib": use.ru_maxrss / 1024, "own": own / 1024, "resumed": answer["resumed"]}))
"""


def made_up(rows: int, seed: int = 1) -> pl.DataFrame:
    """Ten numbers, one of them with gaps, and four categories; a label that depends on some of each."""
    rng = np.random.default_rng(seed)
    numbers = {f"n{i}": rng.lognormal(0, 1, rows).round(4) for i in range(10)}
    levels = {f"c{i}": rng.integers(0, k, rows) for i, k in enumerate((3, 8, 40, 300))}
    x = {name: np.log(values) for name, values in numbers.items()}
    score = (
        2 * x["n0"] * x["n1"] + 2 * np.abs(x["n2"]) - x["n3"] * (x["n4"] > 0) + 2 * rng.normal(size=40)[levels["c2"]]
    )
    score = score - np.median(score) + rng.normal(size=rows)
    table = pl.DataFrame({**numbers, **{n: [f"level {v}" for v in c.tolist()] for n, c in levels.items()}})
    gaps = pl.when(pl.Series(rng.random(rows) < 0.1)).then(None).otherwise(pl.col("n3")).alias("n3")
    return table.with_columns(gaps, pl.Series("y", np.where(score > 0, "yes", "no")))


def trained(folder: Path, data: Path, target: str) -> Path:
    """A bundle of a small run."""
    command = [sys.executable, "-m", "ownproof", "run", str(data), "--target", target, "--rule", "majority"]
    done = subprocess.run(
        [*command, "--learners", "lightgbm", "--trials", "0", "--out", str(folder / "p"), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    if not answer.get("bundle"):
        raise SystemExit(f"the run gave no bundle: {answer.get('error') or answer['verdict']}")
    return Path(answer["bundle"])


def repeated(source: pl.DataFrame, rows: int, path: Path) -> None:
    """The rows again and again until there are enough, written in pieces."""
    times = -(-rows // source.height)
    whole = pl.concat([source.lazy()] * times).head(rows)
    if path.suffix == ".parquet":
        whole.sink_parquet(path, row_group_size=200_000)
    elif path.suffix == ".csv":
        whole.sink_csv(path)
    else:
        whole.sink_ndjson(path)


def scored(bundle: Path, data: Path, out: Path, *, cores: int, stop: int = 0) -> dict[str, Any] | None:
    """What a fresh process took, None for one that was killed."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": str(cores)}
    command = [sys.executable, "-c", SCORE, str(bundle), str(data), str(out), str(cores), str(stop)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    if stop and done.returncode == -signal.SIGKILL:
        return None
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def engine(bundle: Path, data: Path, *, cores: int, most: int = 200_000) -> dict[str, float]:
    """LightGBM's own time for the same rows, measured on up to 200,000 of them: wall and CPU seconds a row."""
    import lightgbm

    from ownproof.runtime.batch.rows import rows_of
    from ownproof.runtime.predictor import Predictor

    predictor = Predictor.open(bundle)
    rows = rows_of(predictor, pl.read_parquet(data, n_rows=most) if data.suffix == ".parquet" else data)
    parts: list[np.ndarray] = []
    for at, cells in rows.cells():
        parts.append(predictor.bundle.encoder.encode(rows.typed(predictor, at, cells).table))
        if sum(map(len, parts)) >= most:
            break
    matrix = np.concatenate(parts)[:most]
    folders = [bundle / "model" / m.folder / "model.txt" for m in predictor.bundle.members]
    boosters = [lightgbm.Booster(model_file=str(path)) for path in folders]
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    for booster in boosters:
        booster.predict(matrix, num_threads=cores)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall / len(matrix), "cpu": cpu / len(matrix), "members": float(len(boosters))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--form", choices=["parquet", "csv", "jsonl"], default="parquet")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--bundle", type=Path, help="a LightGBM bundle for --data; without it one is trained")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--target", default="y")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = said.data or folder / "source.parquet"
        if said.data is None:
            made_up(8_000).write_parquet(source)
        bundle = said.bundle or trained(folder, source, said.target)
        table = pl.read_parquet(source) if source.suffix == ".parquet" else pl.read_csv(source)
        data = folder / f"data.{said.form}"
        repeated(table.drop(said.target), said.rows, data)
        own = engine(bundle, data, cores=said.cores)
        took = scored(bundle, data, folder / f"out.{said.form}", cores=said.cores)
        assert took is not None
        print(
            f"{said.rows:,} rows of {table.width - 1} columns, {said.form}, {said.cores} core(s), {own['members']:.0f} member(s)"
        )
        print("| | rows/s (wall) | rows per CPU second | peak memory | of it its own |\n|---|---|---|---|---|")
        print(f"| LightGBM alone, matrix in memory | {1 / own['wall']:,.0f} | {1 / own['cpu']:,.0f} | | |")
        print(
            f"| ownproof predict | {said.rows / took['wall']:,.0f} | {said.rows / took['cpu']:,.0f} | {took['mib']:,.0f} MiB | {took['own']:,.0f} MiB |"
        )
        print(
            f"share of the engine's own speed: {own['cpu'] * said.rows / took['cpu']:.2f} by CPU, {own['wall'] * said.rows / took['wall']:.2f} by the clock"
        )
        if said.kill:
            again = folder / f"again.{said.form}"
            assert scored(bundle, data, again, cores=said.cores, stop=said.rows // 2) is None, "it was not killed"
            second = scored(bundle, data, again, cores=said.cores)
            assert second is not None
            same = [hashlib.sha256((folder / f"{n}.{said.form}").read_bytes()).hexdigest() for n in ("out", "again")]
            print(
                f"killed half-way, taken up behind row {second['resumed']:,}: {'the same bytes' if same[0] == same[1] else 'OTHER BYTES'}"
            )


if __name__ == "__main__":
    main()
