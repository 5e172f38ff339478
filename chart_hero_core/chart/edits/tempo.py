"""Edits of the tempo map, with the notes keeping their grid place or their audio time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from chart_hero_core.base.arrays import Float64Array, Int64Array
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.edits.notes import moved_to
from chart_hero_core.chart.edits.structure import phrase_order
from chart_hero_core.chart.song import (
    Difficulty,
    Foreign,
    Note,
    Phrase,
    Section,
    Song,
    TextEvent,
    Track,
)
from chart_hero_core.timing.tempo_map import TempoMap

# From old ticks to new ones, all of a track at once: one by one they take most of the edit's time.
Move = Callable[[Int64Array], Int64Array]
Timed = TypeVar("Timed", Section, TextEvent)


class Keep(Enum):
    """What stays where it is when the tempo map changes."""

    GRID = "grid place"
    TIME = "audio time"


@dataclass(frozen=True, slots=True)
class ChangeTempoMap:
    """Give the song another tempo map.

    With ``Keep.GRID`` everything stays on its beat (ticks are scaled when the resolution
    changes); with ``Keep.TIME`` everything moves to the tick nearest to where it was heard
    before. Two notes of a lane that come to lie on one tick become one: a person's before a
    suggestion, else the earlier one.
    """

    tempo_map: TempoMap
    keep: Keep = Keep.GRID
    title: str = "Change tempo map"

    def apply(self, song: Song) -> "tuple[Song, RestoreTiming]":
        """Swap the map and move what has to move."""
        inverse = RestoreTiming.of(song, self.title)
        if self.tempo_map == song.tempo_map:
            return song, inverse
        if self.keep is Keep.GRID and self.tempo_map.resolution == song.tempo_map.resolution:
            return replace(song, tempo_map=self.tempo_map), inverse
        return with_map(song, self.tempo_map, self._mover(song.tempo_map)), inverse

    def _mover(self, old: TempoMap) -> Move:
        new = self.tempo_map
        if self.keep is Keep.GRID:
            return lambda ticks: _whole(ticks * float(new.resolution) / old.resolution)
        return lambda ticks: np.maximum(_whole(new.ticks_array(old.seconds_array(ticks))), 0)


@dataclass(frozen=True, slots=True)
class RestoreTiming:
    """Restore a tempo map and, to the tick, everything that moved with it."""

    title: str
    tempo_map: TempoMap
    tracks: Mapping[Difficulty, Track]
    sections: tuple[Section, ...]
    end_tick: int | None
    foreign: tuple[Foreign, ...]
    events: tuple[TextEvent, ...]

    @staticmethod
    def of(song: Song, title: str) -> "RestoreTiming":
        """The edit that restores the timing ``song`` has now."""
        return RestoreTiming(
            title,
            song.tempo_map,
            song.tracks,
            song.sections,
            song.end_tick,
            song.foreign,
            song.events,
        )

    def apply(self, song: Song) -> "tuple[Song, RestoreTiming]":
        """Restore it all."""
        restored = replace(
            song,
            tempo_map=self.tempo_map,
            tracks=self.tracks,
            sections=self.sections,
            end_tick=self.end_tick,
            foreign=self.foreign,
            events=self.events,
        )
        return restored, RestoreTiming.of(song, self.title)


def with_map(song: Song, tempo_map: TempoMap, move: Move) -> Song:
    """``song`` on another map, everything with a tick where ``move`` puts it."""
    return replace(
        song,
        tempo_map=tempo_map,
        tracks=MappingProxyType({key: _track(track, move) for key, track in song.tracks.items()}),
        sections=_timed(song.sections, move),
        end_tick=None if song.end_tick is None else _moved([song.end_tick], move)[0],
        foreign=tuple(_foreign(foreign, move) for foreign in song.foreign),
        events=_timed(song.events, move),
    )


def _track(track: Track, move: Move) -> Track:
    moved: dict[tuple[int, Lane], Note] = {}
    for note in _notes(track.notes, move):
        key = (note.tick, note.lane)
        rival = moved.get(key)
        if rival is None or (note.origin.touched and not rival.origin.touched):
            moved[key] = note
    return Track(
        notes=tuple(moved[key] for key in sorted(moved)),
        phrases=tuple(sorted(_phrases(track.phrases, move), key=phrase_order)),
        rejected=tuple(_notes(track.rejected, move)),
        events=_timed(track.events, move),
    )


def _whole(ticks: Float64Array) -> Int64Array:
    return np.rint(ticks).astype(np.int64)


def _moved(ticks: Sequence[int], move: Move) -> list[int]:
    moved: list[int] = move(np.array(ticks, dtype=np.int64)).tolist()
    return moved


def _timed(events: tuple[Timed, ...], move: Move) -> tuple[Timed, ...]:
    ticks = _moved([event.tick for event in events], move)
    return tuple(replace(e, tick=tick) for e, tick in zip(events, ticks, strict=True))


def _notes(notes: tuple[Note, ...], move: Move) -> Iterator[Note]:
    ticks = _moved([note.tick for note in notes], move)
    ends = _moved([note.tick + note.length for note in notes], move)
    for note, tick, end in zip(notes, ticks, ends, strict=True):
        if note.length:
            yield replace(note, tick=tick, length=max(end - tick, 0))
        else:
            yield moved_to(note, tick, note.lane)


def _phrases(phrases: tuple[Phrase, ...], move: Move) -> Iterator[Phrase]:
    ticks = _moved([phrase.tick for phrase in phrases], move)
    ends = _moved([phrase.end_tick for phrase in phrases], move)
    for phrase, tick, end in zip(phrases, ticks, ends, strict=True):
        yield replace(phrase, tick=tick, length=max(end - tick, 1))


def _foreign(foreign: Foreign, move: Move) -> Foreign:
    ticks = _moved([item.tick or 0 for item in foreign.items], move)
    items = (
        item if item.tick is None else replace(item, tick=tick)
        for item, tick in zip(foreign.items, ticks, strict=True)
    )
    return replace(foreign, items=tuple(items))
