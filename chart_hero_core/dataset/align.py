"""Aligning a chart with its audio: the offset, whether it drifts, and whether it fits at all.

Every stroke of the chart reads the onset envelope in the bands where its drum is heard, at every
lag of -2 to +2 s. Summed over the song this is the normalised cross-correlation of chart and
audio; the sums of short segments, joined by dynamic programming, follow a chart that drifts.
The whole song decides between lags a beat apart: breaks and fills do not repeat.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from chart_hero_core.base.arrays import Int64Array
from chart_hero_core.dataset.onsets import OnsetEnvelope
from chart_hero_core.dataset.stroke_onsets import (
    LagScores,
    Times,
    colour,
    lag_scores,
    parabola,
    residuals,
)


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


def _contrast_and_rival(scores: Times, best: int, hop_s: float) -> tuple[float, float]:
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
    starts = _segment_starts(times_s, settings)
    reach = round(settings.reach_s / envelope.hop_s)
    scores = lag_scores(times_s, drums, envelope, starts, reach, expected_s)
    total = scores.weights @ scores.values
    best = int((total * (1 - _PREFERENCE * np.abs(scores.lags_s - expected_s))).argmax())
    lag = best + parabola(total, best)
    offset_s = float(scores.offset_s(lag))
    contrast, rival = _contrast_and_rival(total, best, envelope.hop_s)
    residual_s, heard = residuals(times_s + offset_s, drums, envelope, settings.fine_s)
    segments = _segments(times_s, starts, scores, settings.largest_step_s, lag)
    return Alignment(
        offset_s=offset_s,
        score=float(total[best]),
        contrast=contrast,
        rival=rival,
        residual_s=residual_s,
        heard=heard,
        colour=colour(times_s + offset_s, drums, envelope),
        lags_s=scores.lags_s,
        scores=total,
        **_agreement(segments, scores, best),
    )


def _agreement(segments: tuple[Segment, ...], scores: LagScores, best: int) -> dict[str, Any]:
    """What the segments of an alignment say of the whole: its fields by name."""
    weights = scores.weights
    fits = np.array([segment.fits for segment in segments])
    best_here = np.abs(scores.values.argmax(axis=1) - best) * scores.hop_s <= _NEAR_S
    return {
        "segments": segments,
        "drift_s": _drift(segments),
        "followed": float(weights @ np.array([segment.score for segment in segments])),
        "agreement": float(weights[fits].sum()),
        "own": float(weights[best_here].sum()),
    }


def _segment_starts(times_s: Times, settings: AlignSettings) -> Int64Array:
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


def _path(table: Times, counts: Times, step: int) -> Int64Array:
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
    starts: Int64Array,
    scores: LagScores,
    largest_step_s: float,
    lag: float,
) -> tuple[Segment, ...]:
    """The segments where the path of the highest sum has them, seen from the whole song's lag."""
    path = _path(scores.values, scores.counts, round(largest_step_s / scores.hop_s))
    ends = [*starts[1:].tolist(), len(times_s)]
    found = []
    for row, (start, end) in enumerate(zip(starts.tolist(), ends, strict=True)):
        place = int(path[row])
        exact = place + parabola(scores.values[row], place)
        found.append(
            Segment(
                float(times_s[start]),
                float(times_s[end - 1]),
                end - start,
                (exact - lag) * scores.hop_s,
                float(scores.values[row, place]),
                float(scores.values[row].max()),
            )
        )
    return tuple(found)


def _drift(segments: tuple[Segment, ...]) -> float:
    """The range of the lags of clear segments, single outliers left out."""
    middle = float(np.median([segment.score for segment in segments]))
    lags = np.array([s.lag_s for s in segments if s.score >= _CLEAR * middle])
    lags = without_outliers(lags)
    return float(lags.max() - lags.min())


def without_outliers(lags: Times) -> Times:
    """A running median of three; the ends may only go on as their neighbours go."""
    if len(lags) < 4:
        return lags
    smooth = np.median(np.stack([lags[:-2], lags[1:-1], lags[2:]]), axis=0)
    first = np.clip(lags[0], *sorted((smooth[0], 2 * smooth[0] - smooth[1])))
    last = np.clip(lags[-1], *sorted((smooth[-1], 2 * smooth[-1] - smooth[-2])))
    return np.concatenate([[first], smooth, [last]])
