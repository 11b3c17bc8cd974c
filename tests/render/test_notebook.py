"""A report inside a notebook's cell."""

import re

from ownproof.render.notebook import fragment
from tests.render import example


def test_it_is_one_element_with_its_own_style_and_no_script():
    shown = fragment(example.answer(), example.sections())
    assert shown.strip().startswith('<div class="op op-fragment">')
    assert shown.strip().endswith("</div>")
    assert "<script" not in shown
    assert "The model is better than" in shown


def test_its_style_touches_nothing_outside():
    style = re.search(r"<style>(.*?)</style>", fragment({}), re.S)[1]
    flat = re.sub(r"/\*.*?\*/", "", style, flags=re.S)
    selectors = [s.strip() for block in re.findall(r"([^{}]+)\{", flat) for s in block.split(",") if s.strip()]
    assert [s for s in selectors if not s.startswith((".op", "@media"))] == []


def test_two_reports_share_no_id():
    ids = [
        set(re.findall(r' id="([^"]+)"', fragment(example.answer(run=run), example.sections()))) for run in ("a", "b")
    ]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_without_chapters_it_is_the_verdict_alone():
    assert "<svg" not in fragment({})
