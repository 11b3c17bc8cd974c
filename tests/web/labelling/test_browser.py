"""The page in a real browser: labelled by keyboard, with servers and browsers that are killed on the way."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ownproof.project.labelling.answers import read
from ownproof.project.labelling.folder import LabelFolder
from tests.web.labelling.conftest import Server, label_folder

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
CHROMIUM = "/usr/bin/chromium"
READ_MS = 130

SPANS = """kind = "spans"
question = "Mark people and companies."
text = "text"
[[classes]]
name = "PERSON"
[[classes]]
name = "ORG"
"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install 'ownproof[test]'")
    with api.sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def program() -> str:
    path = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    return str(path)


@pytest.fixture(scope="module")
def browser(driver: Any, program: str) -> Iterator[Any]:
    running = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
    yield running
    running.close()


class Desk:
    """A page of a rater, and hands on its keys."""

    def __init__(self, page: Any, address: str, rater: str = "anna") -> None:
        self.page = page
        self.told: list[str] = []
        page.on("pageerror", lambda error: self.told.append(str(error)))
        page.on("console", lambda m: self.told.append(m.text) if "violates" in m.text else None)
        page.goto(f"{address}/#token-{rater}")
        self.ready()

    def ready(self) -> None:
        self.page.wait_for_selector("#work:not([hidden])")

    def read(self) -> str:
        return str(self.page.locator("#text").inner_text())

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.wait_for_timeout(READ_MS)
            self.page.keyboard.press(key)

    def saved(self) -> None:
        self.page.wait_for_selector("#state[data-state=kept]", timeout=30_000)

    def count(self) -> str:
        return str(self.page.locator("#count").inner_text())


Start = Callable[..., Server]


@pytest.fixture
def desk(browser: Any) -> Iterator[Callable[..., Desk]]:
    open_: list[Any] = []

    def opened(address: str, rater: str = "anna", *, width: int = 1280, scheme: str = "light") -> Desk:
        context = browser.new_context(
            viewport={"width": width, "height": 820}, color_scheme=scheme, reduced_motion="reduce"
        )
        open_.append(context)
        return Desk(context.new_page(), address, rater)

    yield opened
    for context in open_:
        context.close()


def values(folder: LabelFolder, rater: str = "anna") -> dict[str, Any]:
    return {a.item: a.value for a in read(folder).values() if a.rater == rater}


def test_fifty_items_by_keyboard_while_the_server_is_killed_and_all_are_found(
    tmp_path: Path, server: Start, desk: Callable[..., Desk]
) -> None:
    folder = label_folder(tmp_path, [f"message {i}" for i in range(60)])
    running = server(tmp_path)
    page = desk(running.address)
    expected: dict[str, str] = {}
    for i in range(50):
        if i == 20:
            running.stop(signal.SIGKILL)  # twelve answers are given while nobody is there
        if i == 32:
            assert "in this browser" in page.page.locator("#state").inner_text()
            running = server(tmp_path, running.port)
        text = page.read()
        assert text == f"message {i}"
        page.press(str(1 + i % 3))
        expected[f"i{i}"] = ("complaint", "question", "praise")[i % 3]
    page.saved()
    assert page.count() == "50 of 60"
    running.stop(signal.SIGKILL)
    assert values(folder) == expected
    found = read(folder)
    assert (len(found.answers), found.torn) == (50, 0)
    assert all(a.seconds is not None and 0.1 < a.seconds < 60 and a.guide == folder.guide_hash() for a in found.answers)
    server(tmp_path, running.port)
    page.page.reload()
    page.ready()
    assert page.read() == "message 50"
    assert page.told == []


def test_a_browser_that_is_killed_with_answers_unsent_sends_them_when_it_is_opened_again(
    tmp_path: Path, server: Start, driver: Any, program: str
) -> None:
    import subprocess

    folder = label_folder(tmp_path / "labels", [f"message {i}" for i in range(20)])
    running = server(folder.root)
    port, profile = running.port, tmp_path / "profile"

    def launched() -> tuple[subprocess.Popen[bytes], Any]:
        debug = profile / "DevToolsActivePort"
        debug.unlink(missing_ok=True)
        process = subprocess.Popen(
            [program, *ARGUMENTS, f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        import time

        for _ in range(300):
            if debug.exists() and debug.read_text().count("\n") >= 1:
                break
            time.sleep(0.05)
        address = f"http://127.0.0.1:{debug.read_text().splitlines()[0]}"
        return process, driver.chromium.connect_over_cdp(address)

    def killed(process: subprocess.Popen[bytes]) -> None:
        import os

        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    process, connected = launched()
    try:
        page = Desk(connected.contexts[0].new_page(), running.address)
        page.press("1", "2")
        page.saved()
        running.stop(signal.SIGKILL)
        page.press("3", "1", "s", "2", "2")
        page.page.locator("#state", has_text="4 answers wait").wait_for()
    finally:
        killed(process)
    assert len(read(folder).answers) == 2
    server(folder.root, port)
    process, connected = launched()
    try:
        page = Desk(connected.contexts[0].new_page(), f"http://127.0.0.1:{port}")
        page.page.locator("#count", has_text="6 of").wait_for()
        page.saved()
        assert page.read() == "message 6"
    finally:
        killed(process)
    given = {a.item: a.value if a.skip is None else a.skip for a in read(folder).answers}
    assert given == {
        "i0": "complaint", "i1": "question", "i2": "praise", "i3": "complaint", "i4": "cannot tell", "i5": "question",
    }  # fmt: skip


def test_spans_are_kept_in_characters_whatever_the_browser_counts_in(
    tmp_path: Path, server: Start, desk: Callable[..., Desk]
) -> None:
    texts = ["👩‍👩‍👧‍👦 Ada Lovelace 😀 met 李雷 of 𝒜cme.", "قال محمد علي 😀 شيئا.", "No one."]
    folder = label_folder(tmp_path, texts, schema=SPANS)
    page = desk(server(tmp_path).address)
    page.press("ArrowRight", "ArrowRight", "Shift+ArrowRight", "1")  # the family is one word, then two names
    page.press("End", "ArrowLeft", "2", "Enter")
    page.press("ArrowLeft", "ArrowLeft", "Shift+ArrowLeft", "1", "Enter")  # to the left is onward here
    page.press("Enter")
    page.page.locator("#message h1", has_text="All done").wait_for()
    page.saved()
    marked = {
        item: [(texts[int(item[1:])][s["start"] : s["end"]], s["label"]) for s in value]
        for item, value in values(folder).items()
    }
    assert marked == {"i0": [("Ada Lovelace", "PERSON"), ("𝒜cme", "ORG")], "i1": [("محمد علي", "PERSON")], "i2": []}
    page.press("u", "u", "u")
    assert page.page.locator("#text mark").evaluate_all("all => all.map(m => m.textContent)") == [
        "Ada Lovelace",
        "𝒜cme",
    ]
    assert page.told == []


def test_the_mouse_marks_whole_words_and_overlap_is_refused(
    tmp_path: Path, server: Start, desk: Callable[..., Desk]
) -> None:
    text = "Ada Lovelace wrote to Charles Babbage."
    folder = label_folder(tmp_path, [text], schema=SPANS)
    page = desk(server(tmp_path).address)

    def drag(start: str, end: str) -> None:
        ends = page.page.evaluate(
            """([from, to]) => [from, to].map(at => {
                const walker = document.createTreeWalker(document.querySelector('#text'), NodeFilter.SHOW_TEXT);
                for (let seen = 0; walker.nextNode(); seen += walker.currentNode.length)
                    if (at < seen + walker.currentNode.length) {
                        const range = document.createRange();
                        range.setStart(walker.currentNode, at - seen); range.setEnd(walker.currentNode, at - seen + 1);
                        const box = range.getBoundingClientRect();
                        return [box.left + 2, box.top + box.height / 2];
                    } })""",
            [text.index(start) + 1, text.index(end) + 3],
        )
        page.page.mouse.move(*ends[0])
        page.page.mouse.down()
        page.page.mouse.move(*ends[1], steps=4)
        page.page.mouse.up()

    drag("Ada", "Lovelace")
    page.page.locator("#choices button", has_text="PERSON").click()
    drag("Lovelace", "wrote")
    page.press("2")
    assert "overlap" in page.page.locator("#receipt").inner_text()
    drag("Charles", "Babbage")
    page.press("2")
    assert page.page.locator("#text mark").all_inner_texts() == ["Ada Lovelace", "Charles Babbage"]
    page.page.locator(".marked li", has_text="Charles").locator(".drop").click()
    page.press("u", "Enter")
    page.saved()
    assert values(folder)["i0"] == [
        {"start": 0, "end": 12, "label": "PERSON"},
        {"start": 22, "end": 37, "label": "ORG"},
    ]


def test_marks_that_were_not_saved_are_there_again(tmp_path: Path, server: Start, desk: Callable[..., Desk]) -> None:
    label_folder(tmp_path, ["Ada wrote."], schema=SPANS)
    page = desk(server(tmp_path).address)
    page.press("ArrowRight", "1")
    page.page.reload()
    page.page.locator("#text mark", has_text="Ada").wait_for()
    page.press("u")
    assert page.page.locator("#text mark").count() == 0


def test_numbers_are_typed_and_what_is_out_of_bounds_is_told(
    tmp_path: Path, server: Start, desk: Callable[..., Desk]
) -> None:
    schema = 'kind = "number"\nquestion = "?"\nlow = 0\nhigh = 100\nstep = 0.5\n'
    rows = [{"a": 1.5, "b": "<i>x</i>", "c": None}, {"a": 2}, {"a": 3}]
    folder = label_folder(tmp_path, [None] * 3, schema=schema, fields=rows)
    page = desk(server(tmp_path).address)
    assert page.page.locator("#fields dd").all_inner_texts() == ["1.5", "<i>x</i>", "empty"]
    assert "<img src=x" in page.page.locator("#rules").inner_text()
    assert page.page.locator("#fields i, #rules img").count() == 0
    page.press("1", "0", "1", "Enter")
    assert "0 to 100" in page.page.locator("#limits").inner_text()
    page.press("Control+A", "7", ",", "5", "Enter", "4", "Enter", "u")
    assert page.page.locator("#fields dd").inner_text() == "2"
    page.press("6", "Enter", "8", "Enter")
    page.saved()
    assert values(folder) == {"i0": 7.5, "i1": 6.0, "i2": 8.0}


def test_undo_skip_note_and_going_back(tmp_path: Path, server: Start, desk: Callable[..., Desk]) -> None:
    folder = label_folder(tmp_path, [f"message {i}" for i in range(5)])
    page = desk(server(tmp_path).address)
    page.press("1", "2", "u")
    assert (page.read(), page.count()) == ("message 1", "1 of 5")
    page.press("3", "s", "2", "ArrowLeft")
    assert page.page.locator("#given").inner_text() == "Skipped: cannot tell"
    page.press("ArrowRight", ",")
    page.page.keyboard.type("us? hm")  # letters of a note are no keys
    page.press("Enter", "1")
    page.press("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "2", "ArrowLeft")
    page.saved()
    assert values(folder) == {"i0": "question", "i1": "praise", "i3": "complaint"}
    assert [a.note for a in read(folder).values() if a.item == "i3"] == ["us? hm"]
    assert [a.skip for a in read(folder).current().values() if a.item == "i2"] == ["cannot tell"]


def test_an_answer_that_is_not_taken_is_told_and_its_item_is_open_again(
    tmp_path: Path, server: Start, desk: Callable[..., Desk]
) -> None:
    folder = label_folder(tmp_path, [f"message {i}" for i in range(5)])
    page = desk(server(tmp_path).address)
    page.press("1")
    page.saved()
    toml = (tmp_path / "label.toml").read_text(encoding="utf-8")
    (tmp_path / "label.toml").write_text(toml.replace("praise", "thanks"), encoding="utf-8")
    page.press("3")
    page.page.locator("#choices button", has_text="thanks").wait_for()
    page.page.locator("#count", has_text="1 of 5").wait_for()
    page.press("ArrowLeft", "3")
    page.page.locator("#count", has_text="2 of 5").wait_for()
    page.saved()
    assert values(folder) == {"i0": "complaint", "i1": "thanks"}


def test_three_raters_at_once_and_two_windows_of_one(tmp_path: Path, server: Start, desk: Callable[..., Desk]) -> None:
    folder = label_folder(tmp_path, [f"message {i}" for i in range(8)], raters=("anna", "ben", "cleo"))
    address = server(tmp_path).address
    pages = {r: desk(address, r) for r in ("anna", "ben", "cleo")}
    second = pages["anna"].page.context.new_page()
    second.goto(f"{address}/as/anna")
    second.locator("#count", has_text="0 of 8").wait_for()
    for _ in range(4):
        for at, page in enumerate(pages.values()):
            page.press(str(1 + at))
    second.locator("#count", has_text="4 of 8").wait_for()
    assert "Answered in another window" in second.locator("#given").inner_text()
    second.keyboard.press("3")
    second.locator("#text", has_text="message 4").wait_for()
    for page in pages.values():
        page.saved()
    second.wait_for_selector("#state[data-state=kept]")
    assert values(folder, "anna") == {"i0": "praise", "i1": "complaint", "i2": "complaint", "i3": "complaint"}
    assert set(values(folder, "ben").values()) == {"question"}
    assert set(values(folder, "cleo").values()) == {"praise"}


def test_ten_thousand_items_are_as_quick_as_ten(tmp_path: Path, server: Start, desk: Callable[..., Desk]) -> None:
    label_folder(tmp_path, [f"message {i} " * 30 for i in range(10_000)])
    page = desk(server(tmp_path).address)
    took = page.page.evaluate(
        """async () => {
            const wait = ms => new Promise(done => setTimeout(done, ms)), took = [];
            for (let i = 0; i < 60; i++) {
                await wait(130);
                const began = performance.now();
                document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '1', code: 'Digit1', bubbles: true}));
                took.push(performance.now() - began);
            }
            return took.sort((a, b) => a - b); }"""
    )
    assert page.count() == "60 of 10,000"
    assert took[30] < 100  # milliseconds from the key to the next item, the middle of sixty


CONTRAST = """() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (/^rgb\\(/.test(c)) return c; } return 'rgb(255,255,255)'; };
  const found = [];
  for (const e of document.querySelectorAll('h1, h2, h3, p, dt, dd, b, span, a, kbd, button, li, strong, input')) {
    if (!e.checkVisibility() || !(e.textContent.trim() || e.placeholder)) continue;
    const [x, y] = [light(getComputedStyle(e).color), light(ground(e))].sort((a, b) => b - a);
    found.push([(x + 0.05) / (y + 0.05), `${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`]);
  }
  return found.sort((a, b) => a[0] - b[0])[0]; }"""


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")])
def test_all_writing_stands_out_and_nothing_scrolls_sideways(
    tmp_path: Path, server: Start, desk: Callable[..., Desk], width: int, scheme: str
) -> None:
    label_folder(tmp_path, ["Ada wrote to " + "x" * 300, "Ada"], schema=SPANS)
    page = desk(server(tmp_path).address, width=width, scheme=scheme)
    page.press("ArrowRight", "1")
    for keys in ((), ("?",)):
        page.press(*keys)
        worst, where = page.page.evaluate(CONTRAST)
        assert worst >= 4.5, where
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.told == []
