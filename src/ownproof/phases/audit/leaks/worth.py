"""What all columns together reach with the accused ones and without them: how much would be lost, or was never there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ownproof.core.report import Finding
from ownproof.phases.audit.seen import Seen
from ownproof.phases.audit.truth import Truth
from ownproof.stats.association import ranks
from ownproof.stats.weights import Floats, Ints

ROWS, COLUMNS, FINDINGS = 4_000, 60, 8
FOLDS, ROUNDS = 3, 60
CLASSES = 8  # told apart; the others are one
CLASS_ROWS = 20  # fewer in the smallest class, and nothing is said


def weighed(
    findings: Sequence[Finding], seen: Sequence[Seen], few: Truth, *, made: Mapping[tuple[str, ...], Floats], seed: int
) -> list[Finding]:
    """The findings, those that accuse columns with the score of all columns with theirs and without.

    Cross-fitted boosted trees on some 4,000 sampled rows; columns that another finding accuses are left out of both.
    few: the truth of the rows that every `Seen` holds. made: what the columns of a finding come to in these rows.
    """
    accusing = [f for f in findings if f.level != "ok" and f.columns][:FINDINGS]
    codes, k = _answers(few)
    if not accusing or codes is None:
        return list(findings)
    culprits = {c for f in findings if f.level != "ok" for c in f.columns}
    by_name = {s.name: s for s in seen if s.watched}
    honest = sorted((s for s in by_name.values() if s.name not in culprits), key=lambda s: (-_alone(s), s.name))
    base = sorted(s.name for s in honest[:COLUMNS])
    without = _score([by_name[n].some.order for n in base], codes, k, seed=seed)
    said = []
    for finding in findings:
        own = [c for c in finding.columns if c in by_name]
        if finding not in accusing or not own:
            said.append(finding)
            continue
        held = [by_name[n].some.order for n in sorted({*base, *own})]
        with_them = _score([*held, *([made[finding.columns]] if finding.columns in made else [])], codes, k, seed=seed)
        words = "it" if len(own) == 1 else "them"
        beside = f" and {len(culprits) - len(own)} more accused" if len(culprits) > len(own) else ""
        evidence = f"{finding.evidence}; all columns together reach {few.measure} {with_them:.3f} with {words}"
        said.append(replace(finding, evidence=f"{evidence} and {without:.3f} without {words}{beside} (cross-fitted)"))
    return said


def _alone(one: Seen) -> float:
    return 0.0 if math.isnan(one.strength) else one.strength


def _answers(few: Truth) -> tuple[Floats | Ints | None, int]:
    """What is learnt: ranks of numbers and 0 classes, or the codes of the most frequent classes and their number."""
    if few.numbers is not None:
        y = few.numbers[:ROWS]
        return (
            (ranks(y), 0) if np.isfinite(y).all() and len(y) >= CLASS_ROWS * FOLDS and y.min() < y.max() else (None, 0)
        )
    codes = few.codes[:ROWS]
    most = np.argsort(-np.bincount(codes, minlength=few.k), kind="stable")[:CLASSES]
    place = np.full(few.k, len(most))
    place[most] = np.arange(len(most))
    codes = np.unique(place[codes], return_inverse=True)[1].reshape(-1).astype(np.int64)
    sizes = np.bincount(codes)
    return (codes, len(sizes)) if few.exact and len(sizes) > 1 and sizes.min() >= CLASS_ROWS else (None, 0)


def _score(columns: Sequence[Floats], answers: Floats | Ints, k: int, *, seed: int) -> float:
    """AUC (mean of one against the rest), or share of the variance of ranks, of answers by trees fitted elsewhere."""
    if not columns:
        return 0.5 if k else 0.0
    matrix = np.column_stack([c[: len(answers)] for c in columns])
    fold = np.random.default_rng(seed).permutation(len(answers)) % FOLDS
    guess = np.zeros((len(answers), max(k, 1)))
    for part in range(FOLDS):
        guess[fold == part] = _fitted(matrix[fold != part], answers[fold != part], matrix[fold == part], k, seed=seed)
    if k == 0:
        return 1.0 - float(((answers - guess[:, 0]) ** 2).sum() / ((answers - answers.mean()) ** 2).sum())
    areas = [_auc(guess[:, c], answers == c) for c in range(k)]
    return float(np.mean(areas[1:] if k == 2 else areas))


def _fitted(matrix: Floats, answers: Floats | Ints, others: Floats, k: int, *, seed: int) -> Floats:
    import lightgbm as lgb

    params = {
        "objective": "regression" if k == 0 else "binary" if k == 2 else "multiclass",
        "num_leaves": 15,
        "learning_rate": 0.1,
        "min_data_in_leaf": 5,
        "verbosity": -1,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
    }
    if k > 2:
        params["num_class"] = k
    model = lgb.train(params, lgb.Dataset(matrix, answers), ROUNDS)
    out = np.asarray(model.predict(others, num_threads=1), dtype=np.float64)
    return np.column_stack([1.0 - out, out]) if k == 2 else out.reshape(len(others), -1)


def _auc(score: Floats, own: np.ndarray) -> float:
    order = ranks(score)
    n, m = int(own.sum()), int((~own).sum())
    return (float(order[own].sum()) - n * (n + 1) / 2) / (n * m)
