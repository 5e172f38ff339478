"""Which strokes are in rolls, where one may lie on the slope of the next."""

from itertools import pairwise

import numpy as np

from chart_hero_core.base.arrays import BoolArray
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.decode.peaks import Peaks

# Strokes of one drum this close belong to one roll: a 32nd at 140 BPM lasts 53.6 ms. So many of
# them make one, and so many must be strong: fewer are as often the ripples of single strokes.
_ROLL_GAP_S, _ROLL_STROKES, _STRONG_STROKES = 0.055, 6, 3
# A peak that nothing within 6 frames of 2.9 ms exceeds is a stroke of its own. Of two strokes, what
# lies nearer to one of them than this share of their distance is its ripple. Both were chosen on
# rendered rolls (docs/experiments.md).
_LEAD_S, _RIPPLE_SHARE = 0.0175, 0.25


def in_rolls(peaks: Peaks, weak: BoolArray, strong: BoolArray) -> BoolArray:
    """Which of the ``weak`` peaks are in a roll with ``strong`` ones, which are included, ``[N]``.

    The peak window does not count here: where strokes run into one another, one lies on the slope
    of the next. Hysteresis as in Canny 1986: turning any knob up only ever breaks runs.

    Args:
        peaks: in order of class and time.
        weak: those that may be strokes of a roll; no ripples among them.
        strong: those above their threshold and the gate.
    """
    index = np.flatnonzero(weak)
    # Runs are stretches without a wide gap.
    gap = np.diff(peaks.time_s[index]) > _ROLL_GAP_S
    gap |= np.diff(peaks.drum[index]) != 0
    run = np.concatenate([[0], np.cumsum(gap)]) if index.size else index
    rolls = np.bincount(run, weights=strong[index], minlength=1) >= _STRONG_STROKES
    rolls &= np.bincount(run, minlength=1) >= _ROLL_STROKES
    found = np.zeros_like(weak)
    found[index[rolls[run]]] = True
    return found


def ripples(peaks: Peaks) -> BoolArray:
    """Which peaks are the ripples of higher ones beside them, by the pace of their drum, ``[N]``.

    Args:
        peaks: in order of class and time.
    """
    leading = peaks.isolation * peaks.hop_s > _LEAD_S
    found = np.zeros(len(peaks), dtype=np.bool_)
    for first, last in pairwise(np.searchsorted(peaks.drum, np.arange(DRUM_COUNT + 1)).tolist()):
        time_s = peaks.time_s[first:last]
        leads_s = np.concatenate([[-np.inf], time_s[leading[first:last]], [np.inf]])
        following = np.searchsorted(leads_s, time_s)
        before_s, after_s = time_s - leads_s[following - 1], leads_s[following] - time_s
        pace_s = np.minimum(before_s + after_s, _ROLL_GAP_S)
        found[first:last] = np.minimum(before_s, after_s) < _RIPPLE_SHARE * pace_s
    return found & ~leading
