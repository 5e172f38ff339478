"""Training songs for the network over eighths (``timing/bar_net.py``), on their own pulse.

Every song is disturbed as a detector would, tracked as any song is, and laid out on the eighths
that were found; the truth is what lies nearest to them.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array, Int64Array
from chart_hero_core.timing.bar_path import pulse_beats
from chart_hero_core.timing.beat_path import PathOptions
from chart_hero_core.timing.beats import observations_of
from chart_hero_core.timing.grids import straight_grid
from chart_hero_core.timing.observations import likeliest_row
from chart_hero_core.timing.repetition import SLOTS, strokes_on_slots
from chart_hero_core.training.small_networks.stroke_songs import StrokeSong
from chart_hero_core.training.small_networks.stroke_windows import disturbed

_FEWEST_STROKES, _FEWEST_KNOWN = 60, 64
# A true beat this far from every eighth is on none of them.
_NEAR_S = 0.06
# Where fewer of this many true beats lie on eighths, nothing can be learned.
_BEATS_AROUND, _ON_EIGHTHS = 8, 0.75
_END_S = 0.1
# Shortened bars lose so many eighths, every bar or every second or fourth one.
_LOST, _EVERY = (1, 1, 1, 2, 3), (1, 1, 2, 4)
_SHORTEST = 4


@dataclass(frozen=True, eq=False)
class PulseSong:
    """A song on its eighths.

    Attributes:
        strokes: of ``repetition.strokes_on_slots``, ``[2 eighths, 8]``.
        beat, downbeat: what the networks over time say, ``[eighths]``.
        beats, lines: which eighths are beats, and bar lines, ``[eighths]``.
        lengths: of the bar of each eighth, in eighths; 0 where that is not known.
        known: where the truth is known, ``[eighths]``.
    """

    strokes: BoolArray
    beat: Float64Array
    downbeat: Float64Array
    beats: BoolArray
    lines: BoolArray
    lengths: Int64Array
    known: BoolArray

    def __len__(self) -> int:
        return len(self.beat)

    def part(self, first: int, count: int) -> "PulseSong":
        """``count`` eighths from ``first`` on, or as many as there are."""
        eighths = slice(first, first + count)
        slots = slice(SLOTS * first, SLOTS * (first + count))
        return PulseSong(
            self.strokes[slots],
            self.beat[eighths],
            self.downbeat[eighths],
            self.beats[eighths],
            self.lines[eighths],
            self.lengths[eighths],
            self.known[eighths],
        )


def pulse_song(song: StrokeSong, rng: np.random.Generator) -> PulseSong | None:
    """``song`` as it might be heard; None where its beats are divided by three, or not found."""
    heard = disturbed(song.times_s, song.drums, song.velocities, rng)
    hits = sorted((hit for hit in heard if hit.time_s >= 0), key=lambda hit: hit.time_s)
    if len(hits) < _FEWEST_STROKES:
        return None
    observations = observations_of(hits, hits[-1].time_s, None)
    options = PathOptions()
    row = likeliest_row(observations, options)
    if len(row.times_s) < _SHORTEST:
        return None
    grid, ternary = straight_grid(row, observations, hits, options)
    if ternary:
        return None
    pulses = pulse_beats(grid.beats)
    times = grid.line.times_at(pulses)
    beat, downbeat = observations.at(times)
    strokes = strokes_on_slots(grid.line, grid.beats, len(pulses), hits)
    truth = _truth(times, song.beats_s, song.downs)
    found = PulseSong(strokes, beat, downbeat, *truth)
    return found if found.known.sum() >= _FEWEST_KNOWN else None


def _truth(
    times_s: Float64Array, beats_s: Float64Array, downs: BoolArray
) -> tuple[BoolArray, BoolArray, Int64Array, BoolArray]:
    after = np.clip(np.searchsorted(times_s, beats_s), 1, len(times_s) - 1)
    nearer = after - (beats_s - times_s[after - 1] < times_s[after] - beats_s)
    close = np.abs(times_s[nearer] - beats_s) < _NEAR_S
    beats, lines = np.zeros((2, len(times_s)), np.bool_)
    beats[nearer[close]] = True
    lines[nearer[close & downs]] = True
    around = np.convolve(close, np.ones(_BEATS_AROUND) / _BEATS_AROUND, "same")
    known = np.interp(times_s, beats_s, around) > _ON_EIGHTHS
    known &= (times_s >= beats_s[0] - _END_S) & (times_s <= beats_s[-1] + _END_S)
    return beats, lines, _lengths(lines), known


def _lengths(lines: BoolArray) -> Int64Array:
    found = np.zeros(len(lines), np.int64)
    places = np.flatnonzero(lines)
    for start, end in pairwise(places):
        found[start:end] = end - start
    return found


def shortened(song: PulseSong, rng: np.random.Generator) -> PulseSong:
    """``song`` with bars that lose their end: odd bars are rare where music is plentiful.

    The log odds of the networks over time are set to 0, as they are unknown.
    """
    lost, every = int(rng.choice(_LOST)), int(rng.choice(_EVERY))
    offset = int(rng.integers(every))
    kept = np.ones(len(song), np.bool_)
    places = np.flatnonzero(song.lines)
    for number, (start, end) in enumerate(pairwise(places)):
        if number % every == offset and end - start - lost >= _SHORTEST:
            kept[end - lost : end] = False
    lines = song.lines[kept]
    nothing = np.zeros(int(kept.sum()))
    return replace(
        song,
        strokes=song.strokes[np.repeat(kept, SLOTS)],
        beat=nothing,
        downbeat=nothing,
        beats=song.beats[kept],
        lines=lines,
        lengths=_lengths(lines),
        known=song.known[kept],
    )
