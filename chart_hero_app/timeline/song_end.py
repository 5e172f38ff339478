"""Where the song ends, and what of an edit still lies within it.

What comes later can be neither seen nor heard, and games complain about it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from chart_hero_core.chart.edits import held_move
from chart_hero_core.chart.song import Note
from chart_hero_core.timing.tempo_map import TempoMap

TOO_LATE = "that would be after the end of the song"


def last_tick(tempo_map: TempoMap, song_length_s: float) -> float:
    """The last tick within the song; a chart without sound (length 0) ends nowhere."""
    return math.floor(tempo_map.tick_at(song_length_s)) if song_length_s else math.inf


def before_end(notes: tuple[Note, ...], tick: int, last: float) -> tuple[Note, ...]:
    """Those of the notes that lie within the song when they are pasted at ``tick``."""
    return tuple(note for note in notes if note.tick + tick <= last)


def held_within(
    notes: Sequence[Note], ticks: int, lanes: int, last: float, step: float
) -> tuple[int, int]:
    """How far ``notes`` (in order, at least one) can move together and stay within the song.

    They stop whole steps of the grid before the end, so that none is left off it. Notes that lie
    after the end already can only go back.
    """
    excess = ticks - max(last - notes[-1].tick, 0)
    if excess > 0:
        ticks = max(round(ticks - math.ceil(excess / step) * step), 0)
    return held_move(notes, ticks, lanes)
