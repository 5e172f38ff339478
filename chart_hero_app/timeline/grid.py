"""The musical grid: where bars, beats and subdivisions lie in time, and what snaps to them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.chart.edits import grid_tick
from chart_hero_core.timing.tempo_map import TempoMap

Times = NDArray[np.float64]
Ticks = NDArray[np.int64]

FADE_FROM_PX = 5.0  # lines closer than this are not drawn
FADE_TO_PX = 14.0  # lines further apart than this are drawn in full


@dataclass(frozen=True, slots=True, eq=False)
class BeatGrid:
    """All beats of a song: ticks, times, bar numbers (from 0) and beats within the bar."""

    ticks: Ticks
    times_s: Times
    bars: Ticks
    beats: Ticks
    resolution: int

    @staticmethod
    def of(tempo_map: TempoMap, end_s: float) -> "BeatGrid":
        """The beats from the start up to a bar past ``end_s``."""
        last_tick = int(tempo_map.tick_at(max(end_s, 0.0)))
        bar_ticks = int(tempo_map.ticks_per_bar(tempo_map.signature_at(last_tick)))
        found = tempo_map.beats(0, last_tick + bar_ticks + 1)
        ticks = np.array([beat.tick for beat in found], dtype=np.int64)
        return BeatGrid(
            ticks,
            tempo_map.seconds_array(ticks),
            np.array([beat.bar for beat in found], dtype=np.int64),
            np.array([beat.beat for beat in found], dtype=np.int64),
            tempo_map.resolution,
        )

    def visible(self, start_s: float, end_s: float) -> slice:
        """The beats in a stretch, one more at either side."""
        first = int(np.searchsorted(self.times_s, start_s)) - 1
        last = int(np.searchsorted(self.times_s, end_s, side="right")) + 1
        return slice(max(first, 0), last)


def fade(spacing_px: float) -> float:
    """How strongly lines at this distance are drawn, 0..1."""
    share = (spacing_px - FADE_FROM_PX) / (FADE_TO_PX - FADE_FROM_PX)
    return min(max(share, 0.0), 1.0)


def thinning(spacing_px: float, wanted_px: float) -> int:
    """The smallest power of two that brings items ``spacing_px`` apart to ``wanted_px``."""
    step = 1
    while spacing_px * step < wanted_px and step < 1 << 20:
        step *= 2
    return step


def snap_tick(tempo_map: TempoMap, tick: float, division: int) -> int:
    """The grid line nearest to ``tick``; the start of a later time signature is one too."""
    tick = max(tick, 0.0)
    snapped = grid_tick(tempo_map, tick, division)
    following = next((s.tick for s in tempo_map.signatures if s.tick > tick), None)
    if following is not None and following - tick < abs(snapped - tick):
        return following
    return snapped


def beat_start(tempo_map: TempoMap, tick: int) -> int:
    """The beat, counted from the time signature, that ``tick`` lies in."""
    signature = tempo_map.signature_at(tick)
    beat = tempo_map.ticks_per_beat(signature)
    return round(signature.tick + (tick - signature.tick) // beat * beat)
