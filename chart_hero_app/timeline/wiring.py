"""Carries what the document and the transport say to the rows that show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF

from chart_hero_app.document.passages import describe, passage_at
from chart_hero_app.timeline.axis import MARGIN_PX
from chart_hero_app.timeline.grid import BeatGrid
from chart_hero_app.timeline.levels import levels_along
from chart_hero_app.timeline.notes import NoteTable
from chart_hero_app.widgets.labels import percent, place_text
from chart_hero_core.base.clock import clock
from chart_hero_core.chart.song import Difficulty, Dynamic
from chart_hero_core.timing.tempo_map import TempoMap

if TYPE_CHECKING:
    from chart_hero_app.document.document import Document
    from chart_hero_app.document.state import Span
    from chart_hero_app.document.transport import Transport
    from chart_hero_app.timeline.row_stack import RowStack
    from chart_hero_core.base.drums import DrumClass

FIRST_VIEW_S = 12.0  # what a newly opened song shows
NOT_HEARD = "Transcribe the song to see how sure the model is of each drum"
NO_NOTES = "No notes yet: transcribe the song, or place them"
NOTHING_HEARD = "No notes: lower the thresholds in the Decode panel, or place them"
NOT_REDUCED = "No {} notes yet: make them from Expert in the Notes menu, or place them"
LISTENING = "Listening…"
NOTES_COMING = "Listening: notes appear as they are heard"


class Wiring(QObject):
    """Listens for one view; keeps what several rows share (beat grid, note table)."""

    def __init__(self, view: RowStack, document: Document, transport: Transport) -> None:
        super().__init__(view)
        self._view = view
        self._document = document
        self._transport = transport
        self._grid_of: tuple[TempoMap, float] | None = None
        self._grid = BeatGrid.of(TempoMap(), 0.0)
        self._table = NoteTable()
        self._note_keys = ""
        self._acts_on: Span | None = None
        document.opened.connect(self._on_opened)
        document.songChanged.connect(self._on_song_changed)
        document.difficultyChanged.connect(self._on_song_changed)
        document.settingsChanged.connect(self._show_levels)
        document.passagesChanged.connect(self._on_passages_changed)
        document.flagsChanged.connect(self._on_flags_changed)
        document.reviewedChanged.connect(self._on_reviewed_changed)
        document.audioChanged.connect(self._on_audio_changed)
        document.domainChanged.connect(self._on_audio_changed)
        document.activationsChanged.connect(self._on_activations_changed)
        document.hearingChanged.connect(self._on_activations_changed)
        document.selectionChanged.connect(self._on_selection_changed)
        document.drumChanged.connect(self._on_drum_changed)
        document.snapChanged.connect(self._on_snap_changed)
        transport.durationChanged.connect(self._on_duration_changed)
        transport.loopChanged.connect(view.ruler.set_loop)
        transport.positionChanged.connect(self._on_position_changed)
        view.ruler.tell_tuned = view.overview.tell_tuned = self._tell_tuned
        # A knob that could not act leaves its line where it was.
        view.activation.knobDragEnded.connect(self._show_levels)
        self.show_all()

    def show_all(self) -> None:
        """Bring every row up to date."""
        self._on_duration_changed()
        self._on_audio_changed()
        self._on_song_changed()
        self._on_flags_changed()
        self._on_reviewed_changed()
        self._on_passages_changed()
        self._on_activations_changed()
        self._on_drum_changed(self._document.drum)
        self._on_selection_changed()
        self._view.ruler.set_loop(self._transport.loop)
        self._on_position_changed(self._transport.position_s)

    @property
    def table(self) -> NoteTable:
        """The notes on screen."""
        return self._table

    # The document ---------------------------------------------------------------------------

    def _on_opened(self) -> None:
        self._view.axis.show_range(0.0, FIRST_VIEW_S)
        self._view.axis.scroll_to(0.0)

    def _on_duration_changed(self) -> None:
        before_s = self._view.axis.duration_s
        duration_s = max(self._transport.duration_s, self._document.duration_s)
        self._view.axis.set_duration(duration_s)
        self._refresh_grid()
        self._view.overview.invalidate()
        if before_s == 0 and duration_s > 0:
            self._view.axis.show_range(0.0, min(FIRST_VIEW_S, duration_s))

    def _on_audio_changed(self) -> None:
        document, view = self._document, self._view
        duration_s = document.duration_s
        self._on_duration_changed()
        view.waveform.set_peaks(document.pyramid, duration_s)
        view.overview.set_peaks(document.pyramid, duration_s)
        clip = document.clip
        if clip is None:
            view.spectrogram.set_samples(None, 0)
        else:
            view.spectrogram.set_samples(clip.samples, clip.sample_rate)

    def _on_song_changed(self) -> None:
        song, view = self._document.song, self._view
        self._refresh_grid()
        track = self._document.track
        self._table = NoteTable(self._document.columns, song.tempo_map)
        view.lanes.set_notes(self._table, track.phrases)
        view.ruler.set_sections(song.sections)
        starts = song.tempo_map.seconds_array([section.tick for section in song.sections])
        view.overview.set_sections(tuple(float(t) for t in starts))
        self._show_hits()
        self._show_hints()

    def set_note_keys(self, keys: str) -> None:
        """The keys that place notes, as people read them."""
        self._note_keys = keys
        self._show_hints()

    def _show_hints(self) -> None:
        """What empty rows are for and how to fill them."""
        document, hearing = self._document, self._document.hearing
        curves = document.activations if hearing is None else hearing.activations
        hits = () if hearing is None else hearing.hits
        opened = document.source is not None
        no_curves = opened and curves is None and document.activations is None
        no_notes = opened and not len(self._table) and not hits
        for row, empty, words in (
            (self._view.activation, no_curves, NOT_HEARD if hearing is None else LISTENING),
            (self._view.lanes, no_notes, self._no_notes() if hearing is None else NOTES_COMING),
        ):
            row.set_hint(words if empty else "")

    def _no_notes(self) -> str:
        """Where notes of the difficulty on screen may come from."""
        document = self._document
        if document.difficulty is not Difficulty.EXPERT:
            words = NOT_REDUCED.format(document.difficulty.title)
        else:
            words = NO_NOTES if document.activations is None else NOTHING_HEARD
        by_key = f" with the keys {self._note_keys}" if self._note_keys else " by mouse"
        return words + by_key

    def _refresh_grid(self) -> None:
        view, tempo_map = self._view, self._document.song.tempo_map
        end_s = max(view.axis.duration_s, 1.0)
        shown = self._grid_of
        if shown is None or shown[0] is not tempo_map or shown[1] != end_s:
            self._grid_of = (tempo_map, end_s)
            self._grid = BeatGrid.of(tempo_map, end_s + 2.0)
            view.ruler.set_grid(tempo_map, self._grid)
            view.lanes.set_grid(self._grid, self._document.snap)
            view.waveform.set_grid(self._grid)
            view.tempo.set_map(tempo_map)
            self._on_position_changed(self._transport.position_s)

    def _on_snap_changed(self, division: int) -> None:
        self._view.lanes.set_grid(self._grid, division)

    def _on_flags_changed(self) -> None:
        self._view.ruler.set_flags(self._document.micro_flags)
        self._view.overview.set_flags(self._document.micro_flags)

    def _on_reviewed_changed(self) -> None:
        self._view.overview.set_reviewed(self._document.reviewed)

    def _on_passages_changed(self) -> None:
        spans = tuple(passage.span_s for passage in self._document.state.passages)
        self._view.ruler.set_tuned(spans)
        self._view.overview.set_tuned(spans)
        self._show_levels()

    def _tell_tuned(self, time_s: float) -> str:
        """What is different in a passage with knobs of its own; empty outside of them."""
        state = self._document.state
        passage = passage_at(state.passages, time_s)
        return "" if passage is None else describe(passage, state.settings)

    def _on_selection_changed(self) -> None:
        selection = self._document.selection
        difficulty = self._document.difficulty
        keys = frozenset((k.tick, k.lane) for k in selection.notes if k.difficulty is difficulty)
        self._view.lanes.set_selected(keys)
        for row in self._view.rows.values():
            row.set_range(selection.span_s)

    # The model ------------------------------------------------------------------------------

    def _on_activations_changed(self) -> None:
        hearing = self._document.hearing
        self._view.activation.set_activations(
            self._document.activations
            if hearing is None or hearing.activations is None
            else hearing.activations
        )
        self._view.lanes.set_heard(() if hearing is None else hearing.hits)
        self._show_hints()
        self._show_levels()
        self._show_hits()

    def _on_drum_changed(self, drum: DrumClass) -> None:
        self._view.activation.set_drum(drum)
        self._view.lanes.set_drum(drum)
        self._show_levels()
        self._show_hits()

    def set_acts_on(self, span_s: Span | None) -> None:
        """The stretch that the knobs act on; None for the song."""
        if span_s != self._acts_on:
            self._acts_on = span_s
            self._show_levels()

    def _show_levels(self) -> None:
        state, row = self._document.state, self._view.activation
        activations = self._document.activations
        if activations is None:
            row.set_levels(())
            return
        micro = [(span.start_s, span.end_s) for span in activations.spans]
        row.set_levels(
            levels_along(state.settings, state.passages, self._acts_on, row.threshold_path, micro)
        )

    def _show_hits(self) -> None:
        """Dots at the shown drum's notes, on the curve."""
        activations, drum = self._document.activations, self._document.drum
        if activations is None:
            self._view.activation.set_hits(np.zeros((0, 2)))
            return
        times = self._table.times_of(drum)
        levels = np.zeros(len(times))
        for source in (activations, *activations.spans):
            frames = np.round((times - source.start_s) / source.hop_s).astype(np.int64)
            inside = (frames >= 0) & (frames < source.frames)
            levels[inside] = source.classes[drum, frames[inside]]
        self._view.activation.set_hits(np.stack([times, levels], axis=1))

    # The transport --------------------------------------------------------------------------

    def _on_position_changed(self, position_s: float) -> None:
        place = place_text(self._document.song.tempo_map, position_s)
        self._view.ruler.set_position_text(clock(position_s), place)

    # Under the mouse ------------------------------------------------------------------------

    def describe(self, row: QObject, position: QPointF) -> str:
        """Time, place in the bar and what the row shows there, in words."""
        if position.x() < MARGIN_PX:
            return ""
        view = self._view
        time_s = view.axis.time_of(position.x())
        if row is view.overview:
            time_s = view.overview.time_of(position.x())
        tempo_map = self._document.song.tempo_map
        bar, beat, _ = tempo_map.bar_beat(max(tempo_map.tick_at(time_s), 0.0))
        words = [f"{time_s:.3f} s", f"bar {bar + 1}, beat {beat + 1}"]
        if row is view.spectrogram and (level := view.spectrogram.describe(position)):
            words.append(level)
        if row is view.activation:
            words.append(f"{view.activation.level_at(position.y()):.2f}")
        if passage_at(self._document.state.passages, time_s) is not None:
            words.append("its own knobs")
        if row is view.lanes:
            tick, phrases = tempo_map.tick_at(time_s), self._document.track.phrases
            words += [one.kind.value for one in phrases if one.tick <= tick < one.end_tick]
            words += self._describe_note(time_s, position)
        return " · ".join(words)

    def _describe_note(self, time_s: float, position: QPointF) -> list[str]:
        lanes = self._view.lanes
        note = self._table.nearest(
            time_s, lanes.lane_at(position.y()), 8 / self._view.axis.pixels_per_s
        )
        if note is None:
            return []
        marks = {"flam": note.flam, "double kick": note.double_kick}
        marks[note.dynamic.value] = note.dynamic is not Dynamic.NORMAL
        words = [note.drum.title, *(word for word, on in marks.items() if on)]
        if note.origin.touched:
            words.append("yours")
        elif note.origin.confidence is not None:
            words.append(f"{percent(note.origin.confidence)} sure")
        if note.heard_s is not None:
            late_ms = (self._table.tempo_map.seconds(note.tick) - note.heard_s) * 1000
            words.append(f"{late_ms:+.1f} ms from the attack in the audio")
        return words
