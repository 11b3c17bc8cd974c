"""The docs say what is so: commands, flags, JSON keys, gates, links and examples that they name exist."""

from __future__ import annotations

import argparse
import ast
import json
import re
import shlex
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from ownproof.cli.main import build_parser

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"), ROOT / "examples/README.md"]
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def todays(page: str) -> str:
    """A page without what it marks as planned."""
    page = re.sub(r"(?ms)^## Planned$.*?(?=^## |\Z)", "", page)
    return re.sub(r"(?m)^Planned, not in this release:.*(?:\n(?!\n).*)*", "", page)


def commands() -> dict[str, argparse.ArgumentParser]:
    for action in build_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError("the parser has no commands")


def flags(parser: argparse.ArgumentParser) -> set[str]:
    """Its own and those of its verbs."""
    own = {option for action in parser._actions for option in action.option_strings}
    verbs = (v for a in parser._actions if isinstance(a.choices, dict) for v in a.choices.values())
    return own if parser.prog == "ownproof" else own.union(*(flags(verb) for verb in verbs))


COMMANDS = commands()
ALL_FLAGS = set().union(flags(build_parser()), *(flags(parser) for parser in COMMANDS.values()))


def calls(page: str) -> list[str]:
    """Every `ownproof ...` that a page spells, in fences and in line."""
    fenced = re.findall(r"(?ms)^```\w*\n(.*?)^```", page)
    lines = [line.strip() for block in fenced for line in re.sub(r"\\\n", " ", block).splitlines()]
    inline = re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", re.sub(r"(?ms)^```.*?^```", "", page))
    found = []
    for line in [*lines, *inline]:
        line = re.sub(r"^(?:\$ |\.venv/bin/|python -m )", "", " ".join(line.split()))
        if re.match(r"ownproof( |$)", line):
            found.append(line)
    return found


def words(call: str) -> list[str]:
    call = re.split(r"\s{2,}|\s#\s", call)[0]
    try:
        return shlex.split(call)
    except ValueError:
        return call.split()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_and_flag_that_a_page_names_exists(page: Path) -> None:
    wrong = []
    for call in calls(todays(text(page))):
        named = words(call)[1:]
        command = next((word for word in named if re.fullmatch(r"[a-z-]+", word) and not word.startswith("-")), None)
        offered = flags(COMMANDS[command]) if command in COMMANDS else flags(build_parser())
        if command is not None and command not in COMMANDS:
            wrong.append(f"{call!r}: no command {command!r}")
        used = {word.strip("[]").split("=")[0] for word in named if word.strip("[]").startswith("--")}
        wrong += [f"{call!r}: no flag {flag}" for flag in sorted(used - offered - {"--help", "--version"})]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_flag_that_stands_alone_in_a_page_exists(page: Path) -> None:
    own = set(re.findall(r"--[a-z-]+", "".join(text(path) for path in (ROOT / "scripts").glob("*.py"))))
    plain = re.sub(r"(?ms)^```.*?^```", "", todays(text(page)))
    named = {flag for span in re.findall(r"`(--[^`]+)`", plain) for flag in re.findall(r"(?<!\w)--[a-z][a-z-]+", span)}
    assert named - ALL_FLAGS - own - {"--help", "--version"} == set()


def test_the_contract_names_every_command_and_every_flag() -> None:
    page = text(ROOT / "docs/contract.md")
    assert {command for command in COMMANDS if f"ownproof {command}" not in page} == set()
    assert {flag for flag in ALL_FLAGS if flag.startswith("--") and flag not in page} - {"--help", "--version"} == set()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_and_every_flag_has_help(command: str) -> None:
    parser = COMMANDS[command]
    assert command in build_parser().format_help()
    silent = [a.dest for a in parser._actions if a.option_strings and not a.help]
    assert silent == []


def test_every_step_has_a_page() -> None:
    from ownproof.project.steps import STEPS

    pages = {path.stem for path in (ROOT / "docs/phases").glob("*.md")}
    assert {step.name for step in STEPS} - {"read"} <= pages


# ---------------------------------------------------------------- gates and findings
def rules_in_code() -> set[str]:
    """Every name that is given to a Gate or a Finding as it is written; the variable part of a name as *."""
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(text(path))):
            if not isinstance(node, ast.Call):
                continue
            given = [k.value.value for k in node.keywords if k.arg == "rule" and isinstance(k.value, ast.Constant)]
            found |= {rule for rule in given if re.fullmatch(r"[a-z]+\.[a-z-]+", str(rule))}
            if ast.unparse(node.func) in {"Gate", "Finding"} and node.args:
                match node.args[0]:
                    case ast.Constant(value=str(rule)):
                        found.add(rule)
                    case ast.JoinedStr(values=values):
                        found.add("".join(v.value if isinstance(v, ast.Constant) else "*" for v in values))
    return found


def rules_on_page() -> set[str]:
    page = text(ROOT / "docs/rules.md").split("## Gates", 1)[1]
    first_cells = re.findall(r"(?m)^\| (`[^|]*) \|", page)
    return {rule for cell in first_cells for rule in re.findall(r"`([^`]+)`", cell)}


def test_every_gate_and_finding_of_the_code_is_on_the_page() -> None:
    page = rules_on_page()
    assert {rule for rule in rules_in_code() if not any(fnmatch(named, rule) for named in page)} == set()


def test_every_gate_and_finding_of_the_page_is_in_the_code() -> None:
    code = rules_in_code()
    assert {named for named in rules_on_page() if not any(fnmatch(named, rule) for rule in code)} == set()


# ---------------------------------------------------------------- links
def anchors(page: str) -> set[str]:
    heads = re.findall(r"(?m)^#+ (.+)$", page)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        goal = (page.parent / file).resolve() if file else page
        if not goal.exists() or (anchor and anchor not in anchors(text(goal))):
            lost.append(target)
    assert lost == []


def test_every_page_can_be_reached() -> None:
    seen, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        ahead += [(page.parent / t.partition("#")[0]).resolve() for t in re.findall(r"\]\(([^)\s:]+)\)", text(page))]
    assert [name(page) for page in PAGES if page not in seen] == []


# ---------------------------------------------------------------- the paths that pages name
@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_of_ours_that_a_page_names_exists(page: Path) -> None:
    rooms = "|".join(
        sorted(p.name for p in (ROOT / "src/ownproof").iterdir() if p.is_dir() and p.name != "__pycache__")
    )
    plain = re.sub(r"(?ms)^```.*?^```", "", todays(text(page)))
    named = set(re.findall(rf"`(?:src/ownproof/)?((?:{rooms})/[\w/]*(?:\.py)?)`", plain))
    assert sorted(each for each in named if not (ROOT / "src/ownproof" / each).exists()) == []
    named = set(re.findall(r"`((?:tests|scripts|docs|examples|bench|templates)/[\w./-]+)`", plain))
    assert sorted(each for each in named if not (ROOT / each).exists()) == []


@pytest.mark.parametrize("page", [*PAGES, ROOT / "changelog.d/README.md"], ids=name)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", text(ROOT / "Makefile")))
    spans = re.findall(r"`make ([a-z-]+)", text(page)) + re.findall(r"(?m)^make ([a-z-]+)", text(page))
    assert set(spans) <= targets


# ---------------------------------------------------------------- generated
@pytest.mark.slow
def test_the_generated_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make_tables.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_changelog_fragments_are_well_formed() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/changelog.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- the answer, and the examples that run
def table(rows: int = 400) -> dict[str, list[object]]:
    """A small table with something to learn in it."""
    import numpy as np

    draw = np.random.default_rng(7)
    age, plan = draw.integers(18, 80, rows), draw.choice(["basic", "plus", "max"], rows)
    odds = -1.5 + 0.05 * (age - 45) + 1.6 * (plan == "basic") + draw.normal(0, 0.7, rows)
    return {
        "age": age.tolist(), "plan": plan.tolist(), "calls": draw.poisson(3, rows).tolist(),
        "churn": np.where(odds > 0, "yes", "no").tolist(),
    }  # fmt: skip


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What `run --prove --json` answers on a small table."""
    import polars as pl

    folder = tmp_path_factory.mktemp("docs")
    pl.DataFrame(table()).write_csv(folder / "data.csv")
    call = ["run", "data.csv", "--target", "churn", "--trials", "0", "--learners", "linear", "--prove", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "ownproof.cli.main", *call], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 3, 4}, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def keys(value: object, path: str = "") -> set[str]:
    """All keys of a JSON value as dotted paths; lists are looked into by their first item."""
    if isinstance(value, dict):
        return {path + k for k in value} | {p for k, v in value.items() for p in keys(v, f"{path}{k}.")}
    if isinstance(value, list) and value:
        return keys(value[0], path)
    return set()


def documented() -> dict[str, object]:
    block = re.search(r"(?ms)^```json\n(.*?)^```", text(ROOT / "docs/contract.md"))
    assert block
    return json.loads(block[1])


def test_the_answer_holds_every_key_that_the_contract_names(answer: dict[str, object]) -> None:
    free = ("metrics.", "gates.", "findings.")
    wanted = {path for path in keys(documented()) if not path.startswith(free)}
    assert sorted(wanted - keys(answer)) == []


def test_the_contract_names_every_key_of_the_answer(answer: dict[str, object]) -> None:
    assert sorted(set(answer) - set(documented())) == []


def test_gates_findings_and_metrics_have_the_keys_that_the_contract_names(answer: dict[str, object]) -> None:
    page = documented()
    for part in ("gates", "findings"):
        for each in answer[part]:
            assert set(page[part][0]) <= set(each)
    assert answer["metrics"]
    for each in answer["metrics"].values():
        assert {"value", "low", "high"} <= set(each)


def test_the_files_of_a_bundle_are_those_that_the_contract_names(answer: dict[str, object]) -> None:
    assert answer["bundle"], answer
    section = re.search(r"(?ms)^## A bundle$(.*?)^## ", text(ROOT / "docs/contract.md"))[1]
    named = {
        cell.strip("/") for row in re.findall(r"(?m)^\| (`.*?) \|", section) for cell in re.findall(r"`([^`]+)`", row)
    }
    assert named == {path.name for path in Path(answer["bundle"]).iterdir()}


def test_the_python_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import polars as pl

    monkeypatch.chdir(tmp_path)
    code = re.search(r"(?ms)^```python\n(.*?)^```", text(ROOT / "README.md"))[1]
    code = code.replace("prove=True", "prove=True, trials=0, learners=['linear']")
    space: dict[str, object] = {"frame": pl.DataFrame(table())}
    exec(compile(code, "README.md", "exec"), space)
    assert space["run"].verdict in {"BETTER", "NOT BETTER", "CANNOT TELL"}
