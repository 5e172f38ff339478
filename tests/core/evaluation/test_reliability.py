"""Whether confidences mean what they say, by hand."""

import numpy as np
import pytest

from chart_hero_core.evaluation.matching import match_song
from chart_hero_core.evaluation.reliability import (
    BINS,
    diagram,
    expected_calibration_error,
    reliability_counts,
)
from chart_hero_core.evaluation.strokes import Strokes
from chart_hero_core.evaluation.views import EIGHT


def counts_of(confidence: list[float], right: list[bool]) -> np.ndarray:
    times = np.arange(len(confidence)) + 1.0
    reference = Strokes.of(times[np.array(right, bool)], [0] * sum(right))
    estimate = Strokes.of(times, [0] * len(confidence), confidence)
    return reliability_counts(match_song(reference, estimate, EIGHT, 0.025), estimate)


@pytest.mark.parametrize(
    ("confidence", "index"),
    [(0.0, 0), (0.0999, 0), (0.1, 1), (0.3, 3), (0.7, 7), (0.95, 9), (1.0, 9)],
)
def test_a_bin_includes_its_lower_edge(confidence: float, index: int) -> None:
    counts = counts_of([confidence], [True])
    assert np.flatnonzero(counts[0, :, 0]).tolist() == [index]


def test_the_error_is_the_weighted_distance_from_the_diagonal() -> None:
    # 0.85 and 0.95 four times: three of four right at 0.85, all right at 0.95.
    counts = counts_of([0.85] * 4 + [0.95] * 4, [True, True, True, False] + [True] * 4)
    ece = expected_calibration_error(counts)
    assert ece[0] == pytest.approx((4 * 0.10 + 4 * 0.05) / 8)
    assert np.isnan(ece[1])
    bins = diagram(counts[0])
    assert len(bins) == BINS
    assert (bins[8].strokes, bins[8].share_right) == (4, 0.75)
    assert bins[8].mean_confidence == pytest.approx(0.85)
    assert (bins[0].strokes, bins[0].share_right, bins[0].mean_confidence) == (0, None, None)


def test_honest_confidences_have_no_error() -> None:
    counts = counts_of([0.75] * 4, [True, True, True, False])
    assert expected_calibration_error(counts)[0] == pytest.approx(0.0)


def test_strokes_without_confidence_have_no_say() -> None:
    counts = counts_of([float("nan"), 0.55], [True, True])
    assert counts[..., 0].sum() == 1
