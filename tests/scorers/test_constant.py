from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ownproof.errors import InputError
from ownproof.scorers.constant import ConstantScorer
from ownproof.testing.scorer import check_scorer


@pytest.mark.parametrize(("classes", "answer"), [(2, [0.7, 0.3]), (3, [0.5, 0.25, 0.25]), (None, 12.5)])
def test_it_keeps_to_the_protocol(classes: int | None, answer: Any, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps({"format": "constant", "classes": classes, "answer": answer}))
    check_scorer(ConstantScorer, tmp_path, np.zeros((5, 2), np.float32))
    assert ConstantScorer.load(tmp_path).score_one(np.zeros(2, np.float32)).tolist() == answer


def test_a_changed_answer_changes_no_other(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps({"format": "constant", "classes": None, "answer": 1.0}))
    scorer = ConstantScorer.load(tmp_path)
    scorer.score_one(np.zeros(1, np.float32))[...] = 9.0
    assert scorer.score(np.zeros((2, 1), np.float32)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "says",
    [
        {"format": "linear", "classes": None, "answer": 1.0},
        {"format": "constant", "classes": 3, "answer": [0.5, 0.5]},
        {"format": "constant", "classes": None, "answer": None},
        {"format": "constant", "answer": 1.0},
        [],
    ],
)
def test_another_model_s_file_is_refused(says: Any, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(json.dumps(says))
    with pytest.raises(InputError, match="cannot be opened"):
        ConstantScorer.load(tmp_path)
