"""The head of a page whose command gives no verdict on a model: what stands first, said by whoever made the answer."""

from __future__ import annotations

from dataclasses import dataclass

from ownproof.render.content import Badge, Tile
from ownproof.render.words import Tone

__all__ = ["Head", "Tile", "Tone"]


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says before its sections.

    word, tone, under: the badge; sentence: what came out; meaning: what it means for the next step; tiles: the figures
    looked for first, at most eight; next: a command to copy.

    >>> Head("GO ON", "good", "two raters, 120 items", "The raters agree.").badge
    Badge(word='GO ON', tone='good', under='two raters, 120 items')
    """

    word: str
    tone: Tone
    under: str = ""
    sentence: str = ""
    meaning: str = ""
    tiles: tuple[Tile, ...] = ()
    next: str = ""

    @property
    def badge(self) -> Badge:
        """The word that stands first, as pages and terminals draw it."""
        return Badge(self.word, self.tone, self.under)
