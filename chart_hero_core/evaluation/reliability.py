"""Whether confidences mean what they say: of the strokes at 0.8, about 80 % should be right."""

from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.evaluation.matching import Matched
from chart_hero_core.evaluation.strokes import Strokes

BINS = 10


@dataclass(frozen=True, slots=True)
class Reliability:
    """One bin of the diagram: how many strokes, what they claimed, how many were right."""

    low: float
    high: float
    strokes: int
    mean_confidence: float | None
    share_right: float | None


def reliability_counts(matches: tuple[Matched, ...], estimate: Strokes) -> Float64Array:
    """Strokes, right strokes and the sum of their confidences, shape ``[classes, BINS, 3]``.

    Bins are of equal width and include their lower edge, the last one both. Strokes without a
    confidence are left out.
    """
    counts = np.zeros((len(matches), BINS, 3))
    for code, match in enumerate(matches):
        confidence = estimate.confidence[match.est_index]
        known = np.isfinite(confidence)
        bins = np.minimum((confidence[known] * BINS + 1e-9).astype(np.intp), BINS - 1)
        right = match.est_right[known].astype(np.float64)
        for column, weights in enumerate((None, right, confidence[known])):
            counts[code, :, column] = np.bincount(bins, weights, BINS)
    return counts


def diagram(counts: Float64Array) -> tuple[Reliability, ...]:
    """The bins of summed counts, shape ``[BINS, 3]``."""
    bins = []
    for index, (strokes, right, claimed) in enumerate(counts.tolist()):
        mean, share = (claimed / strokes, right / strokes) if strokes else (None, None)
        bins.append(Reliability(index / BINS, (index + 1) / BINS, int(strokes), mean, share))
    return tuple(bins)


def expected_calibration_error(counts: Float64Array) -> Float64Array:
    """Distance between claimed and true share, weighted by strokes.

    ``[..., BINS, 3]`` to ``[...]``, NaN without strokes. The expected calibration error of
    Guo et al., 2017.
    """
    total = counts[..., 0].sum(axis=-1)
    distance = np.abs(counts[..., 1] - counts[..., 2]).sum(axis=-1)
    error: Float64Array = np.full(total.shape, np.nan)
    np.divide(distance, total, out=error, where=total > 0)
    return error
