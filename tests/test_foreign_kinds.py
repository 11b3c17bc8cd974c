"""Kinds of other people walk the whole line through the public door, without a line about them in the package."""

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TOYS = Path(__file__).with_name("toys")
BARE = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"sklearn", "lightgbm", "pandas", "torch", "scipy", "optuna", "catboost", "xgboost"}:
            raise ImportError(name + " is not here")
sys.meta_path.insert(0, Blocked())
import json
import ownproof
predictor = ownproof.load(sys.argv[1])
print(json.dumps(predictor.one(json.loads(sys.argv[2]))))
"""

LIVED = """
import sys, json, time
from ownproof.runtime.journal.records import Decision, Outcome
from ownproof.runtime.journal.writer import open_journal
from ownproof.runtime.predictor import Predictor
bundle, journal = sys.argv[1:3]
predictor = Predictor.open(bundle)
rows = json.load(sys.stdin)
begin = (time.time() // 86_400 - 10) * 86_400
with open_journal(journal) as writer:
    for i, (row, outcome) in enumerate(rows):
        at = begin + 86_400.0 * 10 * i / len(rows)
        answer = predictor.one(row)
        told = {k: v for k, v in answer.items() if k not in ("flags", "model")}
        writer.write(Decision(id=f"p{i}", at=at, model=answer["model"], inputs=row, answer=told, flags=answer["flags"]))
        writer.write(Outcome(at=at + 3600.0, known=at + 3600.0, prediction_id=f"p{i}", outcome=outcome))
"""


def call(*arguments, cwd, told=None):
    environment = {**os.environ, "PYTHONPATH": str(TOYS), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=cwd, env=environment, check=False, input=told
    )


def run(*arguments, cwd):
    done = call("-m", "ownproof", *arguments, "--json", cwd=cwd)
    assert done.stdout, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def watched(bundle, rows, cwd):
    """What `monitor` says of ten days in which a bundle answered these rows: (row, outcome) each."""
    lived = call("-c", LIVED, bundle, "lived", cwd=cwd, told=json.dumps(rows))
    assert lived.returncode == 0, lived.stderr
    return run("monitor", "--bundle", bundle, "--journal", "lived", cwd=cwd)


def served(bundle, requests, *, cwd):
    """The answers of a server in a process of its own, its schema, and the decisions and refusals in its journal."""
    flags = ("--port", "0", "--workers", "1", "--journal", str(cwd / "journal"), "--json")
    environment = {**os.environ, "PYTHONPATH": str(TOYS), "OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(
        [sys.executable, "-m", "ownproof", "serve", bundle, *flags], env=environment, cwd=cwd, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        said = server.stderr.readline()
        assert "http://" in said, said + server.stderr.read()
        address = said.split("http://")[1].split()[0]
        answers = [asked(address, "POST", "/v1/predict", body) for body in requests]
        answers.append(asked(address, "GET", "/v1/schema"))
        answers.append(asked(address, "POST", "/v1/predict", answers[-1][1]["example"]))
    finally:
        server.terminate()
        server.communicate(timeout=40)
    assert server.returncode == 0
    files = sorted((cwd / "journal").glob("*.jsonl"))
    lines = [(f.name.split("-")[0], json.loads(line)) for f in files for line in f.read_text().splitlines()]
    return answers, lines


def asked(address, method, path, body=None):
    connection = http.client.HTTPConnection(address, timeout=20)
    connection.request(method, path, None if body is None else json.dumps(body))
    reply = connection.getresponse()
    told = json.loads(reply.read())
    connection.close()
    return reply.status, told


@pytest.fixture
def pictures(tmp_path):
    """Crosses and bars of 5 x 5 noisy pixels, with a CSV that names them."""
    rng = np.random.default_rng(3)
    cross, bar = np.eye(5, dtype=int) | np.eye(5, dtype=int)[::-1], np.zeros((5, 5), dtype=int)
    bar[2] = 1
    rows = ["picture,kind"]
    for i in range(600):
        kind = "cross" if rng.random() < 0.5 else "bar"
        grey = np.clip((cross if kind == "cross" else bar) * 120 + rng.integers(0, 160, (5, 5)), 0, 255)
        body = "\n".join(" ".join(map(str, line)) for line in grey)
        (tmp_path / f"{i}.pgm").write_text(f"P2\n5 5\n255\n{body}\n")
        rows.append(f"{i}.pgm,{kind}")
    (tmp_path / "pictures.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "pictures.csv"


@pytest.fixture
def sentences(tmp_path):
    """Short sentences with people and places in them."""
    rng = np.random.default_rng(4)
    names = dict.fromkeys(("Ann", "Bob", "Cem", "Dora", "Eva"), "PER") | dict.fromkeys(
        ("Bern", "Chur", "Genf", "Thun"), "LOC"
    )
    plain = ("met", "saw", "left", "in", "near", "the", "old", "town", "again", "today", "with", "and")
    rows = ["text,spans"]
    for _ in range(700):
        words = [str(rng.choice(list(names) if rng.random() < 0.3 else plain)) for _ in range(9)]
        at, spans = 0, []
        for word in words:
            if word in names:
                spans.append(f"{at}-{at + len(word)}:{names[word]}")
            at += len(word) + 1
        rows.append(" ".join(words) + "," + (";".join(spans) or "-"))
    (tmp_path / "sentences.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "sentences.csv"


def test_an_image_input_walks_to_a_proven_bundle_that_answers_without_training_libraries(pictures):
    answer = run("run", str(pictures), "--target", "kind", "--prove", "--budget", "20s", cwd=pictures.parent)
    assert (0, "BETTER", "sealed") == (answer["exit"], answer["verdict"], answer["evidence"])
    assert "mean_image" in answer["model"]
    bare = call(
        "-c", BARE, answer["bundle"], json.dumps({"picture": str(pictures.with_name("0.pgm"))}), cwd=pictures.parent
    )
    assert json.loads(bare.stdout)["prediction"] in ("bar", "cross"), bare.stderr
    named = [line.split(",") for line in pictures.read_text().splitlines()[1:401]]
    said = watched(
        answer["bundle"], [({"picture": str(pictures.with_name(p))}, kind) for p, kind in named], pictures.parent
    )
    assert (10, []) == (said["live_windows"], said["incidents"])
    assert any(c["column"] == "picture" for c in said["columns"])
    assert said["performance"]["realised"]["value"] > 0.8
    assert said["windows"][5]["expected"]["roc_auc"]["value"] > 0.8
    fading = pictures.parent / "fading"
    fading.mkdir()
    for p, _ in named[:200]:
        whole = pictures.with_name(p).read_text().splitlines()
        paler = [" ".join(str(min(255, int(v) + 60)) for v in line.split()) for line in whole[3:]]
        (fading / p).write_text("\n".join([*whole[:3], *paler]) + "\n")
    said = watched(answer["bundle"], [({"picture": str(fading / p)}, kind) for p, kind in named[:200]], fading)
    assert (True, True) == (said["alarm"], any(c["column"] == "picture" and c["drift"] for c in said["columns"]))
    grey = [[0.9, 0.1, 0.1, 0.1, 0.9], [0.1, 0.9, 0.1, 0.9, 0.1], [0.1, 0.1, 0.9, 0.1, 0.1]]
    cross, bar = [*grey, grey[1], grey[0]], [[0.1] * 5, [0.1] * 5, [0.9] * 5, [0.1] * 5, [0.1] * 5]
    requests = [
        {"inputs": {"picture": cross}},
        {"rows": [{"picture": bar}, {"picture": None}]},
        {"inputs": {"picture": 3}},
    ]
    answers, logged = served(answer["bundle"], requests, cwd=pictures.parent)
    assert [status for status, _ in answers] == [200, 200, 422, 200, 200]
    assert answers[0][1]["prediction"] == "cross"
    assert answers[1][1]["predictions"][0]["prediction"] == "bar"
    assert answers[3][1]["fields"][0]["kind"] == "image"
    kept = [line for kind, line in logged if kind == "decisions"]
    assert [line["answer"]["prediction"] for line in kept[:2]] == ["cross", "bar"]
    assert kept[0]["inputs"]["picture"] == cross
    assert [line["status"] for kind, line in logged if kind == "refusals"] == [422]


def test_a_spans_target_walks_to_a_proven_bundle_that_answers_without_training_libraries(sentences):
    answer = run("run", str(sentences), "--target", "spans", "--prove", "--budget", "20s", cwd=sentences.parent)
    assert (0, "BETTER", "sealed") == (answer["exit"], answer["verdict"], answer["evidence"])
    assert "spans" == answer["task"]["target"]
    bare = call("-c", BARE, answer["bundle"], json.dumps({"text": "Ann met Bob near Chur"}), cwd=sentences.parent)
    spans = [[0, 3, "PER"], [8, 11, "PER"], [17, 21, "LOC"]]
    assert spans == json.loads(bare.stdout)["prediction"], bare.stderr
    one, none = {"text": "Ann met Bob near Chur"}, {"text": "nobody was there"}
    requests = [{"inputs": one, "id": "t1"}, {"rows": [none, one]}, {"inputs": {"text": 3}}]
    answers, logged = served(answer["bundle"], requests, cwd=sentences.parent)
    assert [status for status, _ in answers] == [200, 200, 422, 200, 200]
    assert answers[0][1]["prediction"] == spans
    assert [a["prediction"] for a in answers[1][1]["predictions"]] == [[], spans]
    kept = [line for kind, line in logged if kind == "decisions"]
    assert (kept[0]["key"], kept[0]["answer"]["prediction"], kept[0]["inputs"]) == ("t1", spans, one)
    lines = [line.split(",") for line in sentences.read_text().splitlines()[1:401]]
    said = watched(answer["bundle"], [({"text": text}, spans) for text, spans in lines], sentences.parent)
    assert "span_f1" == said["performance"]["metric"]
    assert said["performance"]["realised"]["value"] > 0.9
    assert said["performance"]["expected"] is None  # a kind that foretells nothing
    assert (False, ["text"]) == (said["alarm"], [c["column"] for c in said["columns"] if c["column"] == "text"])
    shorter = [({"text": " ".join(text.split()[:5])}, "-") for text, _ in lines]
    (sentences.parent / "shorter").mkdir()
    said = watched(answer["bundle"], shorter, sentences.parent / "shorter")
    assert (True, True) == (said["alarm"], any(c["column"] == "text" and c["drift"] for c in said["columns"]))


def test_pictures_that_grow_brighter_drift_though_nothing_knows_what_a_picture_is(pictures):
    rows, names = 150, []
    for part, brighter in (("a", 0), ("b", 0), ("c", 60)):
        lines = ["picture"]
        for i in range(rows):
            grey = np.random.default_rng([i, ord(part)]).integers(0, 160, (5, 5)) + brighter
            body = "\n".join(" ".join(map(str, line)) for line in grey)
            pictures.with_name(f"{part}{i}.pgm").write_text(f"P2\n5 5\n255\n{body}\n")
            lines.append(f"{part}{i}.pgm")
        names.append(pictures.with_name(f"{part}.csv"))
        names[-1].write_text("\n".join(lines) + "\n")
    assert run("drift", str(names[0]), str(names[1]), cwd=pictures.parent)["exit"] == 0
    answer = run("drift", str(names[0]), str(names[2]), cwd=pictures.parent)
    assert (answer["exit"], [(c["column"], c["view"]) for c in answer["columns"]]) == (
        5,
        [("picture", "picture: mean")],
    )
