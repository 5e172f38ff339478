"""Peak picking with the results of ``scipy.signal.find_peaks``, without importing scipy.

The import takes up to a second, which is longer than all of the peak picking.
"""

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.drums import FloatArray

_Places = NDArray[np.intp]


def pick_peaks(curve: FloatArray, least: float, apart: int) -> _Places:
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
    found: _Places = (starts[inside] + starts[inside + 1] - 1) // 2
    high: _Places = found[curve[found] >= least]
    kept: _Places = high[_kept(high, curve[high], apart)]
    return kept


def _kept(places: _Places, heights: FloatArray, apart: int) -> NDArray[np.bool_]:
    """Which peaks stay, from the highest one down."""
    kept = np.ones(len(places), np.bool_)
    first = np.searchsorted(places, places - apart, side="right")
    end = np.searchsorted(places, places + apart, side="left")
    for one in np.argsort(heights)[::-1]:
        if kept[one]:
            kept[first[one] : end[one]] = False
            kept[one] = True
    return kept
