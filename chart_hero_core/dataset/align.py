"""Laying a chart against its audio: the offset, whether it drifts, and whether it fits at all.

Every stroke of the chart reads the onset envelope in the bands where its drum is heard, at every
lag of -2 to +2 s. Summed over the song this is the normalised cross-correlation of chart and
audio; the sums of short segments, joined by dynamic programming, follow a chart that drifts.
The whole song decides between lags a beat apart: breaks and fills do not repeat.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.dataset.onsets import BANDS, OnsetEnvelope

Times = NDArray[np.float64]

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


@dataclass(frozen=True, slots=True)
class AlignSettings:
    """Bounds of the search and of what is accepted. Lengths in seconds."""

    reach_s: float = 2.0
    segment_s: float = 6.0
    segment_strokes: int = 20
    largest_step_s: float = 0.08  # a chart may drift so far from segment to segment: by 1 %
    fine_s: float = 0.03  # about a stroke, where its own onset is looked for


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the chart and where it lies best.

    Attributes:
        start_s, end_s: its first and last stroke, in the chart's time.
        lag_s: where it lies against the whole song's offset.
        score: the mean height of the envelope there …
        best: … and the highest at any lag.
        fits: it lies where the whole song does, and nowhere else much better.
    """

    start_s: float
    end_s: float
    strokes: int
    lag_s: float
    score: float
    best: float

    @property
    def fits(self) -> bool:
        """Whether its strokes lie where the whole song's do."""
        return abs(self.lag_s) <= _NEAR_S and self.score >= _OWN_PLACE * self.best


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How a chart lies in its audio.

    Attributes:
        offset_s: to be added to the chart's times.
        score: mean height of the envelope (in deviations) where strokes are charted.
        contrast: how far the score stands out from those of all other lags, in their deviations.
        rival: the score of the best other lag (50 ms or more away), as a share of ``score``.
        residual_s: median distance of strokes from the onset nearest to them.
        heard: share of strokes that have an onset of their own within ``fine_s``.
        drift_s: by how much the segments' lags differ along the path that drifts slowly …
        followed: … and the score along that path.
        agreement: share of strokes in segments that fit.
        own: share of strokes in segments that lie best where the whole song does.
        colour: how much better strokes fit as the drums they are charted as than as any of the
            chart's drums, in standard errors: near 0 where the rhythm fits but not the drums.
        segments: the stretches in order.
        lags_s, scores: the whole song's score at every lag.
    """

    offset_s: float
    score: float
    contrast: float
    rival: float
    residual_s: float
    heard: float
    drift_s: float
    followed: float
    agreement: float
    own: float
    colour: float
    segments: tuple[Segment, ...] = ()
    lags_s: Times = field(default_factory=lambda: np.zeros(0))
    scores: Times = field(default_factory=lambda: np.zeros(0))


_NEAR_S = 0.015
_RIVAL_S = 0.05
# A segment of 24 strokes of another song reaches 0.6 deviations at its best lag of 1,400.
_OWN_PLACE = 0.7
_CLEAR = 0.5  # of the median segment's score
_PREFERENCE = 0.01  # a second away must be 1 % better


def _standing_out(scores: Times, best: int, hop_s: float) -> tuple[float, float]:
    """Deviations of the best lag above the usual one; the best one elsewhere as a share of it."""
    away = np.abs(np.arange(len(scores)) - best) * hop_s >= _RIVAL_S
    middle = float(np.median(scores))
    spread = 1.4826 * float(np.median(np.abs(scores - middle)))
    contrast = (float(scores[best]) - middle) / max(spread, 1e-9)
    return contrast, float(scores[away].max(initial=0.0)) / max(float(scores[best]), 1e-9)


def align(
    times_s: Times,
    drums: NDArray[np.int8],
    envelope: OnsetEnvelope,
    settings: AlignSettings | None = None,
    expected_s: float = 0.0,
) -> Alignment:
    """Find where strokes charted at ``times_s`` [M], in ascending order, lie in the audio.

    Args:
        expected_s: the offset that is searched around; of equally good ones the nearest wins.

    Raises:
        ValueError: there are no strokes.
    """
    settings = settings or AlignSettings()
    if not len(times_s):
        raise ValueError("nothing to align")
    hop_s = envelope.hop_s
    reach = round(settings.reach_s / hop_s)
    starts = _segment_starts(times_s, settings)
    table, counts = _score_table(times_s + expected_s, drums, envelope, reach, starts)
    weights = counts / counts.sum()
    total = weights @ table
    lags_s = (np.arange(len(total)) - reach) * hop_s - LATENCY_S + expected_s
    best = int((total * (1 - _PREFERENCE * np.abs(lags_s - expected_s))).argmax())
    lag = best + _parabola(total, best)
    offset_s = (lag - reach) * hop_s - LATENCY_S + expected_s
    contrast, rival = _standing_out(total, best, hop_s)
    path = _path(table, counts, round(settings.largest_step_s / hop_s))
    segments = _segments(times_s, starts, table, path, lag, hop_s)
    residual_s, heard = _residuals(times_s + offset_s, drums, envelope, settings)
    fits = np.array([segment.fits for segment in segments])
    best_here = np.abs(table.argmax(axis=1) - best) * hop_s <= _NEAR_S
    return Alignment(
        offset_s=offset_s,
        score=float(total[best]),
        contrast=contrast,
        rival=rival,
        residual_s=residual_s,
        heard=heard,
        drift_s=_drift(segments),
        followed=float(weights @ np.array([segment.score for segment in segments])),
        agreement=float(weights[fits].sum()),
        own=float(weights[best_here].sum()),
        colour=_colour(times_s + offset_s, drums, envelope),
        segments=segments,
        lags_s=np.asarray(lags_s, np.float64),
        scores=total,
    )


def _segment_starts(times_s: Times, settings: AlignSettings) -> NDArray[np.int64]:
    """The first stroke of each segment: long enough, and with enough strokes."""
    starts = [0]
    for index in range(len(times_s)):
        first = starts[-1]
        long = times_s[index] - times_s[first] >= settings.segment_s
        if long and index - first >= settings.segment_strokes:
            starts.append(index)
    if len(starts) > 1 and len(times_s) - starts[-1] < settings.segment_strokes:
        starts.pop()
    return np.array(starts)


def _score_table(
    times_s: Times,
    drums: NDArray[np.int8],
    envelope: OnsetEnvelope,
    reach: int,
    starts: NDArray[np.int64],
) -> tuple[Times, Times]:
    """The mean envelope at the strokes of each segment at each lag ``[S, 2 * reach + 1]``, and the
    weight of the segments' strokes ``[S]``."""
    frames = envelope.values.shape[1]
    places = times_s / envelope.hop_s
    first = np.floor(places).astype(np.int64)
    share = (places - first).astype(np.float32)
    width = 2 * reach + 1
    # Strokes out of all reach meet silence; a stray one must not ask for hours of it.
    first = np.clip(first, -reach - 2, frames + reach)
    before = max(reach - int(first.min()), 0)
    after = max(int(first.max()) + reach + 2 - frames, 0)
    padded = np.pad(envelope.values, ((0, 0), (before, after)))
    table = np.zeros((len(starts), width))
    ends = [*starts[1:].tolist(), len(times_s)]
    weights = _WEIGHTS[drums].astype(np.float32)
    for row, (start, end) in enumerate(zip(starts.tolist(), ends, strict=True)):
        for band in range(BANDS):
            windows = np.lib.stride_tricks.sliding_window_view(padded[band], width + 1)
            read = windows[first[start:end] + before - reach]
            w = weights[start:end, band]
            table[row] += (w * (1 - share[start:end])) @ read[:, :-1]
            table[row] += (w * share[start:end]) @ read[:, 1:]
    counts = np.add.reduceat(_WEIGHTS[drums].sum(axis=1), starts)
    return table / counts[:, None], counts


def _parabola(values: Times, peak: int) -> float:
    """Where between the points the peak lies, -0.5..0.5."""
    if not 0 < peak < len(values) - 1:
        return 0.0
    left, top, right = values[peak - 1 : peak + 2]
    bend = left - 2 * top + right
    return float(0.5 * (left - right) / bend) if bend < 0 else 0.0


def _path(table: Times, counts: Times, step: int) -> NDArray[np.int64]:
    """The lag of each segment: the path of the highest sum, moving ``step`` lags at most."""
    sums = [table[0] * counts[0]]
    for row, count in zip(table[1:], counts[1:], strict=True):
        sums.append(maximum_filter1d(sums[-1], 2 * step + 1, mode="nearest") + row * count)
    place = int(sums[-1].argmax())
    path = [place]
    for before in reversed(sums[:-1]):
        low = max(place - step, 0)
        place = low + int(before[low : place + step + 1].argmax())
        path.append(place)
    return np.array(path[::-1])


def _segments(
    times_s: Times,
    starts: NDArray[np.int64],
    table: Times,
    path: NDArray[np.int64],
    lag: float,
    hop_s: float,
) -> tuple[Segment, ...]:
    ends = [*starts[1:].tolist(), len(times_s)]
    found = []
    for row, (start, end) in enumerate(zip(starts.tolist(), ends, strict=True)):
        place = int(path[row])
        exact = place + _parabola(table[row], place)
        found.append(
            Segment(
                float(times_s[start]),
                float(times_s[end - 1]),
                end - start,
                (exact - lag) * hop_s,
                float(table[row, place]),
                float(table[row].max()),
            )
        )
    return tuple(found)


def _drift(segments: tuple[Segment, ...]) -> float:
    """The range of the lags of clear segments, single outliers left out."""
    middle = float(np.median([segment.score for segment in segments]))
    lags = np.array([s.lag_s for s in segments if s.score >= _CLEAR * middle])
    lags = _without_outliers(lags)
    return float(lags.max() - lags.min())


def _without_outliers(lags: Times) -> Times:
    """A running median of three; the ends may only go on as their neighbours go."""
    if len(lags) < 4:
        return lags
    smooth = np.median(np.stack([lags[:-2], lags[1:-1], lags[2:]]), axis=0)
    first = np.clip(lags[0], *sorted((smooth[0], 2 * smooth[0] - smooth[1])))
    last = np.clip(lags[-1], *sorted((smooth[-1], 2 * smooth[-1] - smooth[-2])))
    return np.concatenate([[first], smooth, [last]])


def _colour(at_s: Times, drums: NDArray[np.int8], envelope: OnsetEnvelope) -> float:
    """See :class:`Alignment`."""
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


def _residuals(
    at_s: Times, drums: NDArray[np.int8], envelope: OnsetEnvelope, settings: AlignSettings
) -> tuple[float, float]:
    """Median distance of strokes from their own onset peak, and the share that has one."""
    half = round(settings.fine_s / envelope.hop_s)
    frames = envelope.values.shape[1]
    centre = np.round((at_s + LATENCY_S) / envelope.hop_s).astype(np.int64)
    inside = (centre >= half) & (centre < frames - half)
    if not inside.any():
        return settings.fine_s, 0.0
    centre, weights = centre[inside], _WEIGHTS[drums[inside]]
    around = centre[:, None] + np.arange(-half, half + 1)
    heights = np.einsum("mb,bmk->mk", weights, envelope.values[:, around])
    heights /= weights.sum(axis=1, keepdims=True)
    peak = heights.argmax(axis=1)
    top = heights[np.arange(len(peak)), peak]
    own = (top > _AUDIBLE) & (peak > 0) & (peak < 2 * half)
    if not own.any():
        return settings.fine_s, 0.0
    exact = [p + _parabola(row, p) for row, p in zip(heights[own], peak[own].tolist(), strict=True)]
    found_s = (centre[own] - half + np.array(exact)) * envelope.hop_s - LATENCY_S
    return float(np.median(np.abs(found_s - at_s[inside][own]))), float(own.mean())


_AUDIBLE = 1.0  # deviations of the envelope: half of all frames with any onset are above it
assert len(_WEIGHTS) == DRUM_COUNT == len(DrumClass)


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """What is added to chart times to get audio times: ``shifts_s`` at ``knots_s``, straight lines
    in between, the outermost lines prolonged."""

    knots_s: Times
    shifts_s: Times

    def __call__(self, times_s: Times) -> Times:
        """Chart times as audio times."""
        if len(self.knots_s) < 2 or not len(times_s):
            return np.asarray(times_s + self.shifts_s[0])
        at = np.interp(times_s, self.knots_s, self.shifts_s)
        for outer, inner, side in ((0, 1, times_s < self.knots_s[0]), (-1, -2, None)):
            beyond = times_s > self.knots_s[-1] if side is None else side
            run = self.knots_s[outer] - self.knots_s[inner]
            slope = (self.shifts_s[outer] - self.shifts_s[inner]) / run
            at[beyond] += slope * (times_s[beyond] - self.knots_s[outer])
        return np.asarray(times_s + at)


def follow(
    times_s: Times, drums: NDArray[np.int8], envelope: OnsetEnvelope, first: Alignment
) -> tuple[Shift, Alignment]:
    """Bend the chart along its drift: the shift found, and how the bent chart then lies.

    The second pass looks at shorter segments and only near the path of the first.
    """
    shift = _shift_of(first, first.offset_s)
    bent = shift(times_s)
    fine = AlignSettings(reach_s=0.12, segment_s=4.0, segment_strokes=12, largest_step_s=0.02)
    second = align(bent, drums, envelope, fine)
    finer = _shift_of(second, second.offset_s)
    knots = np.interp(finer.knots_s, bent, times_s)
    whole = Shift(knots, finer(shift(knots)) - knots)
    return whole, align(whole(times_s), drums, envelope)


def _shift_of(alignment: Alignment, offset_s: float) -> Shift:
    """The shift at the middle of every segment; a lone outlier follows its neighbours."""
    lags = _without_outliers(np.array([s.lag_s for s in alignment.segments]))
    middle = np.array([(s.start_s + s.end_s) / 2 for s in alignment.segments])
    apart = np.r_[True, np.diff(middle) > 0]
    return Shift(middle[apart], lags[apart] + offset_s)
