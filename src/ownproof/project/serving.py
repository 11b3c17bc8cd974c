"""Serve: which bundle, where, with which rules and keys, and where the journal lies."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from ownproof.errors import ConfigError, InputError, OwnproofError, UsageError, all_at_once, did_you_mean
from ownproof.project.carrying import Carrier
from ownproof.project.journal import FOLDER
from ownproof.project.project import FILE, find
from ownproof.project.shipping import shipped
from ownproof.project.sovereignty import reach
from ownproof.runtime.rest.keys import SCOPES, Key
from ownproof.runtime.rest.settings import DURABILITIES, RULES, Settings
from ownproof.runtime.verify import verify

WORDS = {"unseen": RULES, "out_of_range": RULES, "durability": DURABILITIES}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def serve(
    path: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    workers: int | None = None,
    journal: str | None = None,
    keys: Path | None = None,
    rules: Path | None = None,
    is_open: bool = False,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Serve a bundle, or the one that a project ships, until SIGTERM; returns what was done.

    rules: a TOML file with the section `[serve]`; the project's own where None. say: told in one line what happens. Raises UsageError for an address that others reach without keys, InputError,
    ConfigError or Tampered for what cannot be served.
    """
    project = path.resolve() if (path / FILE).is_file() else None
    told_by = rules or (project / FILE if project else None)
    settings = read_settings(told_by) if told_by else Settings()
    known = read_keys(keys) if keys else None
    if known is None and not is_open and not _loopback(host):
        raise UsageError(
            f"--host {host} can be reached by others, and no keys are needed",
            expected="--keys FILE, or --open where a proxy asks for keys",
            where="--host",
            hint="ownproof serve --new-key NAME --keys keys.toml makes one",
        )
    bundle = shipped(path).resolve()
    manifest = verify(bundle, public_key=settings.public_key)
    folder, carrier = _journal(path, project, journal, say)
    for name in THREADS:  # a worker is one thread of a core; must be said before the libraries are loaded
        os.environ.setdefault(name, "1")

    from ownproof.runtime.rest.supervisor import Supervisor, listen
    from ownproof.runtime.rest.worker import Order

    count = workers or _cores()
    order = Order(bundle=bundle, settings=settings, journal=folder, keys=known, workers=count)
    listener = listen(host, port)
    address = f"http://{_shown(host)}:{listener.getsockname()[1]}"

    def told(words: str) -> None:
        if words == "ready":
            plural = "1 worker" if count == 1 else f"{count} workers"
            carried = " (copies go to where --journal says)" if carrier else ""
            words = f"serving {manifest['hash'][:12]} on {address} ({plural}); journal: {folder}{carried}"
            say(words)
            if carrier is not None:
                carrier.begin()
            return
        say(words)

    supervisor = Supervisor(
        order, listener, shipped=lambda: shipped(path).resolve(), say=told, look=project is not None
    )
    try:
        done = supervisor.run()
    finally:
        delivered = carrier.end() if carrier is not None else None
    done |= {} if delivered is None else {"delivered": delivered}
    return {"address": address, "model": manifest["hash"], "workers": count, "journal": str(folder), **done}


def _journal(
    path: Path, project: Path | None, said: str | None, say: Callable[[str], None]
) -> tuple[Path, Carrier | None]:
    """The folder of the journal, as said, a project's own, or one beside the work that is named after the bundle; and who
    carries it on where a URL was said: a request never waits for a network."""
    own = project / FOLDER if project else Path.cwd() / f"{path.resolve().name.removesuffix('.zip')}.journal"
    if said is None:
        return own, None
    if "://" in said or said.startswith("env:"):
        return own, Carrier.to(own, said, say=say, allowed=reach(project, find(Path.cwd())))
    return Path(said).resolve(), None


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


# ---------------------------------------------------------------- settings
def read_settings(file: Path) -> Settings:
    """The section `[serve]` of a `project.toml`. Raises ConfigError naming every unknown key and wrong value."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8")).get("serve", {})
    except OSError as why:
        raise InputError(
            f"the settings cannot be read: {why.strerror}", expected="a TOML file with a section [serve]", where=str(file),
            hint="look at --settings, or leave it out",
        ) from why  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise ConfigError(
            f"{file.name} cannot be read: {why}", expected="TOML", where=str(file), hint="mend the line that is named"
        ) from why
    made = settings_of(data)
    return replace(made, public_key=str(file.parent / made.public_key)) if made.public_key else made


def settings_of(data: Mapping[str, Any]) -> Settings:
    """Settings from the keys of `[serve]`. Raises ConfigError naming every problem.

    >>> settings_of({"unseen": "refuse"}).unseen
    'refuse'
    """
    known = {f.name: getattr(Settings(), f.name) for f in fields(Settings)}
    problems: list[OwnproofError] = []
    clean: dict[str, Any] = {}
    for name, value in data.items():
        expected = _wrong(name, value, known[name]) if name in known else "a setting of [serve]"
        if expected:
            problems.append(
                ConfigError(
                    f"serve.{name} is {value!r}" if name in known else f"[serve] has no setting {name!r}",
                    expected=expected,
                    hint=f"write {name} as {expected}" if name in known else did_you_mean(name, list(known)),
                    where=f"{FILE}: serve.{name}",
                )
            )
            continue
        clean[name] = tuple(value) if isinstance(value, list) else value
    if problems:
        raise all_at_once(problems)
    return Settings(**clean)


def _wrong(name: str, value: Any, default: Any) -> str:
    """What was expected in place of a value, "" when it may be."""
    if name in WORDS:
        return "" if value in WORDS[name] else f"one of {', '.join(WORDS[name])}"
    if name == "redact":
        fine = isinstance(value, list) and all(isinstance(v, str) for v in value)
        return "" if fine else 'a list of columns such as ["name"]'
    if name == "default":
        return "" if isinstance(value, (str, int, float)) and not isinstance(value, bool) else "a word or a number"
    if name in ("public_key", "name"):
        return "" if isinstance(value, str) and value else "a word in quotes"
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(default, int):
        return "" if number and value > 0 and value == int(value) else f"a whole number above 0 such as {default}"
    if name == "abstain_below":
        return "" if number and 0 < value <= 1 else "a share above 0, at most 1"
    return "" if number and value > 0 else "a number above 0"


# ---------------------------------------------------------------- keys
def read_keys(file: Path) -> tuple[Key, ...]:
    """The keys of a TOML file: `[[key]]` with name, sha256, scopes and rate. Raises ConfigError, InputError."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as why:
        raise InputError(
            f"the keys cannot be read: {why.strerror}", expected="a file of keys", where=str(file),
            hint="ownproof serve --new-key NAME --keys FILE makes one",
        ) from why  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as why:
        raise ConfigError(
            f"the keys cannot be read: {why}", expected="TOML", where=str(file), hint="make the key anew"
        ) from why
    found = data.get("key", [])
    problems = [
        p for at, each in enumerate(found if isinstance(found, list) else [None]) if (p := _key_problem(each, at, file))
    ]
    if not found:
        problems.append(_bad_key("no key stands in the file", file))
    if problems:
        raise all_at_once(problems)
    return tuple(Key(k["name"], k["sha256"].lower(), tuple(k.get("scopes", SCOPES)), k.get("rate")) for k in found)


def _key_problem(each: Any, at: int, file: Path) -> OwnproofError | None:
    if not isinstance(each, dict) or not isinstance(each.get("name"), str):
        return _bad_key(f"key {at + 1} has no name", file)
    said, scopes, rate = each.get("sha256"), each.get("scopes", list(SCOPES)), each.get("rate")
    if not (isinstance(said, str) and len(said) == 64 and set(said.lower()) <= set("0123456789abcdef")):
        return _bad_key(f"key {each['name']!r} has no sha256 of 64 hex digits", file)
    if not isinstance(scopes, list) or not set(map(str, scopes)) <= set(SCOPES):
        return _bad_key(f"key {each['name']!r} has scopes other than {', '.join(SCOPES)}", file)
    if rate is not None and not (isinstance(rate, (int, float)) and not isinstance(rate, bool) and rate > 0):
        return _bad_key(f"key {each['name']!r} has a rate that is no number above 0", file)
    return None


def _bad_key(message: str, file: Path) -> ConfigError:
    return ConfigError(
        message, expected='[[key]] with name = "...", sha256 = "..."', where=str(file),
        hint="ownproof serve --new-key NAME --keys FILE writes one",
    )  # fmt: skip


def new_key(file: Path, name: str, *, scopes: tuple[str, ...] = SCOPES[:2]) -> str:
    """Add a key to a file, which keeps its hash only; returns the secret, which is not to be seen again.

    Raises UsageError for a name that is taken or empty, or an unknown scope.
    """
    import json
    import secrets

    from ownproof.runtime.rest.keys import digest

    taken = {k.name for k in read_keys(file)} if file.exists() else set()
    wrong = [s for s in scopes if s not in SCOPES]
    if not name.strip() or name in taken or wrong:
        told = (
            f"there is no scope {wrong[0]!r}" if wrong else f"the key {name!r} is there already" if name else "no name"
        )
        raise UsageError(
            told, expected=f"a new name, and scopes among {', '.join(SCOPES)}", where="--new-key",
            hint="write --new-key NAME or --new-key NAME=predict,feedback",
        )  # fmt: skip
    secret = f"own_{secrets.token_urlsafe(32)}"
    lines = [
        "[[key]]", f"name = {json.dumps(name)}", f'sha256 = "{digest(secret)}"', f"scopes = {json.dumps(list(scopes))}", "",
    ]  # fmt: skip
    with open(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as out:  # noqa: PTH123
        out.write("\n".join(lines) + "\n")
    return secret
