"""What an image is made of, and the list of it."""

import json
from importlib import metadata

import pytest

from ownproof.project.deploying.parts import ANSWERS, SERVES, asked, closure, named, parts_list, plain

TRAINING = {"scikit-learn", "lightgbm", "pandas", "scipy", "optuna", "onnx", "torch", "catboost", "xgboost-cpu"}


@pytest.fixture(scope="module")
def parts():
    return closure([*ANSWERS, *SERVES])


def test_all_that_is_needed_is_there_and_no_training_library(parts):
    assert {"numpy", "onnxruntime", "starlette", "pydantic-core", "h11", "polars-runtime-32"} <= set(parts)
    assert set(parts) & TRAINING == set()
    for part in parts.values():
        assert part.version == metadata.version(part.name)
        for need in part.needs:
            assert need in parts, f"{part.name} needs {need}"


def test_requirements_of_other_systems_stay_out():
    assert "colorama" not in closure(["click"])
    assert "exceptiongroup" not in closure(["anyio"])


def test_a_bundles_lines_are_pinned_where_what_is_installed_will_do(parts):
    told = "# for\nnumpy>=1.0\npolars>=999\nuvloop>=0.1; sys_platform != 'win32'\nsomething-else>=2\n"
    lines = asked(told, parts)
    assert lines[:4] == [
        f"numpy=={metadata.version('numpy')}", "polars>=999", f"uvloop=={metadata.version('uvloop')}", "something-else>=2",
    ]  # fmt: skip
    assert {plain(n) for n in (*ANSWERS, *SERVES)} <= set(named("\n".join(lines)))
    assert len(lines) == len(set(named("\n".join(lines))))


def test_the_list_of_parts_names_the_model_each_part_once_and_only_arrows_that_lead_somewhere(parts):
    raw = parts_list(parts, model="ab" * 32, name="churn-model", needed=[*ANSWERS, *SERVES])
    assert raw == parts_list(parts, model="ab" * 32, name="churn-model", needed=[*ANSWERS, *SERVES])
    told = json.loads(raw)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    refs = [c["bom-ref"] for c in told["components"]]
    assert len(refs) == len(set(refs)) == len(parts) + 1
    known = {*refs, told["metadata"]["component"]["bom-ref"]}
    assert {d["ref"] for d in told["dependencies"]} == known
    assert {r for d in told["dependencies"] for r in d["dependsOn"]} <= known
    licences = {c["name"]: c["licenses"] for c in told["components"]}
    assert licences["numpy"]
