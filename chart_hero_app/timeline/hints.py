"""Faint marks beside the notes: what was only just not suggested, and what a person refused.

The model suggests Expert alone, so that other difficulties have no near misses.

Shown while a knob is turned and in review mode only.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from chart_hero_app.document.suggesting import suggest_near_misses
from chart_hero_app.timeline.lanes import Extras, LanesRow
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.song import Difficulty, Note

if TYPE_CHECKING:
    from chart_hero_app.document.document import Document

PAUSE_MS = 40  # marks may lag behind the notes a little; the notes follow the knob at once
AFTERGLOW_MS = 1200
_MARKS = tuple(Note(0, drum.lane, drum.cymbal) for drum in DrumClass)  # alike but for the drum


class Hints(QObject):
    """Keeps the marks of one lanes row up to date."""

    def __init__(self, document: Document, lanes: LanesRow, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._lanes = lanes
        self._review = False
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(PAUSE_MS)
        self._refresh.timeout.connect(self._show)
        self._afterglow = QTimer(self)
        self._afterglow.setSingleShot(True)
        self._afterglow.setInterval(AFTERGLOW_MS)
        self._afterglow.timeout.connect(self._hide)
        document.settingsChanged.connect(self._on_knobs)
        document.passagesChanged.connect(self._on_knobs)
        document.songChanged.connect(self._on_song_changed)
        document.difficultyChanged.connect(self._on_song_changed)
        document.opened.connect(self._hide)

    @property
    def review(self) -> bool:
        """Whether the marks stay."""
        return self._review

    def set_review(self, on: bool) -> None:
        """Show the marks until told otherwise."""
        self._review = on
        if on:
            self._show()
        else:
            self._hide()

    def _on_knobs(self) -> None:
        if self._document.gesture_base is not None and not self._refresh.isActive():
            self._refresh.start()

    def _on_song_changed(self) -> None:
        if self._review and not self._refresh.isActive():
            self._refresh.start()

    def _show(self) -> None:
        document = self._document
        if not self._review and document.gesture_base is None:
            return  # settings came as a whole (a transcription, undo): no knob is being turned
        misses = self._misses()
        free = ~np.isin(misses.places, document.columns.places, assume_unique=True)
        near = self._timed(misses.ticks[free], [_MARKS[drum] for drum in misses.drums[free]])
        refused = document.track.rejected if self._review else ()
        rejected = self._timed(np.array([note.tick for note in refused], np.int64), refused)
        self._lanes.set_extras(Extras(near, rejected))
        if not self._review:
            self._afterglow.start()

    def _timed(
        self, ticks: NDArray[np.int64], notes: Sequence[Note]
    ) -> tuple[tuple[float, Note], ...]:
        """The marks with their times, in order."""
        times_s = self._document.song.tempo_map.seconds_array(ticks).tolist()
        return tuple(sorted(zip(times_s, notes, strict=True), key=itemgetter(0)))

    def _misses(self) -> NoteColumns:
        """What was only just not suggested: in review all of it, as the view scrolls."""
        document = self._document
        if document.detection is None or document.difficulty is not Difficulty.EXPERT:
            return NoteColumns.of()
        if self._review:
            return document.near_misses()
        axis, state = self._lanes.axis, document.state
        stretch = (axis.start_s, axis.end_s)  # while a knob moves only what is on screen matters
        return NoteColumns.of(
            suggest_near_misses(
                state.song, document.detection, state.settings, stretch, state.passages
            )
        )

    def _hide(self) -> None:
        self._refresh.stop()
        if self._document.gesture_base is not None and not self._review:
            self._afterglow.start()
        else:
            self._lanes.set_extras(Extras())

    def close_down(self) -> None:
        """Stop the timers."""
        self._refresh.stop()
        self._afterglow.stop()
