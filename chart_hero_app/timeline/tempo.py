"""The tempo lane: BPM as steps, with the value at each change."""

import bisect

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from chart_hero_app.settings.theme import Theme
from chart_hero_app.timeline.axis import MARGIN_PX, TimeAxis
from chart_hero_app.timeline.grid import seconds_of
from chart_hero_app.timeline.row import FOLDED_PX, Row, label_font
from chart_hero_core.timing.tempo_map import TempoMap

REACH_PX = 90
LABEL_ROOM_PX = 46
INSET_PX = 5


class TempoRow(Row):
    """Tempo over time. Locked changes carry a small square."""

    title = "Tempo"
    default_height = 32
    least_height = 32

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__(axis, theme)
        self._map = TempoMap()
        self._times_s: list[float] = [0.0]

    def set_map(self, tempo_map: TempoMap) -> None:
        """Show another tempo map."""
        self._map = tempo_map
        self._times_s = [
            float(t) for t in seconds_of(tempo_map, [c.tick for c in tempo_map.tempos])
        ]
        self.invalidate()

    def set_playhead(self, time_s: float) -> None:
        """The margin shows the tempo at the playhead."""
        before = self._map.tempo_at(self._map.tick_at(self._playhead_s))
        super().set_playhead(time_s)
        if self._map.tempo_at(self._map.tick_at(time_s)) is not before:
            self.update(0, 0, MARGIN_PX, self.height())

    def paint_margin(self, painter: QPainter) -> None:
        bpm = self._map.tempo_at(self._map.tick_at(self._playhead_s)).bpm
        painter.setFont(label_font())
        painter.setPen(self.theme.colour("text"))
        box = QRectF(20, FOLDED_PX - 4, MARGIN_PX - 28, self.height() - FOLDED_PX + 2)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, flags, f"{bpm:.2f} BPM")

    def _y_of(self, bpm: float) -> float:
        tempos = [change.bpm for change in self._map.tempos]
        low, high = min(tempos), max(tempos)
        span = max(high - low, 4.0)
        middle = (high + low) / 2
        room = self.height() - 2 * INSET_PX - 2
        return round(INSET_PX + room * (0.5 - (bpm - middle) / span * 0.8))

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
            painter.fillRect(QRectF(max(x, left - 9), y, min(end_x, right + 9) - x, 1), line)
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
