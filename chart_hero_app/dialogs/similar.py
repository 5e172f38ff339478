"""Proposes the notes of one bar for the bars like it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.document.similar import Bar, Similar
from chart_hero_app.widgets.labels import button, label, last_row, percent
from chart_hero_app.widgets.sizing import open_at


class SimilarDialog(QDialog):
    """Bars to choose from; a click shows the bar in the timeline."""

    barShown = Signal(object)  # Bar
    spreadWanted = Signal(object)  # list of Bar

    def __init__(
        self, mended: Bar, found: Sequence[Similar], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Similar bars")
        self.list = _bars(found)
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemChanged.connect(self._show_count)
        self.apply = button("Apply", self._apply, primary=True)
        self.apply.setDefault(True)
        self._lay_out(mended)
        open_at(self, 380, 420)
        self._show_count()

    def _lay_out(self, mended: Bar) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(
            label(
                f"These bars had the same suggestions as bar {mended.number + 1}. "
                "Give them the notes of that bar? This is a single undo step.",
                wrap=True,
            )
        )
        layout.addWidget(self.list, 1)
        layout.addLayout(last_row(self, self.apply))

    def chosen(self) -> list[Bar]:
        """The bars with a tick."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return [
            item.data(Qt.ItemDataRole.UserRole)
            for item in items
            if item.checkState() is Qt.CheckState.Checked
        ]

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.barShown.emit(item.data(Qt.ItemDataRole.UserRole))

    def _show_count(self) -> None:
        count = len(self.chosen())
        self.apply.setText(f"Apply to {count} bar{'s' if count != 1 else ''}")
        self.apply.setEnabled(count > 0)

    def _apply(self) -> None:
        self.spreadWanted.emit(self.chosen())
        self.accept()


def _bars(found: Sequence[Similar]) -> QListWidget:
    """The bars, each with a tick."""
    made = QListWidget()
    made.setAccessibleName("Bars like this one")
    for similar in found:
        item = QListWidgetItem(
            f"Bar {similar.bar.number + 1}   {percent(similar.likeness)} similar"
        )
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked)
        item.setData(Qt.ItemDataRole.UserRole, similar.bar)
        made.addItem(item)
    return made
