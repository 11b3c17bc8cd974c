"""From raw texts to a model, as somebody does it for the first time: guide, draw, raters, agreement, disputes, export, run."""

import csv
import http.client
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ownproof.cli.main import main
from ownproof.project.labelling.folder import LabelFolder

KINDS = {
    "complaint": ["broken", "late", "rude", "dirty", "missing", "refund"],
    "question": ["where", "how", "when", "which", "opening", "possible"],
    "praise": ["lovely", "thanks", "friendly", "perfect", "quick", "happy"],
}
PLAIN = ["the", "parcel", "driver", "shop", "order", "box", "today", "again", "with", "my", "on", "monday"]
RATERS = ("anna", "ben", "chris")
GUIDE = """# What is the message?

Read all of it, then say what its writer wants.

""" + "\n".join(
    f"""## {name}

The writer sends a {name}: words such as {", ".join(words[:3])}.

Examples:

- "{words[0]} {words[1]} parcel": the usual case
- "my order {words[2]} {words[3]}": said in passing

Not this:

- "{words[4]} box today": decided on the first day: only where nothing else is said it is a {name}
"""
    for name, words in KINDS.items()
)


def messages(path, rows=200):
    """Texts of three kinds, and what each of them is."""
    rng = np.random.default_rng(5)
    truth = {}
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "channel"])
        while len(truth) < rows:
            kind = str(rng.choice(list(KINDS)))
            words = [*rng.choice(PLAIN, 6), *rng.choice(KINDS[kind], 2)]
            rng.shuffle(words)
            text = " ".join(map(str, words))
            if text not in truth:
                truth[text] = kind
                writer.writerow([text, str(rng.choice(["mail", "phone"]))])
    return truth


def said(truth, text, rater):
    """What a rater says of a text: the truth, but for one text in twenty-five of each rater's own."""
    wrong = (sum(map(ord, text)) + 7 * RATERS.index(rater)) % 25 == 0
    names = list(KINDS)
    return names[(names.index(truth[text]) + 1) % 3] if wrong else truth[text]


def told(capsys, *call):
    """One command, as it answers with --json."""
    code = main([*map(str, call), "--json"])
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["exit"] == code
    return answer


class Page:
    """The labelling page's server, started as a person starts it."""

    def __init__(self, folder):
        command = [sys.executable, "-m", "ownproof", "label", "serve", str(folder), "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        found = None
        while found is None:
            line = self.process.stdout.readline()
            assert line, "the server never said where it is"
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        self.port = int(found[1])

    def ask(self, token, path, body=None):
        """One request of a rater's program."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        asked.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body), headers)
        reply = asked.getresponse()
        data = reply.read()
        asked.close()
        assert reply.status == 200, data
        return json.loads(data)

    def stop(self):
        """Let it end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
        self.process.stdout.close()


def labelled_by_page(page, token, rater, truth):
    """A rater labels the whole queue through the page's own door; how many answers the server thanked for."""
    seat = page.ask(token, "/api/enter", {"token": token})["page"].rpartition("/")[2]
    desk = page.ask(token, f"/api/as/{seat}/desk")
    taken = 0
    for start in range(0, desk["total"], 20):
        places = ",".join(str(n) for n in range(start, min(start + 20, desk["total"])))
        shown = page.ask(token, f"/api/as/{seat}/items?at={places}")["items"]
        answers = [
            {
                "id": f"w-{start + n}",
                "item": i["item"],
                "value": said(truth, i["text"], rater),
                "age": 0,
                "seconds": 2.0,
            }
            for n, i in enumerate(shown)
        ]
        taken += len(page.ask(token, f"/api/as/{seat}/answers", {"answers": answers})["taken"])
    return taken, desk["total"]


@pytest.mark.slow
def test_raw_texts_become_labels_and_labels_a_model_and_the_ledger_tells_all_of_it(tmp_path, capsys):
    data, folder = tmp_path / "messages.csv", tmp_path / "kinds"
    truth = messages(data)

    # a schema and a guide; the guide is looked over before anybody works
    told(capsys, "label", "init", folder, "--kind", "label", "--question", "What does the writer want?", "--classes", *KINDS, "--text", "text")  # fmt: skip
    assert told(capsys, "label", "check", folder)["exit"] == 4
    (folder / "guide.md").write_text(GUIDE, encoding="utf-8")
    checked = told(capsys, "label", "check", folder)
    assert checked["exit"] == 0, checked["findings"]

    # the draw: everybody has a queue, some texts are in two of them
    drawn = told(capsys, "label", "sample", folder, data, "--raters", ",".join(RATERS), "--overlap", "0.4")
    assert (drawn["items"], drawn["double"]) == (200, 80)

    # two raters work on the page, one elsewhere
    page = Page(folder)
    try:
        for rater in ("anna", "ben"):
            taken, total = labelled_by_page(page, drawn["tokens"][rater], rater, truth)
            assert taken == total == drawn["raters"][rater]
    finally:
        page.stop()
    texts = {i.item: i.text for i in LabelFolder(folder).items()}
    lines = [
        {
            "text": texts[p.item],
            "accept": [said(truth, texts[p.item], "chris")],
            "answer": "accept",
            "_annotator_id": "chris",
        }
        for p in LabelFolder(folder).queue("chris")
    ]
    (tmp_path / "chris.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    brought = told(capsys, "label", "import", folder, tmp_path / "chris.jsonl")
    assert (brought["format"], brought["items"], brought["raters"]) == ("prodigy", 0, {"chris": len(lines)})

    # agreement decides, disputes are decided, the final labels are written
    agreed = told(capsys, "agree", folder)
    assert agreed["exit"] == 0, agreed
    disputes = told(capsys, "label", "adjudicate", folder, "--sheet", tmp_path / "sheet.csv")["disputes"]
    assert disputes
    with (tmp_path / "sheet.csv").open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        row |= {"value": truth[texts[row["item"]]], "why": "read again"}
    rows[0]["rule"] = "a message with a reproach is a complaint, whatever it asks"
    with (tmp_path / "sheet.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    decided = told(capsys, "label", "adjudicate", folder, "--decide", tmp_path / "sheet.csv", "--by", "Maria")
    assert (decided["decided"], decided["open"]) == (len(rows), 0)
    assert "a message with a reproach is a complaint" in (folder / "guide.md").read_text(encoding="utf-8")
    sent = told(capsys, "label", "export", folder, tmp_path / "labels.csv")
    assert (sent["items"], sent["without"], sent["how"]["decision"]) == (200, 0, len(rows))
    with (tmp_path / "labels.csv").open(newline="", encoding="utf-8") as handle:
        final = {row["text"]: row["label"] for row in csv.DictReader(handle)}
    right = np.mean([final[text] == kind for text, kind in truth.items()])
    assert right > 0.95  # decisions mend what two raters saw; what one alone got wrong stays

    # a model, in the same folder, and the whole story in its ledger
    run = told(capsys, "run", tmp_path / "labels.csv", "--target", "label", "--id", "item", "--out", folder, "--learners", "linear", "--trials", "0")  # fmt: skip
    assert run["exit"] == 0, run
    assert run["verdict"] == "BETTER"
    assert next(g for g in run["gates"] if g["id"] == "label.agreement")["status"] == "pass"
    assert Path(run["bundle"]).is_dir()
    events = [json.loads(line)["event"] for line in (folder / "ledger.jsonl").read_text().splitlines()]
    story = ["label.init", "label.check", "label.sample", "label.import", "agree", "label.adjudicate", "label.export", "seal", "bundle", "run"]  # fmt: skip
    places = [events.index(event) for event in story]
    assert places == sorted(places)
    main(["-C", str(folder), "history"])
    shown = capsys.readouterr().out
    assert all(
        event in shown for event in ("label.sample", "label.import", "agree", "label.adjudicate", "label.export")
    )
