"""The Python interface: `op.run(frame, target=...)` and `op.load(bundle)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.errors import InputError
from ownproof.project import config as settings
from ownproof.project import flow
from ownproof.project.answer import sections_of
from ownproof.project.data import fingerprint
from ownproof.project.project import Project
from ownproof.project.state import News, silence
from ownproof.project.store import digest
from ownproof.render.notebook import fragment
from ownproof.render.text import summary
from ownproof.runtime import batch
from ownproof.runtime.bundle import open_bundle
from ownproof.runtime.predictor import Predictor

if TYPE_CHECKING:
    import polars as pl


class Model(Predictor):
    """A bundle that answers: `one(row)` for a mapping, `predict(frame)` for a table."""

    def predict(self, data: Any) -> pl.DataFrame:
        """One row of answers for each row of data, in order: keys, `prediction`, `probability_<class>` ..., `flags`.

        data: a pandas, polars or Arrow frame, a path or a database URL. Raises InputError for data that lacks columns.
        """
        return batch.answers(self, data)


@dataclass(frozen=True, slots=True)
class Result:
    """What a run answered. In a notebook it shows the report; `answer` is the JSON object of the command line."""

    answer: Mapping[str, Any]

    @property
    def verdict(self) -> str | None:
        """BETTER, NOT BETTER, CANNOT TELL, or None when a gate refused before."""
        return self.answer["verdict"]  # type: ignore[no-any-return]

    @property
    def bundle(self) -> Path | None:
        """The bundle that ships so far, None when a gate refused."""
        return Path(self.answer["bundle"]) if self.answer["bundle"] else None

    def predictor(self) -> Model:
        """Open the bundle. Raises InputError when there is none."""
        if self.bundle is None:
            raise InputError(
                "the run has no bundle",
                expected="a run that no gate refused",
                hint="look at .answer['gates']",
                where="run()",
                code="no-bundle",
            )
        return Model(open_bundle(self.bundle))

    def prove(self, *, burn: str | None = None, ship: str | None = None) -> Result:
        """Open the sealed test for this run."""
        project = Project.open(Path(self.answer["project"]))
        return Result(flow.prove(project, self.answer["run"], burn=burn, ship=ship))

    def __repr__(self) -> str:
        return summary(dict(self.answer), color=False, width=100)

    def _repr_html_(self) -> str:
        return str(fragment(dict(self.answer), sections_of(self.answer)))


def run(
    data: Any,
    *,
    target: str,
    out: str | Path | None = None,
    prove: bool = False,
    ship: str | None = None,
    news: News = silence,
    **choices: Any,
) -> Result:
    """Take labelled data to a packaged model: the same as `ownproof run`.

    data: a path, a database URL, or a pandas, polars or Arrow frame. out: the project's folder (default: ./STEM.ownproof,
    ./frame.ownproof for a frame); what an existing project's project.toml says counts where nothing else is said. choices: the settings of project.toml (time=, group=, drop=[...], budget="60s", ...).
    A gate that refuses is not raised: look at `.verdict` and `.answer["gates"]`. Raises UsageError, ConfigError and
    InputError for what cannot be used, Locked and Tampered.
    """
    lists = {k: [v] if k in settings.LISTS and isinstance(v, str) else v for k, v in choices.items()}
    config = settings.from_mapping({"target": target, **lists}, where="run()")
    named = isinstance(data, (str, Path))
    folder = Path(out).resolve() if out else flow.default_out(str(data) if named else "frame")
    for name in flow.NEEDS_FILES:
        value = getattr(config, name)
        if value and name != "cost" and value != "majority":
            config = settings.override(config, {name: settings.relative(value, Path.cwd())})
    source = settings.relative(str(data), Path.cwd()) if named else ""
    if flow.is_project(folder):
        said = {name: getattr(config, name) for name in ("target", *choices)}
        project = flow.opened(folder, {**said, "data": source})
    else:
        project = Project.create(folder, flow.with_data(config, source))
    with flow.working(project, "run"):
        if not named:
            source = _keep_frame(project, data)
            project.config = flow.with_data(project.config, source)
        return Result(flow.run(project, source, prove=prove, ship=ship, news=news))


def _keep_frame(project: Project, frame: Any) -> str:
    """A frame as a file of the project, so that a later `prove` finds the same rows."""
    from ownproof.core import registry
    from ownproof.core.reading import read_table

    key = digest(fingerprint(frame))[:32]

    def write(folder: Path) -> None:
        read_table(frame, readers=registry.shelf("readers")).frame.sink_parquet(folder / "frame.parquet")

    return str(project.store.put("frame", key, write) / "frame.parquet")


def load(bundle: str | Path) -> Model:
    """Open a bundle for answering, every byte checked. Raises InputError or Tampered."""
    return Model(open_bundle(bundle))
