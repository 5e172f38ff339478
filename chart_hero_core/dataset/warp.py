"""Warping a chart that drifts: its times get corrections that differ from place to place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.dataset.align import Alignment, AlignSettings, align, without_outliers
from chart_hero_core.dataset.onsets import OnsetEnvelope
from chart_hero_core.dataset.stroke_onsets import Times


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """What is added to chart times to get audio times: ``shifts_s`` at ``knots_s``, straight lines
    in between, the outermost lines prolonged."""

    knots_s: Times
    shifts_s: Times

    def __call__(self, times_s: Times) -> Times:
        """Chart times as audio times."""
        if len(self.knots_s) < 2 or not len(times_s):
            return np.asarray(times_s + self.shifts_s[0])
        at = np.interp(times_s, self.knots_s, self.shifts_s)
        for outer, inner, side in ((0, 1, times_s < self.knots_s[0]), (-1, -2, None)):
            beyond = times_s > self.knots_s[-1] if side is None else side
            run = self.knots_s[outer] - self.knots_s[inner]
            slope = (self.shifts_s[outer] - self.shifts_s[inner]) / run
            at[beyond] += slope * (times_s[beyond] - self.knots_s[outer])
        return np.asarray(times_s + at)


def warp_to_audio(
    times_s: Times, drums: NDArray[np.int8], envelope: OnsetEnvelope, first: Alignment
) -> tuple[Shift, Alignment]:
    """Bend the chart along its drift: the shift found, and how the bent chart then lies.

    The second pass looks at shorter segments and only near the path of the first.
    """
    shift = _shift_of(first, first.offset_s)
    bent = shift(times_s)
    fine = AlignSettings(reach_s=0.12, segment_s=4.0, segment_strokes=12, largest_step_s=0.02)
    second = align(bent, drums, envelope, fine)
    finer = _shift_of(second, second.offset_s)
    knots = np.interp(finer.knots_s, bent, times_s)
    whole = Shift(knots, finer(shift(knots)) - knots)
    return whole, align(whole(times_s), drums, envelope)


def _shift_of(alignment: Alignment, offset_s: float) -> Shift:
    """The shift at the middle of every segment; a lone outlier follows its neighbours."""
    lags = without_outliers(np.array([s.lag_s for s in alignment.segments]))
    middle = np.array([(s.start_s + s.end_s) / 2 for s in alignment.segments])
    apart = np.r_[True, np.diff(middle) > 0]
    return Shift(middle[apart], lags[apart] + offset_s)
