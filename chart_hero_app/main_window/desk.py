"""What the groups of commands work on, put together once by the window."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow

from chart_hero_app.document.document import Document
from chart_hero_app.document.redecode import Redecoder
from chart_hero_app.document.transport import Transport
from chart_hero_app.jobs.runner import JobRunner
from chart_hero_app.main_window.actions import ActionBook
from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.timeline.view import TimelineView
from chart_hero_app.widgets.info_bar import InfoBar
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.chart.edits import Edit

OPEN_FIRST = "open a song"  # what most commands need, see ActionBook.enable
SELECT_FIRST = "select notes or a stretch of time"


@dataclass(frozen=True, eq=False)
class Desk:
    """The parts of one window. Groups of commands take it in their constructor."""

    window: QMainWindow
    document: Document
    transport: Transport
    runner: JobRunner
    preferences: Preferences
    book: ActionBook
    timeline: TimelineView
    redecoder: Redecoder
    bar: InfoBar

    def push(self, edit: Edit) -> bool:
        """Push an edit; a refusal goes to the bar."""
        try:
            self.document.push(edit)
        except ChartHeroError as error:
            self.bar.refuse(str(error))
            return False
        return True

    def told(self, text: str) -> None:
        """Say something in passing, in the status bar."""
        self.window.statusBar().showMessage(text, 4000)

    def explain(self, keys: QKeySequence) -> None:
        """Say what the command of these keys needs, where it is switched off."""
        why = self.book.unmet(keys)
        if why:
            self.told(why)
