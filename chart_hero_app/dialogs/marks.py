"""Offers marks for notes: ghosts, accents, double kicks, roll lanes, each with its confidence."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.widgets.labels import (
    NUMBERS,
    button,
    head_numbers,
    label,
    last_row,
    pad,
    percent,
    place_text,
)
from chart_hero_app.widgets.sizing import open_at
from chart_hero_core.decode.marks import Mark
from chart_hero_core.tasks.marks import LIKELY, SuggestedMark
from chart_hero_core.timing.tempo_map import TempoMap

_WORDS = (
    "These notes probably have these marks. Choose which ones to mark; this is a single undo "
    "step. Marked notes become yours: no knob changes them."
)
_PLACE_PX = 150
_DATA = Qt.ItemDataRole.UserRole


class MarksDialog(QDialog):
    """Marks by kind, with a tick each; a click shows the place in the timeline."""

    placeShown = Signal(object)  # SuggestedMark
    marksWanted = Signal(object)  # list of SuggestedMark

    def __init__(
        self,
        found: Sequence[SuggestedMark],
        tempo_map: TempoMap,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Suggest marks")
        self._found = found
        self._tempo_map = tempo_map
        self.least = QSpinBox()
        self.least.setRange(1, 100)
        self.least.setValue(round(LIKELY * 100))
        self.least.setSuffix(" %")
        self.least.setAccessibleName("Only marks at least this likely")
        pad(self.least)
        self.tree = _make_tree()
        self.leaves: list[QTreeWidgetItem] = []  # one for each mark that is listed
        self.apply = button("Mark", self._apply, primary=True)
        self.apply.setDefault(True)
        self._lay_out()
        self.least.valueChanged.connect(self._fill)
        self.tree.currentItemChanged.connect(self._on_current)
        self.tree.itemChanged.connect(self._show_count)
        open_at(self, 420, 460)
        self._fill()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(label("Only marks at least this likely"))
        top.addWidget(self.least)
        top.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(label(_WORDS, wrap=True))
        layout.addLayout(top)
        layout.addWidget(self.tree, 1)
        layout.addLayout(last_row(self, self.apply))

    def chosen(self) -> list[SuggestedMark]:
        """The marks with a tick."""
        return [
            one.data(0, _DATA) for one in self.leaves if one.checkState(0) is Qt.CheckState.Checked
        ]

    def _fill(self) -> None:
        """List what is sure enough, each kind under its own heading."""
        self.tree.blockSignals(True)
        self.leaves.clear()
        self.tree.clear()
        for mark in Mark:
            likely = [
                one
                for one in self._found
                if one.mark is mark and one.confidence * 100 >= self.least.value()
            ]
            if likely:
                self._add_kind(mark, likely)
        self.tree.blockSignals(False)
        self._show_count()

    def _add_kind(self, mark: Mark, likely: Sequence[SuggestedMark]) -> None:
        kind = QTreeWidgetItem([f"{mark.value.capitalize()} ({len(likely):,})"])
        kind.setFlags(kind.flags() | Qt.ItemFlag.ItemIsAutoTristate)
        self.tree.addTopLevelItem(kind)
        kind.setFirstColumnSpanned(True)
        for one in likely:
            place = place_text(self._tempo_map, self._tempo_map.seconds(one.notes[0].tick))
            drums = " and ".join(sorted({note.drum.title for note in one.notes}))
            leaf = QTreeWidgetItem([place, drums, percent(one.confidence)])
            leaf.setTextAlignment(2, NUMBERS)
            leaf.setData(0, _DATA, one)
            leaf.setCheckState(0, Qt.CheckState.Checked)
            kind.addChild(leaf)
            self.leaves.append(leaf)
        kind.setExpanded(len(likely) <= 12)

    def _on_current(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and item.data(0, _DATA) is not None:
            self.placeShown.emit(item.data(0, _DATA))

    def _show_count(self) -> None:
        count = len(self.chosen())
        self.apply.setText(f"Add {count:,} mark{'s' if count != 1 else ''}")
        self.apply.setEnabled(count > 0)

    def _apply(self) -> None:
        self.marksWanted.emit(self.chosen())
        self.accept()


def _make_tree() -> QTreeWidget:
    made = QTreeWidget()
    made.setColumnCount(3)
    made.setHeaderLabels(["Bar:beat", "Drum", "Likely"])
    head_numbers(made)
    made.headerItem().setTextAlignment(
        1, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    )
    made.setUniformRowHeights(True)
    made.setAccessibleName("Marks by kind")
    header = made.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
    made.setColumnWidth(0, _PLACE_PX)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
    return made
