"""One stroke, several candidates: tom or cymbal of one colour, and which tom or which cymbal."""

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.drums import SAME_COLOUR, TOMS, DrumClass

IntArray = NDArray[np.intp]
RealArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Drums that a model takes for one another: one stroke raises the curves of several of them.
RIVALS = ((DrumClass.HIHAT, DrumClass.CRASH, DrumClass.RIDE), TOMS)
# Curves of one stroke peak within three frames of 5.8 ms of each other.
_RIVAL_WINDOW_S = 0.018


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


def share_of_rivals(drum: IntArray, time_s: RealArray, score: RealArray) -> RealArray:
    """Height of each peak over that of the strongest rival struck with it; 1 at most, ``[N]``.

    Args:
        drum, time_s: the peaks, in order of class and time.
        score: their heights, above 0.
    """
    strongest = score.copy()
    for group in RIVALS:
        members = [np.flatnonzero(drum == one) for one in group]
        for own in members:
            for other in members:
                if own is not other:
                    a, b = _pairs_within(time_s[own], time_s[other], _RIVAL_WINDOW_S)
                    np.maximum.at(strongest, own[a], score[other[b]])
    share: RealArray = score / strongest
    return share


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
