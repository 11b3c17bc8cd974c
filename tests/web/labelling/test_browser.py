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
        context = browser.new_context(viewport={"width": width, "height": 820}, color_scheme=scheme)
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
