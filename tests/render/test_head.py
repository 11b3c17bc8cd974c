"""Pages and terminals of commands that give no verdict on a model."""

from ownproof.core.report import Note, Section
from ownproof.render.head import Head, Tile
from ownproof.render.html import page
from ownproof.render.text import opening
from tests.render.test_html import Reader

HEAD = Head(
    "LABEL FIRST",
    "unsure",
    "7 of 14 answers known",
    "There are no labels yet: label 1,200 rows first.",
    "That takes 2 to 4 weeks.",
    (Tile("Labels needed", "1,200", "900 to 2,100"),),
    "ownproof label init labels --kind label",
)


def test_a_page_begins_with_what_its_command_said_and_speaks_of_no_verdict():
    text = page(
        {"command": "decide", "exit": 0}, [Section("Why", (Note("Because."),), "why")], title="decide", head=HEAD
    )
    told = "".join(Reader(text).text)
    for words in (HEAD.word, HEAD.under, HEAD.sentence, HEAD.meaning, "1,200", "900 to 2,100", HEAD.next, "Because."):
        assert words in told
    assert "NO VERDICT" not in told
    assert "There is no verdict" not in told
    assert "Details of the run" not in told


def test_a_terminal_shows_the_same_words_in_the_same_order():
    told = opening(HEAD, color=False, width=80)
    places = [told.index(words) for words in (HEAD.word, HEAD.sentence, HEAD.meaning, "Figures", "900 to 2,100")]
    assert places == sorted(places)
