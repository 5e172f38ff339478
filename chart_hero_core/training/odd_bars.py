"""Songs in odd bars made of others: some of their bars lose the last eighth or the last beat.

Progressive rock counts in sevens and in bars that change; most charts and all drummers' takes do
not. What is left of a bar is played as it was, so beats and bar lines are known.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.training.stroke_songs import StrokeSong

# Every how many bars one is cut: all of them (7/8), every other one (15/8), one of four.
_PERIODS, _ODDS = (1, 2, 4), (0.5, 0.3, 0.2)
_FEWEST_BEATS = 3
# What is struck this shortly before a bar line belongs to it.
_EARLY_S = 0.04


def with_odd_bars(song: StrokeSong, rng: np.random.Generator) -> StrokeSong:
    """``song`` with the end of some of its bars of three beats or more cut out."""
    lines = np.flatnonzero(song.downs)
    period = int(rng.choice(_PERIODS, p=_ODDS))
    by_half = rng.random() < 0.7
    first = int(rng.integers(period))
    starts, ends = [], []
    for number, (line, after) in enumerate(pairwise(lines)):
        if number % period != first or after - line < _FEWEST_BEATS:
            continue
        end_s = song.beats_s[after] - _EARLY_S
        beat_s = song.beats_s[after] - song.beats_s[after - 1]
        starts.append(end_s - beat_s * (0.5 if by_half else 1.0))
        ends.append(end_s)
    return _without(song, np.array(starts), np.array(ends))


def _without(
    song: StrokeSong, starts_s: NDArray[np.float64], ends_s: NDArray[np.float64]
) -> StrokeSong:
    """What lies in the stretches is gone, and what follows them comes earlier."""
    lost_s = np.concatenate([[0.0], np.cumsum(ends_s - starts_s)])

    def kept(times_s: NDArray[np.float64]) -> NDArray[np.bool_]:
        before = np.searchsorted(starts_s, times_s, side="right")
        inside: NDArray[np.bool_] = before > np.searchsorted(ends_s, times_s, side="right")
        return ~inside

    def moved(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = (
            times_s - lost_s[np.searchsorted(ends_s, times_s, side="right")]
        )
        return found

    strokes, beats = kept(song.times_s), kept(song.beats_s)
    return replace(
        song,
        times_s=moved(song.times_s[strokes]),
        drums=song.drums[strokes],
        velocities=song.velocities[strokes],
        beats_s=moved(song.beats_s[beats]),
        downs=song.downs[beats],
    )
