"""A command that opens one window of the open song, however often it is asked for."""

from __future__ import annotations

from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Qt

from chart_hero_app.dialogs.check import CheckDialog
from chart_hero_app.dialogs.timing import TimingDialog
from chart_hero_app.main_window.desk import OPEN_FIRST, Desk
from chart_hero_app.settings.theme import Theme

_D = TypeVar("_D", CheckDialog, TimingDialog)


class DialogCommand(QObject, Generic[_D]):
    """The window, and ``command``, which shows it while a song is open; another song closes it."""

    def __init__(self, desk: Desk, command: str) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._command = command
        self.dialog: _D | None = None
        desk.book.bind(command, self.show)
        desk.document.opened.connect(self._on_opened)
        self._on_opened()

    def show(self) -> None:
        """Bring the window to the front, made if need be."""
        if self.dialog is None:
            self.dialog = self._make()
            self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self.dialog.finished.connect(self._on_closed)
            self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def set_theme(self, theme: Theme) -> None:
        """Have the open window follow the colours."""
        if self.dialog is not None:
            self.dialog.set_theme(theme)

    def _make(self) -> _D:
        raise NotImplementedError

    def _on_closed(self) -> None:
        self.dialog = None

    def _on_opened(self) -> None:
        if self.dialog is not None:
            self.dialog.close()
        there = self._desk.document.source is not None
        self._desk.book.enable((self._command,), there, OPEN_FIRST)
