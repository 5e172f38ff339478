"""Starting the program again, with the song that is open, for what takes effect only then."""

from __future__ import annotations

import sys

from PySide6.QtCore import QProcess

from chart_hero_app.main_window.desk import Desk
from chart_hero_app.settings.interface_size import takes_restart
from chart_hero_app.widgets.info_bar import Notice

_SIZE = "interface_size"
_SENTENCE = "The new size takes effect when Chart Hero is restarted."


class Restart:
    """Offers to start again after a change of the interface's size, and remembers the answer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.command: tuple[str, ...] = ()  # what is to be started when the window is gone
        self._notice = Notice("note", _SENTENCE, (("Restart now", self.now),), lasting=True)
        desk.preferences.changed.connect(self._on_preference)

    def _on_preference(self, name: str) -> None:
        if name != _SIZE:
            return
        self._desk.bar.withdraw(self._notice)  # it may have been set back
        if takes_restart(self._desk.preferences.text(_SIZE)):
            self._desk.bar.show_notice(self._notice)

    def now(self) -> None:
        """Close the window, which may be refused, and be started again after that."""
        document = self._desk.document
        song = document.project_path or document.source
        if self._desk.window.close():
            self.command = (*_program(), *([] if song is None else [str(song)]))

    def start(self) -> None:
        """Start the program again where that was wanted; the window has let go of its files."""
        if self.command:
            QProcess.startDetached(self.command[0], list(self.command[1:]))


def _program() -> tuple[str, ...]:
    """What starts this very program."""
    if getattr(sys, "frozen", False):
        return (sys.executable,)
    return (sys.executable, "-m", "chart_hero_app")
