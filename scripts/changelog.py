"""Put the fragments of changelog.d together, or move them into CHANGELOG.md for a release."""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "changelog.d"
KINDS = ("added", "changed", "fixed", "removed")
MARK = "<!-- releases -->"


def fragments(folder: Path = FOLDER) -> dict[str, list[Path]]:
    """The fragments by kind, each list sorted by name."""
    return {kind: sorted(folder.glob(f"*.{kind}.md")) for kind in KINDS}


def problems(folder: Path = FOLDER) -> list[str]:
    """What is wrong with the fragments: unknown kinds, empty files, unfinished sentences."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.name == "README.md":
            continue
        if not re.fullmatch(rf"[a-z0-9-]+\.({'|'.join(KINDS)})\.md", path.name):
            found.append(f"{path.name}: expected NAME.KIND.md with KIND one of {', '.join(KINDS)}")
        elif not path.read_text(encoding="utf-8").strip().endswith("."):
            found.append(f"{path.name}: expected whole sentences, ending in a full stop")
    return found


def assemble(folder: Path = FOLDER) -> str:
    """The fragments as one piece of Markdown, a heading per kind; empty when there are none."""
    parts = []
    for kind, paths in fragments(folder).items():
        if paths:
            lines = [f"- {' '.join(path.read_text(encoding='utf-8').split())}" for path in paths]
            parts.append(f"### {kind.capitalize()}\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def release(version: str, date: str) -> None:
    """Move the fragments into CHANGELOG.md under a heading for this version."""
    log = ROOT / "CHANGELOG.md"
    text = log.read_text(encoding="utf-8")
    log.write_text(text.replace(MARK, f"{MARK}\n\n## {version} ({date})\n\n{assemble()}", 1), encoding="utf-8")
    for paths in fragments().values():
        for path in paths:
            path.unlink()


def main() -> int:
    """Print, check or release."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="say what is wrong and exit 1")
    parser.add_argument("--release", metavar="VERSION", help="move the fragments into CHANGELOG.md")
    parser.add_argument("--date", type=dt.date.fromisoformat, help="date of the release, as 2026-05-01")
    given = parser.parse_args()
    if given.release and not given.date:
        parser.error("--release needs --date")
    if found := problems():
        print("\n".join(found), file=sys.stderr)
        return 1
    if given.release:
        release(given.release, str(given.date))
    elif not given.check:
        print(assemble())
    return 0


if __name__ == "__main__":
    sys.exit(main())
