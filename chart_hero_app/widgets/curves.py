"""Small curves over training steps: each with its own scale, named and labelled at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from chart_hero_app.settings.theme import Theme

_MARGIN_PX = 8
_LEGEND_PX = 18
_LABEL_PX = 11
_HEIGHT_PX = 150
_MOST_HEIGHT_PX = 320
_MOST_POINTS = 600  # more than there are pixels says nothing


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve: ``points`` are ``(step, value)`` in order, ``colour`` a name of the theme's."""

    name: str
    points: tuple[tuple[float, float], ...]
    colour: str
    dashed: bool = False


class CurvesPlot(QWidget):
    """Curves on one axis of steps. Told apart by dash and name as well as by colour."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._curves: tuple[Curve, ...] = ()
        self.setMinimumHeight(_HEIGHT_PX)
        self.setMaximumHeight(_MOST_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Training curves")

    @property
    def curves(self) -> tuple[Curve, ...]:
        """What is shown."""
        return self._curves

    def sizeHint(self) -> QSize:
        """Wide as the panel; it takes more height where there is some."""
        return QSize(300, _HEIGHT_PX)

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        self.update()

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Show these; those without points are left out."""
        self._curves = tuple(curve for curve in curves if curve.points)
        said = [f"{c.name} {c.points[-1][1]:.3g}" for c in self._curves]
        self.setToolTip("\n".join(said))
        self.setAccessibleDescription(", ".join(said))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Draw frame, curves and legend."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(_LABEL_PX)
        font.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(font)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(self._theme.colour("hairline"), 1))
        painter.setBrush(self._theme.colour("panel"))
        painter.drawRoundedRect(frame, 6, 6)
        if not self._curves:
            painter.setPen(self._theme.colour("quiet"))
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, "Nothing measured yet")
            return
        box = frame.adjusted(_MARGIN_PX, _LEGEND_PX + _MARGIN_PX, -_MARGIN_PX, -_LEGEND_PX)
        last = max(curve.points[-1][0] for curve in self._curves)
        for curve in self._curves:
            self._paint_curve(painter, box, curve, max(last, 1.0))
        self._paint_legend(painter, frame)
        painter.setPen(self._theme.colour("quiet"))
        below = QRectF(box.left(), box.bottom() + 2, box.width(), _LEGEND_PX - 4)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"step {last:,.0f}")

    def _paint_curve(self, painter: QPainter, box: QRectF, curve: Curve, last: float) -> None:
        stride = max(len(curve.points) // _MOST_POINTS, 1)
        points = curve.points[::stride]
        low = min(value for _, value in points)
        high = max(value for _, value in points)
        span = (high - low) or 1.0
        places = [
            QPointF(
                box.left() + step / last * box.width(),
                box.bottom() - (value - low) / span * box.height(),
            )
            for step, value in points
        ]
        pen = QPen(self._theme.colour(curve.colour), 1.6)
        if curve.dashed:
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(places))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(curve.colour))
        painter.drawEllipse(places[-1], 2.5, 2.5)

    def _paint_legend(self, painter: QPainter, frame: QRectF) -> None:
        x, middle = frame.left() + _MARGIN_PX, frame.top() + _MARGIN_PX + 6
        for curve in self._curves:
            pen = QPen(self._theme.colour(curve.colour), 2)
            if curve.dashed:
                pen.setDashPattern([3, 2])
            painter.setPen(pen)
            painter.drawLine(QPointF(x, middle), QPointF(x + 16, middle))
            text = f"{curve.name} {curve.points[-1][1]:.3g}"
            painter.setPen(self._theme.colour("text"))
            width = painter.fontMetrics().horizontalAdvance(text)
            flags = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(x + 21, middle - 8, width + 2, 16), flags, text)
            x += 21 + width + 14
