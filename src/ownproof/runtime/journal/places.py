"""Any place that fsspec knows, opened: where copies of a journal go and come from."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ownproof.errors import MissingExtra, OwnproofError


def shown_of(url: str) -> str:
    """An address as it may be told: without a name and a password."""
    return re.sub(r"//[^/@]*@", "//***@", url)


def file_system(url: str, *, where: str, trouble: Callable[[str, str], OwnproofError]) -> tuple[Any, str]:
    """The file system of an address, and the path in it.

    Raises MissingExtra for one that is not installed, and what `trouble` makes of the address and the reason for one that
    cannot be opened.
    """
    import fsspec

    try:
        files, root = fsspec.core.url_to_fs(url)
    except ImportError as why:
        raise MissingExtra(
            f"{url.partition('://')[0]} needs a library that is not installed ({why})",
            expected="the file system's package",
            hint="pip install 'ownproof[s3]', or the package that fsspec names",
            where=where,
        ) from why
    except (ValueError, OSError) as why:
        raise trouble(shown_of(url), str(why)) from why
    return files, root
