"""The waveform row: peaks as a pale shape, RMS as the solid core, clipped samples marked."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from chart_hero_app.settings.theme import Theme
from chart_hero_app.timeline.axis import TimeAxis
from chart_hero_app.timeline.columns import (
    FULL,
    MARKED,
    Filled,
    Floats,
    colour_ramp,
    coverage,
    draw_levels,
)
from chart_hero_app.timeline.grid import BeatGrid
from chart_hero_app.timeline.grid_lines import paint_grid
from chart_hero_app.timeline.row import Row

CLIPPED = 0.999
CLIP_MARK_PX = 3
PEAK_LEVEL = FULL // 2
INSET_PX = 4


class Peaks(Protocol):
    """What is drawn: extremes and RMS of equal columns of time (``PeakPyramid`` is one)."""

    def ranges(self, start_s: float, end_s: float, columns: int) -> tuple[Floats, Floats, Floats]:
        """Minimum, maximum and RMS of each of ``columns`` equal parts, each ``[columns]``."""


@dataclass(frozen=True, slots=True)
class WaveView:
    """Which stretch is drawn, at how many device pixels per pixel and what gain."""

    start_s: float
    end_s: float
    ratio: float
    gain: float


def draw_wave(painter: QPainter, theme: Theme, box: QRectF, peaks: Peaks, view: WaveView) -> None:
    """Draw the stretch ``view`` describes into ``box``, one column per device pixel."""
    columns = max(round(box.width() * view.ratio), 1)
    height = max(round(box.height() * view.ratio), 2)
    # One column more on the left, so that neighbours join without a gap.
    step_s = (view.end_s - view.start_s) / columns
    low, high, rms = peaks.ranges(view.start_s - step_s, view.end_s, columns + 1)
    clipped = np.maximum(-low, high)[1:] >= CLIPPED
    low, high = np.minimum(low[1:], high[:-1]), np.maximum(high[1:], low[:-1])
    scale = height / 2 * view.gain
    # The core lies within the peaks on either side; where both overlap they are full.
    core_low, core_high = np.maximum(-rms[1:], low), np.minimum(rms[1:], high)

    def shape(lowest: Floats, highest: Floats, strength: int) -> Filled:
        # At least a pixel, so that silence is a line.
        thin = 0.5 * view.ratio
        middle = height / 2
        return Filled(middle - highest * scale - thin, middle - lowest * scale + thin, strength)

    outer, core = shape(low, high, PEAK_LEVEL), shape(core_low, core_high, FULL - PEAK_LEVEL)
    levels = coverage(height, outer, core)
    if clipped.any():
        marks = round(CLIP_MARK_PX * view.ratio)
        levels[:marks, clipped] = MARKED
        levels[-marks:, clipped] = MARKED
    draw_levels(painter, box, levels, colour_ramp(theme.colour("wave"), theme.colour("bad")))


def display_gain(peaks: Peaks, duration_s: float) -> float:
    """What brings the loudest sample near the row's edge; quiet songs are raised at most 8x."""
    if duration_s <= 0:
        return 1.0
    low, high, _ = peaks.ranges(0.0, duration_s, 512)
    return 0.95 / float(max(-low.min(), high.max(), 0.125))


class WaveformRow(Row):
    """The waveform of the shown clip."""

    title = "Waveform"
    default_height = 90
    least_height = 40
    elastic = True

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__(axis, theme)
        self._peaks: Peaks | None = None
        self._gain = 1.0
        self._grid: BeatGrid | None = None

    def set_grid(self, grid: BeatGrid) -> None:
        """Show other beats behind the waveform."""
        self._grid = grid
        self.invalidate()

    def set_peaks(self, peaks: Peaks | None, duration_s: float) -> None:
        """Show other peaks; None empties the row."""
        self._peaks = peaks
        self._gain = 1.0 if peaks is None else display_gain(peaks, duration_s)
        self.invalidate()

    def paint_content(self, painter: QPainter, left: int, right: int) -> None:
        if self._grid is not None:
            paint_grid(painter, self, self._grid, 0, (left, right))
        if self._peaks is None:
            return
        start_s, end_s = self.axis.time_of(left), self.axis.time_of(right)
        box = QRectF(left, INSET_PX, right - left, self.height() - 2 * INSET_PX - 1)
        view = WaveView(start_s, end_s, self.devicePixelRatioF(), self._gain)
        draw_wave(painter, self.theme, box, self._peaks, view)
