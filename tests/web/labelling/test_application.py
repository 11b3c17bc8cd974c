"""What the page asks, and what nobody else is told."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ownproof.core.labelling import Answer
from ownproof.project.labelling.answers import append_all, read
from ownproof.web.labelling.application import PAGE, seat
from tests.web.labelling.conftest import Asked

ANNA = "/api/as/anna"


def test_a_link_becomes_a_cookie_of_that_rater_alone(asked: Asked) -> None:
    told = asked.ask("/api/enter", {"token": f"token-{seat('Çelik Ö.')}"})
    place = seat("Çelik Ö.")
    assert told.json == {"rater": "Çelik Ö.", "page": f"/as/{place}"}
    given = told.headers["set-cookie"]
    assert f"Path=/api/as/{place};" in given
    assert "HttpOnly" in given
    assert "SameSite=Strict" in given


@pytest.mark.parametrize("token", ["", "token-ann", "TOKEN-ANNA", None, 5, ["token-anna"], "x" * 100_000, "\ud800"])
def test_a_wrong_link_opens_nothing(asked: Asked, token: object) -> None:
    assert asked.ask("/api/enter", {"token": token}).status == 401


@pytest.mark.parametrize("path", ["desk", "items?at=0", "pulse"])
@pytest.mark.parametrize("token", ["", "token-ben", "token-lead", "nonsense"])
def test_a_desk_opens_to_its_rater_only(asked: Asked, path: str, token: str) -> None:
    assert asked.ask(f"{ANNA}/{path}", token=token).status == 401


def test_answers_need_the_raters_own_token_too(asked: Asked) -> None:
    body = {"answers": [{"id": "w-1", "item": "i0", "value": "praise"}]}
    assert asked.ask(f"{ANNA}/answers", body, token="token-ben").status == 401
    assert read(asked.folder).answers == ()


def test_new_tokens_end_the_old_ones_while_the_server_runs(asked: Asked) -> None:
    from ownproof.project.labelling.access import grant

    assert asked.ask(f"{ANNA}/desk", token="token-anna").status == 200
    made = grant(asked.folder, ["anna"], draw=iter(["n1", "n2", "n3", "n4", "n5"]).__next__, anew=True)
    assert asked.ask(f"{ANNA}/desk", token="token-anna").status == 401
    assert asked.ask(f"{ANNA}/desk", token=made["anna"]).status == 200


def test_a_desk_tells_all_that_the_page_begins_with(asked: Asked) -> None:
    desk = asked.ask(f"{ANNA}/desk", token="token-anna").json
    assert [c["name"] for c in desk["schema"]["classes"]] == ["complaint", "question", "praise"]
    assert [c["key"] for c in desk["schema"]["classes"]] == ["1", "2", "3"]
    assert (desk["states"], desk["total"], desk["answered"], desk["skipped"]) == ("." * 10, 10, 0, 0)
    assert desk["guide"].startswith("# Guide")


def test_nothing_is_told_of_other_raters_or_of_how_an_item_was_drawn(asked: Asked) -> None:
    append_all(asked.folder, [Answer("i0", "ben", 1.0, "praise", note="a secret")], writer="x")
    told = (
        asked.ask(f"{ANNA}/desk", token="token-anna").body
        + asked.ask(f"{ANNA}/items?at=0,1,2", token="token-anna").body
    )
    for word in (b"ben", b"secret", b"uncertainty", b"drawn", b"batch", b"row", b"sha", b"token"):
        assert word not in told
    assert asked.ask(f"{ANNA}/items?at=0", token="token-anna").json["items"][0] == {
        "at": 0, "item": "i0", "text": "<b>bold</b> & <script>alert(1)</script>", "fields": {},
    }  # fmt: skip


def test_an_answer_is_on_the_disk_and_comes_back_with_its_item(asked: Asked) -> None:
    body = {"answers": [
        {"id": "w-1", "item": "i0", "value": "praise", "seconds": 2.5, "note": "hm", "age": 4},
        {"id": "w-2", "item": "i1", "skip": "cannot tell"},
        {"id": "w-3", "item": "i2", "value": "no such class"},
    ]}  # fmt: skip
    told = asked.ask(f"{ANNA}/answers", body, token="token-anna").json
    assert told["taken"] == ["w-1", "w-2"]
    assert [r["id"] for r in told["refused"]] == ["w-3"]
    assert (told["answered"], told["skipped"]) == (1, 1)
    assert [(a.item, a.value, a.skip, a.at) for a in read(asked.folder).answers] == [
        ("i0", "praise", None, asked.now - 4), ("i1", None, "cannot tell", asked.now),
    ]  # fmt: skip
    items = asked.ask(f"{ANNA}/items?at=0,1,2,99", token="token-anna").json["items"]
    assert [i.get("given") for i in items] == [
        {"value": "praise", "note": "hm"}, {"skip": "cannot tell", "note": ""}, None,
    ]  # fmt: skip
    assert asked.ask(f"{ANNA}/desk", token="token-anna").json["states"] == "as........"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b"[" * 100_000, 400), ({"answers": 5}, 422), ({"answers": [1] * 501}, 422), (b" " * 5_000_000, 413)],
    ids=["cut", "list", "deep", "number", "many", "long"],
)  # fmt: skip
def test_what_is_no_answer_is_refused_shortly(asked: Asked, body: object, status: int) -> None:
    reply = asked.ask(f"{ANNA}/answers", body, token="token-anna")
    assert (reply.status, len(reply.body) < 300) == (status, True)


@pytest.mark.parametrize("at", ["", "x", "-1", "1,,2", "1" * 12, "0;1"])
def test_places_are_numbers(asked: Asked, at: str) -> None:
    assert asked.ask(f"{ANNA}/items?at={at}", token="token-anna").status == 422


def test_a_refusal_echoes_nothing_of_what_was_asked(asked: Asked) -> None:
    for path in ("/<script>alert(1)</script>", "/api/as/<img>/desk", "/page/../application.py"):
        reply = asked.ask(path)
        assert reply.status in (401, 404)
        assert b"<" not in reply.body


@pytest.mark.parametrize("path", ["/", "/as/anna", "/page/main.js", f"{ANNA}/desk", "/nothing"])
def test_every_answer_tells_the_browser_to_trust_this_server_only(asked: Asked, path: str) -> None:
    headers = asked.ask(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] in ("no-store", "no-cache")


def test_a_name_that_is_not_ours_gets_nothing_not_even_the_page(asked: Asked) -> None:
    for path in ("/", f"{ANNA}/desk"):
        reply = asked.ask(path, token="token-anna", headers={"host": "evil.example"})
        assert reply.status == 421
        assert b"complaint" not in reply.body


def test_the_page_is_fetched_once(asked: Asked) -> None:
    first = asked.ask("/page/main.js")
    assert first.headers["content-type"].startswith("text/javascript")
    again = asked.ask("/page/main.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_the_page_makes_no_markup_of_texts_and_asks_no_other_host() -> None:
    for path in PAGE.iterdir():
        text = path.read_text(encoding="utf-8")
        for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "onclick=", "<style"):
            assert word not in text, (path.name, word)
        assert {part for part in text.split('"') if part.startswith("http")} <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("token", ["", "token-anna", "nonsense"])
def test_the_overview_is_the_leads_alone(asked: Asked, token: str) -> None:
    assert asked.ask("/api/lead/overview", token=token).status == 401
    told = asked.ask("/api/enter", {"token": "token-lead"})
    assert told.json == {"rater": None, "page": "/overview"}
    assert "Path=/api/lead;" in told.headers["set-cookie"]


def test_the_overview_tells_how_far_everybody_is(asked: Asked) -> None:
    for rater, value in (("anna", "praise"), ("ben", "question")):
        sent = [{"id": f"w-{n}", "item": f"i{n}", "value": "praise" if n else value, "seconds": 2.0} for n in range(4)]
        sent.append({"id": "w-5", "item": "i5", "skip": "cannot tell", "note": "both?"})
        asked.ask(f"/api/as/{rater}/answers", {"answers": sent}, token=f"token-{rater}")
    told = asked.ask("/api/lead/overview", token="token-lead").json
    assert (told["items"], told["labelled"], told["double"]) == (10, 4, {"wanted": 10, "rated": 4, "equal": 3})
    anna = told["raters"][0]
    assert (anna["rater"], anna["total"], anna["answered"], anna["skipped"], anna["seconds"]) == ("anna", 10, 4, 1, 2.0)
    assert anna["last"] == pytest.approx(told["now"], abs=0.01)
    assert told["raters"][2]["last"] is None
    assert {v["name"]: v["count"] for v in told["values"]} == {"complaint": 0, "question": 1, "praise": 7}
    assert [(r["rater"], r["skip"], r["note"]) for r in told["remarks"]] == [
        ("anna", "cannot tell", "both?"),
        ("ben", "cannot tell", "both?"),
    ]
    asked.ask("/api/as/anna/answers", {"answers": [{"id": "w-9", "item": "i9", "value": "praise"}]}, token="token-anna")
    assert asked.ask("/api/lead/overview", token="token-lead").json["labelled"] == 5


def test_several_raters_at_once_lose_nothing_and_mix_nothing(asked: Asked) -> None:
    raters = ("anna", "ben", "Çelik Ö.")
    barrier = threading.Barrier(len(raters) * 2)

    def label(rater: str, window: int) -> None:
        barrier.wait()
        for n in range(10):
            body = {"answers": [{"id": f"{window}-{n}", "item": f"i{n}", "value": "praise" if window else "question"}]}
            reply = asked.ask(f"/api/as/{seat(rater)}/answers", body, token=f"token-{seat(rater)}")
            assert reply.json["taken"] == [f"{window}-{n}"]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda job: label(*job), [(r, w) for r in raters for w in (0, 1)]))
    found = read(asked.folder)
    assert found.torn == 0
    for rater in raters:
        assert {(a.id, a.item) for a in found.answers if a.rater == rater} == {
            (f"{w}-{n}", f"i{n}") for w in (0, 1) for n in range(10)
        }


def test_ten_thousand_items_begin_at_once(tmp_path: Path) -> None:
    import time

    from tests.web.labelling.conftest import label_folder

    asked = Asked(label_folder(tmp_path, [f"message {i} " * 20 for i in range(10_000)]))
    body = {"answers": [{"id": f"w-{i}", "item": f"i{i}", "value": "praise"} for i in range(500)]}
    assert len(asked.ask(f"{ANNA}/answers", body, token="token-anna").json["taken"]) == 500
    began = time.process_time()
    desk = asked.ask(f"{ANNA}/desk", token="token-anna")
    taken = asked.ask(
        f"{ANNA}/answers", {"answers": [{"id": "w-500", "item": "i500", "value": "praise"}]}, token="token-anna"
    )
    items = asked.ask(f"{ANNA}/items?at={','.join(map(str, range(501, 541)))}", token="token-anna")
    assert time.process_time() - began < 1.0
    assert (desk.json["answered"], taken.json["answered"], len(items.json["items"])) == (500, 501, 40)
    assert len(desk.body) < 30_000
    assert json.loads(items.body)["items"][0]["at"] == 501
