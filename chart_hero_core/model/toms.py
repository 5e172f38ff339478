"""Telling high, mid and low tom apart by comparing all tom strokes of a song.

The network sees a few seconds at a time, and the low tom of one kit sounds like the mid tom of
another. So three pitches are searched that best explain all tom strokes of the song, given the
network's probabilities, how far apart drummers tune their toms, and the pitch that
``tom_pitch.py`` estimates for each stroke (maximum a posteriori over all triples of pitches).
Estimated along with them is by how much the network places this kit's toms too low, which it does
with most kits it was not trained on. Each stroke's probabilities are then moved towards the tom
with its pitch.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from chart_hero_core.base.arrays import Float32Array, Float64Array, IndexArray
from chart_hero_core.base.drums import TOMS, Activations
from chart_hero_core.model.peak_picking import pick_peaks
from chart_hero_core.model.tom_pitch import TOM_PITCHES_HZ, estimate_pitches

# The constants below were chosen on rendered development songs (docs/experiments.md).
_FEWEST, _MOST = 2, 400  # strokes to tune by
_LEAST_PEAK = 0.25  # of any tom
_APART_S, _BESIDE_S, _REACH_S = 0.016, 0.0117, 0.024
# Pitches of toms: where the middle one lies, and the step to the next one, in octaves.
_MIDDLE_HZ, _MIDDLE_SPREAD = 104.0, 0.5
_STEP, _STEP_SPREAD, _WIDEST = 0.27, 0.13, 12
# A pitch is never less likely than this: kits are not sine waves.
_LEAST_PITCH_P = 0.02
# What ringing at a tom's pitch says for that tom, in log odds: to find the pitches, and to judge.
_TUNING_WEIGHT, _NAMING_WEIGHT = 2.0, 4.5
# How far the toms of a kit are taken for lower ones, in log odds from one tom to the next: what is
# tried, what is usual, and what strokes are named by, for no single song says it surely.
_LOWERED = tuple(np.arange(-0.8, 1.7, 0.4))
_USUALLY_LOWERED, _LOWERED_SPREAD, _RAISED = 0.6, 0.7, 0.5
_CONFIDENCE_POWER = 2.0
# Strokes this close belong to one roll, and say of each other which tom it is: this strongly, and
# over this distance.
_ROLL_GAP_S, _ROLL_SPREAD_S, _ROLL_WEIGHT = 0.065, 0.03, 0.5
_LEAST_P = 1e-4

_ROWS = slice(TOMS[0], TOMS[-1] + 1)


@dataclass(frozen=True, eq=False)
class _Strokes:
    """Where a tom was heard.

    Attributes:
        frames: ``[N]``.
        log_odds: of each tom, as the network says, ``[N, 3]``.
        confidence: how sure it is that it is a tom, 0..1, ``[N]``.
        ringing: at which pitch, log probability from 0 (the least) to 1, ``[N, P]``.
    """

    frames: IndexArray
    log_odds: Float64Array
    confidence: Float64Array
    ringing: Float64Array


def reassign_toms(activations: Activations, samples: Float32Array) -> Activations:
    """``activations`` with its tom strokes reassigned by the pitches of the song's own toms.

    Args:
        activations: of the whole song at the baseline hop, straight from the network.
        samples: the same audio, mono, 22.05 kHz.
    """
    strokes = _tom_strokes(activations, samples)
    if len(strokes.frames) < _FEWEST:
        return activations
    pitches = _likeliest_pitches(strokes)
    high, mid, low = (float(TOM_PITCHES_HZ[place]) for place in pitches)
    moves = _NAMING_WEIGHT * strokes.ringing[:, pitches] + _raised(_RAISED)
    return replace(_named(activations, strokes, moves), tom_pitches_hz=(high, mid, low))


def reassign_toms_of_span(
    span: Activations, whole: Activations, samples: Float32Array
) -> Activations:
    """A passage analysed again, its toms told apart by the pitches found in the ``whole`` song.

    Passages are analysed again because of rolls, in which strokes ring into each other and are
    mostly of the same tom. So each stroke is classified together with its neighbours.

    Args:
        span: of the passage, at half the baseline hop.
        whole: of the song, as :func:`reassign_toms` returned it.
        samples: the whole song, mono, 22.05 kHz.
    """
    if whole.tom_pitches_hz is None:
        return span
    strokes = _tom_strokes(span, samples)
    distance = np.abs(np.log(TOM_PITCHES_HZ[:, None] / np.array(whole.tom_pitches_hz)))
    if not len(strokes.frames):
        return span
    shares = strokes.log_odds - np.log(np.exp(strokes.log_odds).sum(axis=1, keepdims=True))
    features = np.hstack([strokes.ringing[:, distance.argmin(axis=0)], shares])
    beside = _beside(
        features, np.asarray(strokes.frames * span.hop_s, np.float64), strokes.confidence
    )
    ringing, shares_beside = np.hsplit(beside, 2)
    moves = _NAMING_WEIGHT * ringing + _ROLL_WEIGHT * (shares_beside - shares)
    return _named(span, strokes, moves)


def _beside(
    features: Float64Array, times_s: Float64Array, confidence: Float64Array
) -> Float64Array:
    """The mean ``features`` of each stroke and those beside it in its roll, ``[N, K]``."""
    mean = np.empty_like(features)
    borders = np.flatnonzero(np.diff(times_s) > _ROLL_GAP_S) + 1
    # Roll by roll: all pairs of strokes of a long song would not fit into memory.
    for first, last in pairwise([0, *borders.tolist(), len(times_s)]):
        roll = slice(first, last)
        apart = (times_s[roll, None] - times_s[None, roll]) / _ROLL_SPREAD_S
        weights = np.exp(-0.5 * apart**2) * (np.sqrt(confidence[roll]) + 1e-6)
        mean[roll] = weights @ features[roll] / weights.sum(axis=1, keepdims=True)
    return mean


def _tom_strokes(activations: Activations, samples: Float32Array) -> _Strokes:
    toms = np.asarray(activations.classes[_ROWS], np.float64)
    any_tom = 1 - np.prod(1 - toms, axis=0)
    apart = max(round(_APART_S / activations.hop_s), 1)
    frames = pick_peaks(any_tom, _LEAST_PEAK, apart)
    beside = round(_BESIDE_S / activations.hop_s)
    around = np.clip(frames[:, None] + np.arange(-beside, beside + 1), 0, activations.frames - 1)
    peaks = np.clip(toms[:, around].max(axis=2).T, _LEAST_P, 1 - _LEAST_P)
    times_s = np.asarray(activations.start_s + frames * activations.hop_s, np.float64)
    pitch_p, tom_p = estimate_pitches(samples, times_s)
    least, most = np.log(_LEAST_PITCH_P), np.log(1 + _LEAST_PITCH_P)
    return _Strokes(
        frames=frames,
        log_odds=np.log(peaks / (1 - peaks)),
        confidence=((1 - np.prod(1 - peaks, axis=1)) * tom_p) ** _CONFIDENCE_POWER,
        ringing=(np.log(pitch_p + _LEAST_PITCH_P) - least) / (most - least),
    )


def _raised(by: float) -> Float64Array:
    """Log odds ``[3]`` that make each tom the one above it by so much."""
    return by * np.array([1.0, 0.0, -1.0])


def _likeliest_pitches(strokes: _Strokes) -> IndexArray:
    """Places in ``TOM_PITCHES_HZ`` of the high, mid and low tom."""
    triples, log_p = _triples()
    most_confident = np.argsort(-strokes.confidence, kind="stable")[:_MOST]
    confidence = strokes.confidence[most_confident]
    # Single precision: there are millions of numbers.
    likelihood = np.exp(_TUNING_WEIGHT * strokes.ringing[most_confident]).astype(np.float32)
    at_triples = [likelihood[:, places] for places in triples]
    best, found = -np.inf, triples[:, 0]
    for lowered in _LOWERED:
        shares = np.exp(strokes.log_odds[most_confident] + _raised(lowered))
        shares = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
        mixed = sum(
            share[:, None] * features for share, features in zip(shares.T, at_triples, strict=True)
        )
        total = log_p + confidence @ np.log(mixed)
        total -= 0.5 * ((lowered - _USUALLY_LOWERED) / _LOWERED_SPREAD) ** 2
        if total.max() > best:
            best, found = total.max(), triples[:, int(total.argmax())]
    return found


@lru_cache(maxsize=1)
def _triples() -> tuple[IndexArray, Float64Array]:
    """All triples of pitches, high to low, ``[3, M]``, and how likely each is before listening."""
    octaves = np.log2(TOM_PITCHES_HZ)
    places = np.arange(len(octaves))
    high, mid, low = (row.ravel() for row in np.meshgrid(places, places, places))
    usual = (high > mid) & (mid > low) & (high - mid <= _WIDEST) & (mid - low <= _WIDEST)
    triples = np.stack([high, mid, low])[:, usual]
    upper, middle, lower = octaves[triples]
    log_p = -0.5 * ((middle - np.log2(_MIDDLE_HZ)) / _MIDDLE_SPREAD) ** 2
    for step in (upper - middle, middle - lower):
        log_p -= 0.5 * ((step - _STEP) / _STEP_SPREAD) ** 2
    return triples, log_p


def _named(activations: Activations, strokes: _Strokes, moves: Float64Array) -> Activations:
    """The curves of the toms around each stroke, moved by these log odds ``[N, 3]``."""
    frames = np.arange(activations.frames)
    borders = (strokes.frames[1:] + strokes.frames[:-1]) / 2
    nearest = np.searchsorted(borders, frames)
    near = np.abs(frames - strokes.frames[nearest]) <= _REACH_S / activations.hop_s
    p = np.clip(activations.classes[_ROWS, near].astype(np.float64), 1e-7, 1 - 1e-7)
    odds = p / (1 - p)
    moved = odds * np.exp(moves[nearest[near]]).T
    # Which tom it is changes, not how sure it is that there is one.
    moved *= odds.sum(axis=0) / moved.sum(axis=0)
    classes = activations.classes.copy()
    classes[_ROWS, near] = moved / (1 + moved)
    return replace(activations, classes=classes)
