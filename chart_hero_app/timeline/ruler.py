"""The ruler: sections, bar numbers, tempo and time-signature marks, and the band of micro mode."""

import bisect
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPolygonF

from chart_hero_app.settings.theme import Theme
from chart_hero_app.timeline.axis import MARGIN_PX, TimeAxis
from chart_hero_app.timeline.grid import BeatGrid, thinning
from chart_hero_app.timeline.marks import draw_bracket
from chart_hero_app.timeline.row import Row, label_font
from chart_hero_core.chart.song import Section
from chart_hero_core.timing.tempo_map import TempoMap

BAND_PX = 4
LINE_PX = 14
CHIP_PX = 24
HEAD_PX = 6  # half the width of the playhead's head; what stands at a beat begins beside it
HEAD_TOP_PX = 2 * LINE_PX - 3  # below the digits, which stand a little above the line
LABEL_PX = HEAD_PX + 2
LABEL_ROOM_PX = 44  # the least distance between bar numbers
BEAT_LABEL_ROOM_PX = 52
# How far left of a strip a text may begin and still reach into it.
REACH_PX = 260
LEAST_NAME_PX = 14  # of a section; less holds no letter
LEAST_AT_EDGE_PX = 48  # there half a word would only flicker by
MICRO_LABEL = "2.9 ms"
TUNED_LABEL = "own knobs"


class RulerRow(Row):
    """Bars and beats; a press puts the playhead there, dragging scrubs."""

    seekRequested = Signal(float)
    scrubbed = Signal(float)
    scrubEnded = Signal()

    default_height = 2 * LINE_PX + BAND_PX
    least_height = default_height
    title = "Ruler"
    marked = False

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__(axis, theme)
        self._map = TempoMap()
        self._grid = BeatGrid.of(self._map, 0.0)
        self._sections: tuple[tuple[float, str], ...] = ()
        self._flags_s: tuple[tuple[float, float], ...] = ()
        self._tuned_s: tuple[tuple[float, float], ...] = ()
        self.tell_tuned: Callable[[float], str] = lambda _time_s: ""
        self._loop_s: tuple[float, float] | None = None
        self._scrubbing = False
        self.position_text = ("", "")  # time, and bar and beat, of the playhead

    def set_grid(self, tempo_map: TempoMap, grid: BeatGrid) -> None:
        """Show another tempo map."""
        self._map, self._grid = tempo_map, grid
        self.invalidate()

    def set_sections(self, sections: tuple[Section, ...]) -> None:
        """Show the sections' names."""
        times = self._map.seconds_array([s.tick for s in sections])
        self._sections = tuple((float(t), s.name) for t, s in zip(times, sections, strict=True))
        self.invalidate()

    def set_flags(self, flags_s: tuple[tuple[float, float], ...]) -> None:
        """Show the passages of micro mode."""
        self._flags_s = flags_s
        self.invalidate()

    def set_tuned(self, spans_s: tuple[tuple[float, float], ...]) -> None:
        """Show the passages with knobs of their own."""
        self._tuned_s = spans_s
        self.invalidate()

    def set_loop(self, loop_s: tuple[float, float] | None) -> None:
        """Show the repeated stretch."""
        self._loop_s = loop_s
        self.update()

    def set_position_text(self, time: str, place: str) -> None:
        """What the margin says of the playhead: its time and its bar and beat."""
        if (time, place) != self.position_text:
            self.position_text = (time, place)
            self.update(0, 0, MARGIN_PX, self.height())

    # Drawing --------------------------------------------------------------------------------

    def paint_content(self, painter: QPainter, left: int, right: int) -> None:
        base = QRectF(left, 0, right - left, 2 * LINE_PX)
        painter.fillRect(base, self.theme.colour("window"))
        start_s, end_s = self.axis.time_of(left - REACH_PX), self.axis.time_of(right)
        painter.setFont(label_font())
        self._paint_bars(painter, start_s, end_s)
        self._paint_signatures(painter, start_s, end_s)
        self._paint_sections(painter, start_s, end_s)
        self._paint_flags(painter, start_s, end_s)
        self._paint_tuned(painter, start_s, end_s)

    def _paint_bars(self, painter: QPainter, start_s: float, end_s: float) -> None:
        grid, zoom = self._grid, self.axis.pixels_per_s
        seen = grid.visible(start_s, end_s)
        if len(grid.times_s) < 2:
            return
        line, quiet = self.theme.colour("hairline"), self.theme.colour("quiet")
        text = self.theme.colour("text")
        gaps = np.diff(grid.times_s, append=2 * grid.times_s[-1] - grid.times_s[-2]) * zoom
        signature_ticks = {s.tick for s in self._map.signatures}
        for index in range(seen.start, min(seen.stop, len(grid.times_s))):
            beat_px = float(gaps[index])
            x = self.hairline_x(float(grid.times_s[index]))
            bar, beat = int(grid.bars[index]), int(grid.beats[index])
            tick = int(grid.ticks[index])
            if beat:
                if beat_px >= 6:
                    painter.fillRect(QRectF(x, 2 * LINE_PX - 4, 1, 4), line)
                if beat_px >= BEAT_LABEL_ROOM_PX:
                    painter.setPen(quiet)
                    painter.drawText(
                        QPointF(x + LABEL_PX, 2 * LINE_PX - 4), f"{bar + 1}:{beat + 1}"
                    )
                continue
            bar_px = beat_px * self._map.signature_at(tick).numerator
            if bar % thinning(bar_px, LABEL_ROOM_PX) == 0:
                painter.fillRect(QRectF(x, LINE_PX, 1, LINE_PX), quiet)
                painter.setPen(text)
                shift = HEAD_PX + CHIP_PX + 3 if tick in signature_ticks else LABEL_PX
                painter.drawText(QPointF(x + shift, 2 * LINE_PX - 4), str(bar + 1))
            elif bar_px >= 6:
                painter.fillRect(QRectF(x, 2 * LINE_PX - 6, 1, 6), line)

    def _paint_signatures(self, painter: QPainter, start_s: float, end_s: float) -> None:
        places = [self._map.seconds(s.tick) for s in self._map.signatures] + [float("inf")]
        room_s = (HEAD_PX + CHIP_PX) / self.axis.pixels_per_s
        for index, signature in enumerate(self._map.signatures):
            at_s = places[index]
            if start_s <= at_s <= end_s and places[index + 1] - at_s > room_s:
                x = self.hairline_x(at_s)
                chip = QRectF(x + HEAD_PX + 1, LINE_PX + 1, CHIP_PX, LINE_PX - 2)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.theme.colour("raised"))
                painter.drawRoundedRect(chip, 3, 3)
                painter.setPen(self.theme.colour("text"))
                label = f"{signature.numerator}/{signature.denominator}"
                painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, label)

    def _paint_sections(self, painter: QPainter, start_s: float, end_s: float) -> None:
        painter.setFont(label_font(bold=True))
        for index, (at_s, name) in enumerate(self._sections):
            if not start_s <= at_s <= end_s:
                continue
            x = self.hairline_x(at_s)
            painter.fillRect(QRectF(x, 0, 1, 2 * LINE_PX), self.theme.colour("text", 0.7))
            self._paint_section(painter, x, self._room_for(index, x), name)

    def _room_for(self, index: int, x: float) -> float:
        """How wide the name of a section that begins at ``x`` may be."""
        room = REACH_PX - 10.0
        if index + 1 < len(self._sections):
            room = min(room, self.x_of(self._sections[index + 1][0]) - x - 6)
        return room

    def _paint_section(self, painter: QPainter, x: float, room: float, name: str) -> None:
        if room <= LEAST_NAME_PX:
            return
        metrics = painter.fontMetrics()
        width = min(room, metrics.horizontalAdvance(name) + 8.0)
        painter.fillRect(QRectF(x, 0, width, LINE_PX), self.theme.colour("raised"))
        painter.fillRect(QRectF(x, 0, 2, LINE_PX), self.theme.colour("text", 0.7))
        painter.setPen(self.theme.colour("text"))
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(room - 4))
        painter.drawText(QPointF(x + 5, LINE_PX - 3), shown)

    def left_section(self) -> tuple[str, float] | None:
        """The section that the left edge lies in, where its name is out of sight, and the room
        for the name there."""
        place = bisect.bisect_left(self._sections, (self.axis.start_s,)) - 1
        if place < 0 or (room := self._room_for(place, MARGIN_PX)) < LEAST_AT_EDGE_PX:
            return None
        return self._sections[place][1], room

    def _paint_flags(self, painter: QPainter, start_s: float, end_s: float) -> None:
        painter.setFont(label_font())
        for first_s, last_s in self._flags_s:
            if last_s < start_s or first_s > end_s:
                continue
            x, right = self.x_of(first_s), self.x_of(last_s)
            band = QRectF(x, 2 * LINE_PX, max(right - x, 2), BAND_PX)
            painter.fillRect(band, self.theme.colour("micro"))
        for chip in self._micro_chips(painter):
            painter.fillRect(chip, self.theme.colour("micro"))
            painter.setPen(self.theme.colour("window" if self.theme.dark else "panel"))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, MICRO_LABEL)

    def _micro_chips(self, painter: QPainter) -> list[QRectF]:
        """Where the passages of micro mode that have room for it say what they are."""
        width = painter.fontMetrics().horizontalAdvance(MICRO_LABEL) + 8
        ends = [(self.x_of(first_s), self.x_of(last_s)) for first_s, last_s in self._flags_s]
        return [
            QRectF(right - width, 1, width, LINE_PX - 2)
            for left, right in ends
            if right - left > width + 40
        ]

    def _paint_tuned(self, painter: QPainter, start_s: float, end_s: float) -> None:
        width = painter.fontMetrics().horizontalAdvance(TUNED_LABEL) + 8
        for first_s, last_s in self._tuned_s:
            if last_s < start_s or first_s > end_s:
                continue
            x, right = self.hairline_x(first_s), self.hairline_x(last_s)
            box = QRectF(x, 2 * LINE_PX, max(right - x, 2), BAND_PX)
            draw_bracket(painter, box, self.theme)
            if right - x <= width + 40:
                continue
            chip = QRectF(right - width, 1, width, LINE_PX - 2)
            for taken in self._micro_chips(painter):
                if taken.intersects(chip):
                    chip.moveRight(taken.left() - 3)
            painter.fillRect(chip, self.theme.colour("raised"))
            painter.setPen(self.theme.colour("text"))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, TUNED_LABEL)

    def paint_overlay(self, painter: QPainter) -> None:
        section = self.left_section()
        if section is not None:
            painter.setFont(label_font(bold=True))
            self._paint_section(painter, MARGIN_PX, section[1], section[0])
        if self._loop_s is not None:
            left, right = (self.hairline_x(t) for t in self._loop_s)
            painter.fillRect(QRectF(left, 0, right - left, 3), self.theme.colour("accent"))
            painter.fillRect(
                QRectF(left, 0, right - left, 2 * LINE_PX), self.theme.colour("accent", 0.15)
            )
            for edge in (left, right - 2):
                painter.fillRect(QRectF(edge, 0, 2, 2 * LINE_PX), self.theme.colour("accent"))

    def _paint_playhead(self, painter: QPainter) -> None:
        """Its head alone, below the numbers: they are read where the playhead is."""
        x, top, bottom = self.hairline_x(self._playhead_s) + 0.5, HEAD_TOP_PX, self.height()
        head = [(-HEAD_PX, top), (HEAD_PX, top), (HEAD_PX, top + 1), (0, bottom)]
        head.append((-HEAD_PX, top + 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colour("accent"))
        painter.drawPolygon(QPolygonF([QPointF(x + dx, y) for dx, y in head]))

    def paint_margin(self, painter: QPainter) -> None:
        time, place = self.position_text
        painter.setFont(label_font(bold=True))
        painter.setPen(self.theme.colour("text"))
        box = QRectF(8, 0, MARGIN_PX - 16, LINE_PX + 2)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(box, flags, time)
        painter.setFont(label_font())
        painter.setPen(self.theme.colour("quiet"))
        painter.drawText(box.translated(0, LINE_PX), flags, place)

    def tip_at(self, position: QPointF) -> str:
        """In the margin: what its numbers are; over a passage: what is different there."""
        if position.x() < MARGIN_PX:
            return "Playhead: time and bar.beat"
        return self.tell_tuned(self.axis.time_of(position.x()))

    # Mouse ----------------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> None:
        """Put the playhead here and begin to scrub."""
        inside = event.position().x() >= MARGIN_PX
        if event.button() is not Qt.MouseButton.LeftButton or not inside:
            event.ignore()
            return
        self._scrubbing = True
        self.seekRequested.emit(self.axis.time_of(event.position().x()))

    def move_mouse(self, event: QMouseEvent) -> None:
        """Scrub."""
        if self._scrubbing:
            self.scrubbed.emit(self.axis.time_of(event.position().x()))
        else:
            event.ignore()

    def release(self, event: QMouseEvent) -> None:
        """End scrubbing."""
        if event.button() is Qt.MouseButton.LeftButton and self._scrubbing:
            self._scrubbing = False
            self.scrubEnded.emit()
        else:
            event.ignore()
