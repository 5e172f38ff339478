"""Draws the grid behind the notes: bars, beats, and subdivisions that fade in by zoom."""

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from chart_hero_app.timeline.grid import BeatGrid, fade, thinning
from chart_hero_app.timeline.row import Row

BAR_ROOM_PX = 12.0
BAR_ALPHA = 0.42


def paint_grid(
    painter: QPainter, row: Row, grid: BeatGrid, division: int, columns: tuple[int, int]
) -> None:
    """Draw the grid lines of ``columns`` (left, right) over the whole height of ``row``.

    Args:
        division: parts of a whole note that subdivisions show; coarser than beats: none.
    """
    if len(grid.times_s) < 2:
        return
    # Upright lines on whole pixels gain nothing from antialiasing and would cost ten times as much.
    smooth = bool(painter.renderHints() & QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    _paint_lines(painter, row, grid, division, columns)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)


def _paint_lines(
    painter: QPainter, row: Row, grid: BeatGrid, division: int, columns: tuple[int, int]
) -> None:
    left, right = columns
    axis, theme = row.axis, row.theme
    seen = grid.visible(axis.time_of(left - 1), axis.time_of(right + 1))
    last = min(seen.stop, len(grid.times_s) - 1)
    gaps = np.diff(grid.times_s) * axis.pixels_per_s
    for index in range(seen.start, last):
        at_s, beat_px = float(grid.times_s[index]), float(gaps[index])
        if grid.beats[index] == 0:
            length = _bar_length(grid, index)
            step = thinning(beat_px * length, BAR_ROOM_PX)
            if grid.bars[index] % step == 0:
                # Bars that stand close are many, and must not outshine what lies on them.
                strength = 0.4 + 0.6 * fade(beat_px * length * step / 4)
                _line(painter, row, at_s, theme.colour("quiet", BAR_ALPHA * strength))
        elif (strength := fade(beat_px)) > 0:
            _line(painter, row, at_s, theme.colour("quiet", strength * 0.28))
        parts = _parts(grid, index, division)
        strength = fade(beat_px / max(parts, 1)) * 0.12
        if parts > 1 and strength > 0:
            step_s = (float(grid.times_s[index + 1]) - at_s) / parts
            for part in range(1, parts):
                _line(painter, row, at_s + part * step_s, theme.colour("quiet", strength))


def _line(painter: QPainter, row: Row, at_s: float, colour: QColor) -> None:
    painter.fillRect(QRectF(row.hairline_x(at_s), 0, 1, row.height()), colour)


def _bar_length(grid: BeatGrid, index: int) -> int:
    """Beats of the bar that starts at ``index``."""
    following = np.flatnonzero(grid.beats[index + 1 : index + 65] == 0)
    return int(following[0]) + 1 if len(following) else 4


def _parts(grid: BeatGrid, index: int, division: int) -> int:
    """Into how many parts the snap grid divides a beat; 0 where it does not divide it evenly."""
    ticks = int(grid.ticks[index + 1] - grid.ticks[index])
    parts = ticks * division / (grid.resolution * 4)
    return round(parts) if abs(parts - round(parts)) < 0.02 else 0
