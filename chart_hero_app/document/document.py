"""The open song: its undoable state, its sound, its activations, what is selected.

Views read properties and listen to signals; they change the song only through
:meth:`Document.push`, :meth:`Document.change` or a gesture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from chart_hero_app.document.commands import EditCommand, HeardCommand, SnapshotCommand
from chart_hero_app.document.selection import carried
from chart_hero_app.document.sounding import Sounding
from chart_hero_app.document.state import (
    NoteKey,
    Selection,
    Sound,
    Span,
    State,
    differ,
)
from chart_hero_app.document.suggesting import Kept, suggest_near_misses
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.edits import find_notes
from chart_hero_core.chart.song import Difficulty, Note, Song, Track

if TYPE_CHECKING:
    from pathlib import Path

    from chart_hero_app.document.analysis import Hearing
    from chart_hero_app.document.detection import Detection
    from chart_hero_core.base.drums import Activations, Lane
    from chart_hero_core.chart.edits import Edit
    from chart_hero_core.decode.settings import DecodePlan


class Document(Sounding):
    """One open song. A new one replaces its content (:meth:`open`), never the object."""

    opened = Signal()  # another song; everything below has changed too
    songChanged = Signal()
    settingsChanged = Signal()
    flagsChanged = Signal()
    reviewedChanged = Signal()
    passagesChanged = Signal()
    activationsChanged = Signal()
    hearingChanged = Signal()
    dirtyChanged = Signal(bool)
    pathChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._on_clean_changed)
        self._state = State()
        self._gesture: State | None = None
        self._detection: Detection | None = None
        self._hearing: Hearing | None = None
        self._project_path: Path | None = None
        self._source: Path | None = None
        self._columns: dict[Difficulty, NoteColumns] = {}
        self._near_misses = Kept(suggest_near_misses)
        # What is selected is asked for many times over, and rarely another.
        self._chosen: tuple[frozenset[NoteKey], tuple[Note, ...], tuple[Note, ...]] | None = None

    # What is open ---------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """Everything undo covers."""
        return self._state

    @property
    def song(self) -> Song:
        """The chart."""
        return self._state.song

    @property
    def settings(self) -> DecodePlan:
        """How activations become notes."""
        return self._state.settings

    @property
    def micro_flags(self) -> tuple[Span, ...]:
        """Passages wanted at the fine hop, seconds."""
        return self._state.micro_flags

    @property
    def reviewed(self) -> tuple[Span, ...]:
        """Passages whose notes a person vouches for, seconds."""
        return self._state.reviewed

    @property
    def activations(self) -> Activations | None:
        """What the model said, None before the analysis."""
        return None if self._detection is None else self._detection.activations

    @property
    def detection(self) -> Detection | None:
        """The activations with what decoding them needs, None before the analysis."""
        return self._detection

    @property
    def hearing(self) -> Hearing | None:
        """What a running analysis has heard so far, None while none runs."""
        return self._hearing

    @property
    def project_path(self) -> Path | None:
        """The .chproj this is saved in."""
        return self._project_path

    @property
    def source(self) -> Path | None:
        """The file or folder that was opened; None with nothing open."""
        return self._source

    @property
    def dirty(self) -> bool:
        """Whether there are unsaved changes."""
        return not self.undo_stack.isClean()

    # What is shown --------------------------------------------------------------------------

    @property
    def track(self) -> Track:
        """The track on screen, empty when there is none."""
        return self.song.tracks.get(self._difficulty, Track())

    @property
    def snap_ticks(self) -> float:
        """The grid in ticks (not whole where the division does not fit the resolution)."""
        return self.song.tempo_map.resolution * 4 / self._snap

    @property
    def columns(self) -> NoteColumns:
        """The notes on screen as arrays."""
        return self.columns_of(self._difficulty)

    def columns_of(self, difficulty: Difficulty) -> NoteColumns:
        """The notes of a difficulty as arrays; after an edit only what is new is read."""
        notes = self.song.tracks.get(difficulty, Track()).notes
        found = self._columns.get(difficulty, NoteColumns.of()).after_edit(notes)
        self._columns[difficulty] = found
        return found

    def near_misses(self) -> NoteColumns:
        """What the model only just did not suggest for Expert; nothing before the analysis."""
        heard = self._detection
        return NoteColumns.of() if heard is None else self._near_misses.of(self._state, heard)

    def selected_notes(self) -> tuple[Note, ...]:
        """The selected notes of the difficulty on screen, in order."""
        wanted, track = self._selection.notes, self.track
        if (
            self._chosen is None
            or self._chosen[0] is not wanted
            or self._chosen[1] is not track.notes
        ):
            shown = self._difficulty
            keys = [(key.tick, key.lane) for key in wanted if key.difficulty is shown]
            self._chosen = (wanted, track.notes, tuple(find_notes(track, keys)))
        return self._chosen[2]

    def selected_keys(self) -> tuple[tuple[int, Lane], ...]:
        """Tick and lane of the selected notes, as edits want them."""
        return tuple((note.tick, note.lane) for note in self.selected_notes())

    def key(self, note: Note) -> NoteKey:
        """The key of a note of the difficulty on screen."""
        return NoteKey(self._difficulty, note.tick, note.lane)

    # Opening --------------------------------------------------------------------------------

    def open(self, state: State, source: Path | None, project_path: Path | None = None) -> None:
        """Show another song; sound and activations follow by their own calls."""
        self._source = None  # what the history says from here on is of no song
        self.undo_stack.clear()
        self._gesture = None
        self._state = state
        self._columns = {}
        self._near_misses = Kept(suggest_near_misses)
        self._source = source
        self._project_path = project_path
        self._sound = Sound()
        self._domain = "mix"
        self._detection = None
        self._hearing = None
        self._selection = Selection()
        self._difficulty = Difficulty.EXPERT
        self.opened.emit()
        for signal in (
            self.songChanged,
            self.settingsChanged,
            self.flagsChanged,
            self.reviewedChanged,
            self.passagesChanged,
            self.audioChanged,
            self.activationsChanged,
            self.hearingChanged,
            self.selectionChanged,
            self.pathChanged,
        ):
            signal.emit()
        self.domainChanged.emit(self._domain)
        self.difficultyChanged.emit(self._difficulty)

    def close(self) -> None:
        """Back to nothing open."""
        self.open(State(settings=self.settings), None)

    def shut_down(self) -> None:
        """The window goes away: the history must not speak while it is taken down."""
        self.undo_stack.blockSignals(True)

    def set_detection(self, detection: Detection | None) -> None:
        """The model has spoken (or its results were thrown away)."""
        self._detection = detection
        self.activationsChanged.emit()

    def set_hearing(self, hearing: Hearing | None) -> None:
        """A running analysis has heard more; None when it ended."""
        if hearing is not self._hearing:
            self._hearing = hearing
            self.hearingChanged.emit()

    def set_source(self, path: Path) -> None:
        """The song was found at another place."""
        self._source = path
        self.pathChanged.emit()

    def set_project_path(self, path: Path | None) -> None:
        """The song was saved under another name."""
        self._project_path = path
        self.pathChanged.emit()

    def mark_saved(self) -> None:
        """The project file is up to date."""
        self.undo_stack.setClean()

    def mark_unsaved(self) -> None:
        """The content never was in a file (a recovered song)."""
        self.undo_stack.resetClean()

    # Changing -------------------------------------------------------------------------------

    def push(
        self, edit: Edit, select_after: Selection | Callable[[Edit], Selection] | None = None
    ) -> bool:
        """Apply an edit of the song as one undo step; none when it had nothing to do.

        ``select_after`` may depend on the inverse of the edit, which knows what came of it.

        Returns:
            whether it had something to do.

        Raises:
            ChartError: the edit makes no sense here; nothing has changed.
        """
        self._end_open_gesture()
        song, inverse = edit.apply(self.song)
        if song is self.song:
            return False
        if callable(select_after):
            select_after = select_after(inverse)
        self.undo_stack.push(EditCommand(self, edit, song, inverse, select_after))
        return True

    def change(
        self,
        title: str,
        *,
        song: Song | None = None,
        settings: DecodePlan | None = None,
        micro_flags: tuple[Span, ...] | None = None,
        reviewed: tuple[Span, ...] | None = None,
    ) -> None:
        """Set parts of the state as one undo step; nothing happens when nothing differs."""
        self.begin_gesture()
        self.show_state(song=song, settings=settings, micro_flags=micro_flags, reviewed=reviewed)
        self.end_gesture(title)

    def change_heard(self, title: str, after: State, detection: Detection) -> None:
        """The song as heard anew; undoing brings back what was heard before as well."""
        self._end_open_gesture()
        before = (self._state, self._detection)
        self.undo_stack.push(HeardCommand(self, title, before, (after, detection)))

    def undo(self) -> None:
        """Take back the last step; of a running gesture that is what it did so far."""
        self._end_open_gesture()
        self.undo_stack.undo()

    def redo(self) -> None:
        """Do the step again that was taken back last."""
        self._end_open_gesture()
        self.undo_stack.redo()

    def begin_gesture(self) -> None:
        """From here to :meth:`end_gesture` all of :meth:`show_state` is one undo step."""
        self._end_open_gesture()
        self._gesture = self._state

    @property
    def settled(self) -> State:
        """The state without what a running gesture only shows."""
        return self._state if self._gesture is None else self._gesture

    @property
    def gesture_base(self) -> State | None:
        """The state at the start of the running gesture, None outside of one."""
        return self._gesture

    def end_gesture(self, title: str) -> None:
        """Put what the gesture did into the history; nothing when it did nothing."""
        before, self._gesture = self._gesture, None
        if before is None:
            return
        if not differ(before, self._state):
            self._state = before
            return
        self.undo_stack.push(SnapshotCommand(self, title, before, self._state))

    def abandon_gesture(self) -> None:
        """Go back to where the gesture began."""
        before, self._gesture = self._gesture, None
        if before is not None:
            self.restore_state(before)

    def _on_clean_changed(self, clean: bool) -> None:
        self.dirtyChanged.emit(not clean)

    def _end_open_gesture(self) -> None:
        if self._gesture is not None:
            self.end_gesture("Change")

    def show_state(
        self,
        *,
        song: Song | None = None,
        settings: DecodePlan | None = None,
        micro_flags: tuple[Span, ...] | None = None,
        reviewed: tuple[Span, ...] | None = None,
        selection: Selection | None = None,
    ) -> None:
        """Replace parts of the state without a step in the history (previews, commands).

        ``selection`` is what is selected in the new song; None: the same notes as before.
        """
        state = self._state
        self.restore_state(
            replace(
                state,
                song=state.song if song is None else song,
                settings=state.settings if settings is None else settings,
                micro_flags=state.micro_flags if micro_flags is None else micro_flags,
                reviewed=state.reviewed if reviewed is None else reviewed,
            ),
            selection,
        )

    def restore_state(self, state: State, selection: Selection | None = None) -> None:
        """Replace the state without a step in the history and say what changed."""
        before, self._state = self._state, state
        if before.song is not state.song:
            self.songChanged.emit()
            # One selection, not two in turn: what follows it is busy with each change.
            if selection is None:
                selection = carried(self._selection, before.song, state.song)
            self.select(selection)
        if before.settings is not state.settings:
            self.settingsChanged.emit()
        if before.micro_flags != state.micro_flags:
            self.flagsChanged.emit()
        if before.reviewed != state.reviewed:
            self.reviewedChanged.emit()
        if before.passages != state.passages:
            self.passagesChanged.emit()

    # Selecting ------------------------------------------------------------------------------

    def select_notes(self, notes: tuple[Note, ...]) -> None:
        """Select these notes of the difficulty on screen and no time."""
        shown = self._difficulty
        self.select(Selection(frozenset(NoteKey(shown, n.tick, n.lane) for n in notes)))
