"""The review queue: suggestions that are probably wrong, and notes that are probably missing."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from enum import Enum

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note, Song, Track

# Suggestions surer than this are not worth a look each: 1 in 4 would be wrong at most.
SURE_ENOUGH = 0.75
# A stroke not suggested is worth a look when it is at least this likely.
LIKELY_ENOUGH = 0.25
MAX_DOUBTS = 2_000
_SAME_PLACE_S = 0.03


class Kind(Enum):
    """Which way a suggestion may be wrong."""

    DOUBTFUL = "doubtful"  # it is in the chart and may not belong there
    MISSING = "missing"  # it is not in the chart and may belong there


class Order(Enum):
    """How the queue is sorted."""

    DOUBT = "most doubtful first"
    TIME = "in the order of the song"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One place worth a look. ``risk`` (0..1): how likely the chart is wrong here."""

    note: Note
    kind: Kind
    risk: float
    time_s: float


def doubts(
    song: Song, track: Track, near: tuple[Note, ...], order: Order = Order.DOUBT
) -> list[Doubt]:
    """The queue for a track. ``near`` are notes that were just not suggested.

    With calibrated confidences ``risk`` is the chance of an error: 1 - confidence for a note in
    the chart, the confidence itself for one that is not.
    """
    seconds = song.tempo_map.seconds
    found = [
        Doubt(note, Kind.DOUBTFUL, 1.0 - note.origin.confidence, seconds(note.tick))
        for note in track.notes
        if not note.origin.touched
        and note.origin.confidence is not None
        and note.origin.confidence < SURE_ENOUGH
    ]
    taken = _Taken(song, track)
    for note in near:
        confidence = note.origin.confidence or 0.0
        if confidence >= LIKELY_ENOUGH and not taken.covers(note):
            found.append(Doubt(note, Kind.MISSING, confidence, seconds(note.tick)))
    found.sort(key=lambda d: (-d.risk, d.time_s))
    del found[MAX_DOUBTS:]
    if order is Order.TIME:
        found.sort(key=lambda d: (d.time_s, d.note.lane))
    return found


class _Taken:
    """Where a lane already has a note, or a person refused one."""

    def __init__(self, song: Song, track: Track) -> None:
        self._song = song
        self._times: dict[Lane, list[float]] = {lane: [] for lane in Lane}
        for note in (*track.notes, *track.rejected):
            self._times[note.lane].append(song.tempo_map.seconds(note.tick))
        for times in self._times.values():
            times.sort()

    def covers(self, note: Note) -> bool:
        """Whether a note would lie on or right beside one of these."""
        times = self._times[note.lane]
        time_s = self._song.tempo_map.seconds(note.tick)
        index = bisect.bisect_left(times, time_s - _SAME_PLACE_S)
        return index < len(times) and times[index] <= time_s + _SAME_PLACE_S
