"""The latest bundle of the folder says where it is unsure."""

import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ownproof.cli.main import main
from ownproof.core.policy import Policy
from ownproof.project.labelling.folder import LabelFolder
from ownproof.project.labelling.making import init
from ownproof.project.labelling.sampling import Asked, sample
from ownproof.project.labelling.unsure import unsure
from tests.tables import loans


@pytest.mark.slow
def test_a_draw_takes_what_the_model_of_the_folder_is_unsure_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "f"
    init(root, kind="label", question="Will it go bad?", classes=["no", "yes"])
    rows = loans(400)
    rows.write_csv(tmp_path / "d.csv")
    assert main(["run", str(tmp_path / "d.csv"), "--target", "bad", "--out", str(root), "--trials", "0", "--learners", "linear"]) in (0, 3)  # fmt: skip
    capsys.readouterr()
    folder, tokens = LabelFolder(root), itertools.count()
    toml = root / "label.toml"
    toml.write_text(toml.read_text().replace('text = "text"', ""))
    asked = Asked(("ann", "ben"), 0.2, by="uncertainty", items=50)
    pool = rows.drop("bad").unique(maintain_order=True)
    pool.write_csv(tmp_path / "pool.csv")
    answer = sample(folder, tmp_path / "pool.csv", asked, policy=Policy(), draw=lambda: f"t{next(tokens)}")
    assert (answer["items"], answer["random"], answer["double"]) == (50, 10, 10)
    table = pl.read_csv(tmp_path / "pool.csv", infer_schema=False)
    told = unsure(root, None, table, np.arange(table.height))
    assert told.bundle == answer["bundle"]
    score = dict(zip(told.rows.tolist(), told.scores.tolist(), strict=True))
    drawn = [score[i.row] for i in folder.items() if i.drawn == "uncertainty" and i.row is not None]
    by_chance = [score[i.row] for i in folder.items() if i.drawn == "random" and i.row is not None]
    assert len(drawn) == 40
    # the unsure ones are looked for among four times as many of the most unsure, so all lie in that part
    assert min(drawn) >= sorted(score.values(), reverse=True)[10 + 4 * 40]
    assert np.mean(drawn) > np.mean(by_chance)
