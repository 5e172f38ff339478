"""The beat observations of a song, and the likeliest rows of beats through them."""

import math
from dataclasses import dataclass, replace

import numpy as np

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.timing.beat_path import (
    HOP_S,
    BeatRow,
    PathOptions,
    TempoObservations,
    find_beats,
)

# A hypothesis that holds one tempo throughout may change it by this factor.
_STEADY_RANGE = 1.45
# … and is worth showing where the best one leaves that range for this share of the time.
_STRAYING_SHARE = 0.03
# What one standard deviation of a change of harmony adds to the log odds of a bar line.
_HARMONY_WEIGHT = 0.7
# Beats that differ by less than this (standard deviations over the song) are ignored.
_STILL_HARMONY = 0.1


@dataclass(frozen=True, slots=True)
class BeatObservations:
    """The beat observations of a song, at frames ``HOP_S`` apart.

    Attributes:
        beat, downbeat: log odds of a beat, and of a bar line given a beat, ``[frames]``.
        first, last: the frames between which beats are looked for.
        tempo: log odds of tempos, where they are known.
        harmony: how much it changes, in standard deviations, ``[frames]``; None without music.
    """

    beat: Float64Array
    downbeat: Float64Array
    first: int
    last: int
    tempo: TempoObservations | None = None
    harmony: Float64Array | None = None

    def best_row(self, options: PathOptions) -> BeatRow:
        """The likeliest row of beats."""
        return find_beats(self.beat, self.downbeat, self.first, self.last, options, self.tempo)

    def at(self, times_s: Float64Array) -> tuple[Float64Array, Float64Array]:
        """Log odds of beats and of bar lines for a row of beats at ``times_s``, both ``[beats]``.

        Beats outside the song have log odds of 0.
        """
        frames = np.rint(times_s / HOP_S).astype(np.int64)
        inside = (frames >= 0) & (frames < len(self.beat))
        frames = np.clip(frames, 0, len(self.beat) - 1)
        beat, downbeat = (np.where(inside, row[frames], 0.0) for row in (self.beat, self.downbeat))
        if self.harmony is None:
            return beat, downbeat
        # Harmony changes on beats rather than between them: a bar line is where it changes more
        # than on the other beats.
        change = np.where(inside, self.harmony[frames], 0.0)
        change = (change - change.mean()) / max(float(change.std()), _STILL_HARMONY)
        return beat, downbeat + _HARMONY_WEIGHT * change


def likeliest_row(observations: BeatObservations, options: PathOptions) -> BeatRow:
    """The best row of beats; where it leaves its usual tempo by an octave, that has its price."""
    row = observations.best_row(options)
    usual_s = _straying_from(row)
    if usual_s is None:
        return row
    at_home = replace(options, home_bpm=60 / usual_s)
    return observations.best_row(at_home)


def _straying_from(row: BeatRow) -> float | None:
    """The usual beat length (s) of a row that leaves its neighbourhood, else None."""
    lengths = np.sort(np.diff(row.times_s))
    if not lengths.size:
        return None
    usual_s = float(lengths[np.searchsorted(np.cumsum(lengths), lengths.sum() / 2)])
    away = np.abs(np.log(lengths / usual_s)) > math.log(_STEADY_RANGE)
    return usual_s if lengths[away].sum() >= _STRAYING_SHARE * lengths.sum() else None


def steady_row(
    row: BeatRow, observations: BeatObservations, options: PathOptions
) -> BeatRow | None:
    """The best row that never leaves the neighbourhood of one tempo, if it is another one."""
    usual_s = _straying_from(row)
    if usual_s is None:
        return None
    found: list[BeatRow] = []
    for factor in (1.0, 2.0, 0.5):
        bpm = 60 / usual_s * factor
        if not options.slowest_bpm <= bpm <= options.fastest_bpm:
            continue
        narrow = replace(options, slowest_bpm=bpm / _STEADY_RANGE, fastest_bpm=bpm * _STEADY_RANGE)
        other = observations.best_row(narrow)
        same_count = abs(len(other.times_s) - len(row.times_s)) <= 0.02 * len(row.times_s)
        if len(other.times_s) >= 3 and not same_count:
            found.append(other)
    return max(found, key=lambda other: other.score, default=None)
