"""The data a person needs to judge a doubtful alignment, small enough to be kept as JSON."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.dataset.align import Alignment, Segment
from chart_hero_core.dataset.onsets import OnsetEnvelope

_POINTS = 320
_PASSAGE_S = 6.0


@dataclass(frozen=True, slots=True)
class Picture:
    """Curves of one alignment.

    Attributes:
        lags_s, scores: the score at every lag, thinned out by maxima.
        offset_s: where the chart was put.
        segments: start and end (audio's time), lag against the offset, score, whether it fits.
        passage_s: start and end of the passage shown, that which fits worst.
        envelope: the onset envelope in it, at equal distances.
        strokes: time and class of the strokes charted in it.
    """

    lags_s: list[float]
    scores: list[float]
    offset_s: float
    segments: list[tuple[float, float, float, float, bool]]
    passage_s: tuple[float, float]
    envelope: list[float]
    strokes: list[tuple[float, int]]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Picture":
        """The inverse; raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
        return Picture(
            [float(v) for v in data["lags_s"]],
            [float(v) for v in data["scores"]],
            float(data["offset_s"]),
            [
                (float(a), float(b), float(c), float(d), bool(e))
                for a, b, c, d, e in data["segments"]
            ],
            (float(data["passage_s"][0]), float(data["passage_s"][1])),
            [float(v) for v in data["envelope"]],
            [(float(a), int(b)) for a, b in data["strokes"]],
        )


def _drawn(segment: Segment, offset_s: float) -> tuple[float, float, float, float, bool]:
    """A segment in the time of the audio, as :class:`Picture` holds it."""
    return (
        round(segment.start_s + offset_s, 3),
        round(segment.end_s + offset_s, 3),
        round(segment.lag_s, 5),
        round(segment.score, 3),
        segment.fits,
    )


def picture_of(
    alignment: Alignment,
    times_s: Float64Array,
    drums: NDArray[np.int8],
    envelope: OnsetEnvelope,
) -> Picture:
    """The picture of an alignment of strokes charted at ``times_s`` [M]."""
    offset_s = alignment.offset_s
    worst = min(alignment.segments, key=lambda segment: segment.score)
    start = worst.start_s + offset_s
    end = start + _PASSAGE_S
    first, last = (
        int(np.clip(t / envelope.hop_s, 0, envelope.values.shape[1])) for t in (start, end)
    )
    shown = np.maximum(envelope.values[:, first:last].max(axis=0, initial=0.0), 0.0)
    at = times_s + offset_s
    inside = (at >= start) & (at < end)
    return Picture(
        _thin(alignment.lags_s, False),
        _thin(alignment.scores, True),
        round(offset_s, 5),
        [_drawn(segment, offset_s) for segment in alignment.segments],
        (round(start, 3), round(end, 3)),
        _thin(shown, True),
        [(round(float(t), 4), int(d)) for t, d in zip(at[inside], drums[inside], strict=True)],
    )


def _thin(values: NDArray[Any], by_maximum: bool) -> list[float]:
    """At most ``_POINTS`` of the values: the maximum (or the middle) of each stretch."""
    if not len(values):
        return []
    size = -(-len(values) // _POINTS)
    parts = [values[start : start + size] for start in range(0, len(values), size)]
    chosen = [part.max() if by_maximum else part[len(part) // 2] for part in parts]
    return [round(float(value), 4) for value in chosen]
