"""Checking the chart while it is being made, not only when it is exported."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt

from chart_hero_app.dialogs.check import CheckDialog
from chart_hero_app.main_window.desk import OPEN_FIRST, Desk
from chart_hero_app.settings.theme import Theme
from chart_hero_core.chart.validate import Problem


class CheckCommands(QObject):
    """One window with the problems of the open song."""

    def __init__(
        self, desk: Desk, theme: Callable[[], Theme], show_problem: Callable[[Problem], None]
    ) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._theme = theme
        self._show_problem = show_problem
        self.dialog: CheckDialog | None = None
        desk.book.bind("review.check", self.show)
        desk.document.opened.connect(self._on_opened)
        self._on_opened()

    def show(self) -> None:
        """Show what the games would complain about."""
        if self.dialog is None:
            self.dialog = CheckDialog(self._desk.document, self._theme(), self._desk.window)
            self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self.dialog.problems.placeWanted.connect(self._show_problem)
            self.dialog.finished.connect(self._on_closed)
            self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def set_theme(self, theme: Theme) -> None:
        """Have the open window follow the colours."""
        if self.dialog is not None:
            self.dialog.set_theme(theme)

    def _on_closed(self) -> None:
        self.dialog = None

    def _on_opened(self) -> None:
        if self.dialog is not None:
            self.dialog.close()
        there = self._desk.document.source is not None
        self._desk.book.enable(("review.check",), there, OPEN_FIRST)
