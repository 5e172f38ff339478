"""The evaluation dock: how far the chart is from another one, drum by drum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHeaderView,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.panels.evaluation_report import ReportPage
from chart_hero_app.panels.knobs import drum_icon
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.labels import NUMBERS, EmptyState, button, head_numbers, label
from chart_hero_core.base.drums import DrumClass

if TYPE_CHECKING:
    from chart_hero_core.evaluation.edits_per_100 import Edits
    from chart_hero_core.evaluation.report.folder import SavedReport

# Short enough to stand beside each other in a narrow panel, and what they mean.
_COLUMNS = {
    "Drum": "",
    "Notes": "Notes of the other chart",
    "Add": "Notes to add to this chart",
    "Delete": "Notes to delete from this chart",
    "Lane": "Notes to put on another lane",
    "Move": "Notes to move in time",
}
_LEAST_COLUMN_PX = 32


class EvaluationPanel(QWidget):
    """Edits that lead from this chart to a reference, as a table."""

    compareWanted = Signal()
    evaluateWanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: Edits | None = None
        self.empty = self._make_empty()
        self.report = ReportPage()
        self.report.backWanted.connect(self.clear)
        self.heading = label("", "heading", wrap=True)
        self.source = label("", "small", wrap=True)
        self.table = _make_table()
        result = QWidget()
        inner = QVBoxLayout(result)
        inner.setContentsMargins(10, 8, 8, 8)
        inner.addWidget(self.heading)
        inner.addWidget(self.source)
        inner.addWidget(self.table, 1)
        inner.addWidget(button("Compare with another chart…", self.compareWanted.emit))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(result)
        self._pages.addWidget(self.report)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def _make_empty(self) -> EmptyState:
        empty = EmptyState(
            "ph.target",
            "Nothing compared yet",
            "Compare this chart with a finished one of the same song: which notes it adds, "
            "deletes, moves, per drum and per 100 notes.",
            self._theme,
        )
        empty.add_button(button("Compare with a chart…", self.compareWanted.emit))
        empty.add_button(
            button(
                "Evaluate the model…",
                self.evaluateWanted.emit,
                tip="Let the model transcribe songs you have charts for, and see how far off it is",
            )
        )
        return empty

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        self.empty.set_theme(theme)
        for row in range(self.table.rowCount()):
            item = self.table.item(row, 0)
            if item is not None and row < len(DrumClass):
                item.setIcon(drum_icon(DrumClass(row), theme))

    def show_edits(self, edits: Edits, reference: str) -> None:
        """Show a comparison with the chart called ``reference``."""
        per_100 = edits.per_100
        self.heading.setText(
            "The other chart has no notes"
            if per_100 is None
            else f"{per_100:.1f} edits per 100 notes"
        )
        self.source.setText(f"from this chart to {reference}")
        self.table.setRowCount(len(DrumClass) + 1)
        for drum in DrumClass:
            item = QTableWidgetItem(drum_icon(drum, self._theme), drum.title)
            self.table.setItem(drum, 0, item)
            self._fill(int(drum), [int(edits.notes[drum]), *map(int, edits.by_drum[drum])])
        self.table.setItem(len(DrumClass), 0, QTableWidgetItem("All"))
        totals = [int(edits.notes.sum()), *(int(v) for v in edits.by_drum.sum(axis=0))]
        self._fill(len(DrumClass), totals)
        self._pages.setCurrentIndex(1)

    def show_report(self, report: SavedReport, reference: str) -> None:
        """Show how the model did on the songs of ``reference``."""
        self.report.show_report(report, reference)
        self._pages.setCurrentWidget(self.report)

    def on_song_opened(self) -> None:
        """A comparison is of the song before; a report on the model is of no song."""
        if self._pages.currentWidget() is not self.report:
            self.clear()

    def clear(self) -> None:
        """Back to the offers."""
        self._pages.setCurrentIndex(0)

    def _fill(self, row: int, values: list[int]) -> None:
        for column, value in enumerate(values, start=1):
            item = QTableWidgetItem(f"{value:,}")
            item.setTextAlignment(NUMBERS)
            self.table.setItem(row, column, item)


def _make_table() -> QTableWidget:
    table = QTableWidget(0, len(_COLUMNS))
    table.setHorizontalHeaderLabels(list(_COLUMNS))
    for column, meaning in enumerate(_COLUMNS.values()):
        title = table.horizontalHeaderItem(column)
        assert title is not None
        title.setToolTip(meaning)
        title.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    head_numbers(table)
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setAccessibleName("Edits by drum")
    table.setProperty("role", "narrow")
    header = table.horizontalHeader()
    header.setMinimumSectionSize(_LEAST_COLUMN_PX)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    return table
