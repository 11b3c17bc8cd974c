"""`ownproof.adopt`: a model file, an MLflow folder or a fitted scikit-learn estimator, and rows with answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.core import registry
from ownproof.core.reader import RawTable
from ownproof.core.recognise import recognise
from ownproof.core.schema import Roles
from ownproof.core.task import Wishes
from ownproof.errors import InputError, UsageError
from ownproof.project.adopting.adopt import Wish, adopted
from ownproof.project.adopting.formats import open_model
from ownproof.project.adopting.original import Original
from ownproof.project.adopting.sklearn_pipeline import open_estimator
from ownproof.project.adopting.table import candidates, read_raw
from ownproof.project.api import Model
from ownproof.project.project import Project, find, now
from ownproof.runtime.bundle import open_bundle

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Adopted:
    """What an adoption answered; `answer` is the JSON object of the command line."""

    answer: Mapping[str, Any]

    @property
    def bundle(self) -> Path | None:
        """The bundle's folder, None when it does not answer as the model does."""
        return Path(self.answer["bundle"]) if self.answer["bundle"] else None

    def predictor(self) -> Model:
        """Open the bundle. Raises InputError when there is none."""
        if self.bundle is None:
            raise InputError(
                "the model was not adopted",
                expected="a bundle that answers as the model does",
                hint="look at .answer['gates'] and .answer['parity']",
                where="adopt()",
                code="no-bundle",
            )
        return Model(open_bundle(self.bundle))

    def __repr__(self) -> str:
        return text_of(self.answer)


def adopt(
    model: Any,
    data: Any,
    *,
    target: str,
    out: str | Path | None = None,
    id: str | None = None,  # noqa: A002 - the role is called so everywhere
    time: str | None = None,
    group: str | None = None,
    drop: Sequence[str] = (),
    classes: Sequence[str] = (),
    positive: str | None = None,
    metric: str | None = None,
) -> Adopted:
    """Make a bundle of a trained model; it is unproven (level S0) and answers as the model itself does, which is checked.

    model: the path of an ONNX, LightGBM, CatBoost or XGBoost file or of an MLflow folder, or a fitted scikit-learn
    estimator or pipeline (through skl2onnx; no pickle is opened or written). data: a table with the model's columns and the
    answers: a path, or a pandas, polars or Arrow frame. out: the bundle's folder (default ./STEM.bundle). classes: the
    model's, in its order, where it does not name them. Raises InputError for what does not fit, all problems at once.
    """
    place = Path(out) if out else Path(f"{_stem(model)}.bundle")
    roles = Roles(target, time=time, group=group, id=id, drop=tuple(drop))
    raw = read_raw(data, roles)
    wish = Wish(place.resolve(), roles, Wishes(metric=metric, positive=positive), tuple(classes))
    originals = [open_model(Path(model))] if isinstance(model, (str, Path)) else _estimator(model, raw, roles)
    return Adopted(adopted(originals, raw, wish))


def text_of(answer: Mapping[str, Any]) -> str:
    """An adoption as a terminal shows it."""
    parity = answer["parity"]
    same = f"{parity['flips']} decisions differ, answers by at most {parity['largest_difference']:.2g}, on {parity['rows']:,} rows"
    if answer["bundle"] is None:
        return f"refused: the bundle would not answer as the model does ({same}; the limit is {parity['limit']:g}); nothing was written"
    lines = [
        f"adopted: {answer['format']}, {len(answer['inputs'])} inputs; {same}",
        f"unproven (level {answer['proof']['level']}): nobody here saw it trained; judge it on rows it has not seen",
    ]
    lines += [f"not asked for {name}: {why}" for name, why in parity["not_asked"].items()]
    if answer["unused"]:
        lines.append(f"columns it does not take: {', '.join(answer['unused'][:12])}")
    return "\n".join([*lines, f"bundle: {answer['bundle']}"])


def tell(answer: Mapping[str, Any], start: Path) -> None:
    """An entry in the ledger of the project around a folder, of a bundle that was made; nothing where there is no project."""
    root = find(start)
    if root is not None and answer["bundle"] is not None:
        data = {"format": answer["format"], "bundle": answer["bundle"], "hash": answer["bundle_hash"]}
        Project.open(root).ledger.append("adopt", {**data, "level": answer["proof"]["level"]}, at=now())


def _stem(model: Any) -> str:
    return Path(model).resolve().stem if isinstance(model, (str, Path)) else type(model).__name__.lower()


def _estimator(model: Any, raw: RawTable, roles: Roles) -> list[Original]:
    """The forms of a fitted estimator, with the columns it was fitted on where it knows them."""
    if not hasattr(model, "predict"):
        raise UsageError(
            f"a {type(model).__name__} is no model",
            expected="a path, or a fitted scikit-learn estimator",
            hint="save a model of another library in that library's own format, and adopt the file",
            where="model",
        )
    known = getattr(model, "feature_names_in_", None)
    columns = [str(n) for n in known] if known is not None else candidates(raw, roles)
    there = raw.frame.collect_schema().names()
    missing = [c for c in columns if c not in there]
    if missing:
        raise InputError.no_column(missing[0], there, role="the model was fitted on it", where=raw.source)
    kinds = {k.column: k.kind for k in recognise(raw, registry.inputs())}
    texts = [c for c in columns if kinds[c] in ("category", "text") and _worded(raw, c)]
    return open_estimator(model, columns, texts, frame=_as_fitted(known is not None))


def _worded(raw: RawTable, column: str) -> bool:
    import polars as pl

    return raw.frame.collect_schema()[column] == pl.String


def _as_fitted(named: bool) -> Any:
    """A function from a typed table to what the estimator was fitted on."""

    def frame(table: pl.DataFrame) -> Any:
        if not named:
            return table.to_numpy()
        import pandas as pd

        return pd.DataFrame({n: table[n].to_list() for n in table.columns})

    return frame
