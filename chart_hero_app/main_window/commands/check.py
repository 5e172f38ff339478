"""Checking the chart while it is being made, not only when it is exported."""

from __future__ import annotations

from collections.abc import Callable

from chart_hero_app.dialogs.check import CheckDialog
from chart_hero_app.main_window.commands.one_dialog import DialogCommand
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.settings.theme import Theme
from chart_hero_core.chart.validate import Problem


class CheckCommands(DialogCommand[CheckDialog]):
    """One window with the problems of the open song."""

    def __init__(
        self, desk: Desk, theme: Callable[[], Theme], show_problem: Callable[[Problem], None]
    ) -> None:
        super().__init__(desk, "review.check")
        self._theme = theme
        self._show_problem = show_problem

    def _make(self) -> CheckDialog:
        made = CheckDialog(self._desk.document, self._theme(), self._desk.window)
        made.problems.placeWanted.connect(self._show_problem)
        return made
