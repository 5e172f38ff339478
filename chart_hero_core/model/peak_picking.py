"""Peak picking with the results of ``scipy.signal.find_peaks``, without importing it.

The import of ``scipy.signal`` takes up to a second, which is longer than all of the peak picking.
"""

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float32Array, IndexArray


def pick_peaks(curve: Float32Array, least: float, apart: int) -> IndexArray:
    """The indices of the local maxima of a curve ``[T]``, ascending.

    A plateau counts at its middle; the ends of the curve never count.

    Args:
        least: the lowest height of a maximum.
        apart: the smallest distance in frames; of two closer maxima the lower one is dropped.
    """
    starts = np.flatnonzero(np.diff(curve, prepend=np.nan) != 0)
    levels = curve[starts]
    higher = (levels[1:-1] > levels[:-2]) & (levels[1:-1] > levels[2:])
    inside = np.flatnonzero(higher) + 1
    found: IndexArray = (starts[inside] + starts[inside + 1] - 1) // 2
    high: IndexArray = found[curve[found] >= least]
    kept: IndexArray = high[_kept(high, curve[high], apart)]
    return kept


def _kept(places: IndexArray, heights: Float32Array, apart: int) -> BoolArray:
    """Which peaks stay, from the highest one down."""
    kept = np.ones(len(places), np.bool_)
    first = np.searchsorted(places, places - apart, side="right")
    end = np.searchsorted(places, places + apart, side="left")
    for one in np.argsort(heights)[::-1]:
        if kept[one]:
            kept[first[one] : end[one]] = False
            kept[one] = True
    return kept
