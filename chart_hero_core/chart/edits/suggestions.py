"""Edits of suggestions: replacing them after a decode, accepting and rejecting them."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.edits.base import (
    Edit,
    NoteKey,
    SwapNotes,
    counted,
    find_notes,
    identical,
    notes_between,
)
from chart_hero_core.chart.edits.notes import replace_notes, tidy
from chart_hero_core.chart.song import Difficulty, Note, Origin, Song, Track
from chart_hero_core.timing.tempo_map import TempoMap

# Two strokes of one drum are hardly ever closer; a suggestion this near to a note that a person
# has dealt with is the same stroke again, only quantised another way.
SAME_STROKE_S = 0.025
_FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class ReplaceSuggestions:
    """What a new decode makes of a track, or of its stretch ``start_tick <= tick < end_tick``.

    Untouched notes give way to ``notes``. Touched notes stay as they are, and no suggestion comes
    to lie on them or on a place where a person rejected the same drum.
    """

    difficulty: Difficulty
    notes: tuple[Note, ...]
    start_tick: int = 0
    end_tick: int | None = None
    title: str = "Detect again"

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Swap the suggestions; only real differences enter the swap.

        Raises:
            ChartError: a new one lies before the start of the song, or its length is negative.
        """
        track = song.tracks.get(self.difficulty, Track())
        end_tick = _FOREVER if self.end_tick is None else self.end_tick
        old = {
            (note.tick, note.lane): note
            for note in notes_between(track, self.start_tick, end_tick)
            if not note.origin.touched
        }
        coming = [note for note in self.notes if self.start_tick <= note.tick < end_tick]
        new: dict[NoteKey, Note] = {}
        for note in _allowed(song.tempo_map, track, coming):
            new.setdefault((note.tick, note.lane), tidy(_untouched(note)))
        for key in [k for k in new if k in old and identical(old[k], new[k])]:
            del new[key], old[key]
        if not old and not new:
            return song, SwapNotes(self.title, self.difficulty, (), ())
        removed = tuple(old[key] for key in sorted(old))
        added = tuple(new[key] for key in sorted(new))
        return SwapNotes(self.title, self.difficulty, removed, added).apply(song)


def _untouched(note: Note) -> Note:
    if not note.origin.touched:
        return note
    return replace(note, origin=Origin(note.origin.confidence))


def _allowed(tempo_map: TempoMap, track: Track, notes: Sequence[Note]) -> Iterable[Note]:
    """The suggestions that lie where no person has decided, by tick and by time."""
    own = NoteColumns.of([note for note in track.notes if note.origin.touched])
    rejected = NoteColumns.of(track.rejected)
    if not len(own) and not len(rejected):
        return notes
    new = NoteColumns.of(notes)
    placed_s = tempo_map.seconds_array(new.ticks)
    times_s = np.where(np.isnan(new.heard_s), placed_s, new.heard_s)
    forbidden = np.isin(new.places, own.places)
    for lane in Lane:
        here = new.lanes == lane
        forbidden[here] |= _near(_decided_s(tempo_map, own, own.lanes == lane), times_s[here])
    for drum in DrumClass:
        here = new.drums == drum
        refused_s = _decided_s(tempo_map, rejected, rejected.drums == drum)
        forbidden[here] |= _near(refused_s, times_s[here])
    return itertools.compress(notes, (~forbidden).tolist())


def _decided_s(tempo_map: TempoMap, notes: NoteColumns, which: BoolArray) -> Float64Array:
    """Where some notes lie and where they were heard, sorted."""
    heard_s = notes.heard_s[which]
    placed_s = tempo_map.seconds_array(notes.ticks[which])
    return np.sort(np.concatenate((placed_s, heard_s[~np.isnan(heard_s)])))


def _near(decided_s: Float64Array, times_s: Float64Array) -> BoolArray:
    """Which times are within the length of a stroke of one that was decided."""
    first = np.searchsorted(decided_s, times_s - SAME_STROKE_S)
    until = np.searchsorted(decided_s, times_s + SAME_STROKE_S, side="right")
    return first < until


@dataclass(frozen=True, slots=True)
class SetTouched:
    """Mark notes as a person's own (``touched``), or hand them back to the decoder."""

    difficulty: Difficulty
    keys: tuple[NoteKey, ...]
    touched: bool = True

    @property
    def title(self) -> str:
        """For the undo menu."""
        return counted("Accept" if self.touched else "Unlock", len(self.keys))

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Mark those that are there."""
        found = find_notes(song.tracks.get(self.difficulty, Track()), self.keys)
        changed = [n for n in found if n.origin.touched != self.touched]
        if not changed:
            return song, SwapNotes(self.title, self.difficulty, (), ())
        marked = [
            replace(note, origin=Origin(note.origin.confidence, self.touched)) for note in changed
        ]
        return SwapNotes(self.title, self.difficulty, tuple(changed), tuple(marked)).apply(song)


@dataclass(frozen=True, slots=True)
class RejectNotes:
    """Reject suggestions: they are removed and do not come back."""

    difficulty: Difficulty
    keys: tuple[NoteKey, ...]

    @property
    def title(self) -> str:
        """For the undo menu."""
        return counted("Reject", len(self.keys), "suggestion")

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Reject those that are there."""
        leaving = find_notes(song.tracks.get(self.difficulty, Track()), self.keys)
        return replace_notes(song, self.difficulty, leaving, (), self.title)
