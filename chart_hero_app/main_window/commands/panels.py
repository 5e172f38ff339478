"""Commands that bring a panel to the front, with the keyboard in it."""

from __future__ import annotations

from functools import partial

from chart_hero_app.main_window.desk import OPEN_FIRST, Desk
from chart_hero_app.main_window.docks import Docks

# Command -> panel; Train has a command of its own, which needs no song.
_PANELS = {
    "view.decode": "decode",
    "view.review": "review",
    "view.passages": "sections",
    "view.song": "song",
    "view.evaluation": "evaluation",
}


class PanelCommands:
    """Escape leads back to the timeline."""

    def __init__(self, desk: Desk, docks: Docks) -> None:
        self._desk = desk
        for command, panel in _PANELS.items():
            desk.book.bind(command, partial(docks.visit, panel))
        desk.book.bind("view.reset_layout", docks.reset)
        desk.document.opened.connect(self._update)
        self._update()

    def _update(self) -> None:
        there = self._desk.document.source is not None
        self._desk.book.enable(_PANELS, there, OPEN_FIRST)
