"""What of the open song is shown and selected; none of it is undone or saved."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from chart_hero_app.document.state import DEFAULT_SNAP, SNAP_DIVISIONS, Selection
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.chart.song import Difficulty


class Viewing(QObject):
    """Selection, difficulty, drum and snap; the part of a document that only views need."""

    selectionChanged = Signal()
    difficultyChanged = Signal(object)  # Difficulty
    drumChanged = Signal(object)  # DrumClass whose activation curve is shown
    snapChanged = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._selection = Selection()
        self._difficulty = Difficulty.EXPERT
        self._drum = DrumClass.KICK
        self._snap = DEFAULT_SNAP

    @property
    def selection(self) -> Selection:
        """Selected notes and time."""
        return self._selection

    @property
    def difficulty(self) -> Difficulty:
        """The difficulty on screen."""
        return self._difficulty

    @property
    def drum(self) -> DrumClass:
        """The class whose activation curve and threshold are shown."""
        return self._drum

    @property
    def snap(self) -> int:
        """The grid, as parts of a whole note."""
        return self._snap

    def select(self, selection: Selection) -> None:
        """Replace the selection."""
        if selection != self._selection:
            self._selection = selection
            self.selectionChanged.emit()

    def set_difficulty(self, difficulty: Difficulty) -> None:
        """Show another difficulty; the note selection belongs to the old one and is dropped."""
        if difficulty is not self._difficulty:
            self._difficulty = difficulty
            self.select(Selection(span_s=self._selection.span_s))
            self.difficultyChanged.emit(difficulty)

    def set_drum(self, drum: DrumClass) -> None:
        """Show the activation curve of another class."""
        if drum is not self._drum:
            self._drum = drum
            self.drumChanged.emit(drum)

    def set_snap(self, division: int) -> None:
        """Set the grid; only the known divisions."""
        if division in SNAP_DIVISIONS and division != self._snap:
            self._snap = division
            self.snapChanged.emit(division)

    def step_snap(self, steps: int) -> None:
        """Finer (positive) or coarser (negative) by so many known divisions."""
        index = SNAP_DIVISIONS.index(self._snap) + steps
        self.set_snap(SNAP_DIVISIONS[min(max(index, 0), len(SNAP_DIVISIONS) - 1)])
