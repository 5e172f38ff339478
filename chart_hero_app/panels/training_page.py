"""The training page of the training panel: the run under way, its curves and its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.jobs.run_folder import Points, Progress, RunState
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.curves import Curve, CurvesPlot
from chart_hero_app.widgets.labels import (
    NUMBERS,
    button,
    head_numbers,
    label,
    line,
    restyle,
    scrolled,
    set_role,
)

_HEADINGS = {
    RunState.NEW: "No training yet",
    RunState.RUNNING: "Training",
    RunState.PAUSED: "Paused",
    RunState.FAILED: "Training stopped",
    RunState.FINISHED: "Training finished",
}
_COLUMNS = ("On songs not trained on", "Before", "After")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a finished run came to.

    Attributes:
        sentence: whether the new model is better, and why it is offered or not.
        better: whether it is offered.
        rows: what was measured, before and after, as text.
        model: the name under which the new model can be used; empty where it is gone.
        in_use: whether that model listens now.
    """

    sentence: str
    better: bool
    rows: tuple[tuple[str, str, str], ...] = ()
    model: str = ""
    in_use: bool = False


class TrainingPage(QWidget):
    """Start, pause and go on; the person decides about the result."""

    startWanted = Signal()
    pauseWanted = Signal()
    resumeWanted = Signal()
    discardWanted = Signal()
    keepWanted = Signal(str)  # a model's name
    rollBackWanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.heading = label(_HEADINGS[RunState.NEW], "heading", wrap=True)
        self.doing = label("", "small", wrap=True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.plot = CurvesPlot(theme)
        self.start = button("Start training", self.startWanted.emit, primary=True)
        self.pause = button(
            "Pause",
            self.pauseWanted.emit,
            tip="Saves the state and ends the process; Resume continues from there",
        )
        self.resume = button("Resume", self.resumeWanted.emit, primary=True)
        self.discard = button("Discard", self.discardWanted.emit, tip="Delete this run")
        self.verdict = label("", wrap=True)
        self.table = _table()
        self.keep = button("Use the new model", self._on_keep, primary=True)
        self.back = button("Go back", self.rollBackWanted.emit, tip="Use the previous model")
        self._shown: Verdict | None = None
        self._lay_out()
        self.show_run(RunState.NEW, Progress())
        self.show_verdict(None)

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self.plot.set_theme(theme)

    def show_run(
        self, state: RunState, progress: Progress, *, pausing: bool = False, trouble: str = ""
    ) -> None:
        """Show what the run is doing."""
        running = state is RunState.RUNNING
        self.heading.setText("Pausing…" if pausing else _HEADINGS[state])
        self.doing.setText(trouble or _doing(state, progress))
        set_role(self.doing, "bad" if trouble else "small")
        self.progress.setVisible(running or state is RunState.PAUSED)
        self.progress.setRange(0, 1000 if progress.steps or progress.whole or not running else 0)
        self.progress.setValue(round(progress.fraction * 1000))
        self.plot.setVisible(state is not RunState.NEW)
        self.plot.set_curves(_curves(progress.curves), progress.steps)
        self.start.setVisible(state in (RunState.NEW, RunState.FINISHED))
        self.start.setText("Start training" if state is RunState.NEW else "Train again")
        self.start.setProperty("primary", state is RunState.NEW)
        restyle(self.start)
        self.pause.setVisible(running)
        self.pause.setEnabled(not pausing)
        self.resume.setVisible(state in (RunState.PAUSED, RunState.FAILED))
        self.discard.setVisible(state in (RunState.PAUSED, RunState.FAILED))

    def show_verdict(self, verdict: Verdict | None) -> None:
        """Show what came of it; None while nothing has."""
        self._shown = verdict
        there = verdict is not None
        self._line.setVisible(there)
        self.verdict.setVisible(there)
        self.table.setVisible(verdict is not None and bool(verdict.rows))
        self.keep.setVisible(verdict is not None and bool(verdict.model) and not verdict.in_use)
        self.back.setVisible(verdict is not None and verdict.in_use)
        if verdict is None:
            return
        self.verdict.setText(verdict.sentence)
        set_role(self.verdict, "good" if verdict.better else "warn")
        self.keep.setText("Use the new model" if verdict.better else "Use it anyway")
        self.keep.setProperty("primary", verdict.better)
        restyle(self.keep)
        self.table.setRowCount(len(verdict.rows))
        for index, row in enumerate(verdict.rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(NUMBERS)
                self.table.setItem(index, column, item)
        header = self.table.horizontalHeader().sizeHint().height()
        rows = sum(self.table.rowHeight(row) for row in range(self.table.rowCount()))
        self.table.setFixedHeight(header + rows + 2 * self.table.frameWidth() + 2)

    def _on_keep(self) -> None:
        if self._shown is not None:
            self.keepWanted.emit(self._shown.model)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for made in (self.start, self.pause, self.resume, self.discard):
            buttons.addWidget(made, 1)
        decide = QHBoxLayout()
        decide.addWidget(self.keep, 1)
        decide.addWidget(self.back, 1)
        self._line = line()
        content = QWidget()
        told = QVBoxLayout(content)
        told.setContentsMargins(0, 0, 0, 0)
        told.setSpacing(8)
        for part in (self.heading, self.doing, self.progress):
            told.addWidget(part)
        told.addWidget(self.plot, 3)  # up to its greatest height
        told.addLayout(buttons)
        told.addWidget(self._line)
        told.addWidget(self.verdict)
        told.addWidget(self.table)
        told.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        # All of it needs more height than a small window has; the decision is always in sight.
        layout.addWidget(scrolled(content), 1)
        layout.addLayout(decide)


def _doing(state: RunState, progress: Progress) -> str:
    if state is RunState.NEW:
        return (
            "Scan your songs first. Training runs beside the program, goes on when the window is "
            "closed, and offers the new model only if it is better on held-out songs."
        )
    if state is RunState.RUNNING and progress.beside:
        return progress.beside
    if state is RunState.RUNNING and not progress.step:
        return "Starting; the first steps take a minute"
    where = f"Step {progress.step:,}"
    if progress.steps:
        where += f" of {progress.steps:,}"
    if state is RunState.RUNNING and progress.left_s is not None:
        # How long the measuring takes nobody knows before it begins.
        where += f". {_duration(progress.left_s)} of training left, then the evaluation"
    return where


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def _curves(curves: Mapping[str, Points]) -> Sequence[Curve]:
    return [
        Curve("loss", curves.get("loss", ()), "quiet"),
        Curve("F on held-out songs", curves.get("validation_f", ()), "accent", dashed=True),
    ]


def _table() -> QTableWidget:
    table = QTableWidget(0, len(_COLUMNS))
    table.setHorizontalHeaderLabels(list(_COLUMNS))
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setShowGrid(False)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setAccessibleName("The old and the new model on held-out songs")
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    head_numbers(table)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table
