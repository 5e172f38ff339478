"""Edits between the decoder and the person: new suggestions, accepting and rejecting them."""

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chart_hero_core.base.drums import DrumClass, Lane
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
        guard = _Guard(song.tempo_map, track)
        new: dict[NoteKey, Note] = {}
        for note in self.notes:
            if self.start_tick <= note.tick < end_tick and not guard.forbids(note):
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


class _Guard:
    """Knows where a person has decided, by tick and by time."""

    def __init__(self, tempo_map: TempoMap, track: Track) -> None:
        own = [note for note in track.notes if note.origin.touched]
        self._tempo_map = tempo_map
        self._taken = {(note.tick, note.lane) for note in own}
        self._own_s = _times_s(tempo_map, own, lambda note: note.lane)
        self._rejected_s = _times_s(tempo_map, track.rejected, lambda note: note.drum)

    def forbids(self, note: Note) -> bool:
        """Whether a suggestion may not be placed."""
        if (note.tick, note.lane) in self._taken:
            return True
        if not self._own_s and not self._rejected_s:
            return False
        time_s = self._tempo_map.seconds(note.tick) if note.heard_s is None else note.heard_s
        return _near(self._own_s.get(note.lane, ()), time_s) or _near(
            self._rejected_s.get(note.drum, ()), time_s
        )


def _times_s(
    tempo_map: TempoMap, notes: Sequence[Note], kind: Callable[[Note], Lane | DrumClass]
) -> dict[Lane | DrumClass, list[float]]:
    """Where notes lie and where they were heard, sorted, by kind."""
    found: dict[Lane | DrumClass, list[float]] = {}
    for note in notes:
        times = found.setdefault(kind(note), [])
        times.append(tempo_map.seconds(note.tick))
        if note.heard_s is not None:
            times.append(note.heard_s)
    for times in found.values():
        times.sort()
    return found


def _near(times_s: Sequence[float], time_s: float) -> bool:
    index = bisect.bisect_left(times_s, time_s - SAME_STROKE_S)
    return index < len(times_s) and times_s[index] <= time_s + SAME_STROKE_S


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
    """Turn suggestions down: they go and do not come back."""

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
