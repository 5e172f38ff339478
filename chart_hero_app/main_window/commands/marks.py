"""Suggesting marks: ghosts, accents, double kicks and roll lanes for notes that are there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt

from chart_hero_app.dialogs.marks import MarksDialog
from chart_hero_app.document.state import NoteKey, Selection
from chart_hero_app.main_window.desk import OPEN_FIRST, Desk
from chart_hero_core.tasks.marks import SuggestedMark, marks_edit, suggested_marks


class MarkCommands:
    """Offers marks for the selected notes or stretch, else for all notes on screen."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.dialog: MarksDialog | None = None
        desk.book.bind("note.suggest_marks", self.suggest)
        for signal in (
            desk.document.opened,
            desk.document.difficultyChanged,
            desk.document.songChanged,
        ):
            signal.connect(self._close)  # what is offered is of notes that may be gone
        desk.document.opened.connect(self._update)
        self._update()

    def suggest(self) -> None:
        """Show what the notes were probably meant as."""
        document = self._desk.document
        activations = document.activations
        found: Sequence[SuggestedMark] = suggested_marks(
            document.song, document.difficulty, activations
        )
        chosen = set(self._desk.timeline.editing.chosen())
        if chosen:
            found = [one for one in found if chosen.intersection(one.notes)]
        if not found:
            heard = activations is not None
            why = "" if heard else ": ghosts and accents need a transcription"
            self._desk.told(f"No marks to suggest{why}")
            return
        self._close()
        self.dialog = self._show(found)

    def _show(self, found: Sequence[SuggestedMark]) -> MarksDialog:
        document = self._desk.document
        dialog = MarksDialog(found, document.song.tempo_map, self._desk.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.placeShown.connect(self._go_to)
        dialog.marksWanted.connect(
            lambda chosen: self._desk.push(marks_edit(document.difficulty, chosen))
        )
        dialog.finished.connect(self._on_closed)
        dialog.show()
        return dialog

    def _go_to(self, one: SuggestedMark) -> None:
        document = self._desk.document
        time_s = document.song.tempo_map.seconds(one.notes[0].tick)
        self._desk.transport.seek(time_s)
        self._desk.timeline.reveal(time_s)
        keys = (NoteKey(document.difficulty, note.tick, note.lane) for note in one.notes)
        document.select(Selection(frozenset(keys)))

    def _close(self) -> None:
        if self.dialog is not None:
            self.dialog.close()

    def _on_closed(self) -> None:
        self.dialog = None

    def _update(self) -> None:
        there = self._desk.document.source is not None
        self._desk.book.enable(("note.suggest_marks",), there, OPEN_FIRST)
