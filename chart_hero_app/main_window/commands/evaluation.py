"""Measuring the model in use on charted songs, and showing the report."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from chart_hero_app.main_window.desk import Desk
from chart_hero_app.panels.evaluation import EvaluationPanel
from chart_hero_core.base.files import user_data_dir
from chart_hero_core.base.progress import Progress
from chart_hero_core.tasks.models import current_name

if TYPE_CHECKING:
    from chart_hero_core.evaluation.report.folder import SavedReport

KEY = "evaluation"
Evaluate = Callable[[Path, Path, Progress], "SavedReport"]


def reports_dir() -> Path:
    """Where reports are kept."""
    return user_data_dir() / "evaluations"


class EvaluationCommands(QObject):
    """One report at a time; the files stay in the user's data folder."""

    def __init__(
        self, desk: Desk, panel: EvaluationPanel, evaluate: Evaluate | None = None
    ) -> None:
        super().__init__(desk.window)
        self._desk = desk
        self._panel = panel
        self._evaluate = evaluate or _evaluate
        self._folder: Path | None = None
        panel.evaluateWanted.connect(self.ask)
        panel.report.pageWanted.connect(self._open_page)

    def ask(self) -> None:
        """Choose the songs."""
        name = QFileDialog.getExistingDirectory(
            self._desk.window, "Songs with finished charts to measure the model on"
        )
        if name:
            self.start(Path(name))

    def start(self, songs: Path) -> None:
        """Let the model transcribe the songs and compare, in the background."""
        folder = reports_dir() / f"{datetime.datetime.now():%Y-%m-%d %H%M%S}"
        self._desk.runner.start(
            "Evaluating the model",
            lambda progress: self._evaluate(songs, folder, progress),
            partial(self._on_done, songs, folder),
            key=KEY,
            lasting=True,
        )

    def _on_done(self, songs: Path, folder: Path, report: SavedReport) -> None:
        self._folder = folder
        self._panel.show_report(report, songs.name)

    def _open_page(self) -> None:
        if self._folder is not None:
            page = self._folder / "report.html"
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))


def _evaluate(songs: Path, folder: Path, progress: Progress) -> SavedReport:
    from chart_hero_core.evaluation.report.folder import about, read_report, write_report
    from chart_hero_core.tasks.evaluate import EvaluateOptions, evaluate

    found = evaluate(songs, None, EvaluateOptions(skip_missing=True), progress)
    write_report(folder, found, about(songs.name, current_name()))
    return read_report(folder)
