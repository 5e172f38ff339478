"""Faint marks beside the notes: what was only just not suggested, and what a person refused.

The model suggests Expert alone, so that other difficulties have no near misses.

Shown while a knob is turned and in review mode only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from chart_hero_app.document.suggesting import suggest_near_misses
from chart_hero_app.timeline.lanes import Extras, LanesRow
from chart_hero_core.chart.song import Difficulty, Note

if TYPE_CHECKING:
    from chart_hero_app.document.document import Document

PAUSE_MS = 40  # marks may lag behind the notes a little; the notes follow the knob at once
AFTERGLOW_MS = 1200


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
        detection = document.detection
        misses: tuple[Note, ...] = ()
        if detection is not None and document.difficulty is Difficulty.EXPERT:
            axis = self._lanes.axis
            # While a knob moves only what is on screen matters; in review the view scrolls.
            stretch = None if self._review else (axis.start_s, axis.end_s)
            misses = suggest_near_misses(
                document.song, detection, document.settings, stretch, document.state.passages
            )
        seconds = document.song.tempo_map.seconds
        taken = {(note.tick, note.lane) for note in document.track.notes}
        near = tuple(
            (seconds(note.tick), Note(0, note.lane, note.cymbal))  # all alike but for the drum
            for note in misses
            if (note.tick, note.lane) not in taken
        )
        refused = document.track.rejected if self._review else ()
        rejected = tuple((seconds(note.tick), note) for note in refused)
        self._lanes.set_extras(Extras(near, rejected))
        if not self._review:
            self._afterglow.start()

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
