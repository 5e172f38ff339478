"""The review queue: suggestions that are probably wrong, and notes that are probably missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.song import Note
from chart_hero_core.timing.tempo_map import TempoMap

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
    track: NoteColumns,
    rejected: tuple[Note, ...],
    near: NoteColumns,
    tempo_map: TempoMap,
    order: Order = Order.DOUBT,
) -> list[Doubt]:
    """The queue for a track. ``near`` are notes that were just not suggested.

    With calibrated confidences ``risk`` is the chance of an error: 1 - confidence for a note in
    the chart, the confidence itself for one that is not.
    """
    doubtful = np.flatnonzero(~track.touched & (track.confidences < SURE_ENOUGH))
    missing = np.flatnonzero(near.confidences >= LIKELY_ENOUGH)
    missing = missing[~_covered(near, missing, (track, NoteColumns.of(rejected)), tempo_map)]
    risks = np.concatenate((1.0 - track.confidences[doubtful], near.confidences[missing]))
    ticks = np.concatenate((track.ticks[doubtful], near.ticks[missing]))
    times_s = tempo_map.seconds_array(ticks)
    most = np.lexsort((times_s, -risks))[:MAX_DOUBTS]
    found = [
        Doubt(track.notes[doubtful[i]], Kind.DOUBTFUL, float(risks[i]), float(times_s[i]))
        if i < len(doubtful)
        else Doubt(
            near.notes[missing[i - len(doubtful)]], Kind.MISSING, float(risks[i]), float(times_s[i])
        )
        for i in most.tolist()
    ]
    if order is Order.TIME:
        found.sort(key=lambda d: (d.time_s, d.note.lane))
    return found


def _covered(
    near: NoteColumns,
    rows: NDArray[np.int64],
    others: Iterable[NoteColumns],
    tempo_map: TempoMap,
) -> NDArray[np.bool_]:
    """Which of some rows lie on or right beside a note of their lane, or one that was refused."""
    times_s, lanes = tempo_map.seconds_array(near.ticks[rows]), near.lanes[rows]
    covered = np.zeros(len(rows), dtype=np.bool_)
    for other in others:
        other_s = tempo_map.seconds_array(other.ticks)
        for lane in Lane:
            here = lanes == lane
            taken_s = np.sort(other_s[other.lanes == lane])
            first = np.searchsorted(taken_s, times_s[here] - _SAME_PLACE_S)
            until = np.searchsorted(taken_s, times_s[here] + _SAME_PLACE_S, side="right")
            covered[here] |= first < until
    return covered
