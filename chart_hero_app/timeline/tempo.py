"""The tempo lane: BPM as steps, with the value at each change. Here beats are dragged."""

import bisect

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter

from chart_hero_app.settings.theme import Theme
from chart_hero_app.timeline.axis import MARGIN_PX, TimeAxis
from chart_hero_app.timeline.beats import BeatEditing
from chart_hero_app.timeline.row import FOLDED_PX, Row, label_font
from chart_hero_app.widgets.labels import bpm_text
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap

REACH_PX = 90
LABEL_ROOM_PX = 46
INSET_PX = 5
GRAB_PX = 6
LEAST_SPAN_BPM = 4.0  # of the scale: smaller changes look small


class TempoRow(Row):
    """Tempo over time. Dragging moves a beat (Shift: and all after it), a double click anchors
    it, a right click removes a tempo change. Anchored changes carry a small square."""

    title = "Tempo"
    default_height = 32
    least_height = 32

    def __init__(self, axis: TimeAxis, theme: Theme, beats: BeatEditing) -> None:
        super().__init__(axis, theme)
        self._beats = beats
        self._hovered: int | None = None
        self.set_map(TempoMap())

    def set_map(self, tempo_map: TempoMap) -> None:
        """Show another tempo map."""
        self._map = tempo_map
        self._times_s = tempo_map.seconds_array([c.tick for c in tempo_map.tempos]).tolist()
        tempos = [change.bpm for change in tempo_map.tempos]
        self._middle_bpm = (max(tempos) + min(tempos)) / 2
        self._span_bpm = max(max(tempos) - min(tempos), LEAST_SPAN_BPM)
        self.invalidate()

    def set_playhead(self, time_s: float) -> None:
        """The margin shows the tempo at the playhead."""
        before = self._tempo_at_playhead()
        super().set_playhead(time_s)
        if self._tempo_at_playhead() is not before:
            self.update(0, 0, MARGIN_PX, self.height())

    def _tempo_at_playhead(self) -> TempoChange:
        # A hair before a change is on it: positions come from samples, changes from ticks.
        return self._map.tempo_at(self._map.tick_at(self._playhead_s) + 0.5)

    def paint_margin(self, painter: QPainter) -> None:
        bpm = self._tempo_at_playhead().bpm
        painter.setFont(label_font())
        painter.setPen(self.theme.colour("text"))
        box = QRectF(20, FOLDED_PX - 4, MARGIN_PX - 28, self.height() - FOLDED_PX + 2)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, flags, bpm_text(bpm))

    def _y_of(self, bpm: float) -> float:
        room = self.height() - 2 * INSET_PX - 2
        return round(INSET_PX + room * (0.5 - (bpm - self._middle_bpm) / self._span_bpm * 0.8))

    def paint_content(self, painter: QPainter, left: int, right: int) -> None:
        painter.setFont(label_font())
        start_s, end_s = self.axis.time_of(left - REACH_PX), self.axis.time_of(right)
        first = max(bisect.bisect_right(self._times_s, start_s) - 1, 0)
        last = bisect.bisect_right(self._times_s, end_s)
        line, quiet = self.theme.colour("accent", 0.55), self.theme.colour("quiet")
        for index in range(first, last):
            change = self._map.tempos[index]
            x = self.hairline_x(self._times_s[index])
            following = index + 1 < len(self._times_s)
            end_x = self.hairline_x(self._times_s[index + 1]) if following else self.width() + 9.0
            y = self._y_of(change.bpm)
            shown_x = max(x, left - 9)
            painter.fillRect(QRectF(shown_x, y, min(end_x, right + 9) - shown_x, 1), line)
            if following:
                after = self._y_of(self._map.tempos[index + 1].bpm)
                painter.fillRect(QRectF(end_x, min(y, after), 1, abs(after - y) + 1), line)
            if change.anchor_us is not None:
                painter.fillRect(QRectF(x - 2, y - 2, 5, 5), self.theme.colour("warn"))
            if end_x - x >= LABEL_ROOM_PX:
                painter.setPen(quiet)
                below = y < self.height() / 2
                baseline = y + 12 if below else y - 4
                label = f"{change.bpm:.2f}".rstrip("0").rstrip(".")
                painter.drawText(QPointF(x + 5, baseline), label)

    def paint_overlay(self, painter: QPainter) -> None:
        if self._hovered is not None:
            x = self.hairline_x(self._map.seconds(self._hovered))
            painter.fillRect(QRectF(x - 1, 0, 3, self.height()), self.theme.colour("accent", 0.7))

    def tip_at(self, position: QPointF) -> str:
        """What the mouse does here."""
        if position.x() < MARGIN_PX:
            return super().tip_at(position)
        return "Drag a beat · Shift: with all after it · double click: anchor · right click: remove"

    # Mouse ----------------------------------------------------------------------------------

    def _reach_s(self) -> float:
        return GRAB_PX / self.axis.pixels_per_s

    def cursor_at(self, position: QPointF) -> Qt.CursorShape:
        """Arrows left and right over a beat."""
        time_s = self.axis.time_of(position.x())
        over = position.x() >= MARGIN_PX and self._beats.beat_near(time_s, self._reach_s())
        return Qt.CursorShape.SizeHorCursor if over else Qt.CursorShape.ArrowCursor

    def press(self, event: QMouseEvent) -> None:
        """Grab a beat, or remove a tempo change."""
        time_s = self.axis.time_of(event.position().x())
        if event.position().x() < MARGIN_PX:
            event.ignore()
        elif event.button() is Qt.MouseButton.RightButton:
            tick = self._beats.beat_near(time_s, self._reach_s())
            change = self._map.tempo_at(self._map.tick_at(time_s) + 0.5 if tick is None else tick)
            if abs(self._map.seconds(change.tick) - time_s) <= self._reach_s():
                self._beats.remove_change(change.tick)
        elif event.button() is not Qt.MouseButton.LeftButton or not self._beats.press(
            time_s, self._reach_s()
        ):
            event.ignore()

    def move_mouse(self, event: QMouseEvent) -> None:
        """Drag the beat, or show which one would be dragged."""
        time_s = self.axis.time_of(event.position().x())
        if self._beats.dragging:
            ripple = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._beats.move(time_s, ripple=ripple)
            return
        self._set_hovered(self._beats.beat_near(time_s, self._reach_s()))
        event.ignore()

    def release(self, event: QMouseEvent) -> None:
        """Let the beat go."""
        if event.button() is Qt.MouseButton.LeftButton and self._beats.dragging:
            self._beats.release()
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Anchor the beat, or release it."""
        time_s = self.axis.time_of(event.position().x())
        tick = self._beats.beat_near(time_s, self._reach_s())
        if tick is not None and event.position().x() >= MARGIN_PX:
            self._beats.toggle_anchor(tick)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: ARG002
        """Nothing is under the mouse any more."""
        self._set_hovered(None)

    def _set_hovered(self, tick: int | None) -> None:
        if tick != self._hovered:
            self._hovered = tick
            self.update()
