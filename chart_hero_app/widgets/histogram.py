"""A small histogram of times, early to the left and late to the right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from chart_hero_app.settings.theme import Theme

_BIN_MS = 2.0


class LateHistogram(QWidget):
    """Bars over ``-reach_ms..reach_ms``; the line in the middle is exactly in time."""

    def __init__(self, theme: Theme, colour: QColor, reach_ms: float) -> None:
        super().__init__()
        self._theme = theme
        self._colour = colour
        self._reach_ms = reach_ms
        self.counts = np.zeros(0, np.int64)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As high as a lane."""
        return QSize(180, 32)

    def show_times(self, late_ms: NDArray[np.float64]) -> None:
        """Count other times."""
        # An odd number of bins, so that one has exact time in its middle.
        bins = 2 * round(self._reach_ms / _BIN_MS) + 1
        edge_ms = bins * _BIN_MS / 2
        self.counts = np.histogram(late_ms, bins, (-edge_ms, edge_ms))[0]
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The bars over a middle line."""
        painter = QPainter(self)
        width, height = self.width(), self.height()
        painter.fillRect(self.rect(), self._theme.colour("panel"))
        painter.fillRect(QRectF(0, height - 1, width, 1), self._theme.colour("hairline"))
        most = int(self.counts.max(initial=0))
        for index, count in enumerate(self.counts.tolist()):
            if count:
                left = index * width / len(self.counts)
                # One note among hundreds is still to be seen.
                tall = max(count / most * (height - 2), 1.5)
                bar = QRectF(left + 0.5, height - 1 - tall, width / len(self.counts) - 1, tall)
                painter.fillRect(bar, self._colour)
        painter.fillRect(QRectF(width / 2, 0, 1, height), self._theme.colour("quiet"))
        painter.end()
