"""Tom or cymbal: a chart holds only one of the two of one colour."""

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.drums import SAME_COLOUR

IntArray = NDArray[np.intp]
RealArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def lost_to_its_colour(
    drum: IntArray, time_s: RealArray, strength: RealArray, window_s: float, margin: float
) -> BoolArray:
    """Which peaks give way to the other drum of their colour, ``[N]``.

    Of a tom and a cymbal at most ``window_s`` apart the tom stays if its strength exceeds the
    cymbal's by more than ``margin``, else the cymbal. All peaks compete, whatever the thresholds,
    so that no hit comes back when another one falls below its threshold.

    Args:
        drum, time_s: the peaks, in order of class and time.
        strength: what is compared; calibrated confidence where there is one.
    """
    lost = np.zeros(drum.shape, dtype=np.bool_)
    for tom_class, cymbal_class in SAME_COLOUR:
        toms = np.flatnonzero(drum == tom_class)
        cymbals = np.flatnonzero(drum == cymbal_class)
        tom, cymbal = _pairs_within(time_s[toms], time_s[cymbals], window_s)
        tom, cymbal = toms[tom], cymbals[cymbal]
        tom_wins = strength[tom] > strength[cymbal] + margin
        lost[cymbal[tom_wins]] = True
        lost[tom[~tom_wins]] = True
    return lost


def _pairs_within(
    first: RealArray, second: RealArray, window_s: float
) -> tuple[IntArray, IntArray]:
    """All index pairs of two sorted lists of times at most ``window_s`` apart."""
    start = np.searchsorted(second, first - window_s, side="left")
    stop = np.searchsorted(second, first + window_s, side="right")
    count = stop - start
    left = np.repeat(np.arange(first.shape[0]), count)
    within = np.arange(left.shape[0]) - np.repeat(np.cumsum(count) - count, count)
    return left, np.repeat(start, count) + within
