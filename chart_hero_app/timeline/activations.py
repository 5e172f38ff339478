"""The activation row: what the model heard of the shown drum, with threshold and gate to drag."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from chart_hero_app.settings.theme import Theme
from chart_hero_app.timeline.axis import MARGIN_PX, TimeAxis
from chart_hero_app.timeline.columns import (
    FULL,
    Filled,
    Floats,
    colour_ramp,
    coverage,
    curve_extents,
    draw_levels,
)
from chart_hero_app.timeline.levels import Levels, is_gate
from chart_hero_app.timeline.row import Row, label_font
from chart_hero_core.base.drums import SAME_COLOUR, Activations, DrumClass
from chart_hero_core.decode.settings import MICRO_PREFIX

INSET_PX = 6
GRAB_PX = 5
DOT_PX = 2.6
DOT_ROOM_PX = 8
LINE_PX, THIN_LINE_PX = 1.5, 1.0
FILL_LEVEL = round(FULL * 0.18)
PARTNER_LEVEL = FULL // 2
LOWEST_LEVEL, HIGHEST_LEVEL = 0.02, 1.0
NAME_BOX = QRectF(18, 22, 60, 18)  # where the margin names the drum
TICKS = (0.0, 0.5, 1.0)
FIXED_ALPHA = 0.5  # of lines that the knobs do not move


def _partner_of(drum: DrumClass) -> DrumClass | None:
    """The tom or cymbal of the same colour."""
    for pair in SAME_COLOUR:
        if drum in pair:
            return pair[1] if pair[0] is drum else pair[0]
    return None


def stretches(activations: Activations) -> list[tuple[Activations, float, float]]:
    """What holds from when to when: the coarse frames, and the spans of micro mode in between."""
    found: list[tuple[Activations, float, float]] = []
    at_s = activations.start_s
    for span in activations.spans:
        if span.start_s > at_s:
            found.append((activations, at_s, span.start_s))
        found.append((span, span.start_s, span.end_s))
        at_s = max(at_s, span.end_s)
    if at_s < activations.end_s:
        found.append((activations, at_s, activations.end_s))
    return found


class ActivationRow(Row):
    """Curves of one drum (strong), its partner of the same colour (faint) and any onset (grey)."""

    knobDragStarted = Signal(str)  # path of the knob, e.g. "thresholds.kick"
    knobDragged = Signal(str, float)
    knobDragEnded = Signal(str)

    title = "Activation"
    default_height = 80
    least_height = 48
    elastic = True

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__(axis, theme)
        self._activations: Activations | None = None
        self._drum = DrumClass.KICK
        self._levels: tuple[Levels, ...] = ()
        self._hits: NDArray[np.float64] = np.zeros((0, 2))
        self._hit_gap_s = 1.0
        self._dragged: str | None = None
        self._hovered: str | None = None

    @property
    def drum(self) -> DrumClass:
        """The drum shown."""
        return self._drum

    @property
    def threshold_path(self) -> str:
        """The knob behind the threshold line."""
        return f"thresholds.{self._drum.label}"

    @property
    def shown(self) -> Activations | None:
        """The results on screen."""
        return self._activations

    def set_activations(self, activations: Activations | None) -> None:
        """Show other results; None empties the row."""
        self._activations = activations
        self.invalidate()

    def set_drum(self, drum: DrumClass) -> None:
        """Show another drum."""
        self._drum = drum
        self.invalidate()

    def set_levels(self, levels: tuple[Levels, ...]) -> None:
        """Where the lines lie along the song; none hides them."""
        self._levels = levels
        self.update()

    def set_hits(self, hits: NDArray[np.float64]) -> None:
        """The dots ``[n, 2]``: time in seconds and level of each hit of the drum, in order."""
        self._hits = hits
        gaps = np.diff(self._hits[:, 0])
        self._hit_gap_s = float(np.median(gaps)) if len(gaps) else 1.0
        self.invalidate()

    # Drawing --------------------------------------------------------------------------------

    def y_of(self, level: float) -> float:
        """The y of a level 0..1."""
        return INSET_PX + (1.0 - level) * (self.height() - 2 * INSET_PX - 1)

    def level_at(self, y: float) -> float:
        """The level at a y, held to what a threshold may be."""
        level = 1.0 - (y - INSET_PX) / (self.height() - 2 * INSET_PX - 1)
        return round(min(max(level, LOWEST_LEVEL), HIGHEST_LEVEL), 3)

    def paint_content(self, painter: QPainter, left: int, right: int) -> None:
        line = self.theme.colour("hairline", 0.6)
        for level in TICKS:
            painter.fillRect(QRectF(left, round(self.y_of(level)), right - left, 1), line)
        if self._activations is None:
            return
        for source, from_s, to_s in stretches(self._activations):
            first = max(left, math.floor(self.x_of(from_s)))
            last = min(right, math.ceil(self.x_of(to_s)))
            if first < last:
                box = QRectF(first, 0, last - first, self.height())
                self._paint_curves(painter, box, source)
        self._paint_dots(painter, left, right, self.theme.lane(self._drum.lane))

    def _paint_curves(self, painter: QPainter, box: QRectF, source: Activations) -> None:
        """Draw what ``source`` heard inside ``box``: any onset, and above it the lane's drums."""
        ratio = self.devicePixelRatioF()
        columns, height = round(box.width() * ratio), round(box.height() * ratio)
        start_s, end_s = self.axis.time_of(box.left()), self.axis.time_of(box.right())
        frames = source.onset.shape[0]
        first = max(int((start_s - source.start_s) / source.hop_s) - 1, 0)
        last = min(int((end_s - source.start_s) / source.hop_s) + 3, frames)
        if last <= first or columns < 1:
            return
        drums = [drum for drum in (self._drum, _partner_of(self._drum)) if drum is not None]
        levels = np.stack([source.onset[first:last], *source.classes[drums, first:last]])
        times = source.start_s + np.arange(first, last, dtype=np.float64) * source.hop_s
        edges = np.linspace(start_s, end_s, columns + 1)
        lowest, highest = (self._device_y(found) for found in curve_extents(times, levels, edges))
        thin, strong = THIN_LINE_PX * ratio / 2, LINE_PX * ratio / 2
        onset = coverage(height, Filled(highest[0] - thin, lowest[0] + thin))
        draw_levels(painter, box, onset, colour_ramp(self.theme.colour("quiet", 0.5)))
        base = np.full_like(highest[1], self.y_of(0.0) * ratio)
        line = Filled(highest[1] - strong, lowest[1] + strong, FULL - FILL_LEVEL)
        shape = coverage(height, line, Filled(highest[1] - strong, base, FILL_LEVEL))
        for high, low in zip(highest[2:], lowest[2:], strict=True):
            partner = coverage(height, Filled(high - thin, low + thin, PARTNER_LEVEL))
            np.maximum(shape, partner, out=shape)
        draw_levels(painter, box, shape, colour_ramp(self.theme.lane(self._drum.lane)))

    def _device_y(self, levels: Floats) -> Floats:
        y = INSET_PX + (1.0 - levels) * (self.height() - 2 * INSET_PX - 1)
        return np.asarray(y * self.devicePixelRatioF(), dtype=np.float32)

    def _paint_dots(self, painter: QPainter, left: int, right: int, colour: QColor) -> None:
        ends_s = [self.axis.time_of(left - DOT_PX - 1), self.axis.time_of(right + DOT_PX + 1)]
        first, last = np.searchsorted(self._hits[:, 0], ends_s)
        if self._hit_gap_s * self.axis.pixels_per_s < DOT_ROOM_PX:
            return
        painter.setPen(QPen(self.theme.colour("panel"), 1))
        painter.setBrush(colour)
        for time_s, level in self._hits[first:last]:
            painter.drawEllipse(QPointF(self.x_of(time_s), self.y_of(level)), DOT_PX, DOT_PX)

    def paint_overlay(self, painter: QPainter) -> None:
        shown = [one for one in self._levels if self._extent(one) is not None]
        for one in shown:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            self._paint_lines(painter, one)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(label_font())
        said: set[tuple[str, float, bool]] = set()
        for one in reversed(shown):
            # What was said of the song need not be said again beside each of its passages.
            news = {(path, level, one.movable) for path, level in one.values.items()} - said
            if news and self._paint_level_labels(painter, one, {path for path, *_ in news}):
                said |= news

    def _extent(self, one: Levels) -> tuple[float, float] | None:
        """From which to which x a stretch is on screen."""
        left = max(self.x_of(one.start_s), float(MARGIN_PX))
        right = min(self.x_of(one.end_s), float(self.width()))
        return (left, right) if right > left else None

    def _paint_lines(self, painter: QPainter, one: Levels) -> None:
        extent = self._extent(one)
        assert extent is not None
        for path, level in one.values.items():
            held = one.movable and path in (self._dragged, self._hovered)
            name = "accent" if held else "quiet" if is_gate(path) else "text"
            y = round(self.y_of(level)) + 0.5
            pen = QPen(self.theme.colour(name, 1.0 if one.movable else FIXED_ALPHA), 1)
            pen.setDashPattern([2, 3] if is_gate(path) else [6, 4])
            painter.setPen(pen)
            painter.drawLine(QPointF(extent[0], y), QPointF(extent[1], y))

    def _paint_level_labels(self, painter: QPainter, one: Levels, paths: set[str]) -> bool:
        """Name these levels of a stretch at its end; False where there is no room."""
        extent = self._extent(one)
        assert extent is not None
        words = {
            path: f"{'gate' if is_gate(path) else 'threshold'} {one.values[path]:.2f}"
            for path in sorted(paths, key=lambda path: one.values[path])
        }
        widths = {p: painter.fontMetrics().horizontalAdvance(w) + 10 for p, w in words.items()}
        if extent[1] - extent[0] < max(widths.values()) + 12:
            return False
        below: float | None = None
        for path, text in words.items():
            y = min(max(self.y_of(one.values[path]) - 7, 1.0), self.height() - 17.0)
            if below is not None and below - y < 15:
                y = below - 15 if below > 16 else below + 15
            below = y
            chip = QRectF(extent[1] - widths[path] - 6, y, widths[path], 14)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.colour("raised"))
            painter.drawRoundedRect(chip, 3, 3)
            held = one.movable and path in (self._dragged, self._hovered)
            name = "accent" if held else "text" if one.movable else "quiet"
            painter.setPen(self.theme.colour(name))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
        return True

    def paint_margin(self, painter: QPainter) -> None:
        painter.setFont(label_font(bold=True))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.lane(self._drum.lane))
        painter.drawRoundedRect(QRectF(8, 24, 4, 14), 2, 2)
        painter.setPen(self.theme.colour("text"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(NAME_BOX, middle, self._drum.title)
        painter.setFont(label_font())
        painter.setPen(self.theme.colour("quiet"))
        flags = middle | Qt.AlignmentFlag.AlignRight
        for level in TICKS:
            y = self.y_of(level)
            label = QRectF(MARGIN_PX - 40, y - 7, 31, 14)
            if not label.intersects(NAME_BOX):  # in a low row there is no room beside the name
                painter.drawText(label, flags, f"{level:g}")
            painter.fillRect(QRectF(MARGIN_PX - 6, round(y), 5, 1), self.theme.colour("quiet"))

    def tip_at(self, position: QPointF) -> str:
        """What a line is."""
        path = self._near(position)
        one = self._levels_at(position)
        if path is None or one is None:
            return super().tip_at(position)
        where = " in micro mode" if path.startswith(MICRO_PREFIX) else ""
        if is_gate(path):
            words = f"Gate{where}: how sure the model must be that anything is struck."
        else:
            words = f"Threshold of {self._drum.title.lower()}{where}: higher means fewer notes."
        if one.movable:
            return f"{words} Drag to change."
        if one.own:
            return (
                f"{words} This stretch keeps its own: select it, and apply to the selection only."
            )
        return f"{words} The knobs act on the selection only."

    # Mouse ----------------------------------------------------------------------------------

    def line_at(self, position: QPointF) -> str | None:
        """The knob whose line can be dragged under the mouse, the nearer one of two."""
        one = self._levels_at(position)
        return self._near(position) if one is not None and one.movable else None

    def _levels_at(self, position: QPointF) -> Levels | None:
        if position.x() < MARGIN_PX:
            return None
        time_s = self.axis.time_of(position.x())
        return next((one for one in self._levels if one.start_s <= time_s < one.end_s), None)

    def _near(self, position: QPointF) -> str | None:
        one = self._levels_at(position)
        if one is None:
            return None
        path, level = min(
            one.values.items(), key=lambda item: abs(self.y_of(item[1]) - position.y())
        )
        return path if abs(self.y_of(level) - position.y()) <= GRAB_PX else None

    def cursor_at(self, position: QPointF) -> Qt.CursorShape:
        """An arrow up and down over a line."""
        over = self.line_at(position) is not None
        return Qt.CursorShape.SizeVerCursor if over else Qt.CursorShape.ArrowCursor

    def press(self, event: QMouseEvent) -> None:
        """Grab a line."""
        path = self.line_at(event.position())
        if event.button() is not Qt.MouseButton.LeftButton or path is None:
            event.ignore()
            return
        self._dragged = path
        self.knobDragStarted.emit(path)
        self.update()

    def move_mouse(self, event: QMouseEvent) -> None:
        """Drag a line, or show which one would be grabbed."""
        if self._dragged is None:
            hovered = self.line_at(event.position())
            if hovered != self._hovered:
                self._hovered = hovered
                self.update()
            event.ignore()
            return
        path, level = self._dragged, self.level_at(event.position().y())
        self._levels = tuple(
            replace(one, values={**one.values, path: level})
            if one.movable and path in one.values
            else one
            for one in self._levels
        )
        self.knobDragged.emit(path, level)
        self.update()

    def release(self, event: QMouseEvent) -> None:
        """Let the line go."""
        if self._dragged is None:
            event.ignore()
            return
        path, self._dragged = self._dragged, None
        self.knobDragEnded.emit(path)
        self.update()
