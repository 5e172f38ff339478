"""The onset envelope at the strokes of a chart: in the bands where each drum is heard."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import Float32Array, Float64Array, Int64Array
from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.dataset.onsets import BANDS, OnsetEnvelope

Times = Float64Array

# In which bands (low, middle, high) a drum's onset stands out, and by how much.
_WEIGHTS = np.array(
    [
        [1.0, 0.4, 0.0],  # kick
        [0.0, 1.0, 0.3],  # snare
        [0.2, 1.0, 0.5],  # toms
        [0.2, 1.0, 0.5],
        [0.2, 1.0, 0.5],
        [0.0, 0.3, 1.0],  # cymbals
        [0.0, 0.3, 1.0],
        [0.0, 0.3, 1.0],
    ]
)
# The envelope peaks this much before the stroke: a Hann window sees it coming (measured on 39
# rendered songs: 4.7 ms in drums alone, 3.3 ms in the mix).
LATENCY_S = -0.0040
_AUDIBLE = 1.0  # deviations of the envelope: half of all frames with any onset are above it
assert len(_WEIGHTS) == DRUM_COUNT == len(DrumClass)


@dataclass(frozen=True, slots=True, eq=False)
class LagScores:
    """How high the envelope stands at the strokes of a chart that is moved by every lag.

    Attributes:
        values: the mean of each segment at each lag ``[S, L]``.
        counts: the weight of the segments' strokes ``[S]``.
        reach: lags on either side of ``expected_s``, the offset searched around.
    """

    values: Times
    counts: Times
    hop_s: float
    reach: int
    expected_s: float

    @property
    def weights(self) -> Times:
        """The share of each segment in the whole song."""
        return np.asarray(self.counts / self.counts.sum())

    def offset_s(self, lag: float | Int64Array) -> Any:
        """What a place on the axis of lags adds to the times of the chart."""
        return (lag - self.reach) * self.hop_s - LATENCY_S + self.expected_s

    @property
    def lags_s(self) -> Times:
        """The offset of every lag."""
        return np.asarray(self.offset_s(np.arange(self.values.shape[1])), np.float64)


def lag_scores(
    times_s: Times,
    drums: NDArray[np.int8],
    envelope: OnsetEnvelope,
    starts: Int64Array,
    reach: int,
    expected_s: float,
) -> LagScores:
    """Score strokes, in segments that begin at ``starts``, at ``2 * reach + 1`` lags."""
    width = 2 * reach + 1
    first, share, padded = _places(times_s + expected_s, envelope, reach)
    table = np.zeros((len(starts), width))
    weights = _WEIGHTS[drums].astype(np.float32)
    ends = [*starts[1:].tolist(), len(times_s)]
    for row, (start, end) in enumerate(zip(starts.tolist(), ends, strict=True)):
        for band in range(BANDS):
            windows = np.lib.stride_tricks.sliding_window_view(padded[band], width + 1)
            read = windows[first[start:end]]
            w = weights[start:end, band]
            table[row] += (w * (1 - share[start:end])) @ read[:, :-1]
            table[row] += (w * share[start:end]) @ read[:, 1:]
    counts = np.add.reduceat(_WEIGHTS[drums].sum(axis=1), starts)
    return LagScores(table / counts[:, None], counts, envelope.hop_s, reach, expected_s)


def _places(
    times_s: Times, envelope: OnsetEnvelope, reach: int
) -> tuple[Int64Array, Float32Array, Float32Array]:
    """Where the window of each stroke begins in an envelope with silence around it: the frame, the
    part of a frame, and that envelope."""
    frames = envelope.values.shape[1]
    places = times_s / envelope.hop_s
    first = np.floor(places).astype(np.int64)
    share = (places - first).astype(np.float32)
    # Strokes out of all reach meet silence; a stray one must not ask for hours of it.
    first = np.clip(first, -reach - 2, frames + reach)
    before = max(reach - int(first.min()), 0)
    after = max(int(first.max()) + reach + 2 - frames, 0)
    return first + before - reach, share, np.pad(envelope.values, ((0, 0), (before, after)))


def parabola(values: Times, peak: int) -> float:
    """Where between the points the peak lies, -0.5..0.5."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    left, top, right = values[peak - 1 : peak + 2]
    bend = left - 2 * top + right
    return float(0.5 * (left - right) / bend) if bend < 0 else 0.0


def colour(at_s: Times, drums: NDArray[np.int8], envelope: OnsetEnvelope) -> float:
    """How much better strokes at ``at_s`` fit as the drums they are charted as than as any of the
    chart's drums, in standard errors."""
    frames = np.round((at_s + LATENCY_S) / envelope.hop_s).astype(np.int64)
    inside = (frames >= 0) & (frames < envelope.values.shape[1])
    if not inside.any():
        return 0.0
    drums = drums[inside]
    as_drum = (
        envelope.values[:, frames[inside]].T @ (_WEIGHTS / _WEIGHTS.sum(axis=1, keepdims=True)).T
    )
    usual = np.bincount(drums, minlength=DRUM_COUNT) / len(drums)
    gain = as_drum[np.arange(len(drums)), drums] - as_drum @ usual
    return float(gain.mean() / max(gain.std() / len(gain) ** 0.5, 1e-9))


def residuals(
    at_s: Times, drums: NDArray[np.int8], envelope: OnsetEnvelope, fine_s: float
) -> tuple[float, float]:
    """Median distance of strokes from their own onset peak, and the share that has one
    within ``fine_s``."""
    half = round(fine_s / envelope.hop_s)
    frames = envelope.values.shape[1]
    centre = np.round((at_s + LATENCY_S) / envelope.hop_s).astype(np.int64)
    inside = (centre >= half) & (centre < frames - half)
    if not inside.any():
        return fine_s, 0.0
    centre, weights = centre[inside], _WEIGHTS[drums[inside]]
    around = centre[:, None] + np.arange(-half, half + 1)
    heights = np.einsum("mb,bmk->mk", weights, envelope.values[:, around])
    heights /= weights.sum(axis=1, keepdims=True)
    peak = heights.argmax(axis=1)
    top = heights[np.arange(len(peak)), peak]
    own = (top > _AUDIBLE) & (peak > 0) & (peak < 2 * half)
    if not own.any():
        return fine_s, 0.0
    exact = [p + parabola(row, p) for row, p in zip(heights[own], peak[own].tolist(), strict=True)]
    found_s = (centre[own] - half + np.array(exact)) * envelope.hop_s - LATENCY_S
    return float(np.median(np.abs(found_s - at_s[inside][own]))), float(own.mean())
