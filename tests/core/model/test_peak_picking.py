"""Peaks of a curve: computed by hand, and against scipy, which is slow to import."""

import numpy as np
import pytest
import scipy.signal

from chart_hero_core.model.peak_picking import pick_peaks


@pytest.mark.parametrize(
    ("curve", "found"),
    [
        ([0, 1, 0], [1]),
        ([2, 1, 2], []),  # the ends are none
        ([0, 1, 1, 1, 0], [2]),
        ([0, 1, 1, 0], [1]),
        ([0, 1, 1, 2, 2, 2, 1, 0], [4]),
        ([0, 3, 0, 2, 0, 0, 2], [1]),  # the second is too close
        ([0, 2, 0, 3, 0, 2, 0], [3]),
        ([0, 3, 0, 0, 2, 0], [1, 4]),
        ([0, 0.4, 0], []),  # too low
        ([0, 0.5, 0], [1]),
        ([1, 1], []),
        ([1], []),
        ([], []),
    ],
)
def test_by_hand(curve: list[float], found: list[int]) -> None:
    assert pick_peaks(np.array(curve, np.float32), least=0.5, apart=3).tolist() == found


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("apart", [1, 2, 5, 12])
def test_as_scipy_finds_them(seed: int, apart: int) -> None:
    rng = np.random.default_rng(seed)
    curve = rng.random(700)
    if seed % 2:  # level peaks, and many of the same height
        curve = np.round(curve * 4) / 4
    if seed % 3 == 0:
        curve = np.convolve(curve, np.ones(4) / 4)
    heard = curve.astype(np.float32)
    expected = scipy.signal.find_peaks(heard, height=0.3, distance=apart)[0]
    np.testing.assert_array_equal(pick_peaks(heard, 0.3, apart), expected)
