"""The availability file: when each column is known, said once and for all."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path
from typing import Any

from ownproof.errors import ConfigError, InputError, OwnproofError, all_at_once

WORDS = ("before", "after")


def read_available(where: str, columns: list[str]) -> dict[str, str]:
    """Column name to `before`, `after` or a lag such as `2d`. TOML (`[age]` with `known = "before"`, or
    `age = "before"`) or CSV (`column,known[,source]`). Raises every problem at once."""
    path = Path(where)
    try:
        said = _csv(path) if path.suffix.lower() == ".csv" else _toml(path)
    except OSError as why:
        raise InputError(
            f"--available {path.name}: {why.strerror}",
            expected="a TOML or CSV file",
            where="--available",
            hint="check the path",
        ) from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, csv.Error) as why:
        raise ConfigError(
            f"--available {path.name} cannot be read: {why}",
            expected="TOML or CSV",
            where="--available",
            hint='one line a column: age = "before"',
        ) from why
    problems: list[OwnproofError] = []
    for name, known in said.items():
        if name not in columns:
            problems.append(InputError.no_column(name, columns, role="availability file", where=path.name))
        if known not in WORDS and not re.fullmatch(r"\d+(\.\d+)?\s*[smhdw]", str(known)):
            problems.append(
                ConfigError(
                    f"{name} is known {known!r}",
                    expected='"before", "after" or a lag such as "2d"',
                    hint=f'write {name} = "before"',
                    where=f"{path.name}: {name}",
                )
            )
    if problems:
        raise all_at_once(problems)
    return said


def _toml(path: Path) -> dict[str, str]:
    data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: str(value.get("known", "") if isinstance(value, dict) else value) for name, value in data.items()}


def _csv(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = [r for r in csv.reader(handle) if r]
    if rows and [c.strip().lower() for c in rows[0][:2]] == ["column", "known"]:
        rows = rows[1:]
    return {r[0].strip(): (r[1].strip() if len(r) > 1 else "") for r in rows}
