"""Edits of notes by a person; notes that they place, move or change count as their own."""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TypeVar

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart.edits.base import (
    Edit,
    NoteKey,
    SwapNotes,
    counted,
    find_notes,
    identical,
)
from chart_hero_core.chart.song import PERSON, Difficulty, Dynamic, Note, Origin, Song, Track
from chart_hero_core.timing.tempo_map import TempoMap


def touched(note: Note) -> Note:
    """The note marked as a person's own; its confidence is kept."""
    if note.origin.touched:
        return note
    return _remade(note, note.tick, note.lane, _touched_origin(note))


def _touched_origin(note: Note) -> Origin:
    return note.origin if note.origin.touched else Origin(note.origin.confidence, touched=True)


def moved_to(note: Note, tick: int, lane: Lane) -> Note:
    """The note at another place."""
    return _remade(note, tick, lane, note.origin)


def _moved(note: Note, tick: int, lane: Lane) -> Note:
    """The note where a person put it."""
    return _remade(note, tick, lane, _touched_origin(note))


def _remade(note: Note, tick: int, lane: Lane, origin: Origin) -> Note:
    # dataclasses.replace takes three times as long, which thousands of notes make felt
    return Note(
        tick,
        lane,
        note.cymbal,
        note.dynamic,
        note.flam,
        note.double_kick,
        note.length,
        origin,
        note.heard_s,
    )


def _suggested_once(note: Note) -> bool:
    """Whether a decode made this note (a person may have touched it since)."""
    return not note.origin.touched or note.origin.confidence is not None


def tidy(note: Note) -> Note:
    """The note without flags that are invalid on its lane.

    Raises:
        ChartError: it lies before the start of the song, or its length is negative.
    """
    if note.tick < 0 or note.length < 0:
        raise ChartError("A note cannot lie before the start of the song or end before it begins.")
    cymbal = note.cymbal and note.lane >= Lane.YELLOW
    double_kick = note.double_kick and note.lane == Lane.KICK
    flam = note.flam and note.lane != Lane.KICK
    if (cymbal, double_kick, flam) == (note.cymbal, note.double_kick, note.flam):
        return note
    return replace(note, cymbal=cymbal, double_kick=double_kick, flam=flam)


def replace_notes(
    song: Song, difficulty: Difficulty, leaving: Sequence[Note], coming: Iterable[Note], title: str
) -> tuple[Song, Edit]:
    """Swap notes on a person's behalf.

    Notes that come push out what lies at their place; of several for one place the first wins.
    A suggestion that leaves its place is remembered as rejected.

    Raises:
        ChartError: a note that comes cannot be, see :func:`tidy`.
    """
    track = song.tracks.get(difficulty, Track())
    coming = [tidy(note) for note in coming]
    if _places(leaving) == _places(coming):
        return _replace_in_place(song, difficulty, leaving, coming, title)
    arriving: dict[NoteKey, Note] = {}
    for note in coming:
        arriving.setdefault((note.tick, note.lane), note)
    gone = {(note.tick, note.lane): note for note in leaving}
    for note in find_notes(track, arriving.keys() - gone.keys()):
        gone[(note.tick, note.lane)] = note
    for key in [key for key in arriving if key in gone and identical(gone[key], arriving[key])]:
        del arriving[key], gone[key]
    if not arriving and not gone:
        return song, SwapNotes(title, difficulty, (), ())
    turned_down = _turned_down(track, [gone[key] for key in sorted(gone) if key not in arriving])
    swap = SwapNotes(
        title,
        difficulty,
        removed=tuple(gone[key] for key in sorted(gone)),
        added=tuple(arriving[key] for key in sorted(arriving)),
        rejected=(*track.rejected, *turned_down) if turned_down else None,
    )
    return swap.apply(song)


def _turned_down(track: Track, leaving: Iterable[Note]) -> list[Note]:
    """Which notes are to be remembered as rejected suggestions, each stroke but once.

    A suggestion that was moved is remembered where it had been: moving it on adds nothing.
    """
    suggested = [note for note in leaving if _suggested_once(note)]
    if not suggested:
        return []
    stroke = attrgetter("lane", "cymbal", "heard_s")
    known = set(map(stroke, track.rejected))
    return [note for note in suggested if note.heard_s is None or stroke(note) not in known]


def _replace_in_place(
    song: Song, difficulty: Difficulty, old: Sequence[Note], new: Sequence[Note], title: str
) -> tuple[Song, Edit]:
    """Swap notes for others at the same places: nobody makes way, no suggestion is rejected."""
    differ = [not identical(*pair) for pair in zip(old, new, strict=True)]
    removed, added = (tuple(itertools.compress(notes, differ)) for notes in (old, new))
    return SwapNotes(title, difficulty, removed, added).apply(song)


def _places(notes: Iterable[Note]) -> list[NoteKey]:
    return list(map(attrgetter("tick", "lane"), notes))


def _change(
    song: Song,
    difficulty: Difficulty,
    keys: Iterable[NoteKey],
    change: Callable[[Note], Note],
    title: str,
) -> tuple[Song, Edit]:
    leaving = find_notes(song.tracks.get(difficulty, Track()), keys)
    return replace_notes(
        song, difficulty, leaving, [touched(change(note)) for note in leaving], title
    )


Value = TypeVar("Value")


def _either(new: Value | None, old: Value) -> Value:
    return old if new is None else new


@dataclass(frozen=True, slots=True)
class AddNotes:
    """Place notes by hand."""

    difficulty: Difficulty
    notes: tuple[Note, ...]

    @property
    def title(self) -> str:
        """For the undo menu."""
        return counted("Add", len(self.notes))

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Place them; what lies at their place makes way."""
        return replace_notes(song, self.difficulty, (), map(touched, self.notes), self.title)


@dataclass(frozen=True, slots=True)
class DeleteNotes:
    """Delete notes; deleted suggestions do not come back with the next decode."""

    difficulty: Difficulty
    keys: tuple[NoteKey, ...]
    verb: str = "Delete"

    @property
    def title(self) -> str:
        """For the undo menu."""
        return counted(self.verb, len(self.keys))

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Delete those that are there."""
        leaving = find_notes(song.tracks.get(self.difficulty, Track()), self.keys)
        return replace_notes(song, self.difficulty, leaving, (), self.title)


def held_move(notes: Sequence[Note], ticks: int, lanes: int) -> tuple[int, int]:
    """How far ``notes`` (in order, at least one) can move together: not before the song's start
    and not off the lanes.
    """
    used = {note.lane for note in notes}
    low, high = min(used), max(used)
    return max(ticks, -notes[0].tick), min(max(lanes, -low), Lane.GREEN - high)


@dataclass(frozen=True, slots=True)
class MoveNotes:
    """Shift notes by ticks and lanes together, as far as the song's start and the lanes allow."""

    difficulty: Difficulty
    keys: tuple[NoteKey, ...]
    ticks: int = 0
    lanes: int = 0

    @property
    def title(self) -> str:
        """For the undo menu."""
        return counted("Move", len(self.keys))

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Move those that are there; their distances stay."""
        leaving = find_notes(song.tracks.get(self.difficulty, Track()), self.keys)
        if not leaving:
            return replace_notes(song, self.difficulty, (), (), self.title)
        ticks, lanes = held_move(leaving, self.ticks, self.lanes)

        lane_of = {lane: Lane(lane + lanes) for lane in {note.lane for note in leaving}}
        coming = [_moved(note, note.tick + ticks, lane_of[note.lane]) for note in leaving]
        return replace_notes(song, self.difficulty, leaving, coming, self.title)


@dataclass(frozen=True, slots=True)
class ChangeNotes:
    """Set properties of notes; None leaves a property as it is."""

    difficulty: Difficulty
    keys: tuple[NoteKey, ...]
    lane: Lane | None = None
    cymbal: bool | None = None
    dynamic: Dynamic | None = None
    flam: bool | None = None
    double_kick: bool | None = None
    length: int | None = None

    @property
    def title(self) -> str:
        """For the undo menu."""
        fields = ("lane", "cymbal", "dynamic", "flam", "double_kick", "length")
        names = [name.replace("_", " ") for name in fields if getattr(self, name) is not None]
        return f"Change {' and '.join(names)} of {counted('', len(self.keys)).strip()}"

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Change those that are there."""

        def changed(note: Note) -> Note:
            return Note(
                note.tick,
                _either(self.lane, note.lane),
                _either(self.cymbal, note.cymbal),
                _either(self.dynamic, note.dynamic),
                _either(self.flam, note.flam),
                _either(self.double_kick, note.double_kick),
                _either(self.length, note.length),
                _touched_origin(note),
                note.heard_s,
            )

        return _change(song, self.difficulty, self.keys, changed, self.title)


@dataclass(frozen=True, slots=True)
class RetimeNotes:
    """Give each note a tick of its own: nudges, snapping to transients."""

    difficulty: Difficulty
    ticks: tuple[tuple[NoteKey, int], ...]
    verb: str = "Move"

    @property
    def title(self) -> str:
        """For the undo menu."""
        return counted(self.verb, len(self.ticks))

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Move those that are there; ticks before the song's start become 0."""
        goals = dict(self.ticks)

        def retimed(note: Note) -> Note:
            return _moved(note, max(goals[(note.tick, note.lane)], 0), note.lane)

        return _change(song, self.difficulty, goals, retimed, self.title)


@dataclass(frozen=True, slots=True)
class QuantiseNotes:
    """Pull notes towards the grid of 1/``division`` notes (16: sixteenths, 24: their triplets).

    ``strength`` 1 puts them on the grid, 0.5 half way. The grid starts at each time signature.
    Notes that lie right stay as they are: a suggestion among them is not made a person's own.
    """

    difficulty: Difficulty
    keys: tuple[NoteKey, ...]
    division: int
    strength: float = 1.0

    @property
    def title(self) -> str:
        """For the undo menu."""
        return f"{counted('Quantise', len(self.keys))} to 1/{self.division}"

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Move those that are there. Raises :class:`ChartError` for a senseless grid."""
        if self.division < 1 or not 0 <= self.strength <= 1:
            raise ChartError("Quantising needs a positive grid and a strength from 0 to 1.")
        tempo_map = song.tempo_map

        def quantised(note: Note) -> Note:
            goal = grid_tick(tempo_map, note.tick, self.division)
            step = (goal - note.tick) * self.strength
            tick = max(note.tick + math.floor(step + 0.5), 0)
            return note if tick == note.tick else _moved(note, tick, note.lane)

        notes = find_notes(song.tracks.get(self.difficulty, Track()), self.keys)
        return replace_notes(
            song, self.difficulty, notes, [quantised(note) for note in notes], self.title
        )


@dataclass(frozen=True, slots=True)
class PasteNotes:
    """Put a copy (ticks relative to its anchor, see :func:`copy_notes`) at ``tick``."""

    difficulty: Difficulty
    notes: tuple[Note, ...]
    tick: int

    @property
    def title(self) -> str:
        """For the undo menu."""
        return counted("Paste", len(self.notes))

    def apply(self, song: Song) -> tuple[Song, Edit]:
        """Place the copies; what lies at their place makes way."""
        placed = [
            replace(note, tick=note.tick + self.tick, origin=PERSON, heard_s=None)
            for note in self.notes
        ]
        return replace_notes(song, self.difficulty, (), placed, self.title)


def copy_notes(track: Track, keys: Iterable[NoteKey], anchor_tick: int) -> tuple[Note, ...]:
    """The notes of these keys with ticks counted from ``anchor_tick``, for :class:`PasteNotes`.

    Anchor at the start of the bar or beat to keep the place in the bar when pasting.
    """
    return tuple(
        replace(note, tick=note.tick - anchor_tick, origin=PERSON, heard_s=None)
        for note in find_notes(track, keys)
    )


def grid_tick(tempo_map: TempoMap, tick: float, division: int) -> int:
    """The tick of the 1/``division`` grid line nearest to ``tick``."""
    start = tempo_map.signature_at(tick).tick
    whole = tempo_map.resolution * 4
    lines = math.floor((tick - start) * division / whole + 0.5)
    return start + math.floor(lines * whole / division + 0.5)


def nudge(
    song: Song, difficulty: Difficulty, keys: Iterable[NoteKey], seconds: float
) -> RetimeNotes:
    """The edit that shifts notes by a time, by at least one tick each."""
    tempo_map = song.tempo_map
    ticks: list[tuple[NoteKey, int]] = []
    for note in find_notes(song.tracks.get(difficulty, Track()), keys):
        goal = round(tempo_map.tick_at(tempo_map.seconds(note.tick) + seconds))
        if seconds and goal == note.tick:
            goal += 1 if seconds > 0 else -1
        ticks.append(((note.tick, note.lane), goal))
    return RetimeNotes(difficulty, tuple(ticks), verb="Nudge")
