"""Shows how early or late the notes of each drum lie, drum by drum."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.document.lane_timing import LaneTiming
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.entering import EnterKeys
from chart_hero_app.widgets.histogram import LateHistogram
from chart_hero_app.widgets.labels import NUMBERS, head_numbers, label, last_row
from chart_hero_app.widgets.sizing import open_at
from chart_hero_core.base.drums import DRUMS, DrumClass

REACH_MS = 35.0
_WORDS = (
    "How far the notes are from the attacks in the audio: early to the left of the line, late to "
    f"the right, {REACH_MS:.0f} ms at most. Click a row to select the notes of that drum and move "
    "them; if all drums are equally late, move the grid instead."
)
_HEADS = ("Drum", "Early and late", "Median", "Half within", "Notes")
_PICTURE = 1


class TimingDialog(QDialog):
    """One row for each drum; it stays open while notes are moved, and follows."""

    drumChosen = Signal(object)  # DrumClass

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Tool)  # the keys of the chart work in it, too
        self.setWindowTitle("Timing of the notes")
        self._theme = theme
        self._timings: Sequence[LaneTiming] = ()
        self.table = _make_table()
        self.table.itemClicked.connect(self._on_chosen)
        EnterKeys(self.table, lambda: self._on_chosen(self.table.currentItem()))
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(label(_WORDS, wrap=True))
        layout.addWidget(self.table, 1)
        layout.addLayout(last_row(self))
        open_at(self, 600, 460)

    def set_theme(self, theme: Theme) -> None:
        """Draw the pictures in other colours."""
        self._theme = theme
        self.show_timings(self._timings)

    def show_timings(self, timings: Sequence[LaneTiming]) -> None:
        """Show other times; the row that was chosen stays so."""
        self._timings = timings
        current = self.table.currentItem()
        chosen = None if current is None else current.data(0, Qt.ItemDataRole.UserRole)
        self.table.clear()
        for timing in timings:
            item = QTreeWidgetItem(_cells(timing))
            item.setData(0, Qt.ItemDataRole.UserRole, timing.drum)
            for column in range(_PICTURE + 1, len(_HEADS)):
                item.setTextAlignment(column, NUMBERS)
            self.table.addTopLevelItem(item)
            self.table.setItemWidget(item, _PICTURE, self._picture(timing))
            if timing.drum is chosen:
                self.table.setCurrentItem(item)

    def _picture(self, timing: LaneTiming) -> LateHistogram:
        colour = self._theme.lane(DRUMS[timing.drum].lane)
        made = LateHistogram(self._theme, colour, REACH_MS)
        made.show_times(timing.late_ms)
        return made

    def _on_chosen(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            drum: DrumClass = item.data(0, Qt.ItemDataRole.UserRole)
            self.drumChosen.emit(drum)


def _cells(timing: LaneTiming) -> list[str]:
    middle_ms, half_ms = timing.middle_ms, timing.half_within_ms
    if middle_ms is None or half_ms is None:
        return [timing.drum.title, "", "not heard", "", f"{timing.notes:,}"]
    return [
        timing.drum.title,
        "",
        f"{_in_words(middle_ms)}",
        f"{half_ms:.1f} ms",
        f"{timing.notes:,}",
    ]


def _in_words(late_ms: float) -> str:
    if abs(late_ms) < 0.05:
        return "in time"
    return f"{abs(late_ms):.1f} ms {'late' if late_ms > 0 else 'early'}"


def _make_table() -> QTreeWidget:
    made = QTreeWidget()
    made.setColumnCount(len(_HEADS))
    made.setHeaderLabels(list(_HEADS))
    head_numbers(made)
    made.headerItem().setTextAlignment(_PICTURE, Qt.AlignmentFlag.AlignCenter)
    made.setRootIsDecorated(False)
    made.setAccessibleName("Timing by drum")
    header = made.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(_PICTURE, QHeaderView.ResizeMode.Stretch)
    return made
