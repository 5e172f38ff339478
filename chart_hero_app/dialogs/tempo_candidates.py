"""The grids heard in the song, to audition: each shows at once in the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.widgets.labels import NUMBERS, button, head_numbers, label, percent
from chart_hero_app.widgets.sizing import open_at

if TYPE_CHECKING:
    from chart_hero_core.timing.beats import TempoCandidate

_COLUMNS = ("Reading", "BPM", "On the grid", "Median error", "Tempo markers")
_SIZE = (760, 460)  # pixels: the longest names of readings and a dozen of them


class TempoCandidatesDialog(QDialog):
    """Choose a reading; play to hear the metronome on it; keep it or go back."""

    candidateShown = Signal(object)  # TempoCandidate, or None for the song's own map
    metronomeWanted = Signal(bool)
    playWanted = Signal()

    def __init__(
        self, candidates: Sequence[TempoCandidate], own: str, parent: QWidget | None = None
    ) -> None:
        """``own`` names the map the song has now."""
        super().__init__(parent)
        self.setWindowTitle("Tempo candidates")
        self._candidates = candidates
        self.tree = self._make_tree(own)
        self.metronome = QCheckBox("Metronome")
        self.metronome.setToolTip("Click on the beats of the chosen reading")
        self.metronome.toggled.connect(self.metronomeWanted)
        keep = button("Use this tempo", self.accept, primary=True)
        keep.setDefault(True)
        row = QHBoxLayout()
        row.addWidget(button("Play or pause", self.playWanted.emit))
        row.addWidget(self.metronome)
        row.addStretch(1)
        row.addWidget(button("Cancel", self.reject))
        row.addWidget(keep)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(
            label(
                "Choose a reading and check that bars and beats fit the waveform. Suggested notes "
                "follow; notes you placed keep their time.",
                "quiet",
                wrap=True,
            )
        )
        layout.addWidget(self.tree, 1)
        layout.addLayout(row)
        open_at(self, *_SIZE)

    def _make_tree(self, own: str) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setColumnCount(len(_COLUMNS))
        tree.setHeaderLabels(list(_COLUMNS))
        head_numbers(tree)
        tree.setRootIsDecorated(False)
        tree.setAccessibleName("Readings of the tempo")
        tree.addTopLevelItem(QTreeWidgetItem([f"As it is now ({own})"]))
        tree.addTopLevelItems([_row(candidate) for candidate in self._candidates])
        header = tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        tree.setCurrentIndex(tree.model().index(0, 0))
        tree.currentItemChanged.connect(self._on_current)
        return tree

    def _on_current(self) -> None:
        row = self.tree.currentIndex().row()
        self.candidateShown.emit(None if row <= 0 else self._candidates[row - 1])


def _row(candidate: TempoCandidate) -> QTreeWidgetItem:
    name = candidate.label[:1].upper() + candidate.label[1:]
    numbers = (
        f"{candidate.bpm:.2f}",
        percent(candidate.on_grid),
        f"{candidate.error_ms:.1f} ms",
        str(candidate.markers),
    )
    item = QTreeWidgetItem([name, *numbers])
    item.setToolTip(0, name)  # where the dialog is made narrow, the name is cut
    for column in range(1, len(_COLUMNS)):
        item.setTextAlignment(column, NUMBERS)
    return item
