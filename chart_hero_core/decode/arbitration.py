"""One stroke, several candidates: tom or cymbal of the same colour, and which tom or cymbal."""

from itertools import pairwise, permutations

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array, IndexArray
from chart_hero_core.base.drums import DRUM_COUNT, SAME_COLOUR, TOMS, DrumClass

# Drums that a model takes for one another: one stroke raises the curves of several of them.
_CYMBALS = (DrumClass.HIHAT, DrumClass.CRASH, DrumClass.RIDE)
RIVALS = (_CYMBALS, (DrumClass.SNARE, *TOMS))
# Curves of one stroke peak within three frames of 5.8 ms of each other.
_RIVAL_WINDOW_S = 0.018
# Confidences within this of a stroke of a roll are summed for its drum and for its rivals; it
# stays from this share of the strongest rival's sum on. Chosen on rendered development songs
# (docs/experiments.md).
_ROLL_CONTEXT_S, _OUTWEIGHED_SHARE = 0.15, 0.5
# The least summed confidence of all cymbals at a stroke: that there is one is likelier than not. On
# development songs half of what this lets through is the right cymbal, and most of the rest
# another one.
_ANY_CYMBAL = 0.5


def suppressed_by_same_colour(
    drum: IndexArray, time_s: Float64Array, strength: Float64Array, window_s: float, margin: float
) -> BoolArray:
    """Which peaks lose to the other drum of their colour, ``[N]``.

    Of a tom and a cymbal at most ``window_s`` apart, the tom stays if its strength exceeds the
    cymbal's by more than ``margin``, else the cymbal stays. All peaks compete, whatever the
    thresholds, so that no hit comes back when another one falls below its threshold.

    Args:
        drum, time_s: the peaks, in order of class and time.
        strength: what is compared, 0..1: calibrated confidence if there is one, else height.
        window_s: in seconds.
        margin: in units of ``strength``.
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


def rival_pairs(drum: IndexArray, time_s: Float64Array) -> tuple[IndexArray, IndexArray]:
    """Index pairs of peaks that may be one stroke heard as two drums, in both orders.

    Args:
        drum, time_s: the peaks, in order of class and time.
    """
    own: list[IndexArray] = []
    other: list[IndexArray] = []
    for group in RIVALS:
        members = [np.flatnonzero(drum == one) for one in group]
        for one, another in permutations(members, 2):
            left, right = _pairs_within(time_s[one], time_s[another], _RIVAL_WINDOW_S)
            own.append(one[left])
            other.append(another[right])
    return np.concatenate(own), np.concatenate(other)


def strongest_rival(pairs: tuple[IndexArray, IndexArray], strength: Float64Array) -> Float64Array:
    """The strength of each peak's strongest rival, 0 without one, ``[N]``.

    Args:
        pairs: of :func:`rival_pairs`.
        strength: of the peaks; calibrated confidence where there is one.
    """
    own, other = pairs
    strongest = np.zeros_like(strength)
    np.maximum.at(strongest, own, strength[other])
    return strongest


def undecided_cymbals(
    drum: IndexArray, pairs: tuple[IndexArray, IndexArray], confidence: Float64Array
) -> BoolArray:
    """Which peaks are the likeliest of several cymbals heard in one stroke, ``[N]``.

    Where the model is sure that a cymbal is struck, but not which one, its probability is split
    among them; the sum of the calibrated confidences restores it.

    Args:
        drum: of the peaks.
        pairs: of :func:`rival_pairs`.
        confidence: calibrated, of the peaks.
    """
    own, other = pairs
    together = confidence.copy()
    np.add.at(together, own, confidence[other])
    found: BoolArray = np.isin(drum, _CYMBALS) & (together >= _ANY_CYMBAL)
    # What is sure by itself is not undecided: whether it counts is for its threshold to say.
    found &= confidence < _ANY_CYMBAL
    return found & (confidence >= strongest_rival(pairs, confidence))


def outweighed_by_rival(
    drum: IndexArray,
    time_s: Float64Array,
    pairs: tuple[IndexArray, IndexArray],
    confidence: Float64Array,
) -> BoolArray:
    """Which peaks have a rival whose drum is much more likely in the strokes around, ``[N]``.

    Taken one by one, the strokes of a roll would alternate between neighbouring toms; taken
    together they show which of the two is played.

    Args:
        drum: of the peaks, which are in order of class and time.
        time_s: of the peaks.
        pairs: of :func:`rival_pairs`.
        confidence: calibrated, of the peaks.
    """
    together = np.zeros_like(confidence)
    summed = np.concatenate([[0.0], np.cumsum(confidence)])
    for first, last in pairwise(np.searchsorted(drum, np.arange(DRUM_COUNT + 1)).tolist()):
        here = time_s[first:last]
        start = np.searchsorted(here, here - _ROLL_CONTEXT_S, side="left")
        stop = np.searchsorted(here, here + _ROLL_CONTEXT_S, side="right")
        together[first:last] = summed[first + stop] - summed[first + start]
    beaten: BoolArray = together < _OUTWEIGHED_SHARE * strongest_rival(pairs, together)
    return beaten


def _pairs_within(
    first: Float64Array, second: Float64Array, window_s: float
) -> tuple[IndexArray, IndexArray]:
    """All index pairs of two sorted lists of times at most ``window_s`` apart."""
    start = np.searchsorted(second, first - window_s, side="left")
    stop = np.searchsorted(second, first + window_s, side="right")
    count = stop - start
    left = np.repeat(np.arange(first.shape[0]), count)
    within = np.arange(left.shape[0]) - np.repeat(np.cumsum(count) - count, count)
    return left, np.repeat(start, count) + within
