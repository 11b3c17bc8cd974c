"""Progress on a terminal: what is being done, how far, the best so far, the time left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from ownproof.render.figures import number
from ownproof.render.text import cut, one_line

EVERY_S = 0.125
_BAR = 16


class Progress:
    """One line that writes over itself, at most eight times a second.

    write: takes text, such as `sys.stderr.write` (the caller decides whether a terminal listens); now: seconds, any
    start. Called as `progress(share, words)` it is the progress that a learner reports to.

    >>> said = []
    >>> progress = Progress(said.append, lambda: 0.0)
    >>> progress.phase("train", total=4)
    >>> said[-1]
    '\\r\\x1b[2Ktrain ──────────────── 0/4'
    """

    def __init__(self, write: Callable[[str], object], now: Callable[[], float], *, width: int = 80) -> None:
        self._write, self._now, self._width = write, now, max(20, width)
        self._total: float | None = None
        self._done = self._inner = 0.0
        self._name = self._words = self._best = ""
        self._started = self._shown_at = now() - EVERY_S
        self._visible = False

    def phase(self, name: str, total: float | None = None) -> None:
        """Begin something new; total: how many parts it has, None where that is unknown."""
        self._name, self._total, self._done, self._inner, self._words, self._best = name, total, 0.0, 0.0, "", ""
        self._started = self._now()
        self._show(at_once=True)

    def advance(self, done: float | None = None, *, best: str | None = None, words: str | None = None) -> None:
        """Say how many parts are done (one more where nothing is said), the best so far, and what is being done."""
        self._done = self._done + 1 if done is None else done
        self._inner = 0.0
        self._best = self._best if best is None else best
        self._words = self._words if words is None else words
        self._show()

    def __call__(self, share: float, words: str = "") -> None:
        """How far the part at hand is, 0..1."""
        self._inner = min(max(share, 0.0), 1.0)
        self._words = words or self._words
        self._show()

    def close(self) -> None:
        """Take the line away, so that what follows stands on a clean one."""
        if self._visible:
            self._write("\r\x1b[2K")
            self._visible = False

    def __enter__(self) -> Self:
        """Itself; leaving clears the line."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _share(self) -> float | None:
        if not self._total:
            return self._inner or None
        return min(1.0, (self._done + self._inner) / self._total)

    def left_s(self) -> float | None:
        """Seconds left of this phase by the pace so far; None before it can be told."""
        share, spent = self._share(), self._now() - self._started
        return spent * (1 - share) / share if share and share > 0.02 and spent > 1 else None

    def line(self) -> str:
        """The line as it is shown, without the codes that place it."""
        share = self._share()
        filled = round((share or 0.0) * _BAR)
        bar = "━" * filled + "─" * (_BAR - filled) if self._total or share is not None else ""
        count = f"{number(int(self._done))}/{number(int(self._total))}" if self._total else ""
        left = self.left_s()
        rest = f"{_about(left)} left" if left is not None else ""
        best = f"best {self._best}" if self._best else ""
        return cut(
            "  ".join(
                x
                for x in (
                    " ".join(y for y in (self._name, bar, count) if y),
                    best,
                    rest,
                    one_line(self._words, most=200),
                )
                if x
            ),
            self._width - 1,
        )

    def _show(self, *, at_once: bool = False) -> None:
        now = self._now()
        if not at_once and now - self._shown_at < EVERY_S:
            return
        self._shown_at, self._visible = now, True
        self._write("\r\x1b[2K" + self.line())


def _about(left: float) -> str:
    """Seconds in round figures: nobody needs the 47th second of a guess.

    >>> _about(3.2), _about(47), _about(200), _about(8000)
    ('3 s', '45 s', '3 min', '2 h 13 min')
    """
    if left < 10:
        return f"{max(1, round(left))} s"
    if left < 90:
        return f"{round(left / 5) * 5} s"
    minutes = round(left / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
