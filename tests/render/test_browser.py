"""The page in a real browser: no sideways scrolling, no error, dark and light, print."""

import shutil
from pathlib import Path

import pytest

from ownproof.render import html, notebook
from tests.render import example

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = "/usr/bin/chromium"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser():
    driver = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install 'ownproof[test]'"
    )
    path = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with driver.sync_playwright() as started:
        running = started.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    answer = example.answer()
    answer["findings"][1]["columns"] = ["a_name_of_a_column_that_goes_on_and_on_without_a_blank_" * 3]
    answer["run"] = "r" * 90
    page = html.page(
        answer,
        example.sections(),
        title="a_rather_long_title_without_any_blank_in_it_at_all_whatsoever",
        made="2 August 2026",
    )
    (folder / "page.html").write_text(page, encoding="utf-8")
    cell = f"<!doctype html><meta charset=utf-8><body>{notebook.fragment(answer, example.sections())}"
    (folder / "cell.html").write_text(cell, encoding="utf-8")
    return folder


def opened(browser, file, *, width=1200, scheme="light", script=True):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script
    )
    page = context.new_page()
    page.told, page.asked = [], []
    page.on("console", lambda message: page.told.append(message.text))
    page.on("pageerror", lambda error: page.told.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(file.as_uri())
    return page


@pytest.mark.parametrize("width", [400, 800, 1200])
@pytest.mark.parametrize("name", ["page.html", "cell.html"])
def test_nothing_scrolls_sideways_and_nothing_is_complained_of(browser, files, width, name):
    page = opened(browser, files / name, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.told == []
    assert page.asked == [(files / name).as_uri()]
    page.context.close()


def test_no_picture_is_wider_than_its_column_and_its_writing_can_be_read_on_a_telephone(browser, files):
    page = opened(browser, files / "page.html", width=400)
    sizes = page.evaluate(
        "[...document.querySelectorAll('.op-chart')].map(s => [s.getBoundingClientRect().right,"
        " Math.min(...[...s.querySelectorAll('text')].map(t => parseFloat(getComputedStyle(t).fontSize)))"
        " * s.getBoundingClientRect().width / s.viewBox.baseVal.width])"
    )
    assert len(sizes) == len(example.charts())
    assert max(right for right, _ in sizes) <= 400
    assert min(size for _, size in sizes) >= 9.5
    page.context.close()


CONTRAST = """() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$|transparent/.test(c)) return c; } return 'rgb(255,255,255)'; };
  const found = [];
  for (const e of document.querySelectorAll('h1, h2, p, td, th, dt, dd, b, span, a, small, code, figcaption, summary, .op-chart .tick, .op-chart .name')) {
    const style = getComputedStyle(e), svg = e.closest('svg');
    if (!e.textContent.trim()) continue;
    const [x, y] = [light(svg ? style.fill : style.color), light(ground(e))].sort((a, b) => b - a);
    found.push([(x + 0.05) / (y + 0.05), e.className + ' ' + e.textContent.slice(0, 40)]);
  }
  return found.sort((a, b) => a[0] - b[0])[0]; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_writing_stands_out_in_dark_and_light(browser, files, scheme):
    page = opened(browser, files / "page.html", scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 27, 34)"}[scheme]
    worst, where = page.evaluate(CONTRAST)
    assert worst >= 4.5, where
    page.context.close()


def test_print_is_on_white_and_breaks_no_picture(browser, files):
    page = opened(browser, files / "page.html", scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('figure')).breakInside") == "avoid"
    assert page.evaluate("getComputedStyle(document.querySelector('.op-top button')).display") == "none"
    page.context.close()


def test_the_page_is_whole_without_script(browser, files):
    page = opened(browser, files / "page.html", script=False)
    assert page.locator("h1").inner_text().startswith("The model is better than")
    assert page.locator("svg.op-chart").count() == len(example.charts())
    page.context.close()


def test_a_click_sorts_a_table_and_another_turns_it_round(browser, files):
    page = opened(browser, files / "page.html")
    head = page.locator("th", has_text="seconds").first
    table = page.locator("table[aria-label^='Everything that was tried']")
    head.click()
    first = table.locator("tbody tr").first
    assert first.locator("td").first.inner_text() == "majority"
    head.click()
    assert first.locator("td").first.inner_text() == "catboost"
    page.context.close()


def test_the_button_changes_between_light_and_dark(browser, files):
    page = opened(browser, files / "page.html")
    page.locator(".op-top button").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 27, 34)"
    page.locator(".op-top button").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.context.close()
