"""Edits per 100 notes in the status bar, and the comparison with another chart."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from chart_hero_app.document.counting import edits_so_far, edits_to
from chart_hero_app.document.suggesting import Kept, suggest
from chart_hero_app.main_window.desk import Desk
from chart_hero_app.main_window.status import StatusBar
from chart_hero_app.panels.evaluation import EvaluationPanel
from chart_hero_core.chart.song import Difficulty
from chart_hero_core.formats.song_folder import SONG_SUFFIXES

if TYPE_CHECKING:
    from chart_hero_core.evaluation.edits_per_100 import Edits

_AFTER_MS = 1_000


class EditCounter(QObject):
    """Counts in the background, a second after the last change."""

    def __init__(self, desk: Desk, status: StatusBar, panel: EvaluationPanel) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._status = status
        self._panel = panel
        self._suggested = Kept(suggest)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_MS)
        self._timer.timeout.connect(self.count)
        document = desk.document
        document.songChanged.connect(self._timer.start)
        document.activationsChanged.connect(self._timer.start)
        document.opened.connect(self._on_opened)
        panel.compareWanted.connect(self.ask_compare)

    def count(self) -> None:
        """Count now what was changed of the suggestion."""
        document = self._desk.document
        state, detection = document.state, document.detection
        finished, suggested = document.columns_of(Difficulty.EXPERT), self._suggested
        if detection is None or not len(finished):
            self._status.show_edits(None, "")
            return
        self._desk.runner.start(
            "Counting edits",
            lambda _progress: edits_so_far(
                suggested.of(state, detection), finished, state.song.tempo_map
            ),
            self._on_counted,
            key="edits",
            quiet=True,
        )

    def ask_compare(self) -> None:
        """Choose a chart and compare with it."""
        charts = " ".join(f"*{suffix}" for suffix in SONG_SUFFIXES)
        name, _ = QFileDialog.getOpenFileName(
            self._desk.window, "Compare with", "", f"Charts ({charts})"
        )
        if name:
            self.compare(Path(name))

    def compare(self, reference: Path) -> None:
        """Compare the chart with another one."""
        song = self._desk.document.song
        self._desk.runner.start(
            f"Comparing with {reference.name}",
            lambda _progress: edits_to(song, reference),
            partial(self._on_compared, reference),
            key="compare",
        )

    def _on_counted(self, edits: Edits) -> None:
        self._status.show_edits(
            edits.per_100,
            f"{edits.total:,} edits of the suggestion so far: {edits.of_kind('added'):,} added, "
            f"{edits.of_kind('deleted'):,} deleted, {edits.of_kind('lane changed'):,} on another "
            f"lane, {edits.of_kind('moved'):,} moved",
        )

    def _on_compared(self, reference: Path, edits: Edits) -> None:
        self._panel.show_edits(edits, reference.name)

    def _on_opened(self) -> None:
        self._suggested = Kept(suggest)
        self._panel.on_song_opened()
        self._status.show_edits(None, "")
