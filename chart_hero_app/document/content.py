"""What of the open song undo covers, what the model heard in it, and the notes that views show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from chart_hero_app.document.selection import carried
from chart_hero_app.document.sounding import Sounding
from chart_hero_app.document.state import NoteKey, Selection, Span, State
from chart_hero_app.document.suggesting import Kept, suggest_near_misses
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.edits import find_notes
from chart_hero_core.chart.song import Difficulty, Note, Song, Track

if TYPE_CHECKING:
    from chart_hero_app.document.detection import Detection
    from chart_hero_core.base.drums import Activations, Lane
    from chart_hero_core.decode.settings import DecodePlan


class Content(Sounding):
    """The state and the activations, with a signal for each part that changes.

    It knows no history: steps of the history, previews and loading replace the state here.
    """

    songChanged = Signal()
    settingsChanged = Signal()
    flagsChanged = Signal()
    reviewedChanged = Signal()
    passagesChanged = Signal()
    activationsChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = State()
        self._detection: Detection | None = None
        self._columns: dict[Difficulty, NoteColumns] = {}
        self._near_misses = Kept(suggest_near_misses)
        # What is selected is asked for many times over, and rarely another.
        self._chosen: tuple[frozenset[NoteKey], tuple[Note, ...], tuple[Note, ...]] | None = None

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

    # The notes on screen --------------------------------------------------------------------

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

    # Replacing ------------------------------------------------------------------------------

    def set_detection(self, detection: Detection | None) -> None:
        """The model has spoken (or its results were thrown away)."""
        self._detection = detection
        self.activationsChanged.emit()

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
