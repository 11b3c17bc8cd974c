"""Which format a file is in, and which one a name asks for."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final

from ownproof.errors import InputError, UsageError, did_you_mean, near
from ownproof.project.disk import disk
from ownproof.project.labelling.formats.carried import Format, Source
from ownproof.project.labelling.formats.conll import ENDINGS as TAGGED
from ownproof.project.labelling.formats.conll import Conll
from ownproof.project.labelling.formats.doccano import Doccano
from ownproof.project.labelling.formats.label_studio import LabelStudio
from ownproof.project.labelling.formats.prodigy import Prodigy
from ownproof.project.labelling.formats.table import ENDINGS as TABLES
from ownproof.project.labelling.formats.table import Table

FORMATS: Final[dict[str, Format]] = {f.name: f for f in (LabelStudio(), Prodigy(), Doccano(), Conll(), Table())}
"""By name, in the order in which they are asked whether they know a file."""
MEANT: Final = {
    ".json": "label-studio",
    ".zip": "doccano",
    **dict.fromkeys(TAGGED, "conll"),
    **dict.fromkeys(TABLES, "table"),
}
"""What a file to be written is, by its ending."""


def source_of(path: str | Path) -> Source:
    """A file's bytes, unpacked. Raises InputError where there is none."""
    place = Path(path).expanduser()
    if not place.is_file():
        beside = [p.name for p in place.parent.iterdir()] if place.parent.is_dir() else []
        close = near(place.name, beside)
        raise InputError(
            f"{path} is no file",
            expected="a file of labels",
            hint=f"did you mean {close[0]!r}?" if close else "check the name",
            where=str(path),
            code="no-file",
        )
    with disk("read the labels", place):
        data = place.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    return Source(place.name, data, str(place))


def format_named(name: str) -> Format:
    """A format by its name. Raises UsageError with the near miss."""
    if name not in FORMATS:
        raise UsageError(
            f"no format is called {name!r}",
            expected=", ".join(FORMATS),
            hint=did_you_mean(name, list(FORMATS), what="formats"),
            where="--format",
        )
    return FORMATS[name]


def format_for(source: Source) -> Format:
    """The format that knows a file. Raises InputError where none does."""
    for each in FORMATS.values():
        if each.recognises(source):
            return each
    raise InputError(
        f"nobody knows what {source.name} is",
        expected=", ".join(f.what for f in FORMATS.values()),
        hint="name its format with --format",
        where=source.name,
        code="label-file",
    )


def meant_by(path: Path) -> Format:
    """The format of a file to be written, by its ending. Raises UsageError for an ending that says none."""
    ending = path.suffix.lower()
    if ending not in MEANT:
        raise UsageError(
            f"{path.name!r} does not say which format is meant",
            expected=f"an ending such as {', '.join(sorted(MEANT))}",
            hint=f"--format {', '.join(FORMATS)}",
            where="FILE",
        )
    return FORMATS[MEANT[ending]]
