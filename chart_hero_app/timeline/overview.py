"""The overview row: the whole song with the visible stretch as a frame that can be dragged."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen

from chart_hero_app.settings.theme import Theme
from chart_hero_app.timeline.axis import MARGIN_PX, TimeAxis
from chart_hero_app.timeline.marks import draw_bracket
from chart_hero_app.timeline.row import Row
from chart_hero_app.timeline.waveform import Peaks, WaveView, display_gain, draw_wave

EDGE_PX = 5  # how close to an edge of the frame a press must be to move that edge
LEAST_FRAME_PX = 6
MICRO_BAND_PX = 3
LEAST_BRACKET_PX = 4


class OverviewRow(Row):
    """The whole song. Pressing outside the frame brings it there; its edges change the zoom."""

    seekRequested = Signal(float)

    title = "Overview"
    default_height = 40
    least_height = 40
    scrolls = False

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__(axis, theme)
        self._peaks: Peaks | None = None
        self._gain = 1.0
        self._sections_s: tuple[float, ...] = ()
        self._flags_s: tuple[tuple[float, float], ...] = ()
        self._reviewed_s: tuple[tuple[float, float], ...] = ()
        self._tuned_s: tuple[tuple[float, float], ...] = ()
        self.tell_tuned: Callable[[float], str] = lambda _time_s: ""
        self._drag: str | None = None
        self._grabbed_s = 0.0

    def set_peaks(self, peaks: Peaks | None, duration_s: float) -> None:
        """Show another song's peaks; None empties the row."""
        self._peaks = peaks
        self._gain = 1.0 if peaks is None else display_gain(peaks, duration_s)
        self.invalidate()

    def set_sections(self, starts_s: tuple[float, ...]) -> None:
        """Mark where sections start."""
        self._sections_s = starts_s
        self.invalidate()

    def set_flags(self, flags_s: tuple[tuple[float, float], ...]) -> None:
        """Mark the passages of micro mode."""
        self._flags_s = flags_s
        self.invalidate()

    def x_of(self, time_s: float) -> float:
        """The x of a time when the whole song fills the row."""
        width = max(self.width() - MARGIN_PX, 1)
        return MARGIN_PX + time_s / max(self.axis.duration_s, 1e-3) * width

    def time_of(self, x: float) -> float:
        """The inverse of :meth:`x_of`."""
        width = max(self.width() - MARGIN_PX, 1)
        return (x - MARGIN_PX) / width * self.axis.duration_s

    def set_reviewed(self, spans_s: tuple[tuple[float, float], ...]) -> None:
        """Mark the passages a person vouches for."""
        self._reviewed_s = spans_s
        self.invalidate()

    def set_tuned(self, spans_s: tuple[tuple[float, float], ...]) -> None:
        """Mark the passages with knobs of their own."""
        self._tuned_s = spans_s
        self.invalidate()

    def frame(self) -> QRectF:
        """The frame around the visible stretch."""
        left = max(self.x_of(self.axis.start_s), MARGIN_PX)
        right = min(self.x_of(self.axis.end_s), self.width())
        right = max(right, left + LEAST_FRAME_PX)
        return QRectF(left, 1, right - left, self.height() - 3)

    def paint_content(self, painter: QPainter, left: int, right: int) -> None:
        height = self.height()
        if self._peaks is not None:
            box = QRectF(left, 4, right - left, height - 9)
            view = WaveView(
                self.time_of(left), self.time_of(right), self.devicePixelRatioF(), self._gain
            )
            draw_wave(painter, self.theme, box, self._peaks, view)
        for start_s in self._sections_s:
            x = self.hairline_x(start_s)
            painter.fillRect(QRectF(x, 0, 1, height), self.theme.colour("quiet", 0.5))
        for start_s, end_s in self._flags_s:
            x = self.x_of(start_s)
            band = QRectF(x, 0, max(self.x_of(end_s) - x, 2), MICRO_BAND_PX)
            painter.fillRect(band, self.theme.colour("micro"))
        for start_s, end_s in self._reviewed_s:
            x = self.x_of(start_s)
            width = max(self.x_of(end_s) - x, 2)
            band = QRectF(x, height - 1 - MICRO_BAND_PX, width, MICRO_BAND_PX)
            painter.fillRect(band, self.theme.colour("good"))
        for start_s, end_s in self._tuned_s:
            x = self.x_of(start_s)
            width = max(self.x_of(end_s) - x, LEAST_BRACKET_PX)
            draw_bracket(painter, QRectF(x, MICRO_BAND_PX + 2, width, 4), self.theme)

    def paint_overlay(self, painter: QPainter) -> None:
        if self.axis.duration_s <= 0:
            return
        frame = self.frame()
        veil = self.theme.colour("window", 0.6)
        painter.fillRect(QRectF(MARGIN_PX, 0, frame.left() - MARGIN_PX, self.height()), veil)
        painter.fillRect(
            QRectF(frame.right(), 0, self.width() - frame.right(), self.height()), veil
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme.colour("accent"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    def cursor_at(self, position: QPointF) -> Qt.CursorShape:
        """Arrows over the edges, a hand inside the frame."""
        part = self._part_at(position)
        if part in ("left", "right"):
            return Qt.CursorShape.SizeHorCursor
        return Qt.CursorShape.OpenHandCursor if part == "inside" else Qt.CursorShape.ArrowCursor

    def tip_at(self, position: QPointF) -> str:
        """What a marked passage is."""
        if position.x() < MARGIN_PX:
            return super().tip_at(position)
        return self.tell_tuned(self.time_of(position.x()))

    def _part_at(self, position: QPointF) -> str:
        frame = self.frame()
        if position.x() < MARGIN_PX:
            return "margin"
        if frame.width() > 3 * EDGE_PX:
            if abs(position.x() - frame.left()) <= EDGE_PX:
                return "left"
            if abs(position.x() - frame.right()) <= EDGE_PX:
                return "right"
        inside = frame.left() - EDGE_PX <= position.x() <= frame.right() + EDGE_PX
        return "inside" if inside else "outside"

    def press(self, event: QMouseEvent) -> None:
        """Grab the frame or one of its edges, or bring the frame here."""
        part = self._part_at(event.position())
        if event.button() is not Qt.MouseButton.LeftButton or part == "margin":
            event.ignore()
            return
        if part == "outside":
            self.axis.centre_on(self.time_of(event.position().x()))
            part = "inside"
        self._drag = part
        self._grabbed_s = self.time_of(event.position().x()) - self.axis.start_s

    def move_mouse(self, event: QMouseEvent) -> None:
        """Drag what was grabbed."""
        at_s = self.time_of(event.position().x())
        if self._drag == "inside":
            self.axis.scroll_to(at_s - self._grabbed_s)
        elif self._drag == "left":
            self.axis.show_range(min(at_s, self.axis.end_s - 0.01), self.axis.end_s)
        elif self._drag == "right":
            self.axis.show_range(self.axis.start_s, max(at_s, self.axis.start_s + 0.01))
        else:
            event.ignore()

    def release(self, event: QMouseEvent) -> None:
        """Let go."""
        if self._drag is None:
            event.ignore()
        self._drag = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Jump to the place."""
        if event.position().x() >= MARGIN_PX:
            self.seekRequested.emit(self.time_of(event.position().x()))
