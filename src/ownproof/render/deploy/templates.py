"""The templates of this room, filled: plain text, nothing escaped but what asks for it."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def fill(template: str, **values: Any) -> bytes:
    """A template of this folder (`docker/Dockerfile.j2`) with its values; one that is missing is an error."""
    return _environment().get_template(template).render(**values).encode()


def words(value: Any) -> str:
    """A JSON value on one line: YAML and a Dockerfile's exec form read it alike.

    >>> words(["serve", "/bundle"])
    '["serve", "/bundle"]'
    """
    return json.dumps(value, ensure_ascii=False)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # noqa: S701 - no HTML; names are checked before they come here, free text goes through `quoted`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["json"] = words
    return made
