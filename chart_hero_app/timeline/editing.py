"""Every edit of notes that keyboard, menus and the mouse ask for, as steps of the undo history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from chart_hero_app.document.state import NoteKey, Selection
from chart_hero_app.timeline.clipboard import Clipboard, copied_beat
from chart_hero_app.timeline.grid import beat_start, snap_tick
from chart_hero_app.timeline.note_selecting import NoteSelecting
from chart_hero_app.timeline.song_end import TOO_LATE, before_end, held_within, last_tick
from chart_hero_app.timeline.transients import nearest_transients
from chart_hero_app.widgets.labels import notes_text
from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart import edits
from chart_hero_core.chart.song import Difficulty, Dynamic, Note, Phrase, PhraseKind

if TYPE_CHECKING:
    from chart_hero_app.document.document import Document
    from chart_hero_app.document.transport import Transport

Keys = tuple[tuple[int, Lane], ...]
_NO_CYMBAL = "Only notes on the yellow, blue and green lanes can be cymbals"
# What players of every difficulty get; rolls are of the one that they are charted for.
SHARED_PHRASES = (PhraseKind.STAR_POWER, PhraseKind.SOLO, PhraseKind.ACTIVATION)


class NoteEditing(NoteSelecting):
    """Edits the difficulty on screen; every method that edits is one undo step (or none)."""

    failed = Signal(str)  # why an edit was not possible, one sentence

    def __init__(self, document: Document, transport: Transport) -> None:
        super().__init__(document, transport)
        self._clipboard = Clipboard()
        # Cymbals are the commoner notes on the three lanes that have both.
        self._cymbal_on = {Lane.YELLOW: True, Lane.BLUE: True, Lane.GREEN: True}

    # Helpers --------------------------------------------------------------------------------

    def cursor_tick(self) -> int:
        """The grid line nearest to the playhead."""
        return self.snapped(self._transport.position_s)

    def snapped(self, time_s: float) -> int:
        """The grid line nearest to a time."""
        tempo_map = self._document.song.tempo_map
        return snap_tick(tempo_map, tempo_map.tick_at(time_s), self._document.snap)

    @property
    def last_tick(self) -> float:
        """Where notes can lie at the latest."""
        return last_tick(self._document.song.tempo_map, self._document.duration_s)

    def new_note(self, lane: Lane, tick: int, *, other_kind: bool = False) -> Note:
        """A note as it would be placed now: tom or cymbal as the person last chose on the lane."""
        cymbal = self._cymbal_on.get(lane, False) != (other_kind and lane >= Lane.YELLOW)
        return Note(tick, lane, cymbal=cymbal)

    def _keys(self) -> Keys:
        return tuple((note.tick, note.lane) for note in self.chosen())

    def _push(self, edit: edits.Edit, selected: Iterable[tuple[int, Lane]] | None = None) -> bool:
        """Push an edit; afterwards these places are selected (None: whatever is still there)."""
        after = None if selected is None else self._selection_of(selected)
        try:
            return self._document.push(edit, after)
        except ChartError as error:
            self.failed.emit(str(error))
            return False

    def _selection_of(self, places: Iterable[tuple[int, Lane]]) -> Selection:
        difficulty = self._document.difficulty
        keys = frozenset(NoteKey(difficulty, tick, lane) for tick, lane in places)
        return Selection(keys, self._document.selection.span_s)

    @property
    def _difficulty(self) -> Difficulty:
        return self._document.difficulty

    # Placing and deleting -------------------------------------------------------------------

    def place_at_cursor(self, lane: Lane) -> None:
        """Place a note at the playhead's grid line, or remove the one that is there."""
        self.toggle_at(lane, self.cursor_tick())

    def toggle_at(self, lane: Lane, tick: int, *, other_kind: bool = False) -> None:
        """Place a note, or remove the one that is there."""
        there = edits.find_notes(self._document.track, [(tick, lane)])
        if there:
            self._push(edits.DeleteNotes(self._difficulty, ((tick, lane),)))
        elif tick > self.last_tick:
            self.told.emit(f"No note placed: {TOO_LATE}")
        else:
            self.add(self.new_note(lane, tick, other_kind=other_kind))

    def add(self, note: Note) -> None:
        """Place a note by hand and select it."""
        self._push(edits.AddNotes(self._difficulty, (note,)), [(note.tick, note.lane)])

    def delete(self, notes: Iterable[Note]) -> None:
        """Delete some notes."""
        keys = tuple((note.tick, note.lane) for note in notes)
        if keys:
            self._push(edits.DeleteNotes(self._difficulty, keys))

    def delete_selection(self) -> None:
        """Delete the selected notes, or those of the selected stretch."""
        self.delete(self.chosen())

    # Clipboard ------------------------------------------------------------------------------

    def copy(self) -> None:
        """Copy the selected notes with their place in the beat."""
        notes = self.chosen()
        if notes:
            tempo_map = self._document.song.tempo_map
            stretch = None if self._document.selected_notes() else self.selected_ticks()
            beat = copied_beat(tempo_map, notes[0], stretch)
            copied = edits.copy_notes(self._document.track, self._keys(), beat)
            self._clipboard = Clipboard(copied, tempo_map.resolution)
            self.told.emit(f"Copied {notes_text(len(notes))}")

    def cut(self) -> None:
        """Copy the selected notes and delete them."""
        self.copy()
        keys = self._keys()
        if keys:
            self._push(edits.DeleteNotes(self._difficulty, keys, verb="Cut"))

    def paste(self) -> None:
        """Paste so that the copied beat comes to lie on the playhead's beat."""
        if not self._clipboard.notes:
            self.told.emit("Nothing is copied yet")
            return
        tempo_map = self._document.song.tempo_map
        tick = beat_start(tempo_map, round(tempo_map.tick_at(self._transport.position_s)) + 1)
        notes = self._clipboard.in_ticks_of(tempo_map.resolution)
        if self._difficulty is not Difficulty.EXPERT:
            notes = tuple(replace(note, double_kick=False) for note in notes)
        fitting = before_end(notes, tick, self.last_tick)
        if not fitting:
            self.told.emit("Nothing pasted: all of it would come after the end of the song")
            return
        places = [(note.tick + tick, note.lane) for note in fitting]
        if not self._push(edits.PasteNotes(self._difficulty, fitting, tick), places):
            self.told.emit("These notes are already there")
        elif len(fitting) < len(notes):
            left = len(notes) - len(fitting)
            self.told.emit(
                f"Pasted {notes_text(len(fitting))}; {left:,} more would come after the end of "
                "the song"
            )

    # Moving ---------------------------------------------------------------------------------

    def held(self, notes: Sequence[Note], ticks: int, lanes: int) -> tuple[int, int]:
        """How far notes (in order, at least one) can move together: within song and lanes."""
        return held_within(notes, ticks, lanes, self.last_tick, self._document.snap_ticks)

    def move(self, ticks: int, lanes: int = 0) -> None:
        """Move the selection by ticks and lanes, as far as it goes."""
        notes = self.chosen()
        if not notes or not (ticks or lanes):
            return
        wanted = ticks
        ticks, lanes = self.held(notes, ticks, lanes)
        if ticks < wanted:
            moved = bool(ticks or lanes)
            self.told.emit("Moved up to the end of the song" if moved else f"Not moved: {TOO_LATE}")
        elif not (ticks or lanes):
            self.told.emit("The selected notes cannot move any further that way")
        if not (ticks or lanes):
            return
        lane_of = {lane: Lane(lane + lanes) for lane in {note.lane for note in notes}}
        places = [(note.tick + ticks, lane_of[note.lane]) for note in notes]
        self._push(edits.MoveNotes(self._difficulty, self._keys(), ticks, lanes), places)

    def move_lanes(self, lanes: int) -> None:
        """Move the selection up (positive) or down."""
        self.move(0, lanes)

    def nudge_snap(self, steps: int) -> None:
        """Move the selection by grid steps."""
        self.move(round(steps * self._document.snap_ticks))

    def nudge_ms(self, milliseconds: float) -> None:
        """Move the selection in time."""
        keys = self._keys()
        if not keys:
            return
        edit = edits.nudge(self._document.song, self._difficulty, keys, milliseconds / 1000)
        if milliseconds > 0 and edit.ticks[-1][1] > self.last_tick:
            self.told.emit(f"Not moved: {TOO_LATE}")
            return
        self._push(edit, _places(edit))

    def quantise(self, division: int | None = None, strength: float = 1.0) -> None:
        """Pull the selection to a grid (None: the snap grid); strength 0..1."""
        keys = self._keys()
        if keys:
            grid = division or self._document.snap
            edit = edits.QuantiseNotes(self._difficulty, keys, grid, strength)
            if not self._push_keeping(edit):
                self.told.emit(f"Every selected note is already on the 1/{grid} grid")

    def snap_to_transients(self) -> None:
        """Move each selected note onto the nearest attack heard, where there is one near."""
        document = self._document
        notes = self.chosen()
        if not notes:
            return
        tempo_map = document.song.tempo_map
        times_s = tempo_map.seconds_array([note.tick for note in notes])
        found = nearest_transients(
            times_s, [note.drum for note in notes], document.activations, document.clip
        )
        if found is None:
            self.failed.emit("There is no audio to find attacks in.")
            return
        goals = tuple(
            ((note.tick, note.lane), round(tempo_map.tick_at(goal_s)))
            for note, goal_s in zip(notes, found.tolist(), strict=True)
        )
        edit = edits.RetimeNotes(self._difficulty, goals, verb="Snap")
        if not self._push(edit, _places(edit)):
            self.told.emit("Every selected note is already on its attack.")

    def _push_keeping(self, edit: edits.Edit) -> bool:
        """Push an edit that moves selected notes, and select what came of them."""
        keys = self._keys()

        def came_of_it(inverse: edits.Edit) -> Selection:
            moved = getattr(inverse, "removed", ())
            left = {(n.tick, n.lane) for n in getattr(inverse, "added", ())}
            stay = [key for key in keys if key not in left]
            return self._selection_of([*stay, *((note.tick, note.lane) for note in moved)])

        try:
            return self._document.push(edit, came_of_it)
        except ChartError as error:
            self.failed.emit(str(error))
            return True  # that is told

    # Properties -----------------------------------------------------------------------------

    def toggle_cymbal(self) -> None:
        """Make the selected notes cymbals, or toms when all are cymbals."""
        notes = self._fitting(lambda note: note.lane >= Lane.YELLOW, _NO_CYMBAL)
        cymbal = not all(note.cymbal for note in notes)
        for lane in {note.lane for note in notes}:
            self._cymbal_on[lane] = cymbal
        self._change(notes, lambda keys: _changed(self._difficulty, keys, cymbal=cymbal))

    def toggle_dynamic(self, dynamic: Dynamic) -> None:
        """Make the selected notes ghosts or accents, or normal when all are that."""
        notes = self.chosen()
        wanted = Dynamic.NORMAL if all(n.dynamic is dynamic for n in notes) else dynamic
        self._change(notes, lambda keys: _changed(self._difficulty, keys, dynamic=wanted))

    def toggle_accent(self) -> None:
        """Accent."""
        self.toggle_dynamic(Dynamic.ACCENT)

    def toggle_ghost(self) -> None:
        """Ghost."""
        self.toggle_dynamic(Dynamic.GHOST)

    def toggle_flam(self) -> None:
        """Make the selected notes flams, or single strokes when all are flams."""
        notes = self._fitting(lambda note: note.lane is not Lane.KICK, "A kick cannot be a flam")
        flam = not all(note.flam for note in notes)
        self._change(notes, lambda keys: _changed(self._difficulty, keys, flam=flam))

    def toggle_double_kick(self) -> None:
        """Mark the selected kicks as double kicks, or not when all are."""
        notes = self._fitting(lambda note: note.lane is Lane.KICK, "Only kicks can be double kicks")
        double = not all(note.double_kick for note in notes)
        if double and notes and self._difficulty is not Difficulty.EXPERT:
            self.told.emit("Double kicks exist on Expert only")
            return
        self._change(notes, lambda keys: _changed(self._difficulty, keys, double_kick=double))

    def _fitting(self, fits: Callable[[Note], bool], otherwise: str) -> list[Note]:
        """The chosen notes that can be changed so; where there are none, that is told."""
        chosen = self.chosen()
        notes = [note for note in chosen if fits(note)]
        if chosen and not notes:
            self.told.emit(otherwise)
        return notes

    def _change(self, notes: Iterable[Note], edit: Callable[[Keys], edits.Edit]) -> None:
        keys = tuple((note.tick, note.lane) for note in notes)
        if keys:
            self._push(edit(keys))

    def toggle_phrase(self, kind: PhraseKind) -> None:
        """Put a phrase over the selection, or take away those it touches."""
        stretch = self.selected_ticks()
        if stretch is None:
            self.failed.emit(f"Select notes or a stretch of time for {kind.value} first.")
            return
        start, end = stretch
        touching = [
            p
            for p in self._document.track.phrases
            if p.kind is kind and p.tick < end and start < p.end_tick
        ]
        of = self._phrases_of(kind)
        if touching:
            self._push(edits.RemovePhrases(kind, start, end, of))
        else:
            # Files say where an activation's last tick is: two ticks are the shortest they hold.
            shortest = 2 if kind is PhraseKind.ACTIVATION else 1
            self._push(edits.AddPhrase(Phrase(kind, start, max(end - start, shortest)), of))

    def _phrases_of(self, kind: PhraseKind) -> Difficulty | None:
        """Which difficulty gets a phrase; None for all: a .mid knows most for all alone."""
        charted = self._difficulty in self._document.song.tracks
        return None if charted and kind in SHARED_PHRASES else self._difficulty


def _changed(
    difficulty: Difficulty,
    keys: Keys,
    *,
    cymbal: bool | None = None,
    dynamic: Dynamic | None = None,
    flam: bool | None = None,
    double_kick: bool | None = None,
) -> edits.ChangeNotes:
    return edits.ChangeNotes(
        difficulty, keys, cymbal=cymbal, dynamic=dynamic, flam=flam, double_kick=double_kick
    )


def _places(edit: edits.RetimeNotes) -> list[tuple[int, Lane]]:
    return [(max(tick, 0), lane) for (_, lane), tick in edit.ticks]
