"""A drag that is held past an edge of the view scrolls it: what lies beyond comes to the mouse."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from chart_hero_app.timeline.axis import MARGIN_PX, TimeAxis

TICK_MS = 16
# The right edge may be that of the screen, which the mouse cannot pass.
RIGHT_ZONE_PX = 8
SHARE_PER_TICK = 0.25  # of how far the mouse is past the edge
LEAST_STEP_PX, MOST_STEP_PX = 3.0, 45.0


class EdgeScroll(QObject):
    """Scrolls while ``dragging`` says so; the row gets its last movement again after each step."""

    def __init__(self, view: QWidget, axis: TimeAxis, dragging: Callable[[], bool]) -> None:
        super().__init__(view)
        self._axis = axis
        self._dragging = dragging
        self._row: QWidget | None = None
        self._event: QMouseEvent | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.step)

    def follow(self, row: QWidget, event: QMouseEvent) -> None:
        """The mouse moved over ``row``, or beyond it while a button is held."""
        if not self._past_edge_px(event.position().x()):
            self.stop()
            return
        self._row, self._event = row, event.clone()
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """The gesture is over, or the mouse is back inside."""
        self._timer.stop()
        self._row = self._event = None

    def step(self) -> None:
        """Scroll a little and carry on with what is being dragged."""
        row, event = self._row, self._event
        if row is None or event is None or not self._dragging():
            self.stop()
            return
        past_px = self._past_edge_px(event.position().x())
        step_px = min(max(abs(past_px) * SHARE_PER_TICK, LEAST_STEP_PX), MOST_STEP_PX)
        before_s = self._axis.start_s
        self._axis.scroll_by(step_px if past_px > 0 else -step_px)
        if self._axis.start_s != before_s:
            QApplication.sendEvent(row, event)

    def _past_edge_px(self, x: float) -> float:
        """How far ``x`` is past the right edge, or (below zero) the left one; 0 inside."""
        right_px = MARGIN_PX + self._axis.width_px - RIGHT_ZONE_PX
        return max(x - right_px, 0.0) + min(x - MARGIN_PX, 0.0)
