"""What labels teach by how their items were drawn: at random, over groups, or where a model is unsure.

A pool of labelled texts stands for the unlabelled one: 100 items are drawn at random, then batches of 100 in each of the
three ways of `ownproof label sample`; after every batch the same linear model on words is fitted on all labels so far and
asked about texts that were never in the pool. Printed: accuracy by the number of labels, mean and standard error over seeds.

    python bench/label_sampling.py DATA TEXT LABEL [--seeds 5] [--rounds 4] [--batch 100]
"""

from __future__ import annotations

import argparse

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from ownproof.core import registry
from ownproof.core.reading import read_table
from ownproof.phases.label.alike import groups_of, marks_of
from ownproof.phases.label.sample import BYS, choose, margin


def learnt(words: object, labels: np.ndarray, seen: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=10.0, max_iter=300).fit(words[seen], labels[seen])


def curve(texts: list[str], labels: np.ndarray, by: str, *, seed: int, rounds: int, batch: int) -> list[float]:
    """Accuracy on the held-out half after each round."""
    order = np.random.default_rng(seed).permutation(len(texts))
    pool, test = order[: len(order) // 2], order[len(order) // 2 :]
    words = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(texts)
    seen = pool[choose([str(i) for i in pool], batch, by="random", random_share=1.0, seed=str(seed)).places]
    scores = []
    for number in range(rounds):
        model = learnt(words, labels, seen)
        scores.append(float((model.predict(words[test]) == labels[test]).mean()))
        left = np.setdiff1d(pool, seen)
        extra = {}
        if by != "random":
            found = groups_of(marks_of([texts[i] for i in left], {}), most=min(256, batch), seed=seed)
            extra = {"groups": found.group, "depth": found.depth}
        if by == "uncertainty":
            extra["unsure"] = margin(model.predict_proba(words[left]))
        drawn = choose([str(i) for i in left], batch, by=by, random_share=0.2, seed=f"{seed}/{number}", **extra)
        seen = np.concatenate([seen, left[drawn.places]])
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("text")
    parser.add_argument("label")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--batch", type=int, default=100)
    asked = parser.parse_args()
    table = read_table(asked.data, readers=registry.shelf("readers")).frame.select(asked.text, asked.label).collect()
    table = table.drop_nulls().unique(asked.text, maintain_order=True)
    texts, labels = table[asked.text].to_list(), table[asked.label].cast(str).to_numpy()
    print(
        f"{len(texts)} texts, {len(set(labels))} classes, {asked.seeds} seeds; accuracy in points, ± one standard error"
    )
    print("way         " + "".join(f"{asked.batch * (r + 1):>14}" for r in range(asked.rounds)))
    for by in BYS:
        runs = np.array(
            [curve(texts, labels, by, seed=s, rounds=asked.rounds, batch=asked.batch) for s in range(asked.seeds)]
        )
        cells = zip(100 * runs.mean(axis=0), 100 * runs.std(axis=0, ddof=1) / np.sqrt(asked.seeds), strict=True)
        print(f"{by:<12}" + "".join(f"{m:>8.1f} ±{e:>4.1f}" for m, e in cells))


if __name__ == "__main__":
    main()
