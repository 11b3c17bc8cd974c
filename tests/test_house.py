"""The rules of the house that no linter knows: who writes, who imports what when, how large things grow."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "ownproof"
FILES = sorted(SRC.rglob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

HEAVY = {
    "catboost", "jinja2", "lightgbm", "matplotlib", "onnx", "onnxruntime", "optuna", "pandas", "polars", "pyarrow", "scipy",
    "sklearn", "sqlalchemy", "torch", "xgboost",
}  # fmt: skip
CPU_SECONDS_MOST = 0.3

# Who may write, and what. Everybody else returns values.
WRITERS = {
    "project": "the owner of the disk: store (by content), ledger (appends), lock, report, settings",
    "runtime/journal": "appends; its compactor replaces what was appended",
    "runtime/bundle.py": "the folder it is given",
    "learners": "the workdir handed to fit, the folder handed to save",
    "runtime/batch": "the answers, to the file the user named",
    "readers": "text decoded anew, in the scratch folder they are given",
    "testing": "the empty folder it is given",
}

FILE_LINES_MOST = 400
FUNCTION_LINES_MOST = 60
FUNCTION_LINES_USUAL = 25
USUAL_SHARE = 0.9
POSITIONAL_MOST = 4
POSITIONAL_MOST_PRIVATE = 6
DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "base", "manager", "engine", "handler", "context"}


def name(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


TREES = {name(path): ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
FUNCTIONS = [
    (file, node)
    for file, tree in TREES.items()
    for node in ast.walk(tree)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
]


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef, text: list[str]) -> int:
    """Lines of a body that hold code: no docstring, no comment, no blank line."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not body:
        return 0
    lines = (line.strip() for line in text[body[0].lineno - 1 : node.end_lineno])
    return sum(1 for line in lines if line and not line.startswith("#"))


def run(code: str) -> dict[str, object]:
    """Run code in a fresh interpreter; it leaves a JSON object in its last line."""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout.splitlines()[-1])


REPORT = "import json, resource, sys; print(json.dumps({'loaded': sorted(sys.modules), 'cpu': resource.getrusage(resource.RUSAGE_SELF).ru_utime + resource.getrusage(resource.RUSAGE_SELF).ru_stime}))"
HELP = (
    "import sys; sys.argv = ['ownproof', '--help']\n"
    "from ownproof.cli.main import entry\n"
    "try:\n    entry()\nexcept SystemExit:\n    pass\n"
)


@pytest.mark.parametrize("code", ["import ownproof\n", HELP], ids=["import", "help"])
def test_a_start_loads_no_heavy_library(code: str) -> None:
    loaded = {module.split(".")[0] for module in run(code + REPORT)["loaded"]}
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("code", ["import ownproof\n", HELP], ids=["import", "help"])
def test_a_start_takes_under_300_ms_of_cpu(code: str) -> None:
    run(code + REPORT)  # compiles
    assert min(run(code + REPORT)["cpu"] for _ in range(3)) < CPU_SECONDS_MOST


def test_no_module_loads_a_heavy_library_by_being_imported() -> None:
    modules = [
        "ownproof." + name(path).removesuffix(".py").replace("/", ".")
        for path in FILES
        if path.stem not in {"__init__", "__main__"}
    ]
    code = f"import importlib\nfor m in {modules!r}: importlib.import_module(m)\n"
    loaded = {module.split(".")[0] for module in run(code + REPORT)["loaded"]}
    assert loaded & HEAVY == set()


# ---------------------------------------------------------------- who writes
WRITING_METHODS = {
    "write_text", "write_bytes", "mkdir", "touch", "unlink", "rmdir", "symlink_to", "hardlink_to",
    "write_csv", "write_parquet", "write_ipc", "write_ndjson", "write_json", "write_excel",
    "sink_csv", "sink_parquet", "sink_ipc", "sink_ndjson", "extractall", "savetxt", "savez", "tofile",
}  # fmt: skip
WRITING_CALLS = {
    "os": {
        "open",
        "mkdir",
        "makedirs",
        "remove",
        "unlink",
        "rename",
        "replace",
        "rmdir",
        "link",
        "symlink",
        "truncate",
    },
    "shutil": {"copy", "copy2", "copyfile", "copytree", "move", "rmtree"},
    "np": {"save", "savez", "savetxt"},
    "tempfile": {"mkdtemp", "mkstemp", "NamedTemporaryFile", "TemporaryDirectory"},
}


def mode(call: ast.Call, place: int) -> str:
    """The mode of an open call; `r` when none is given, `?` when it is not written out."""
    given = [k.value for k in call.keywords if k.arg == "mode"] or call.args[place : place + 1]
    if not given:
        return "r"
    return given[0].value if isinstance(given[0], ast.Constant) and isinstance(given[0].value, str) else "?"


def writes(call: ast.Call) -> bool:
    """Whether a call, as it is written, opens something for writing or changes the disk."""
    match call.func:
        case ast.Name(id="open"):
            return mode(call, 1) not in {"r", "rb", "rt"}
        case ast.Attribute(value=ast.Name(id="os"), attr="open"):
            return not re.search(r"O_RDONLY|devnull", ast.unparse(call))
        case ast.Attribute(value=ast.Name(id=owner), attr=what) if owner in WRITING_CALLS:
            return what in WRITING_CALLS[owner]
        case ast.Attribute(attr="open", value=ast.Name(id="io" | "gzip" | "bz2" | "lzma" | "codecs")):
            return mode(call, 1) not in {"r", "rb", "rt"}
        case ast.Attribute(attr="ZipFile"):
            return mode(call, 1) != "r"
        case ast.Attribute(attr="open"):
            return bool(call.args or call.keywords) and set(mode(call, 0)) & set("wax+") != set()
        case ast.Attribute(attr=what):
            return what in WRITING_METHODS
    return False


def may_write(file: str) -> bool:
    return any(file == writer or file.startswith(writer + "/") for writer in WRITERS)


def test_only_the_named_rooms_write() -> None:
    found = [
        f"{file}:{node.lineno} {ast.unparse(node.func)}"
        for file, tree in TREES.items()
        if not may_write(file)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and writes(node)
    ]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("open('a')", False),
        ("open('a', 'rb')", False),
        ("open('a', 'w')", True),
        ("open('a', mode)", True),
        ("path.open('a')", True),
        ("path.open()", False),
        ("path.write_text('x')", True),
        ("os.replace('a', 'b')", True),
        ("'a'.replace('a', 'b')", False),
        ("os.open('a', os.O_RDONLY)", False),
        ("os.open('a', os.O_WRONLY)", True),
        ("frame.sink_parquet('a')", True),
        ("zipfile.ZipFile('a')", False),
        ("zipfile.ZipFile('a', 'w')", True),
    ],
)
def test_the_writing_test_knows_a_write(text: str, expected: bool) -> None:
    call = ast.parse(text).body[0].value
    assert expected == writes(call)


# ---------------------------------------------------------------- sizes and names
@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_is_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES_MOST


def sizes() -> dict[str, int]:
    texts = {name(path): path.read_text(encoding="utf-8").splitlines() for path in FILES}
    return {f"{file}:{node.lineno} {node.name}": code_lines(node, texts[file]) for file, node in FUNCTIONS}


def test_no_function_is_longer_than_sixty_lines_of_code() -> None:
    assert {where: size for where, size in sizes().items() if size > FUNCTION_LINES_MOST} == {}


def test_nine_functions_in_ten_fit_in_a_glance() -> None:
    all_sizes = list(sizes().values())
    usual = sum(size <= FUNCTION_LINES_USUAL for size in all_sizes)
    assert usual >= USUAL_SHARE * len(all_sizes), f"{usual} of {len(all_sizes)}"


def test_no_function_takes_more_than_four_positional_parameters() -> None:
    found = []
    for file, node in FUNCTIONS:
        places = [a.arg for a in [*node.args.posonlyargs, *node.args.args] if a.arg not in {"self", "cls"}]
        if len(places) > (POSITIONAL_MOST_PRIVATE if node.name.startswith("_") else POSITIONAL_MOST):
            found.append(f"{file}:{node.lineno} {node.name}({', '.join(places)})")
    assert not found, "\n" + "\n".join(found)


def test_no_room_is_a_drawer() -> None:
    parts = {part.removesuffix(".py") for path in FILES for part in path.relative_to(SRC).parts}
    assert parts & DRAWERS == set()


def test_every_room_says_in_its_first_line_what_it_is_for() -> None:
    assert [file for file, tree in TREES.items() if not (ast.get_docstring(tree) or "").strip()] == []


def test_types_of_our_own_take_no_side_door() -> None:
    found = []
    for file, tree in TREES.items():
        if file == "__init__.py":  # the front door names what it loads when asked
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                found += [f"{file}:{each.lineno}" for each in ast.walk(node) if "ownproof" in imported(each)]
    assert not found, "\n" + "\n".join(found)


def imported(node: ast.AST) -> str:
    if isinstance(node, ast.Import):
        return " ".join(alias.name for alias in node.names)
    return (node.module or "") if isinstance(node, ast.ImportFrom) else ""


# ---------------------------------------------------------------- numbers of policy
def test_every_number_of_policy_names_its_reason() -> None:
    """Each group of numbers stands under a comment."""
    lines = (SRC / "core" / "policy.py").read_text(encoding="utf-8").splitlines()
    group = False
    for line in lines:
        if re.match(r"    #", line):
            group = True
        elif re.match(r"    \w+: ", line):
            assert group, f"no comment says where this number comes from: {line.strip()}"
        elif re.match(r"    (def|@)", line):
            break
    assert group


def test_numbers_that_only_policy_may_hold_stand_nowhere_else() -> None:
    """Distinctive ones, as literals: they must be read from Policy."""
    telling = {0.7: "kappa", 0.005: "alpha", 0.98: "refit_correlation", 12_000: "five_folds", 40_000: "three_folds"}
    watched = ("phases/", "project/", "cli/")
    found = [
        f"{file}:{node.lineno} {node.value} ({telling[node.value]})"
        for file, tree in TREES.items()
        if file.startswith(watched)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value in telling
    ]
    assert not found, "\n" + "\n".join(found)


# ---------------------------------------------------------------- doors
SHELVES = ("inputs", "targets", "learners", "scorers", "readers")


@pytest.mark.parametrize("shelf", SHELVES)
def test_every_plug_in_of_ours_is_declared_and_every_declaration_loads(shelf: str) -> None:
    declared = PYPROJECT["project"]["entry-points"][f"ownproof.{shelf}"]
    files = {path.stem for path in (SRC / shelf).iterdir() if not path.name.startswith("__")} - {"parts"}
    assert {value.split(":")[0].rsplit(".", 1)[1] for value in declared.values()} == files
    installed = {point.name: point for point in entry_points(group=f"ownproof.{shelf}")}
    for each, value in declared.items():
        assert installed[each].value == value, "install again: the entry points changed"
        assert installed[each].load().name == each


def test_the_version_is_written_once() -> None:
    from ownproof.version import VERSION

    pattern = re.compile(rf"""["']{re.escape(VERSION)}["']""")
    assert [name(path) for path in FILES if pattern.search(path.read_text(encoding="utf-8"))] == ["version.py"]
    assert "version" in PYPROJECT["project"]["dynamic"]


def test_every_dependency_has_a_floor_and_none_has_a_cap() -> None:
    project = PYPROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    for each in wanted:
        if not each.startswith("ownproof["):
            assert re.fullmatch(r"[A-Za-z0-9_.\[\]-]+>=[0-9.]+(; [^;]+)?", each), each


def test_every_dependency_is_pinned_for_development() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in text.splitlines() if "==" in line}
    project = PYPROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    names = {re.split(r"[\[>=]", each)[0].lower().replace("_", "-") for each in wanted} - {"ownproof"}
    assert names <= pinned


def test_the_project_names_no_machine() -> None:
    """No absolute path of a developer's disk in anything that is tracked."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    home = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/")
    found = []
    for file in filter(None, listed):
        path = ROOT / file
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".txt", ".yaml", ".svg", ".html", ""}:
            text = path.read_text(encoding="utf-8", errors="ignore")
            if home.search(text) and path != Path(__file__):
                found.append(file)
    assert not found, "\n" + "\n".join(found)


def test_the_linter_of_the_plan_has_no_exceptions() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "ignore_imports =" not in text
