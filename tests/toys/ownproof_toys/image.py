"""A few grey pixels in a file: a cell is the path of a plain PGM."""

import hashlib
import re
from pathlib import Path

import numpy as np

from ownproof.core.input import Input, Profile, Recognition
from ownproof.core.report import Finding
from ownproof.stats.hashing import text_hash


def pixels(path):
    """float32 (h, w), 0..1. Raises ValueError when the file is no plain PGM."""
    try:
        words = Path(path).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as why:
        raise ValueError(f"{path} cannot be read: {why}") from why
    if words[:1] != ["P2"]:
        raise ValueError(f"{path} is no plain PGM")
    width, height, top = map(int, words[1:4])
    return (np.array(words[4:], dtype=np.float32) / top).reshape(height, width)


class ImageInput(Input):
    """A small grey picture."""

    name = "image"
    usable = True

    def recognise(self, column, *, folder=None):
        cells = [c for c in column.drop_nulls().head(50).to_list() if isinstance(c, str)]
        ours = bool(cells) and all(re.fullmatch(r".+\.pgm", c) for c in cells)
        return Recognition(1.0 if ours else 0.0, "paths of .pgm files" if ours else "", {})

    def cast(self, column, details, *, folder=None):
        import polars as pl

        if folder is None:
            return column
        whole = pl.lit(str(folder) + "/") + column
        return pl.when(column.str.starts_with("/")).then(column).otherwise(whole)

    def read(self, cell, details):
        if cell is None:
            return None
        if isinstance(cell, list):
            return np.array(cell, dtype=np.float32)
        if not isinstance(cell, str):
            raise ValueError("expected the path of a .pgm file or rows of pixels")  # noqa: TRY004 - the protocol asks for it
        return pixels(cell)

    def key(self, value):
        return b"" if value is None else hashlib.sha256(np.ascontiguousarray(value).tobytes()).digest()

    def keys(self, column):
        return np.array([text_hash(self.key(pixels(p) if p else None)) for p in column.to_list()], dtype=np.uint64)

    def profile(self, column):
        seen = column.drop_nulls()
        means = [float(pixels(p).mean()) for p in seen.to_list()]
        return Profile(
            self.name,
            len(column),
            column.null_count(),
            seen.n_unique(),
            {"mean": float(np.mean(means)) if means else 0.0},
        )

    def drift(self, reference, now):
        change = abs(reference.numbers["mean"] - now.numbers["mean"])
        return Finding("drift.image", "ok", (), change, "change of the mean grey", "")

    def to_json(self, value):
        if value is None:
            return None
        return pixels(value).tolist() if isinstance(value, str) else np.asarray(value).tolist()

    def from_json(self, value):
        return None if value is None else np.array(value, dtype=np.float32)
