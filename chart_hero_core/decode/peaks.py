"""Local maxima of activation curves, and the properties of each that knobs are compared with.

Everything here is independent of the knobs. A knob only ever filters: raising a threshold, the
gate, the peak window or the spacing can therefore only remove hits, never add one.
"""

from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array, IndexArray
from chart_hero_core.base.drums import Activations
from chart_hero_core.decode.offsets import sub_frame_shift
from chart_hero_core.decode.settings import find_knob

# Peaks below every possible threshold can never become hits.
SCORE_FLOOR = find_knob("thresholds")[0].minimum
# The furthest that any setting of the peak window and the spacing can look.
MAX_ISOLATION = (int(find_knob("nms_frames")[0].maximum) - 1) // 2 + 1
MAX_SPACING_S = find_knob("min_spacing_ms")[0].maximum / 1000.0
# Onset labels are spread over two frames of 5.8 ms to both sides: the curve of any onset may
# peak that far from the curve of the class.
GATE_REACH_S = 0.0117
# Gaps of as many frames must compare as equal: sums of floating-point hops differ by less.
_GAP_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class Peaks:
    """Local maxima, in order of class and time; all arrays ``[N]``.

    Attributes:
        drum: the class (row).
        frame_s: the time of the peak's frame.
        time_s: the time refined between frames.
        score: height of the peak, 0..1.
        gate: the highest probability of any onset around it.
        isolation: frames to the nearest higher frame of its class (an equal one counts when it is
            earlier), at most ``MAX_ISOLATION``.
        velocity: 0..1; NaN where the model has no such head.
        hop_s: the length of a frame of the peak's curve.
    """

    drum: IndexArray
    frame_s: Float64Array
    time_s: Float64Array
    score: Float64Array
    gate: Float64Array
    isolation: IndexArray
    velocity: Float64Array
    hop_s: Float64Array

    def __len__(self) -> int:
        return int(self.drum.shape[0])


def find_peaks(activations: Activations, open_start: bool, open_end: bool) -> Peaks:
    """All local maxima of the class curves (micro-mode spans are ignored).

    At an open end the curves continue beyond the activations, so a frame at the edge is not a peak;
    at a closed end (start or end of the song) it may be.
    """
    curves = np.asarray(activations.classes, dtype=np.float32)
    drum, frame = _local_maxima(curves, open_start, open_end)
    score = curves[drum, frame].astype(np.float64)
    frame_s = activations.start_s + frame.astype(np.float64) * activations.hop_s
    shift = sub_frame_shift(curves, activations.offset, drum, frame)
    if activations.velocity is None:
        velocity = np.full(drum.shape, np.nan)
    else:
        velocity = np.clip(activations.velocity[drum, frame].astype(np.float64), 0.0, 1.0)
    reach = max(1, round(GATE_REACH_S / activations.hop_s))
    return Peaks(
        drum=drum,
        frame_s=frame_s,
        time_s=frame_s + shift * activations.hop_s,
        score=score,
        gate=_highest_around(activations.onset, frame, reach),
        isolation=_isolation(curves, drum, frame),
        velocity=velocity,
        hop_s=np.full(drum.shape, activations.hop_s),
    )


def _local_maxima(
    curves: Float32Array, open_start: bool, open_end: bool
) -> tuple[IndexArray, IndexArray]:
    """Rows and frames higher than the frame before and not lower than the one after.

    Of a plateau the first frame is taken, if the curve falls after it.
    """
    frames = curves.shape[1]
    if frames == 0:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    high = curves >= SCORE_FLOOR
    high[:, 1:] &= curves[:, 1:] > curves[:, :-1]
    high[:, :-1] &= curves[:, :-1] >= curves[:, 1:]
    if open_start:
        high[:, 0] = False
    if open_end:
        high[:, -1] = False
    drum, frame = np.nonzero(high)
    return drum, frame


def _highest_around(curve: Float32Array, frame: IndexArray, reach: int) -> Float64Array:
    highest = np.zeros(frame.shape, dtype=np.float64)
    if frame.size:
        last = curve.shape[0] - 1
        for step in range(-reach, reach + 1):
            np.fmax(highest, curve[np.clip(frame + step, 0, last)], out=highest)
    return highest


def _isolation(curves: Float32Array, drum: IndexArray, frame: IndexArray) -> IndexArray:
    isolation = np.full(drum.shape, MAX_ISOLATION, dtype=np.intp)
    padded = np.pad(curves, ((0, 0), (MAX_ISOLATION, MAX_ISOLATION)), constant_values=-1.0)
    flat = padded.reshape(-1)
    place = drum * padded.shape[1] + frame + MAX_ISOLATION
    height = flat.take(place)
    pending = np.arange(drum.shape[0])
    # A local maximum is higher than its direct neighbours, or the earlier of two equal ones.
    for distance in range(2, MAX_ISOLATION):
        beaten = flat.take(place - distance) >= height
        beaten |= flat.take(place + distance) > height
        isolation[pending[beaten]] = distance
        left = ~beaten
        pending, place, height = pending[left], place[left], height[left]
    return isolation


def critical_spacing(drum: IndexArray, time_s: Float64Array, score: Float64Array) -> Float64Array:
    """The smallest minimum spacing that removes each peak, in seconds, ``[N]``.

    Starting with the closest two peaks of a class, the weaker one is removed, and so on outwards.
    Each peak's entry is the distance at which it is removed (``inf``: not within
    ``MAX_SPACING_S``), so a minimum spacing of *s* keeps the peaks with an entry of at least *s*:
    they are pairwise at least *s* apart, and fewer for each larger *s*. Since only a higher peak
    removes a lower one, the outcome above any threshold does not depend on the peaks below it.

    Args:
        drum, time_s, score: the peaks, in order of class and time.
    """
    critical = np.full(drum.shape, np.inf)
    alive = np.arange(drum.shape[0])
    while alive.size > 1:
        gap = np.round(np.diff(time_s[alive]), _GAP_DECIMALS)
        gap[np.diff(drum[alive]) != 0] = np.inf
        gap[gap > MAX_SPACING_S] = np.inf
        stronger = np.maximum(score[alive[:-1]], score[alive[1:]])
        # All pairs that come before both of their neighbouring pairs are settled at once.
        first = np.isfinite(gap)
        first[1:] &= _comes_before(gap[1:], stronger[1:], gap[:-1], stronger[:-1], strictly=True)
        first[:-1] &= _comes_before(gap[:-1], stronger[:-1], gap[1:], stronger[1:], strictly=False)
        pair = np.flatnonzero(first)
        if pair.size == 0:
            break
        # Of two equal peaks the later one goes.
        left_goes = score[alive[pair]] < score[alive[pair + 1]]
        goes = np.where(left_goes, pair, pair + 1)
        critical[alive[goes]] = gap[pair]
        alive = np.delete(alive, goes)
    return critical


def _comes_before(
    gap: Float64Array,
    score: Float64Array,
    other_gap: Float64Array,
    other_score: Float64Array,
    strictly: bool,
) -> BoolArray:
    """Closer pairs first, of equally close ones the one with the higher peak, then the earlier."""
    higher = (score > other_score) if strictly else (score >= other_score)
    before: BoolArray = (gap < other_gap) | ((gap == other_gap) & higher)
    return before
