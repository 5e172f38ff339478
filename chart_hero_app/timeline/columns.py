"""Shapes composed in numpy, one column per device pixel, and drawn as one image.

For curves and waveforms this takes a fifth to a twentieth of the time that QPainter needs for as
many antialiased lines.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

Floats = NDArray[np.float32]


def coverage(height: int, tops: Floats, bottoms: Floats) -> Floats:
    """How much of each pixel lies between ``tops`` and ``bottoms``, shape ``[height, columns]``."""
    rows = np.arange(height, dtype=np.float32)[:, None]
    covered = np.minimum(bottoms, rows + 1) - np.maximum(tops, rows)
    return np.asarray(np.clip(covered, 0.0, 1.0, out=covered), dtype=np.float32)


def tinted(alpha: Floats, colour: QColor) -> NDArray[np.uint32]:
    """One colour at these opacities (0..1), as premultiplied ARGB."""
    levels = (alpha * 255 + 0.5).astype(np.uint8)
    steps = np.arange(256, dtype=np.uint32)
    table = steps << 24
    for value, shift in ((colour.red(), 16), (colour.green(), 8), (colour.blue(), 0)):
        table |= (steps * value // 255) << shift
    return np.asarray(table[levels], dtype=np.uint32)


def draw_pixels(painter: QPainter, box: QRectF, pixels: NDArray[np.uint32]) -> None:
    """Draw premultiplied ARGB ``[height, columns]`` into ``box``."""
    height, columns = pixels.shape
    image_format = QImage.Format.Format_ARGB32_Premultiplied
    image = QImage(np.ascontiguousarray(pixels).data, columns, height, 4 * columns, image_format)
    painter.drawImage(box, image)


def curve_extent(
    times: NDArray[np.float64], levels: NDArray[np.float64], edges: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lowest and highest level of a curve in each column between ``edges`` ``[columns + 1]``.

    The curve joins ``levels`` at ascending ``times`` by straight lines and is 0 beyond its ends.
    """
    at_edges = np.interp(edges, times, levels, left=0.0, right=0.0)
    lowest = np.minimum(at_edges[:-1], at_edges[1:])
    highest = np.maximum(at_edges[:-1], at_edges[1:])
    column = np.searchsorted(edges, times, side="right") - 1
    inside = (column >= 0) & (column < len(lowest))
    if inside.any():
        column, levels = column[inside], levels[inside]
        starts = np.flatnonzero(np.diff(column, prepend=-1))
        where = column[starts]
        lowest[where] = np.minimum(lowest[where], np.minimum.reduceat(levels, starts))
        highest[where] = np.maximum(highest[where], np.maximum.reduceat(levels, starts))
    return lowest, highest
