"""The moments of a song at which a drum may be struck: the input of ``context_network.py``.

A moment is a peak of the activations of any drum, however low; and, in between, every sixteenth of
the tempo map, for strokes that the music covers. The features of a moment are the network's outputs
there, and its position in beat and bar.
"""

from dataclasses import dataclass

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array, IndexArray
from chart_hero_core.base.drums import DRUM_COUNT, Activations, DrumClass, Hit
from chart_hero_core.model.peak_picking import pick_peaks
from chart_hero_core.timing.beats import beat_activations, rough_map
from chart_hero_core.timing.tempo_map import TempoMap

# The features of a moment: the log odds of the classes and of any onset, loudness by class, the
# log odds of beat and downbeat, whether it lies on the grid alone, and whether the true
# strokes are known there (in some training examples only).
FEATURE_COUNT = 2 * DRUM_COUNT + 5
# A class this likely makes a moment; one this likely is a stroke to find the beat by.
_LEAST_PEAK, _STRUCK = 0.06, 0.4
# Frames of the baseline hop: what lies closer is one moment; and how far from a moment the grid's
# lines are moments of their own.
REACH = 4
_GRID_APART = 6
_FEWEST = 8
_LEAST_P = 3e-4
# A stroke belongs to the nearest moment within this; where strokes are known, these are the odds.
_NEAR_S, _KNOWN_ODDS = 0.025, 8.0


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of a song, in order of time.

    Attributes:
        frames: at which frame of the baseline hop, ``[N]``.
        features: from the network's outputs there, ``[N, FEATURE_COUNT]``.
        quarters: quarter notes since the start of the tempo map, ``[N]``.
        in_bar: quarter notes since the bar line, ``[N]``.
    """

    frames: IndexArray
    features: Float32Array
    quarters: Float64Array
    in_bar: Float64Array

    def __len__(self) -> int:
        return len(self.frames)

    def marked(self, hop_s: float, times_s: Float64Array, drums: NDArray[np.integer]) -> BoolArray:
        """Which drum one of these strokes plays near which moment, ``[N, 8]``."""
        moments_s = self.times_s(hop_s)
        nearest = np.searchsorted((moments_s[1:] + moments_s[:-1]) / 2, times_s)
        near = np.abs(moments_s[nearest] - times_s) < _NEAR_S
        found = np.zeros((len(self), DRUM_COUNT), np.bool_)
        found[nearest[near], drums[near]] = True
        return found

    def times_s(self, hop_s: float) -> Float64Array:
        """When the moments are, ``[N]``."""
        return np.asarray(self.frames * hop_s, np.float64)


def with_known_strokes(features: Float32Array, struck: BoolArray, known: BoolArray) -> Float32Array:
    """``features`` with true strokes for predictions at the ``known`` moments ``[N]``."""
    found = features.copy()
    found[known, :DRUM_COUNT] = np.where(struck[known], _KNOWN_ODDS, -_KNOWN_ODDS)
    found[known, -1] = 1.0
    return found


def find_moments(activations: Activations) -> Moments | None:
    """The moments of a song; None where there are next to no strokes.

    Args:
        activations: of the whole song at the baseline hop, with all heads.
    """
    loudest = activations.classes.max(axis=0)
    frames = pick_peaks(loudest, _LEAST_PEAK, REACH + 1)
    if len(frames) < _FEWEST or activations.velocity is None:
        return None
    tempo_map = _tempo_map(activations, frames)
    lines = _lines_between(tempo_map, frames, activations)
    together = np.concatenate([frames, lines])
    order = np.argsort(together, kind="stable")
    together = together[order].astype(np.intp)
    ticks = tempo_map.ticks_array(together * activations.hop_s)
    return Moments(
        frames=together,
        features=_features(activations, together, order >= len(frames)),
        quarters=ticks / tempo_map.resolution,
        in_bar=_ticks_in_bar(ticks, tempo_map) / tempo_map.resolution,
    )


def _tempo_map(activations: Activations, frames: IndexArray) -> TempoMap:
    """By strokes picked without any calibration: calibrations are fitted to what comes of this."""
    assert activations.velocity is not None
    p = _nearby(activations.classes)[:, frames]
    loudness = _nearby(activations.velocity)[:, frames]
    hits = [
        Hit(
            time_s=float(frames[at] * activations.hop_s),
            drum=DrumClass(int(drum)),
            confidence=float(p[drum, at]),
            velocity=float(loudness[drum, at]),
        )
        for drum, at in np.argwhere(p >= _STRUCK)
    ]
    return rough_map(hits, activations.end_s, beat_activations(activations))


def _lines_between(tempo_map: TempoMap, frames: IndexArray, activations: Activations) -> IndexArray:
    """Frames of the sixteenths that are not near any of ``frames``."""
    ticks = np.arange(0.0, tempo_map.tick_at(activations.end_s), tempo_map.resolution / 4)
    lines = np.rint(tempo_map.seconds_array(ticks) / activations.hop_s).astype(np.intp)
    lines = np.unique(lines[(lines > REACH) & (lines < activations.frames - REACH)])
    after = np.clip(np.searchsorted(frames, lines), 0, len(frames) - 1)
    distance = np.minimum(
        np.abs(lines - frames[after]), np.abs(lines - frames[np.maximum(after - 1, 0)])
    )
    found: IndexArray = lines[distance > _GRID_APART]
    return found


def _features(activations: Activations, frames: IndexArray, on_grid: BoolArray) -> Float32Array:
    assert activations.velocity is not None
    assert activations.beat is not None
    assert activations.downbeat is not None
    p = _nearby(activations.classes)[:, frames]
    rows = [
        log_odds(p),
        log_odds(_nearby(activations.onset)[None, frames]),
        _nearby(activations.velocity)[:, frames] * np.clip(2 * p, 0, 1),
        log_odds(_nearby(activations.beat)[None, frames]),
        log_odds(_nearby(activations.downbeat)[None, frames]),
        on_grid[None],
        np.zeros((1, len(frames))),
    ]
    return np.concatenate(rows).T.astype(np.float32)


def _nearby(curve: Float32Array) -> Float32Array:
    """The highest value within :data:`REACH` frames."""
    found: Float32Array = scipy.ndimage.maximum_filter1d(curve, 2 * REACH + 1, axis=-1)
    return found


def log_odds(p: Float32Array) -> Float32Array:
    """Of probabilities, none of them taken for certain."""
    p = np.clip(p, _LEAST_P, 1 - _LEAST_P)
    found: Float32Array = np.log(p / (1 - p))
    return found


def _ticks_in_bar(ticks: Float64Array, tempo_map: TempoMap) -> Float64Array:
    starts = np.array([signature.tick for signature in tempo_map.signatures])
    lengths = np.array([tempo_map.ticks_per_bar(s) for s in tempo_map.signatures])
    index = np.maximum(np.searchsorted(starts, ticks, side="right") - 1, 0)
    found: Float64Array = (ticks - starts[index]) % lengths[index]
    return found
