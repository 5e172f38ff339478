"""A report of the evaluator inside the app: its tables, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.widgets.labels import button, label

if TYPE_CHECKING:
    from chart_hero_core.evaluation.report.folder import SavedReport
    from chart_hero_core.evaluation.report.tables import Cell

_MOST_ROWS = 1_000
# What people ask first; the others follow in the order of the report.
_FIRST = ("scores_overall", "scores_by_class", "edits", "timing")

Records = Sequence[Mapping[str, "Cell"]]


class ReportPage(QWidget):
    """Choose a table above, read it below; the whole page opens in a browser."""

    pageWanted = Signal()
    backWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._tables: dict[str, Records] = {}
        self.heading = label("", "heading", wrap=True)
        self.source = label("", "small", wrap=True)
        self.choice = QComboBox()
        self.choice.setAccessibleName("Table of the report")
        self.choice.currentTextChanged.connect(self._show_table)
        self.table = QTableWidget(0, 0)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setSortingEnabled(True)
        self.table.setAccessibleName("Results")
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        buttons = QHBoxLayout()
        buttons.addWidget(button("Open report page", self.pageWanted.emit), 1)
        buttons.addWidget(button("Back", self.backWanted.emit), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 8, 8)
        for widget in (self.heading, self.source, self.choice):
            layout.addWidget(widget)
        layout.addWidget(self.table, 1)
        layout.addLayout(buttons)

    def show_report(self, report: SavedReport, reference: str) -> None:
        """Show a report on the songs of ``reference``."""
        self._tables = {name: rows for name, rows in report.tables.items() if rows}
        self.heading.setText(f"How {report.name} hears {reference}")
        plural = "" if len(self._tables) == 1 else "s"
        self.source.setText(f"{len(self._tables)} table{plural}; strokes match within 25 to 50 ms")
        names = sorted(self._tables, key=_place)
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItems([_title(name) for name in names])
        for index, name in enumerate(names):
            self.choice.setItemData(index, name)
        self.choice.blockSignals(False)
        self._show_table()

    def _show_table(self) -> None:
        rows = self._tables.get(str(self.choice.currentData()), ())
        columns = list(rows[0]) if rows else []
        self.table.setSortingEnabled(False)
        self.table.setColumnCount(len(columns))
        self.table.setHorizontalHeaderLabels([_title(column) for column in columns])
        self.table.setRowCount(min(len(rows), _MOST_ROWS))
        for index, row in enumerate(rows[:_MOST_ROWS]):
            for column, name in enumerate(columns):
                self.table.setItem(index, column, _item(row[name]))
        self.table.setSortingEnabled(True)


def _place(name: str) -> tuple[int, str]:
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _item(cell: Cell) -> QTableWidgetItem:
    item = QTableWidgetItem()
    if isinstance(cell, bool) or cell is None or isinstance(cell, str):
        item.setText("" if cell is None else str(cell))
        return item
    shown = round(cell, 4) if isinstance(cell, float) else cell
    item.setData(Qt.ItemDataRole.DisplayRole, shown)  # a number sorts as one
    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item
