"""The songs opened lately, as a menu: with a song open the start page is out of sight."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.widgets.labels import shortened

_KEYED = 9  # the first entries can be chosen by a digit
_MOST_CHARACTERS = 44


class RecentMenu(QMenu):
    """Filled each time it opens; songs that are gone cannot be chosen, and can be forgotten."""

    def __init__(
        self, preferences: Preferences, open_path: Callable[[Path], object], parent: QWidget
    ) -> None:
        super().__init__("Open recent", parent)
        self._preferences = preferences
        self._open = open_path
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.refresh)
        preferences.recentChanged.connect(self._update)
        self._update()

    def refresh(self) -> None:
        """List the songs anew, the latest first."""
        self.clear()
        gone: list[Path] = []
        for index, path in enumerate(self._preferences.recent):
            there = path.exists()
            if not there:
                gone.append(path)
            action = self.addAction(_words(index, path, there), partial(self._open, path))
            action.setEnabled(there)
            action.setToolTip(str(path) if there else f"{path} is no longer there")
        if gone:
            self.addSeparator()
            self.addAction("Forget missing songs", partial(self._preferences.forget_recent, gone))

    def _update(self) -> None:
        self.menuAction().setEnabled(bool(self._preferences.recent))


def _words(index: int, path: Path, there: bool) -> str:
    name = path.stem if path.suffix else path.name
    place = f"{shortened(name, _MOST_CHARACTERS)}   —   {shortened(str(path.parent))}"
    place = place.replace("&", "&&")  # a single one would mark a key
    key = f"&{index + 1}  " if index < _KEYED else ""
    return f"{key}{place}" if there else f"{key}{place}   (missing)"
