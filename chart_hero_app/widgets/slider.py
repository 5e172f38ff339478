"""A slider with its name, an editable number with unit, and a mark where the default is."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.numbers import NumberBox

_MAX_STEPS = 100_000
_NUMBER_PX = 80


@dataclass(frozen=True, slots=True)
class Range:
    """What a slider runs over."""

    low: float
    high: float
    step: float
    default: float
    unit: str = ""

    @property
    def decimals(self) -> int:
        """Digits after the point that one step needs."""
        return next((d for d in range(4) if abs(self.step * 10**d % 1) < 1e-9), 4)

    @property
    def steps(self) -> int:
        """The number of steps from low to high."""
        return min(round((self.high - self.low) / self.step), _MAX_STEPS)

    def place(self, value: float) -> int:
        """The slider position of a value."""
        return round((value - self.low) / self.step)

    def value(self, place: int) -> float:
        """The value of a slider position."""
        return round(self.low + place * self.step, self.decimals + 2)


class MarkedSlider(QSlider):
    """A horizontal slider with a mark on the groove; double-click asks for a reset."""

    resetWanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._mark: int | None = None
        self._theme = theme
        self.setMinimumHeight(22)

    def set_mark(self, place: int | None) -> None:
        """Where the default is."""
        self._mark = place
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the slider, then the mark above and below the groove."""
        super().paintEvent(event)
        if self._mark is None or self._mark == self.value():
            return
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        room = self.width() - handle.width()
        x = handle.width() / 2 + QStyle.sliderPositionFromValue(
            self.minimum(), self.maximum(), self._mark, room
        )
        painter = QPainter(self)
        middle = self.height() / 2
        painter.fillRect(QRectF(x - 1, middle - 6, 2, 12), self._theme.colour("quiet"))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click jumps to that place and the drag goes on from there."""
        if event.button() is Qt.MouseButton.LeftButton:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            handle = self.style().subControlRect(
                QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
            )
            if not handle.contains(event.position().toPoint()):
                room = self.width() - handle.width()
                x = round(event.position().x() - handle.width() / 2)
                self.setSliderDown(True)
                self.setSliderPosition(
                    QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), x, room)
                )
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Double-click: back to the default."""
        self.setSliderDown(False)
        self.resetWanted.emit()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the panel; it changes a value only with the focus."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class KnobSlider(QWidget):
    """Name left, slider, number right. One drag, one typed number, one reset = one change.

    ``moved`` comes while the value moves, ``settled`` once at the end of each change.
    """

    moved = Signal(float)
    settled = Signal(float)

    def __init__(self, title: str, tip: str, values: Range, theme: Theme) -> None:
        super().__init__()
        self._range = values
        self._quiet = False
        self._reported = values.default
        self.name = QLabel(title)
        self.name.setMinimumWidth(64)
        self.slider = MarkedSlider(theme)
        self.slider.setRange(0, values.steps)
        self.slider.setValue(values.place(values.default))
        self.slider.setPageStep(max(values.steps // 10, 1))
        self.slider.set_mark(values.place(values.default))
        self.slider.setAccessibleName(title)
        self.number = _number(values, title)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._layout.addWidget(self.name)
        self._layout.addWidget(self.slider, 1)
        self._layout.addWidget(self.number)
        for part in (self, self.name, self.slider, self.number):
            part.setToolTip(f"{tip}\nDouble-click resets to {self._text(values.default)}.")
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.sliderReleased.connect(self._settle)
        self.slider.resetWanted.connect(self.reset)
        self.number.valueChanged.connect(self._on_number)
        self.number.editingFinished.connect(self._settle)
        self.number.installEventFilter(self)

    @property
    def value(self) -> float:
        """The value shown."""
        return self._range.value(self.slider.value())

    def put_beside_name(self, widget: QWidget) -> None:
        """Show something between name and slider, in the room of the name."""
        spacing = self._layout.spacing()
        self.name.setFixedWidth(self.name.minimumWidth() - widget.minimumWidth() - spacing)
        self._layout.insertWidget(1, widget)

    def set_value(self, value: float) -> None:
        """Show a value; no signals."""
        self._quiet = True
        self.slider.setValue(self._range.place(value))
        self.number.setValue(value)
        self._reported = self.value
        self._quiet = False

    def set_default(self, default: float) -> None:
        """Move the mark: another preset is the base."""
        if default == self._range.default:
            return
        self._range = Range(
            self._range.low, self._range.high, self._range.step, default, self._range.unit
        )
        self.slider.set_mark(self._range.place(default))

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self.slider.set_theme(theme)

    def reset(self) -> None:
        """Back to the default, as one change."""
        self._quiet = True
        self.slider.setValue(self._range.place(self._range.default))
        self.number.setValue(self._range.default)
        self._quiet = False
        self._move()
        self._settle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel over the number scrolls the panel unless the number has the focus."""
        if (
            watched is self.number
            and event.type() == QEvent.Type.Wheel
            and not self.number.hasFocus()
        ):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _on_slider(self, place: int) -> None:
        if self._quiet:
            return
        self._quiet = True
        self.number.setValue(self._range.value(place))
        self._quiet = False
        self._move()
        if not self.slider.isSliderDown():  # arrow keys and the wheel are changes of their own
            self._settle()

    def _on_number(self, value: float) -> None:
        if self._quiet:
            return
        self._quiet = True
        self.slider.setValue(self._range.place(value))
        self._quiet = False
        self._move()

    def _move(self) -> None:
        self.moved.emit(self.value)

    def _settle(self) -> None:
        if self.value != self._reported:
            self._reported = self.value
            self.settled.emit(self.value)

    def _text(self, value: float) -> str:
        return f"{value:.{self._range.decimals}f} {self._range.unit}".strip()


def _number(values: Range, title: str) -> NumberBox:
    box = NumberBox()
    box.setDecimals(values.decimals)
    box.setRange(values.low, values.high)
    box.setSingleStep(values.step)
    box.setValue(values.default)
    box.setKeyboardTracking(False)
    box.setProperty("bare", True)
    box.setAccessibleName(title)
    if values.unit:
        box.setSuffix(f" {values.unit}")
    box.setFixedWidth(_NUMBER_PX)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return box
