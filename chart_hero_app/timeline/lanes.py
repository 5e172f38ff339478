"""The lanes row: five lanes of gems over the musical grid."""

import bisect
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap

from chart_hero_app.settings.theme import Theme
from chart_hero_app.timeline.axis import MARGIN_PX, TimeAxis
from chart_hero_app.timeline.gems import (
    CELL_PX,
    FULL_PX,
    KICK_WIDTH,
    SMALL_PX,
    GemCache,
    Mark,
    draw_residual,
    look_of,
)
from chart_hero_app.timeline.grid import BeatGrid
from chart_hero_app.timeline.grid_lines import paint_grid
from chart_hero_app.timeline.lane_bands import (
    DrawnPhrase,
    drawn_phrases,
    paint_bands,
    paint_names_at_edge,
    paint_phrases,
)
from chart_hero_app.timeline.lane_names import LANES_DOWN, drums_of, paint_lane_name
from chart_hero_app.timeline.notes import NoteTable, typical_gap_s
from chart_hero_app.timeline.row import Row
from chart_hero_app.timeline.tools import LaneTool, Pointer
from chart_hero_core.base.drums import DrumClass, Hit, Lane
from chart_hero_core.chart.song import Note, Origin, Phrase

LEAST_LANE_PX, MOST_LANE_PX = 28, 40
# Below this distance of neighbours gems become strokes; they would hide each other.
STROKES_BELOW_PX = 5.0
STROKE_PX = 3.0
LEAST_RESIDUAL_S = 0.002
HEARD_OPACITY = 0.6  # strokes of a running analysis, not on a grid yet


@dataclass(frozen=True, slots=True)
class Extras:
    """Marks beside the notes: suggestions just under the threshold, suggestions refused.

    Each with its time in seconds, in order of time.
    """

    near_misses: tuple[tuple[float, Note], ...] = ()
    rejected: tuple[tuple[float, Note], ...] = ()


class LanesRow(Row):
    """Green on top, kick at the bottom. What the mouse does is up to its :class:`LaneTool`."""

    drumChosen = Signal(object)  # DrumClass: a lane's name was pressed

    default_height = 34 * len(LANES_DOWN)
    least_height = LEAST_LANE_PX * len(LANES_DOWN)
    most_height = MOST_LANE_PX * len(LANES_DOWN)
    elastic = True
    title = "Lanes"
    marked = False

    def __init__(self, axis: TimeAxis, theme: Theme, tool: LaneTool) -> None:
        super().__init__(axis, theme)
        self.tool = tool
        self._table = NoteTable()
        self._late_s = np.zeros(0)
        self._grid = BeatGrid.of(self._table.tempo_map, 0.0)
        self._snap = 16
        self._selected: frozenset[tuple[int, Lane]] = frozenset()
        self._phrases: tuple[DrawnPhrase, ...] = ()
        self._extras = Extras()
        self._heard: tuple[tuple[float, Note], ...] = ()
        self._drum = DrumClass.KICK
        self._gems = GemCache(theme, 1.0)
        self._drawn: dict[int, QPixmap] = {}  # by index of the note, all of one size
        self._drawn_px = (0.0, 0.0)  # gems, kicks
        self._gap_s = 1.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Note lanes")
        tool.changed.connect(self.update)

    # What is shown --------------------------------------------------------------------------

    def set_notes(self, table: NoteTable, phrases: tuple[Phrase, ...]) -> None:
        """Show other notes."""
        self._table = table
        self._gap_s = table.typical_gap_s()
        self._late_s = table.off_grid_s(self._snap)
        self._phrases = drawn_phrases(phrases, table.tempo_map)
        self.tool.set_table(table)
        self.invalidate()

    def set_grid(self, grid: BeatGrid, snap: int) -> None:
        """Show another grid."""
        self._grid = grid
        if snap != self._snap:
            self._snap = snap
            self._late_s = self._table.off_grid_s(snap)
        self.invalidate()

    def set_selected(self, selected: frozenset[tuple[int, Lane]]) -> None:
        """Show other notes as selected."""
        if selected != self._selected:
            self._selected = selected
            self.invalidate()

    def set_extras(self, extras: Extras) -> None:
        """Show near misses and rejected suggestions."""
        if extras != self._extras:
            self._extras = extras
            self.invalidate()

    def set_heard(self, hits: Sequence[Hit]) -> None:
        """Show strokes a running analysis has heard, faintly and where they were heard."""
        heard = tuple(
            (h.time_s, Note(0, h.drum.lane, h.drum.cymbal, origin=Origin(h.confidence)))
            for h in hits
        )
        if heard == self._heard:
            return
        self._heard = heard
        if not len(self._table):
            times = np.array([time_s for time_s, _ in heard], dtype=np.float64)
            lanes = np.array([note.lane for _, note in heard], dtype=np.int8)
            self._gap_s = typical_gap_s(times, lanes)
        self.invalidate()

    def set_drum(self, drum: DrumClass) -> None:
        """Mark the drum whose activation is shown."""
        self._drum = drum
        self.update(0, 0, MARGIN_PX, self.height())

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._gems = GemCache(theme, self._gems.ratio)
        super().set_theme(theme)

    def invalidate(self) -> None:
        """Draw everything again."""
        self._drawn = {}
        super().invalidate()

    # Geometry -------------------------------------------------------------------------------

    @property
    def lane_px(self) -> float:
        """The height of a lane."""
        return min(max(self.height() / len(LANES_DOWN), LEAST_LANE_PX), MOST_LANE_PX)

    def lane_y(self, lane: Lane) -> float:
        """The middle of a lane."""
        return (LANES_DOWN.index(lane) + 0.5) * self.lane_px

    def lane_at(self, y: float) -> Lane:
        """The lane at a y; the outermost lanes go on beyond the row."""
        index = int(y // self.lane_px)
        return LANES_DOWN[min(max(index, 0), len(LANES_DOWN) - 1)]

    @property
    def gem_px(self) -> float:
        """The width of gems at this zoom; 0 where strokes are drawn instead."""
        room = self._gap_s * self.axis.pixels_per_s
        if room < STROKES_BELOW_PX:
            return 0.0
        largest = min(FULL_PX, self.lane_px * 0.62)
        return float(round(min(max(room * 0.9, SMALL_PX), largest)))

    @property
    def kick_px(self) -> float:
        """The width of kicks, which are wider where neighbours leave room."""
        size, room = self.gem_px, self._gap_s * self.axis.pixels_per_s
        return float(round(min(max(room * 0.9, size), size * KICK_WIDTH)))

    # Drawing --------------------------------------------------------------------------------

    def paint_content(self, painter: QPainter, left: int, right: int) -> None:
        paint_bands(painter, self, self.lane_px, (left, right))
        paint_grid(painter, self, self._grid, self._snap, (left, right))
        paint_phrases(painter, self, self._phrases, (left, right))
        start_s = self.axis.time_of(left - CELL_PX / 2)
        end_s = self.axis.time_of(right + CELL_PX / 2)
        if self._gems.ratio != self.devicePixelRatioF():
            self._gems, self._drawn = GemCache(self.theme, self.devicePixelRatioF()), {}
        if self.gem_px:
            self._paint_extras(painter, start_s, end_s)
            self._paint_gems(painter, start_s, end_s)
        else:
            self._paint_strokes(painter, start_s, end_s)
        if self._heard:
            self._paint_heard(painter, start_s, end_s)

    def _paint_heard(self, painter: QPainter, start_s: float, end_s: float) -> None:
        size, half = self.gem_px, CELL_PX / 2
        painter.setOpacity(HEARD_OPACITY)
        for time_s, note in self._heard:
            if not start_s <= time_s <= end_s:
                continue
            x, y = self.hairline_x(time_s), round(self.lane_y(note.lane))
            if size:
                look = look_of(note, size, selected=False, kick_px=self.kick_px)
                painter.drawPixmap(QPointF(x - half, y - half), self._gems.pixmap(look))
            else:
                stroke = QRectF(x, y - self.lane_px / 4, 1, self.lane_px / 2)
                painter.fillRect(stroke, self.theme.lane(note.lane))
        painter.setOpacity(1.0)

    def _paint_gems(self, painter: QPainter, start_s: float, end_s: float) -> None:
        size, half, table = self.gem_px, CELL_PX / 2, self._table
        if (size, self.kick_px) != self._drawn_px:
            self._drawn, self._drawn_px = {}, (size, self.kick_px)
        middles = {lane: round(self.lane_y(lane)) for lane in LANES_DOWN}
        seen = table.between(start_s, end_s)
        late = set(np.flatnonzero(np.abs(self._late_s[seen.start : seen.stop]) >= LEAST_RESIDUAL_S))
        for index in seen:
            x = self.hairline_x(float(table.times_s[index]))
            y = middles[table.notes[index].lane]
            painter.drawPixmap(QPointF(x - half, y - half), self._gem(index, size))
            if index - seen.start in late:
                draw_residual(
                    painter, self.theme, (x, y + size / 2 + 3), float(self._late_s[index])
                )

    def _gem(self, index: int, size: float) -> QPixmap:
        """The picture of a note; finding its look takes longer than drawing it."""
        found = self._drawn.get(index)
        if found is None:
            note = self._table.notes[index]
            chosen = (note.tick, note.lane) in self._selected
            look = look_of(note, size, selected=chosen, kick_px=self._drawn_px[1])
            found = self._gems.pixmap(look)
            self._drawn[index] = found
        return found

    def _paint_strokes(self, painter: QPainter, start_s: float, end_s: float) -> None:
        table = self._table
        height = self.lane_px * 0.5
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        tops = {lane: self.lane_y(lane) - height / 2 for lane in LANES_DOWN}
        # In one go: thousands are seen at once, and an edit paints them all.
        strokes: dict[tuple[Lane, bool], list[QRectF]] = defaultdict(list)
        for index in table.between(start_s, end_s):
            lane = table.notes[index].lane
            left = self.x_of(float(table.times_s[index])) - 1
            chosen = (table.notes[index].tick, lane) in self._selected
            strokes[lane, chosen].append(QRectF(left, tops[lane], STROKE_PX, height))
        for lane in LANES_DOWN:
            for chosen in (False, True):
                painter.setBrush(
                    self.theme.colour("accent") if chosen else self.theme.lane(lane, 0.85)
                )
                painter.drawRects(strokes[lane, chosen])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_extras(self, painter: QPainter, start_s: float, end_s: float) -> None:
        size, half = self.gem_px, CELL_PX / 2
        for marks, mark in (
            (self._extras.rejected, Mark.REJECTED),
            (self._extras.near_misses, Mark.NEAR_MISS),
        ):
            first = bisect.bisect_left(marks, start_s, key=itemgetter(0))
            last = bisect.bisect_right(marks, end_s, key=itemgetter(0))
            for time_s, note in marks[first:last]:
                look = look_of(note, size, selected=False, mark=mark)
                place = QPointF(self.hairline_x(time_s) - half, self.lane_y(note.lane) - half)
                painter.drawPixmap(place, self._gems.pixmap(look))

    def paint_overlay(self, painter: QPainter) -> None:
        paint_names_at_edge(painter, self, self._phrases)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        half, size = CELL_PX / 2, self.gem_px or SMALL_PX
        reach_s = CELL_PX / self.axis.pixels_per_s
        stretch = (self.axis.start_s - reach_s, self.axis.end_s + reach_s)
        for time_s, note in self.tool.ghosts_between(*stretch):
            painter.setOpacity(0.85 if self.tool.dragging else 0.45)
            look = look_of(note, size, selected=self.tool.dragging)
            place = QPointF(self.x_of(time_s) - half, self.lane_y(note.lane) - half)
            painter.drawPixmap(place, self._gems.pixmap(look))
        painter.setOpacity(1.0)
        if self.tool.band is not None:
            (from_s, from_y), (to_s, to_y) = self.tool.band
            box = QRectF(
                QPointF(self.x_of(from_s), from_y), QPointF(self.x_of(to_s), to_y)
            ).normalized()
            painter.setPen(QPen(self.theme.colour("accent"), 1))
            painter.setBrush(self.theme.colour("accent", 0.15))
            painter.drawRect(box)

    def paint_margin(self, painter: QPainter) -> None:
        for lane in LANES_DOWN:
            top = round(LANES_DOWN.index(lane) * self.lane_px)
            box = QRectF(0, top, MARGIN_PX, round(self.lane_px))
            paint_lane_name(painter, self.theme, lane, box, self._drum)

    def tip_at(self, position: QPointF) -> str:
        """Over a lane's name: what pressing it does."""
        if position.x() < MARGIN_PX:
            return "Show this drum's activation and threshold"
        return ""

    # Mouse and keyboard ---------------------------------------------------------------------

    def pointer(self, event: QMouseEvent) -> Pointer:
        """Where the mouse is, in terms of the song."""
        position = event.position()
        time_s = self.axis.time_of(position.x())
        lane = self.lane_at(position.y())
        reach_s = max(self.gem_px, SMALL_PX) / 2 / self.axis.pixels_per_s
        modifiers = event.modifiers()
        return Pointer(
            time_s,
            position.y(),
            lane,
            self._table.nearest(time_s, lane, reach_s),
            self.axis.pixels_per_s,
            shift=bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(modifiers & Qt.KeyboardModifier.ControlModifier),
            alt=bool(modifiers & Qt.KeyboardModifier.AltModifier),
        )

    def press(self, event: QMouseEvent) -> None:
        """Choose a drum in the margin; else the tool decides."""
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            event.ignore()
            return
        if event.position().x() < MARGIN_PX:
            self._choose_drum(event.position())
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.tool.press(self.pointer(event), right=event.button() is Qt.MouseButton.RightButton)

    def _choose_drum(self, position: QPointF) -> None:
        lane = self.lane_at(position.y())
        drums = drums_of(lane)
        lower = position.y() > self.lane_y(lane) and len(drums) > 1
        self.drumChosen.emit(drums[1 if lower else 0])

    def move_mouse(self, event: QMouseEvent) -> None:
        """Tell the tool."""
        if event.buttons() & Qt.MouseButton.MiddleButton:
            event.ignore()
            return
        if event.position().x() >= MARGIN_PX or self.tool.dragging:
            self.tool.move(self.pointer(event), self._lanes_of_band)
        else:
            self.tool.leave()

    def _lanes_of_band(self, y0: float, y1: float) -> range:
        low, high = sorted((int(self.lane_at(y0)), int(self.lane_at(y1))))
        return range(low, high + 1)

    def release(self, event: QMouseEvent) -> None:
        """Tell the tool."""
        if event.button() is Qt.MouseButton.MiddleButton:
            event.ignore()
            return
        self.tool.release(self.pointer(event))

    def leaveEvent(self, event: object) -> None:  # noqa: ARG002
        """Nothing is under the mouse any more."""
        self.tool.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape ends a drag without a change; the rest are commands of the window."""
        if event.key() == Qt.Key.Key_Escape and self.tool.dragging:
            self.tool.abandon()
            return
        event.ignore()
