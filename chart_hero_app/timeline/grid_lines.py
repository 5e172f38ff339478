"""Draws the grid behind the notes: bars, beats, and subdivisions that fade in by zoom."""

from collections import defaultdict

import numpy as np
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QPainter, QPen

from chart_hero_app.timeline.grid import BeatGrid, fade, thinning
from chart_hero_app.timeline.row import Row

BAR_ROOM_PX = 12.0
BAR_ALPHA = 0.42
BEAT_ALPHA = 0.28
PART_ALPHA = 0.12


def paint_grid(
    painter: QPainter, row: Row, grid: BeatGrid, division: int, columns: tuple[int, int]
) -> None:
    """Draw the grid lines of ``columns`` (left, right) over the whole height of ``row``.

    Args:
        division: parts of a whole note that subdivisions show; coarser than beats: none.
    """
    if len(grid.times_s) < 2:
        return
    # All lines of one strength in one go, and without antialiasing: the pixels are those of
    # rectangles filled one by one, which take ten times as long.
    smooth = bool(painter.renderHints() & QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    height = row.height()
    for alpha, times_s in _lines(row, grid, division, columns).items():
        pen = QPen(row.theme.colour("quiet", alpha), 1.0)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        middles = [row.hairline_x(time_s) + 0.5 for time_s in times_s]
        painter.drawLines([QLineF(x, 0, x, height) for x in middles])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)


def _lines(
    row: Row, grid: BeatGrid, division: int, columns: tuple[int, int]
) -> dict[float, list[float]]:
    """When the lines are, by how strong they are drawn (0..1)."""
    left, right = columns
    axis = row.axis
    seen = grid.visible(axis.time_of(left - 1), axis.time_of(right + 1))
    last = min(seen.stop, len(grid.times_s) - 1)
    gaps = np.diff(grid.times_s) * axis.pixels_per_s
    found: dict[float, list[float]] = defaultdict(list)
    for index in range(seen.start, last):
        at_s, beat_px = float(grid.times_s[index]), float(gaps[index])
        if grid.beats[index] == 0:
            length = _bar_length(grid, index)
            step = thinning(beat_px * length, BAR_ROOM_PX)
            if grid.bars[index] % step == 0:
                # Bars that stand close are many, and must not outshine what lies on them.
                strength = 0.4 + 0.6 * fade(beat_px * length * step / 4)
                found[BAR_ALPHA * strength].append(at_s)
        elif (strength := fade(beat_px)) > 0:
            found[strength * BEAT_ALPHA].append(at_s)
        parts = _parts(grid, index, division)
        strength = fade(beat_px / max(parts, 1)) * PART_ALPHA
        if parts > 1 and strength > 0:
            step_s = (float(grid.times_s[index + 1]) - at_s) / parts
            found[strength].extend(at_s + part * step_s for part in range(1, parts))
    return found


def _bar_length(grid: BeatGrid, index: int) -> int:
    """Beats of the bar that starts at ``index``."""
    following = np.flatnonzero(grid.beats[index + 1 : index + 65] == 0)
    return int(following[0]) + 1 if len(following) else 4


def _parts(grid: BeatGrid, index: int, division: int) -> int:
    """Into how many parts the snap grid divides a beat; 0 where it does not divide it evenly."""
    ticks = int(grid.ticks[index + 1] - grid.ticks[index])
    parts = ticks * division / (grid.resolution * 4)
    return round(parts) if abs(parts - round(parts)) < 0.02 else 0
