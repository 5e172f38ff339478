"""What a transcription leaves to be done: said in the bar until it was done, by whatever way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from chart_hero_app.widgets.info_bar import InfoBar, Notice

Steps = tuple[tuple[str, Callable[[], object]], ...]


class NextSteps:
    """One notice, whose buttons go one by one; with the last of them it goes, too."""

    def __init__(self, bar: InfoBar) -> None:
        self._bar = bar
        self._notice: Notice | None = None

    def offer(self, text: str, steps: Steps) -> None:
        """Say something new in place of what was said before."""
        self.withdraw()
        buttons = tuple((words, partial(self._press, words, act)) for words, act in steps)
        self._notice = Notice("note", text, buttons)
        self._bar.show_notice(self._notice)

    def took(self, words: str) -> None:
        """A step was taken by another way than its button."""
        said = self._notice
        if said is not None:
            self._notice = _without(said, words)
            self._bar.replace(said, self._notice)

    def _press(self, words: str, act: Callable[[], object]) -> None:
        if self._notice is not None:
            self._notice = _without(self._notice, words)
        if self._notice is not None:
            self._bar.show_notice(self._notice)  # the bar takes away what was answered
        act()

    def withdraw(self) -> None:
        """What was said does not hold any more."""
        if self._notice is not None:
            self._bar.withdraw(self._notice)
            self._notice = None


def _without(said: Notice, words: str) -> Notice | None:
    left = tuple(step for step in said.actions if step[0] != words)
    return Notice(said.kind, said.text, left) if left else None
