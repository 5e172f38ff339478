"""The knobs of the decoder as widgets, made from their one declaration."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from chart_hero_app.document.redecode import Difference
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.foldable import Foldable
from chart_hero_app.widgets.labels import label
from chart_hero_app.widgets.slider import KnobSlider, Range
from chart_hero_core.base.drums import DRUMS, DrumClass
from chart_hero_core.decode.settings import KNOBS, MICRO_PREFIX, DecodePlan, Knob

_DOT_PX = 10
# One width for all names, so that sliders and numbers stand in columns; what else stands before a
# slider (a drum's mark, how many notes it has) is taken from it.
_NAME_PX = 148
_GAP_PX = 6
_COUNT_PX = 64


class KnobList(QWidget):
    """All knobs of one mode (the song's, or micro mode's) in their groups."""

    moved = Signal(str, float)  # path, value; while it moves
    settled = Signal(str, float)  # once at the end of a change

    def __init__(self, theme: Theme, *, micro: bool) -> None:
        super().__init__()
        self._prefix = MICRO_PREFIX if micro else ""
        self._micro = micro
        self._sliders: dict[str, KnobSlider] = {}
        self._switches: dict[str, QCheckBox] = {}
        self._dots: dict[QLabel, DrumClass] = {}
        self._counts: dict[DrumClass, QLabel] = {}
        self._groups: dict[str, Foldable] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 4, 0)
        self._layout.setSpacing(4)
        for knob in KNOBS:
            self._add(knob, theme)
        self._layout.addStretch(1)
        self.set_theme(theme)

    def slider(self, path: str) -> KnobSlider:
        """The slider of ``thresholds.kick`` (without the mode's prefix)."""
        return self._sliders[path]

    def switch(self, path: str) -> QCheckBox:
        """The switch of ``arbitrate``."""
        return self._switches[path]

    def show_plan(self, plan: DecodePlan, base: DecodePlan) -> None:
        """Show the values of ``plan``; ``base`` (the preset) gives the marks."""
        for path, slider in self._sliders.items():
            slider.set_default(_number(base.value(self._prefix + path)))
            value = _number(plan.value(self._prefix + path))
            if not slider.slider.isSliderDown() and value != slider.value:
                slider.set_value(value)
        for path, switch in self._switches.items():
            switch.blockSignals(True)
            switch.setChecked(bool(plan.value(self._prefix + path)))
            switch.blockSignals(False)

    def show_difference(self, found: Difference | None) -> None:
        """Notes per drum, and what came and went: ``412  +12 −3``."""
        for drum, text in self._counts.items():
            if found is None:
                text.setText("")
                continue
            counts = (found.counts[drum], found.added[drum], found.removed[drum])
            text.setText(_fitting(text, *map(int, counts)))

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        for slider in self._sliders.values():
            slider.set_theme(theme)
        for dot, drum in self._dots.items():
            dot.setPixmap(drum_icon(drum, theme).pixmap(QSize(_DOT_PX, _DOT_PX)))

    def _add(self, knob: Knob, theme: Theme) -> None:
        group = self._groups.get(knob.group)
        if group is None:
            group = Foldable(knob.group)
            self._groups[knob.group] = group
            self._layout.addWidget(group)
        if knob.per_class:
            inner = group if knob.name == "thresholds" else Foldable(knob.title, opened=False)
            if inner is not group:
                group.body.addWidget(inner)
            for drum in DrumClass:
                inner.body.addWidget(self._drum_row(knob, drum, theme))
        elif knob.kind == "bool":
            group.body.addWidget(self._switch_row(knob))
        else:
            group.body.addWidget(self._slider_row(knob, knob.name, knob.title, theme))

    def _drum_row(self, knob: Knob, drum: DrumClass, theme: Theme) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP_PX)
        dot = QLabel()
        dot.setFixedWidth(_DOT_PX)
        self._dots[dot] = drum
        layout.addWidget(dot)
        slider = self._slider_row(knob, f"{knob.name}.{drum.label}", drum.title, theme)
        slider.name.setFixedWidth(_NAME_PX - _DOT_PX - _GAP_PX)
        layout.addWidget(slider, 1)
        if knob.name == "thresholds" and not self._micro:
            count = label("", "small")
            count.setFixedWidth(_COUNT_PX)
            count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            count.setToolTip(f"{drum.title} notes, and what the last change added and removed")
            self._counts[drum] = count
            slider.put_beside_name(count)
        return row

    def _slider_row(self, knob: Knob, path: str, title: str, theme: Theme) -> KnobSlider:
        defaults = knob.micro_default if self._micro else knob.default
        drum = path.partition(".")[2]
        default = _number(defaults, drum)
        values = Range(knob.minimum, knob.maximum, knob.step, default, knob.unit)
        slider = KnobSlider(title, knob.help, values, theme)
        slider.name.setFixedWidth(_NAME_PX)
        slider.moved.connect(self._emitter(self.moved, path))
        slider.settled.connect(self._emitter(self.settled, path))
        self._sliders[path] = slider
        return slider

    def _switch_row(self, knob: Knob) -> QCheckBox:
        switch = QCheckBox(knob.title)
        switch.setToolTip(knob.help)
        self._switches[knob.name] = switch
        moved = self._emitter(self.moved, knob.name)
        settled = self._emitter(self.settled, knob.name)

        def toggle(on: bool) -> None:
            moved(float(on))
            settled(float(on))

        switch.toggled.connect(toggle)
        return switch

    def _emitter(self, signal: object, path: str) -> Callable[[float], None]:
        full = self._prefix + path

        def emit(value: float) -> None:
            signal.emit(full, value)  # type: ignore[attr-defined]

        return emit


def _fitting(there: QLabel, count: int, added: int, removed: int) -> str:
    """As much of ``1,412 +12 −3`` as there is room for; what changed before what is there.

    A number whose first digits are cut off would be read as another one.
    """
    came = f"+{added:,}" if added else ""
    went = f"−{removed:,}" if removed else ""
    wordings = (f"{count:,} {came} {went}", f"{came} {went}", came if added > removed else went)
    shown = [" ".join(wording.split()) for wording in wordings]
    room = there.minimumWidth()
    widths = there.fontMetrics().horizontalAdvance
    return next((text for text in shown if text and widths(text) <= room), "")


def drum_icon(drum: DrumClass, theme: Theme) -> QIcon:
    """The drum's shape in its lane's colour: circle cymbal, square tom, flat bar kick."""
    side = 4 * _DOT_PX
    picture = QPixmap(side, side)
    picture.fill(theme.colour("panel", 0.0))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.colour("panel", 0.0))
    painter.setBrush(theme.lane(DRUMS[drum].lane))
    if drum is DrumClass.KICK:
        painter.drawRoundedRect(0, side // 3, side, side // 3, 4, 4)
    elif drum.cymbal:
        painter.drawEllipse(2, 2, side - 4, side - 4)
    else:
        painter.drawRoundedRect(3, 3, side - 6, side - 6, 8, 8)
    painter.end()
    made = QIcon(picture)
    made.addPixmap(picture, QIcon.Mode.Selected)  # as it is: the style would tint it
    return made


def _number(value: object, drum: str = "") -> float:
    if isinstance(value, tuple):
        return float(value[DrumClass.from_label(drum)])
    assert isinstance(value, int | float)
    return float(value)
