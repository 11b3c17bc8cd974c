"""`project.toml`: the only file of a project that a person edits, and the same settings as flags."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from ownproof.core.policy import Policy
from ownproof.core.schema import Roles
from ownproof.core.task import Costs, Wishes
from ownproof.errors import ConfigError, OwnproofError, UsageError, all_at_once, did_you_mean
from ownproof.project.monotone import parse_monotone

SECTIONS = ("journal", "monitor", "serve", "sovereignty")
"""Sections that other commands read: they change no run."""
COST_WORDS = ("fp", "fn", "tp", "tn", "over", "under")


@dataclass(frozen=True, slots=True)
class Config:
    """All that a run depends on beside the data's content and the code.

    data, test, against, available: files or URLs (relative ones are meant from the project's folder).
    budget_s: seconds of training; trials: the plan outright; learners: names, all that fit when empty.
    """

    data: str = ""
    target: str = ""
    task: str | None = None
    time: str | None = None
    group: str | None = None
    id: str | None = None
    weight: str | None = None
    drop: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    groups: str | None = None
    horizon: str | None = None
    available: str | None = None
    against: str | None = None
    test: str | None = None
    rule: str | None = None
    cost: str | None = None
    metric: str | None = None
    positive: str | None = None
    worthwhile: float | None = None
    floors: tuple[str, ...] = ()
    monotone: tuple[str, ...] = ()
    interval: float | None = None
    share: float | None = None
    budget: str | None = None
    trials: int | None = None
    learners: tuple[str, ...] = ()
    distil: bool = False
    max_latency_ms: float | None = None
    max_size_mb: float | None = None
    cores: int = 1
    seed: int = 0
    policy: Mapping[str, Any] = field(default_factory=dict)

    def roles(self) -> Roles:
        """What was said of the columns."""
        groups: Any = self.groups
        return Roles(
            self.target, self.time, self.group, self.id, self.weight, self.drop, self.slices, groups, self.horizon
        )

    def wishes(self, costs: Costs | None) -> Wishes:
        """What was asked of the task."""
        floors = dict(parse_floor(f) for f in self.floors)
        level = self.rules().interval_level if self.interval is None else self.interval
        return Wishes(self.task, self.metric, self.positive, self.worthwhile, costs, floors, level, self.share)

    @property
    def budget_s(self) -> float | None:
        """Seconds of training; None when a number of trials was given without a budget."""
        return parse_seconds(self.budget) if self.budget else (None if self.trials is not None else 60.0)

    def rules(self) -> Policy:
        """The policy with this project's overrides."""
        return Policy().override(self.policy)

    def problems(self) -> list[OwnproofError]:
        """Everything that is wrong with the settings, as far as it shows without data."""
        problems: list[OwnproofError] = []

        def attempt(what: Any) -> None:
            try:
                what()
            except OwnproofError as error:
                problems.append(error)

        attempt(lambda: self.budget and parse_seconds(self.budget))
        attempt(lambda: self.horizon and parse_seconds(self.horizon, flag="--horizon"))
        attempt(self.rules)
        for floor in self.floors:
            attempt(lambda floor=floor: parse_floor(floor))
        for said in self.monotone:
            attempt(lambda said=said: parse_monotone(said))
        if self.groups not in (None, "returning", "new"):
            problems.append(
                UsageError(
                    f"--groups is {self.groups!r}",
                    expected="returning or new",
                    where="--groups",
                    hint="new: groups in production were never seen; returning: they come back",
                )
            )
        for name, value, least in (("--cores", self.cores, 1), ("--trials", self.trials, 0), ("--seed", self.seed, 0)):
            if value is not None and value < least:
                problems.append(
                    UsageError(
                        f"{name} is {value}",
                        expected=f"a whole number from {least}",
                        where=name,
                        hint=f"leave out {name} or give at least {least}",
                    )
                )
        problems += self._share_problems()
        above = {
            "--worthwhile": self.worthwhile,
            "--max-latency-ms": self.max_latency_ms,
            "--max-size-mb": self.max_size_mb,
        }
        for flag, number in above.items():
            if number is not None and not number > 0:
                problems.append(
                    UsageError(
                        f"{flag} is {number}",
                        expected="a number above 0",
                        where=flag,
                        hint=f"leave out {flag} for the default",
                    )
                )
        return problems

    def _share_problems(self) -> list[OwnproofError]:
        problems: list[OwnproofError] = []
        if self.interval is not None and not 0.5 <= self.interval < 1:
            problems.append(
                UsageError(
                    f"--interval is {self.interval}",
                    expected="a share from 0.5 to below 1",
                    where="--interval",
                    hint="write --interval 0.9, or leave it out for 0.95",
                )
            )
        if self.share is not None and not 0 < self.share <= 0.5:
            problems.append(
                UsageError(
                    f"--share is {self.share}",
                    expected="a share above 0, at most 0.5",
                    where="--share",
                    hint="write --share 0.01",
                )
            )
        return problems

    def to_json(self) -> dict[str, Any]:
        """All settings that are not at their default."""
        blank = Config()
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != getattr(blank, f.name)}


LISTS = {f.name for f in fields(Config) if str(f.type).startswith("tuple")}
NUMBERS = {"interval", "share", "worthwhile", "max_latency_ms", "max_size_mb"}
SWITCHES = {"distil"}
WHOLE = {"trials", "cores", "seed"}


def from_mapping(data: Mapping[str, Any], *, where: str) -> Config:
    """A Config from TOML or keyword arguments; unknown keys and wrong types are refused, all at once."""
    known = [f.name for f in fields(Config)]
    problems: list[OwnproofError] = []
    clean: dict[str, Any] = {}
    for name, value in data.items():
        if name not in known:
            problems.append(
                ConfigError(
                    f"no setting is called {name!r}",
                    expected="a setting of project.toml",
                    hint=did_you_mean(name, known, what="settings"),
                    where=f"{where}: {name}",
                )
            )
            continue
        expected = _wrong(name, value)
        if expected:
            problems.append(
                ConfigError(
                    f"{name} is {value!r}",
                    expected=expected,
                    hint=f"write {name} as {expected}",
                    where=f"{where}: {name}",
                )
            )
            continue
        clean[name] = tuple(value) if name in LISTS else float(value) if name in NUMBERS else value
    if problems:
        raise all_at_once(problems)
    return Config(**clean)


def _wrong(name: str, value: Any) -> str:
    if name in LISTS:
        fine = isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value)
        return "" if fine else 'a list of words such as ["a", "b"]'
    if name == "policy":
        return "" if isinstance(value, Mapping) else "a table of numbers"
    if name in SWITCHES:
        return "" if isinstance(value, bool) else "true or false"
    if name in WHOLE:
        return "" if isinstance(value, int) and not isinstance(value, bool) else "a whole number"
    if name in NUMBERS:
        return "" if isinstance(value, (int, float)) and not isinstance(value, bool) else "a number"
    return "" if isinstance(value, str) else "a word in quotes"


def read(path: Path) -> Config:
    """The settings of a `project.toml`. Raises ConfigError naming every problem."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise ConfigError(
            f"{path.name} cannot be read: {why}", expected="TOML", where=str(path), hint="mend the line that is named"
        ) from why
    return from_mapping({k: v for k, v in data.items() if k not in SECTIONS}, where=path.name)


def override(config: Config, flags: Mapping[str, Any]) -> Config:
    """Flags win over the file; None and empty tuples were not said."""
    return replace(config, **{k: v for k, v in flags.items() if v is not None and v != ()})


def text(config: Config) -> str:
    """A commented `project.toml`."""
    lines = ["# The settings of an ownproof project; flags of the same names win over them.", ""]
    for each in fields(Config):
        value = getattr(config, each.name)
        if each.name == "policy":
            continue
        if value is None or value in ((), ""):
            lines.append(f"# {each.name} = {_example(each.name)}")
        else:
            lines.append(f"{each.name} = {_toml(value)}")
    lines += [
        "",
        "[policy]",
        "# Numbers of policy that this project sees otherwise; every change is recorded.",
        "# worthwhile_share = 0.05",
        *(f"{k} = {_toml(v)}" for k, v in config.policy.items()),
    ]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    escaped = re.sub(r"[\x00-\x1f\x7f]", lambda m: f"\\u{ord(m.group()):04x}", escaped)
    return f'"{escaped}"'


def _example(name: str) -> str:
    examples = {
        "drop": '["duration"]',
        "slices": '["region"]',
        "floors": '["yes=0.7"]',
        "monotone": '["age=+"]',
        "learners": '["lightgbm"]',
        "budget": '"60s"',
        "cost": '"fp=5,fn=100"',
        "horizon": '"30d"',
        "groups": '"returning"',
        "worthwhile": "0.02",
        "interval": "0.95",
        "share": "0.01",
        "trials": "20",
        "max_latency_ms": "5.0",
        "max_size_mb": "20.0",
        "rule": '"rule.py"',
        "metric": '"roc_auc"',
        "test": '"test.csv"',
        "available": '"available.toml"',
    }
    return examples.get(name, '""')


UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def parse_seconds(said: str, *, flag: str = "--budget") -> float:
    """`60s`, `5m`, `2h`, `30d` or a bare number, in seconds. Raises UsageError.

    >>> parse_seconds("5m")
    300.0
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", str(said))
    if not match or match[2] not in UNITS or float(match[1]) <= 0:
        raise UsageError(
            f"{flag} is {said!r}", expected="a time such as 60s, 5m, 2h or 30d", where=flag, hint=f"write {flag} 60s"
        )
    return float(match[1]) * UNITS[match[2]]


def parse_floor(said: str) -> tuple[str, float]:
    """`CLASS=0.7` as its two parts. Raises UsageError."""
    name, sep, number = said.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if not sep or not name or not 0 <= value <= 1:
        raise UsageError(
            f"--floor is {said!r}",
            expected="CLASS=SHARE with a share from 0 to 1",
            where="--floor",
            hint="write --floor yes=0.7",
        )
    return name, value


def parse_costs(said: str, folder: Path) -> Costs:
    """`fp=5,fn=100`, `over=1,under=4`, or a CSV matrix of truth by decision. Raises UsageError."""
    path = folder / said
    if "=" not in said or path.is_file():
        return _cost_matrix(path)
    parts: dict[str, float] = {}
    for piece in said.split(","):
        name, _, number = piece.partition("=")
        try:
            parts[name.strip()] = float(number)
        except ValueError:
            raise UsageError(
                f"--cost has {piece!r}",
                expected="name=money, such as fp=5,fn=100",
                where="--cost",
                hint="write --cost fp=5,fn=100",
            ) from None
    unknown = [n for n in parts if n not in COST_WORDS]
    if unknown:
        raise UsageError(
            f"--cost names {', '.join(map(repr, unknown))}",
            expected="fp, fn, tp, tn, over or under",
            where="--cost",
            hint=did_you_mean(unknown[0], COST_WORDS),
        )
    return Costs(**parts)  # type: ignore[arg-type]  # only the money words are left


def _cost_matrix(path: Path) -> Costs:
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = [r for r in csv.reader(handle) if r]
        names = [n.strip() for n in rows[0][1:]]
        matrix = {r[0].strip(): {n: float(v) for n, v in zip(names, r[1:], strict=True)} for r in rows[1:]}
    except (OSError, ValueError, IndexError) as why:
        raise UsageError(
            f"--cost {path.name} cannot be read: {why}",
            where="--cost",
            expected="fp=5,fn=100 or a CSV: first row the decisions, first column the truth, money within",
            hint="check the file",
        ) from why
    return Costs(matrix=matrix)


def relative(where: str, folder: Path) -> str:
    """A path meant from `folder`, absolute; URLs, `column:` and plain words stay as they are."""
    if "://" in where or where.startswith("column:") or Path(where).is_absolute():
        return where
    return str((folder / where).resolve())


def names_of(values: Sequence[str]) -> tuple[str, ...]:
    """`a,b` and `a b` both name two."""
    return tuple(n.strip() for v in values for n in v.split(",") if n.strip())
