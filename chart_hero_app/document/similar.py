"""Bars like one bar: what was mended there may be wrong in the same way elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.chart.edits import AddNotes, Compound, DeleteNotes, Edit, notes_between
from chart_hero_core.chart.song import Difficulty, Note, Origin, Song, Track
from chart_hero_core.timing.tempo_map import TempoMap

# Bars that share less than this of their strokes are not alike.
LEAST_LIKENESS = 0.6
# Strokes are the same when they lie on the same 1/48 note: finer differences are timing.
_SLOTS_PER_WHOLE = 48

Pattern = frozenset[tuple[int, DrumClass]]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar by its number (from 0) and its ticks, the end not included."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Similar:
    """A bar like the mended one, and how like it was before the mending (0..1)."""

    bar: Bar
    likeness: float


def bar_at(tempo_map: TempoMap, tick: float) -> Bar:
    """The bar that ``tick`` lies in."""
    number, _, _ = tempo_map.bar_beat(max(tick, 0.0))
    return Bar(number, tempo_map.bar_start(number), tempo_map.bar_start(number + 1))


def similar_bars(song: Song, track: Track, mended: Bar, before: Sequence[Note]) -> list[Similar]:
    """Bars that look as the mended one looked ``before``, the likest first.

    Bars that a person has touched, bars of another length and bars that already look like the
    mended one are left out.
    """
    tempo_map = song.tempo_map
    if not track.notes:
        return []
    wanted = pattern(before, mended, tempo_map)
    done = pattern(notes_between(track, mended.start, mended.end), mended, tempo_map)
    last, _, _ = tempo_map.bar_beat(track.notes[-1].tick)
    found: list[Similar] = []
    for number in range(last + 1):
        bar = Bar(number, tempo_map.bar_start(number), tempo_map.bar_start(number + 1))
        if number == mended.number or bar.end - bar.start != mended.end - mended.start:
            continue
        notes = notes_between(track, bar.start, bar.end)
        if any(note.origin.touched for note in notes):
            continue
        here = pattern(notes, bar, tempo_map)
        likeness = _likeness(wanted, here)
        if here != done and likeness >= LEAST_LIKENESS:
            found.append(Similar(bar, likeness))
    found.sort(key=lambda s: (-s.likeness, s.bar.number))
    return found


def pattern(notes: Iterable[Note], bar: Bar, tempo_map: TempoMap) -> Pattern:
    """Which drum is struck on which 1/48 of the bar."""
    slot = tempo_map.resolution * 4 / _SLOTS_PER_WHOLE
    return frozenset((round((note.tick - bar.start) / slot), note.drum) for note in notes)


def spread(track: Track, difficulty: Difficulty, mended: Bar, goals: Sequence[Bar]) -> Edit:
    """The edit that gives each of ``goals`` the notes of the mended bar."""
    model = notes_between(track, mended.start, mended.end)
    edits: list[Edit] = []
    for bar in goals:
        old = notes_between(track, bar.start, bar.end)
        if old:
            edits.append(DeleteNotes(difficulty, tuple((n.tick, n.lane) for n in old)))
        placed = tuple(
            replace(
                note,
                tick=note.tick - mended.start + bar.start,
                origin=Origin(touched=True),
                heard_s=None,
            )
            for note in model
        )
        if placed:
            edits.append(AddNotes(difficulty, placed))
    count = f"{len(goals)} similar bar{'s' if len(goals) != 1 else ''}"
    return Compound(f"Apply bar {mended.number + 1} to {count}", tuple(edits))


def _likeness(one: Pattern, other: Pattern) -> float:
    """Shared strokes over all strokes (Jaccard); two empty bars are not alike, but nothing."""
    union = one | other
    return len(one & other) / len(union) if union else 0.0
