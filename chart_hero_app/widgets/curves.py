"""Small curves over training steps: each with its own scale, named and labelled in the legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QStackedLayout, QWidget

from chart_hero_app.settings.theme import Theme

if TYPE_CHECKING:
    import pyqtgraph

_LABEL_PX = 11
_HEIGHT_PX = 150
_MOST_HEIGHT_PX = 320
_LINE_PX, _DOT_PX = 1.6, 6
# Every curve has its own scale, drawn from 0 to 1; dots at either end are whole.
_LOWEST, _HIGHEST = -0.05, 1.05
_LEGEND_ROW = 0  # of pyqtgraph's layout: where a title would be
# From a curve's dash to its name; from there to the next dash.
_DASH_GAP_PX, _CURVE_GAP_PX = 4, 20
# Left, top, right and bottom: half of the last step's number reaches beyond the axis.
_MARGINS_PX = (8, 2, 22, 2)
_AXIS_PX = 34


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
        self._steps = 0
        self._plot: pyqtgraph.PlotWidget | None = None
        self._nothing = QLabel("Nothing measured yet", alignment=Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._nothing)
        self.set_theme(theme)
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
        self._nothing.setStyleSheet(f"color: {theme.quiet}")
        self._draw()

    def set_curves(self, curves: Sequence[Curve], steps: int = 0) -> None:
        """Show these, on an axis of so many steps; those without points are left out."""
        found = tuple(curve for curve in curves if curve.points)
        if (found, steps) == (self._curves, self._steps):
            return
        self._curves, self._steps = found, steps
        said = [_said(curve) for curve in found]
        self.setToolTip("\n".join(said))
        self.setAccessibleDescription(", ".join(said))
        self._draw()

    def _draw(self) -> None:
        if not self._curves:
            self._stack.setCurrentWidget(self._nothing)
            return
        if self._plot is None:
            self._plot = _empty_plot()
            self._stack.addWidget(self._plot)
        self._stack.setCurrentWidget(self._plot)
        item = self._plot.getPlotItem()
        item.clear()
        self._plot.setBackground(self._theme.colour("panel"))
        axis = item.getAxis("bottom")
        axis.setPen(self._theme.colour("hairline"))
        axis.setTextPen(self._theme.colour("quiet"))
        item.legend.setLabelTextColor(self._theme.colour("text"))
        for curve in self._curves:
            self._add(item, curve)
        # In a row of its own: no curve runs through the words, however low the plot is.
        item.layout.setRowFixedHeight(_LEGEND_ROW, item.legend.height())
        if self._steps:
            item.setXRange(0, self._steps)
        else:
            item.enableAutoRange(axis="x")

    def _add(self, item: pyqtgraph.PlotItem, curve: Curve) -> None:
        """The line of a curve, and a dot where it is now."""
        steps = [step for step, _ in curve.points]
        values = [value for _, value in curve.points]
        low = min(values)
        span = (max(values) - low) or 1.0
        places = [(value - low) / span for value in values]
        colour = self._theme.colour(curve.colour)
        pen = QPen(colour, _LINE_PX)
        pen.setCosmetic(True)
        if curve.dashed:
            pen.setDashPattern([4, 3])
        item.plot(steps, places, pen=pen, antialias=True, name=_said(curve))
        dot = {"symbol": "o", "symbolSize": _DOT_PX, "symbolBrush": colour, "symbolPen": None}
        item.plot(steps[-1:], places[-1:], pen=None, antialias=True, **dot)


def _said(curve: Curve) -> str:
    """A curve's name and where it is now."""
    return f"{curve.name} {curve.points[-1][1]:.3g}"


def _empty_plot() -> pyqtgraph.PlotWidget:
    """A plot to look at only, with an axis of steps and a legend of one line."""
    # Loaded with the first curve: the window opens without it.
    import pyqtgraph

    plot = pyqtgraph.PlotWidget()
    # The wheel scrolls the panel, and a plot that was moved away could not be brought back.
    plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    item = plot.getPlotItem()
    item.setMenuEnabled(False)
    item.hideButtons()
    item.hideAxis("left")
    item.setMouseEnabled(x=False, y=False)
    item.setYRange(_LOWEST, _HIGHEST, padding=0)
    item.setDownsampling(auto=True, mode="peak")
    item.setClipToView(True)
    font = QFont(plot.font())
    font.setPixelSize(_LABEL_PX)
    axis = item.getAxis("bottom")
    axis.setTickFont(font)
    axis.enableAutoSIPrefix(False)
    axis.setLabel("step", **{"font-size": f"{_LABEL_PX}px"})
    axis.setHeight(_AXIS_PX)
    item.layout.setContentsMargins(*_MARGINS_PX)
    legend = item.addLegend(offset=(4, 2), colCount=2, labelTextSize=f"{_LABEL_PX}px")
    legend.layout.setHorizontalSpacing(_DASH_GAP_PX)
    legend.layout.setColumnSpacing(1, _CURVE_GAP_PX)  # after the name of the first
    legend.setParentItem(item)
    return plot
