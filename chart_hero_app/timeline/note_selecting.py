"""Which notes an edit acts on, and the ways to select notes other than by mouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chart_hero_app.document.state import Selection
from chart_hero_app.widgets.labels import notes_text
from chart_hero_core.chart import edits
from chart_hero_core.chart.song import Note

if TYPE_CHECKING:
    from chart_hero_app.document.document import Document
    from chart_hero_app.document.transport import Transport


class NoteSelecting(QObject):
    """Selects notes of the difficulty on screen; nothing of this is an undo step."""

    told = Signal(str)  # what happened, for the status bar

    def __init__(self, document: Document, transport: Transport) -> None:
        super().__init__()
        self._document = document
        self._transport = transport

    def chosen(self) -> tuple[Note, ...]:
        """What edits act on: the selected notes, without any those of the selected stretch."""
        notes = self._document.selected_notes()
        stretch = None if notes else self.selected_ticks()
        return notes if stretch is None else edits.notes_between(self._document.track, *stretch)

    def selected_ticks(self) -> tuple[int, int] | None:
        """From where to where the selected time, else the selected notes reach (end excluded)."""
        tempo_map = self._document.song.tempo_map
        span = self._document.selection.span_s
        if span is not None:
            start, end = (max(round(tempo_map.tick_at(time_s)), 0) for time_s in span)
            return (start, max(end, start + 1))
        notes = self._document.selected_notes()
        if not notes:
            return None
        last = max(note.tick + note.length for note in notes)
        return (notes[0].tick, last + 1)

    def select_all(self) -> None:
        """Select all notes of the difficulty on screen."""
        self._document.select_notes(self._document.track.notes)

    def select_none(self) -> None:
        """Select nothing."""
        self._document.select(Selection())

    def select_section(self) -> None:
        """Select the notes of the section the playhead is in."""
        song = self._document.song
        # A jump to a section may stand a hair before its tick.
        tick = song.tempo_map.tick_at(self._transport.position_s) + 0.5
        starts = [section.tick for section in song.sections]
        start = max((s for s in starts if s <= tick), default=0)
        end = min((s for s in starts if s > tick), default=1 << 62)
        self._document.select_notes(edits.notes_between(self._document.track, start, end))

    def select_lane(self) -> None:
        """Select every note of the drums that are selected (none: of the shown drum)."""
        drums = {note.drum for note in self._document.selected_notes()} or {self._document.drum}
        self._select_where(lambda note: note.drum in drums)

    def select_by_confidence(self, below: float) -> None:
        """Select the untouched suggestions that are less sure than ``below`` (0..1)."""
        self._select_where(
            lambda note: (
                not note.origin.touched
                and note.origin.confidence is not None
                and note.origin.confidence < below
            )
        )

    def _select_where(self, wanted: Callable[[Note], bool]) -> None:
        """Select notes; only inside the selected stretch of time, if there is one."""
        document = self._document
        span = document.selection.span_s
        ticks = None if span is None else self.selected_ticks()
        notes = document.track.notes
        if ticks is not None:
            notes = edits.notes_between(document.track, *ticks)
        chosen = tuple(note for note in notes if wanted(note))
        document.select_notes(chosen)
        if span is not None:
            document.select(replace(document.selection, span_s=span))
        self.told.emit(f"{notes_text(len(chosen))} selected")
