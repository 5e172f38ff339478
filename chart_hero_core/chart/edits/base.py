"""The edit protocol, the note swap that all note edits reduce to, and compound edits."""

import bisect
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, eq, not_
from types import MappingProxyType
from typing import Protocol

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart.song import Difficulty, Note, Song, Track

NoteKey = tuple[int, Lane]
"""Names a note of a track: tick and lane."""

# Finding one note, and taking it out or putting it in, costs about so many times what passing over
# one does: few are looked up, for many the track is gone through.
_STEPS = 16
_LEAST = 256  # of a shorter track single insertions are always quick
_place = attrgetter("tick", "lane")


class Edit(Protocol):
    """A change of a song, as data. Applying it never alters the song it is given."""

    @property
    def title(self) -> str:
        """What undo and redo call it, e.g. ``Delete 3 notes``."""

    def apply(self, song: Song) -> "tuple[Song, Edit]":
        """The changed song, and the edit that leads back from it.

        An edit with nothing to do returns the very same song object.

        Raises:
            ChartError: the edit makes no sense for this song.
        """


@dataclass(frozen=True, slots=True)
class SwapNotes:
    """Remove exactly these notes from a track and add exactly those.

    It is the inverse of every note edit; views read from it what changed.

    Attributes:
        removed, added: in track order.
        rejected: what the track's ``rejected`` becomes, None to leave it.
        drop_track: remove the track altogether afterwards (it was not there before).
    """

    title: str
    difficulty: Difficulty
    removed: tuple[Note, ...]
    added: tuple[Note, ...]
    rejected: tuple[Note, ...] | None = None
    drop_track: bool = False

    def apply(self, song: Song) -> "tuple[Song, SwapNotes]":
        """Swap the notes. Raises :class:`ChartError` when one is missing or in the way."""
        if not (self.removed or self.added or self.drop_track) and self.rejected is None:
            return song, self
        before = song.tracks.get(self.difficulty)
        inverse = SwapNotes(
            self.title,
            self.difficulty,
            removed=self.added,
            added=self.removed,
            rejected=None if self.rejected is None or before is None else before.rejected,
            drop_track=before is None,
        )
        if self.drop_track:
            return with_track(song, self.difficulty, None), inverse
        track = before or Track()
        notes = _swap_notes(track.notes, self.removed, self.added)
        rejected = track.rejected if self.rejected is None else self.rejected
        return with_track(
            song, self.difficulty, replace(track, notes=notes, rejected=rejected)
        ), inverse


@dataclass(frozen=True, slots=True)
class Compound:
    """Several edits as one undo step; either all happen or none."""

    title: str
    edits: tuple[Edit, ...]

    def apply(self, song: Song) -> "tuple[Song, Compound]":
        """Apply all in order."""
        inverses: list[Edit] = []
        for edit in self.edits:
            song, inverse = edit.apply(song)
            inverses.append(inverse)
        return song, Compound(self.title, tuple(reversed(inverses)))


def with_track(song: Song, difficulty: Difficulty, track: Track | None) -> Song:
    """The song with one track replaced, or removed for None."""
    tracks: dict[Difficulty, Track] = {
        key: kept for key, kept in song.tracks.items() if key != difficulty
    }
    if track is not None:
        tracks[difficulty] = track
    ordered: Mapping[Difficulty, Track] = dict(sorted(tracks.items(), reverse=True))
    return replace(song, tracks=MappingProxyType(ordered))


def _swap_notes(
    notes: Sequence[Note], removed: Sequence[Note], added: Sequence[Note]
) -> tuple[Note, ...]:
    """The sorted notes with some taken out and others put in.

    Raises:
        ChartError: a note to remove is not there, or one to add finds its place taken.
    """
    if (len(removed) + len(added)) * _STEPS > max(len(notes), _LEAST):
        return _rebuild(notes, removed, added)
    changed = list(notes)
    for note in removed:
        index = bisect.bisect_left(changed, note.sort_key, key=_place)
        if index == len(changed) or changed[index].sort_key != note.sort_key:
            raise _missing(note)
        del changed[index]
    for note in added:
        index = bisect.bisect_left(changed, note.sort_key, key=_place)
        if index < len(changed) and changed[index].sort_key == note.sort_key:
            raise _taken(note)
        changed.insert(index, note)
    return tuple(changed)


def _rebuild(
    notes: Sequence[Note], removed: Sequence[Note], added: Sequence[Note]
) -> tuple[Note, ...]:
    gone = set(map(_place, removed))
    changed = list(itertools.compress(notes, _absent(notes, gone)))
    if len(changed) + len(removed) != len(notes):
        present = set(map(_place, notes))
        raise _missing(next((n for n in removed if _place(n) not in present), removed[0]))
    changed.extend(added)
    changed.sort(key=_place)
    places = list(map(_place, changed))
    twice = list(map(eq, places, places[1:]))
    if any(twice):
        raise _taken(changed[twice.index(True)])
    return tuple(changed)


def _absent(notes: Iterable[Note], places: set[NoteKey]) -> Iterable[bool]:
    """Whether each note lies at none of the places (no loop of Python: tracks are long)."""
    return map(not_, map(places.__contains__, map(_place, notes)))


def _missing(note: Note) -> ChartError:
    return ChartError(
        f"There is no {note.lane.name.lower()} note at tick {note.tick} any more; "
        "the chart has changed since this edit was made."
    )


def _taken(note: Note) -> ChartError:
    return ChartError(f"There is already a {note.lane.name.lower()} note at tick {note.tick}.")


def find_notes(track: Track, keys: Iterable[NoteKey]) -> list[Note]:
    """The notes with these keys, in track order; keys without a note are ignored."""
    wanted = set(keys)
    if len(wanted) * _STEPS > len(track.notes):
        there = map(wanted.__contains__, map(_place, track.notes))
        return list(itertools.compress(track.notes, there))
    found: list[Note] = []
    for key in sorted(wanted):
        index = bisect.bisect_left(track.notes, key, key=_place)
        if index < len(track.notes) and track.notes[index].sort_key == key:
            found.append(track.notes[index])
    return found


def notes_between(track: Track, start_tick: int, end_tick: int) -> tuple[Note, ...]:
    """The notes with ``start_tick <= tick < end_tick``."""
    first = bisect.bisect_left(track.notes, start_tick, key=attrgetter("tick"))
    last = bisect.bisect_left(track.notes, end_tick, key=attrgetter("tick"))
    return track.notes[first:last]


def identical(one: Note, other: Note) -> bool:
    """Whether two notes are equal in every field, including those that ``==`` ignores."""
    if one is other:
        return True
    return one == other and (one.origin, one.heard_s) == (other.origin, other.heard_s)


def counted(verb: str, count: int, noun: str = "note") -> str:
    """``Add note`` or ``Add 3 notes``."""
    return f"{verb} {noun}" if count == 1 else f"{verb} {count:,} {noun}s"
