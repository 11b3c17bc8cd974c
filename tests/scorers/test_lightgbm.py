from __future__ import annotations

import gc
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ownproof.errors import InputError
from ownproof.learners.parts import onnx_trees
from ownproof.learners.parts.trees import from_lightgbm
from ownproof.scorers.lightgbm import LIBRARY, LightgbmScorer, open_library
from ownproof.scorers.onnx import OnnxScorer
from ownproof.testing.scorer import check_scorer
from tests.learners.parts.test_trees_lightgbm import grow, truth
from tests.rough_tables import matrix

OBJECTIVES = {"binary": {}, "multiclass": {"num_class": 4}, "regression": {}, "poisson": {}}


def write(folder: Path, objective: str) -> np.ndarray:
    """A model in both forms; gives back what the library's own package answers to `matrix(2, 150)`."""
    x = matrix(1, 800)
    booster = grow(x, truth(objective, x), objective=objective, **OBJECTIVES[objective])
    booster.save_model(str(folder / "model.txt"))
    trees = from_lightgbm(booster.dump_model())
    (folder / "model.onnx").write_bytes(onnx_trees.write(trees, classes=trees.classes))
    answers = booster.predict(matrix(2, 150))
    return np.column_stack([1 - answers, answers]) if objective == "binary" else answers


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_it_keeps_to_the_protocol_and_answers_as_the_package_does_to_the_last_bit(
    objective: str, tmp_path: Path
) -> None:
    expected = write(tmp_path, objective)
    check_scorer(LightgbmScorer, tmp_path, matrix(2, 150))
    scorer = LightgbmScorer.load(tmp_path)
    assert isinstance(scorer, LightgbmScorer)
    assert (scorer.score(matrix(2, 150)) == expected).all()


def test_threads_may_share_it(tmp_path: Path) -> None:
    write(tmp_path, "multiclass")
    scorer, x = LightgbmScorer.load(tmp_path), matrix(4, 400)
    expected = [scorer.score_one(row) for row in x]
    with ThreadPoolExecutor(4) as pool:
        assert np.array_equal(list(pool.map(scorer.score_one, x)), expected)


def test_it_gives_its_memory_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "binary")
    library = open_library()
    assert library is not None
    freed = []

    class Watched:
        def __getattr__(self, name: str) -> object:
            call = getattr(library, name)
            return (lambda *given: freed.append(name) or call(*given)) if "Free" in name else call

    monkeypatch.setattr("ownproof.scorers.lightgbm.open_library", Watched)
    scorer = LightgbmScorer.load(tmp_path)
    scorer.score_one(matrix(2, 1)[0])
    del scorer
    gc.collect()
    assert freed == ["LGBM_FastConfigFree", "LGBM_BoosterFree"]


def test_without_the_library_the_graph_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = write(tmp_path, "binary")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    scorer = LightgbmScorer.load(tmp_path)
    assert isinstance(scorer, OnnxScorer)
    assert np.abs(scorer.score(matrix(2, 150)) - expected).max() < 1e-15


def test_a_library_that_is_named_but_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIBRARY, str(tmp_path / "lib_none.so"))
    with pytest.raises(InputError, match="names a library that cannot be opened"):
        open_library()


def test_a_text_that_is_no_model_is_refused_and_a_wrong_width_too(tmp_path: Path) -> None:
    write(tmp_path, "binary")
    scorer = LightgbmScorer.load(tmp_path)
    with pytest.raises(InputError, match=r"shape \(2, 3\)"):
        scorer.score(np.zeros((2, 3), np.float32))
    (tmp_path / "model.txt").write_text("nothing")
    with pytest.raises(InputError, match="LightGBM refused"):
        LightgbmScorer.load(tmp_path)
    (tmp_path / "model.txt").unlink()
    with pytest.raises(InputError, match="cannot be opened"):
        LightgbmScorer.load(tmp_path)


ALONE = """
import importlib.machinery, json, os, sys

REFUSED = {"lightgbm", "sklearn", "pandas", "scipy", "torch", "onnx", "polars", "xgboost", "catboost"}
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in REFUSED:
            found = importlib.machinery.PathFinder.find_spec(name, path)
            if FOUND and found is not None:  # it can be found, but not imported
                found.loader = self
                return found
            raise ModuleNotFoundError(name)
    def create_module(self, spec):
        raise ImportError("not here: " + spec.name)
    def exec_module(self, module):
        raise AssertionError("never reached")
FOUND = sys.argv[2] == "found"
sys.meta_path.insert(0, Refuse())
import numpy as np
from pathlib import Path
from ownproof.scorers.lightgbm import LightgbmScorer
scorer = LightgbmScorer.load(Path(sys.argv[1]))
batch = np.load(Path(sys.argv[1]) / "batch.npy")
answers = scorer.score(batch)
print(json.dumps({"scorer": type(scorer).__name__, "answers": answers.tolist(),
                  "one": [scorer.score_one(row).tolist() for row in batch[:5]],
                  "loaded": sorted(REFUSED & {m.split(".")[0] for m in sys.modules})}))
"""


@pytest.mark.parametrize(
    ("way", "scorer"), [("found", "LightgbmScorer"), ("gone", "OnnxScorer"), ("named", "LightgbmScorer")]
)
def test_it_answers_where_no_training_library_can_be_imported(way: str, scorer: str, tmp_path: Path) -> None:
    expected = write(tmp_path, "binary")
    np.save(tmp_path / "batch.npy", matrix(2, 150))
    library = open_library()
    assert library is not None
    import os

    extra = {LIBRARY: library._name} if way == "named" else {}
    out = subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path), way],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **extra},
        check=False,
    )
    assert out.returncode == 0, out.stderr
    says = json.loads(out.stdout)  # nothing else was printed
    assert (says["scorer"], says["loaded"]) == (scorer, [])
    assert np.abs(np.array(says["answers"]) - expected).max() < 1e-15
    assert says["one"] == says["answers"][:5]
