"""A rich answer and its sections, made up, for the tests of the pages."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ownproof.core.report import Chart, Finding, Gate, Grid, Note, Section, Series

EVIL = "<script>alert(1)</script>"
NAMES = (
    "capital_gain",
    "age",
    "marital_status",
    "education",
    "hours_per_week",
    "occupation",
    "capital_loss",
    "relationship",
    "workclass",
    "native_country_of_the_person_as_written_on_the_form",
    EVIL,
    "sex",
)


def answer(**changes: Any) -> dict[str, Any]:
    """The answer of `run --prove` on a table of people, with a better model."""
    gates = [
        Gate("leak", "pass", 0, 0, rule="no column copies the target and no row stands on both sides"),
        Gate("split", "pass", "stratified", rule="every class is on every side, no unit is on two"),
        Gate(
            "verdict",
            "pass",
            0.149,
            0.0115,
            (0.141, 0.157),
            "the gain over the baseline has its lower end above 0 and is at least the gain worth having",
        ),
        Gate(
            "floor:>50K",
            "waived",
            0.58,
            0.60,
            (0.54, 0.62),
            "recall of the class >50K is at least 0.60",
            (">50K",),
            "more labels of this class, or a lower threshold",
            "A. Example until 2031-01-31: pilot in one region",
        ),
        Gate("parity", "pass", 3.1e-08, 1e-05, rule="the written bundle answers as the trained model does"),
        Gate("latency", "not-run", None, None, rule="one row takes less than --max-latency-ms"),
    ]
    findings = [
        Finding(
            "predictor.strong",
            "ok",
            ("capital_gain",),
            0.74,
            "capital_gain alone separates the classes with an AUC of 0.74",
        ),
        Finding(
            "leak.availability",
            "warn",
            ("final_weight",),
            0.61,
            "its name says that it is known only afterwards; the share of people over 50K rises from 12 % to 41 % with it",
            "--drop final_weight",
        ),
        Finding(
            "quality.duplicates",
            "warn",
            (),
            52,
            "52 rows occur twice",
            "drop the repeats, or give --id if they are different people",
        ),
        Finding("quality.missing", "ok", ("occupation",), 0.057, "1,843 values are missing"),
        Finding(
            "slice.gap",
            "warn",
            ("native_country",),
            -0.21,
            "recall is 21 points lower for native_country = Mexico (n = 903)",
            "look at these rows before deciding about them",
        ),
        Finding("constant", "ok", (EVIL,), None, f"{EVIL} has one value & nothing else", f"--drop '{EVIL}'"),
    ]
    made: dict[str, Any] = {
        "schema": "ownproof/1", "command": "run", "run": "r-7f3a90c2", "exit": 0, "verdict": "BETTER", "evidence": "sealed",
        "proof": {"level": "S1", "generation": 1, "openings": 1, "sealed_units": 7326},
        "gates": [g.to_json() for g in gates], "findings": [f.to_json() for f in findings],
        "task": {"input": "table", "target": "income", "classes": ["<=50K", ">50K"], "positive": ">50K"},
        "split": {"kind": "folds", "reason": "no time and no group among the columns: stratified, 3 folds", "train": 34189, "validation": 7327, "sealed": 7326},
        "metrics": {
            "roc_auc": {"value": 0.9188, "low": 0.9121, "high": 0.9251}, "precision": {"value": 0.701, "low": 0.679, "high": 0.722},
            "recall": {"value": 0.713, "low": 0.691, "high": 0.735}, "f1": {"value": 0.707, "low": 0.689, "high": 0.724},
            "average_precision": {"value": 0.823, "low": 0.806, "high": 0.839}, "brier": {"value": 0.0948, "low": 0.0907, "high": 0.0991},
        },
        "operating": {"threshold": 0.4123, "cost": 412.5},
        "baseline": {"name": "one_feature:education", "metric": "roc_auc", "value": 0.770, "model": 0.919, "gain": 0.149, "low": 0.141, "high": 0.157,
                     "worthwhile": 0.0115, "units_needed": None, "units": 7326, "different": 2104, "level": 0.96},
        "candidates": [
            {"name": "lightgbm", "roc_auc": {"value": 0.921}, "seconds": 6.1, "params": {"leaves": 31}}, {"name": "catboost", "roc_auc": {"value": 0.9188}, "seconds": 21.4, "params": {"depth": 6}},
            {"name": "linear", "roc_auc": {"value": 0.902}, "seconds": 1.2, "params": {}}, {"name": "one_feature", "roc_auc": {"value": 0.77}, "seconds": 0.1, "params": {}},
        ],
        "latency": {"one_row_p50_ms": 0.214, "one_row_p95_ms": 0.391, "rows_per_s": 412_000.0},
        "budget": {"planned": 24, "done": 24, "cut": False}, "bundle": "/data/income.ownproof/store/bundle/7f3a", "report": "/data/income.ownproof/report.html",
        "ledger": "/data/income.ownproof/ledger.jsonl", "seconds": 74.2,
    }  # fmt: skip
    made.update(changes)
    return made


def _curve(power: float, n: int = 400) -> tuple[tuple[float, ...], tuple[float, ...]]:
    x = np.linspace(0, 1, n)
    return tuple(x.tolist()), tuple((x**power).tolist())


def charts() -> dict[str, Chart]:
    """A chart of every form, as the phases would draw them."""
    rng = np.random.default_rng(7)
    roc_x, roc_y = _curve(0.12)
    base_x, base_y = _curve(0.45)
    edges = np.linspace(17, 90, 31)
    middle = (edges[:-1] + edges[1:]) / 2
    yes, no = 900 * np.exp(-(((middle - 44) / 10) ** 2)), 2400 * np.exp(-(((middle - 29) / 14) ** 2))
    truth = rng.normal(50, 14, 900)
    sizes = (500, 1000, 2500, 5000, 12000, 34000)
    learning = (0.861, 0.884, 0.899, 0.908, 0.9145, 0.919)
    return {
        "roc": Chart("How well it ranks (ROC)", "line", (Series("model", roc_x, roc_y), Series("best one-feature rule", base_x, base_y)),
                     "false alarm rate", "recall", ((0.075, 0.713, "operating point 0.412"),), "diagonal", "Out-of-fold rows. The dashed line is guessing."),
        "step": Chart("Precision and recall", "step", (Series("model", roc_x, tuple(1 - 0.75 * x**3 for x in roc_x)),), "recall", "precision",
                      ((0.713, 0.728, "operating point"),), "y=0.239", "The dashed line is the share of positives."),
        "learning": Chart("More rows would still help a little", "line", (Series("ROC AUC", sizes, learning, tuple(v - 0.009 for v in learning), tuple(v + 0.008 for v in learning)),),
                          "training rows", "ROC AUC", caption="Each point is trained on that many rows and measured on the others."),
        "calibration": Chart("Are its probabilities true?", "points", (Series("model", (0.03, 0.11, 0.22, 0.36, 0.48, 0.63, 0.78, 0.91), (0.02, 0.12, 0.2, 0.39, 0.5, 0.6, 0.8, 0.93),
                             (0.01, 0.09, 0.16, 0.33, 0.44, 0.54, 0.75, 0.9), (0.03, 0.15, 0.24, 0.45, 0.56, 0.66, 0.85, 0.96)),), "predicted probability", "observed share", (), "diagonal"),
        "bars": Chart("What drives the model", "bars", (Series("loss of ROC AUC", NAMES, (0.061, 0.048, 0.041, 0.033, 0.018, 0.013, 0.009, 0.007, 0.0031, 0.0012, 0.0, -0.0004),
                      (0.057, 0.045, 0.038, 0.03, 0.016, 0.011, 0.007, 0.005, 0.002, 0.0, -0.0005, -0.001), (0.065, 0.051, 0.044, 0.036, 0.02, 0.015, 0.011, 0.009, 0.004, 0.002, 0.0005, 0.0002)),),
                      "", "loss of ROC AUC when shuffled", caption="Permutation importance on out-of-fold rows."),
        "dots": Chart("Slices", "dots", (Series("recall", ("sex = Female", "sex = Male", "age < 25", "age 25-40", "age 41-60", "age > 60", "native_country = Mexico"), (0.69, 0.72, 0.41, 0.68, 0.75, 0.7, 0.5),
                      (0.66, 0.7, 0.28, 0.65, 0.73, 0.65, 0.39), (0.72, 0.74, 0.55, 0.71, 0.77, 0.75, 0.61)),), "", "recall", (), "y=0.713", "The dashed line is the recall over all rows."),
        "columns": Chart("Age by income", "columns", (Series("<=50K", tuple(edges.tolist()), tuple(no.round().tolist())), Series(">50K", tuple(edges.tolist()), tuple(yes.round().tolist()))), "age", "rows"),
        "names": Chart("Class balance", "columns", (Series("", ("<=50K", ">50K"), (37155.0, 11687.0)),), "", "rows"),
        "heat": Chart("Confusion at the threshold", "heat", (Series("<=50K", ("<=50K", ">50K"), (5042.0, 532.0)), Series(">50K", ("<=50K", ">50K"), (503.0, 1249.0))), "predicted", "truth"),
        "correlation": Chart("Associations between columns", "heat", tuple(Series(NAMES[i], NAMES[:8], tuple(float(round(math.cos((i - j) * 1.1) * 0.9 ** abs(i - j), 2)) for j in range(8))) for i in range(8))),
        "residuals": Chart("Residuals", "points", (Series("", tuple(truth.tolist()), tuple(rng.normal(0, 6, 900).tolist())),), "predicted price", "error", (), "zero"),
        "cost": Chart("Cost by threshold", "line", (Series("model", tuple(i / 100 for i in range(100)), tuple(400 + 2600 * (i / 100 - 0.41) ** 2 for i in range(100))),), "threshold", "cost per 1,000 decisions",
                      ((0.41, 400.0, "cheapest: 0.41"),), "y=900"),
    }  # fmt: skip


def sections() -> tuple[Section, ...]:
    """The chapters of a report."""
    c = charts()
    missing = Grid(
        ("column", "missing share", "rows", "kind"),
        (
            ("occupation", 0.0575, 2809, "category"),
            ("workclass", 0.0573, 2799, "category"),
            ("native_country", 0.0175, 857, "category"),
            (EVIL, None, 0, "constant"),
        ),
        "Columns with missing values",
    )
    rivals = Grid(
        ("model", "ROC AUC", "low", "high", "seconds"),
        (
            ("lightgbm", 0.921, 0.9165, 0.925, 6.1),
            ("catboost", 0.9188, 0.914, 0.923, 21.4),
            ("linear", 0.902, 0.8971, 0.907, 1.2),
            ("one_feature: education", 0.77, 0.763, 0.777, 0.1),
            ("majority", 0.5, 0.5, 0.5, 0.0),
        ),
        "Everything that was tried, on the same folds",
    )
    return (
        Section("The data", (Note("48,842 rows and 14 columns. The target `income` has two classes; `>50K` counts as positive."), c["names"], c["columns"], missing, c["correlation"]), "data"),
        Section("Comparison with the baseline", (rivals, Note("The model is 1.7 points better than a linear model, which is more than the gain worth having (1.0 points).")), "baseline"),
        Section("How good it is", (c["roc"], c["step"], c["calibration"], c["heat"], c["cost"], c["residuals"]), "quality"),
        Section("What drives the model", (c["bars"], c["learning"]), "drivers"),
        Section("Slices", (c["dots"], Note("Two slices are worse than the rest by more than 20 points: `age < 25` and `native_country = Mexico`.")), "slices"),
        Section("What would make this wrong", (Note("The rows come from one census of 1994. Incomes, and what they are written down as, have moved since then."), Note("A copy of the sealed rows made before sealing.")), "wrong"),
    )  # fmt: skip
