"""Edits of the tempo map, with the notes keeping their grid place or their audio time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType

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

    def _mover(self, old: TempoMap) -> Callable[[int], int]:
        new = self.tempo_map
        if self.keep is Keep.GRID:
            return lambda tick: round(tick * new.resolution / old.resolution)
        return lambda tick: max(round(new.tick_at(old.seconds(tick))), 0)


@dataclass(frozen=True, slots=True)
class RestoreTiming:
    """Puts a tempo map back together with everything that moved with it, to the tick."""

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


def with_map(song: Song, tempo_map: TempoMap, move: Callable[[int], int]) -> Song:
    """``song`` on another map, everything with a tick where ``move`` puts it."""
    return replace(
        song,
        tempo_map=tempo_map,
        tracks=MappingProxyType({key: _track(track, move) for key, track in song.tracks.items()}),
        sections=tuple(replace(section, tick=move(section.tick)) for section in song.sections),
        end_tick=None if song.end_tick is None else move(song.end_tick),
        foreign=tuple(_foreign(foreign, move) for foreign in song.foreign),
        events=_events(song.events, move),
    )


def _track(track: Track, move: Callable[[int], int]) -> Track:
    moved: dict[tuple[int, int], Note] = {}
    for note in track.notes:
        placed = _note(note, move)
        rival = moved.get(placed.sort_key)
        if rival is None or (placed.origin.touched and not rival.origin.touched):
            moved[placed.sort_key] = placed
    return Track(
        notes=tuple(moved[key] for key in sorted(moved)),
        phrases=tuple(sorted((_phrase(p, move) for p in track.phrases), key=phrase_order)),
        rejected=tuple(_note(note, move) for note in track.rejected),
        events=_events(track.events, move),
    )


def _events(events: tuple[TextEvent, ...], move: Callable[[int], int]) -> tuple[TextEvent, ...]:
    return tuple(replace(event, tick=move(event.tick)) for event in events)


def _note(note: Note, move: Callable[[int], int]) -> Note:
    tick = move(note.tick)
    if not note.length:
        return moved_to(note, tick, note.lane)
    return replace(note, tick=tick, length=max(move(note.tick + note.length) - tick, 0))


def _phrase(phrase: Phrase, move: Callable[[int], int]) -> Phrase:
    tick = move(phrase.tick)
    return replace(phrase, tick=tick, length=max(move(phrase.end_tick) - tick, 1))


def _foreign(foreign: Foreign, move: Callable[[int], int]) -> Foreign:
    items = (
        item if item.tick is None else replace(item, tick=move(item.tick)) for item in foreign.items
    )
    return replace(foreign, items=tuple(items))
