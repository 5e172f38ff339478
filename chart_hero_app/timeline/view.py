"""The timeline: its rows connected to the document, the playhead and the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from chart_hero_app.document.transport import Follow
from chart_hero_app.timeline.axis import MARGIN_PX
from chart_hero_app.timeline.beats import BeatEditing
from chart_hero_app.timeline.edge_scroll import EdgeScroll
from chart_hero_app.timeline.editing import NoteEditing
from chart_hero_app.timeline.hints import Hints
from chart_hero_app.timeline.row import Row
from chart_hero_app.timeline.row_stack import RowStack
from chart_hero_app.timeline.selecting import TimeSelecting
from chart_hero_app.timeline.tools import LaneTool
from chart_hero_app.timeline.wiring import Wiring

if TYPE_CHECKING:
    from chart_hero_app.document.document import Document
    from chart_hero_app.document.transport import Transport
    from chart_hero_app.settings.theme import Theme

WHEEL_STEP_PX = 120.0  # per notch
ZOOM_PER_NOTCH = 1.25
# With page following: the share of the view behind which the playhead starts a new page.
PAGE_AT = 0.92
PAGE_MARGIN = 0.08
BEAT_REACH_PX = 40.0


class TimelineView(RowStack):
    """The rows, following the song and the playhead.

    ``editing`` holds what menus and keys do to notes.
    """

    knobDragStarted = Signal(str)
    knobDragged = Signal(str, float)  # e.g. "thresholds.kick", value: follow while it moves
    knobDragEnded = Signal(str)
    pointed = Signal(str)  # what lies under the mouse, for the status bar

    def __init__(
        self,
        document: Document,
        transport: Transport,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        editing, beats = NoteEditing(document, transport), BeatEditing(document)
        tool = LaneTool(document, transport, editing)
        super().__init__(theme, tool, beats, parent)
        self._document = document
        self._transport = transport
        self.editing = editing
        self.beats = beats
        self.tool = tool
        self._selecting = TimeSelecting(document, transport, self.editing)
        self._edge_scroll = EdgeScroll(self, self.axis, self._drags_over_time)
        self._pan_from: QPointF | None = None
        for row in self.rows.values():
            row.installEventFilter(self)
        self._wiring = Wiring(self, document, transport)
        self.hints = Hints(document, self.lanes, self)
        self._connect()

    def _connect(self) -> None:
        self.beats.dragged.connect(lambda bpm: self.pointed.emit(f"{bpm:.2f} BPM up to here"))
        self.beats.failed.connect(self.editing.failed)
        self.activation.knobDragStarted.connect(self.knobDragStarted)
        self.activation.knobDragged.connect(self.knobDragged)
        self.activation.knobDragEnded.connect(self.knobDragEnded)
        self.lanes.drumChosen.connect(self._document.set_drum)
        self.overview.seekRequested.connect(self._transport.seek)
        self.ruler.seekRequested.connect(self._transport.seek)
        self.ruler.scrubbed.connect(self._transport.scrub)
        self._transport.positionChanged.connect(self._on_position_changed)

    # Moving through time --------------------------------------------------------------------

    def zoom_in(self) -> None:
        """Show less time, around the playhead if it is in view."""
        self._zoom(ZOOM_PER_NOTCH**2)

    def zoom_out(self) -> None:
        """Show more time."""
        self._zoom(ZOOM_PER_NOTCH**-2)

    def _zoom(self, factor: float) -> None:
        x = self.axis.x_of(self._transport.position_s)
        if not MARGIN_PX <= x <= self.width():
            x = (MARGIN_PX + self.width()) / 2
        self.axis.zoom_at(factor, x)

    def zoom_all(self) -> None:
        """Show the whole song."""
        self.axis.show_range(0.0, max(self.axis.duration_s, 1.0))

    def zoom_selection(self) -> None:
        """Show the selected stretch or notes, with a little room around."""
        span = self._document.selection.span_s
        if span is None:
            ticks = self.editing.selected_ticks()
            if ticks is None:
                return
            seconds = self._document.song.tempo_map.seconds
            span = (seconds(ticks[0]), seconds(ticks[1]))
        room = max((span[1] - span[0]) * 0.1, 0.1)
        self.axis.show_range(span[0] - room, span[1] + room)

    def reveal(self, time_s: float) -> None:
        """Bring a place into view (a doubtful note, a validation finding)."""
        self.axis.reveal(time_s)

    def _on_position_changed(self, position_s: float) -> None:
        for row in self.rows.values():
            row.set_playhead(position_s)
        follow = self._transport.follow
        # What the mouse drags would be torn out of its hand.
        held = self._pan_from is not None or self._drags_over_time()
        if held or follow is Follow.OFF:
            return
        if not self._transport.playing:
            self.axis.reveal(position_s)
        elif follow is Follow.CENTRE:
            self.axis.centre_on(position_s)
        else:
            limit = self.axis.start_s + self.axis.span_s * PAGE_AT
            if not self.axis.start_s <= position_s <= limit:
                self.axis.scroll_to(position_s - self.axis.span_s * PAGE_MARGIN)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom at the pointer; with Shift scroll by pages."""
        delta = event.angleDelta()
        notches = (delta.y() or delta.x()) / 120.0
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.axis.zoom_at(ZOOM_PER_NOTCH**notches, event.position().x())
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.axis.scroll_by(-notches * self.axis.width_px * 0.5)
        elif not event.pixelDelta().isNull():
            pixels = event.pixelDelta()
            self.axis.scroll_by(-float(pixels.x() or pixels.y()))
        else:
            self.axis.scroll_by(-notches * WHEEL_STEP_PX)
        event.accept()

    # Mouse events that the rows leave alone ---------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Middle button: pan. Left: select time or seek; with Ctrl drag the nearest beat."""
        if event.button() is Qt.MouseButton.MiddleButton:
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() is Qt.MouseButton.LeftButton and event.position().x() >= MARGIN_PX:
            self.lanes.setFocus(Qt.FocusReason.MouseFocusReason)
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            time_s = self.axis.time_of(event.position().x())
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.beats.press(time_s, BEAT_REACH_PX / self.axis.pixels_per_s)
            else:
                self._selecting.press(
                    time_s, self.axis.pixels_per_s, shift=shift, free=_is_free(event)
                )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on panning, dragging or selecting."""
        if self._pan_from is not None:
            self.axis.scroll_by(self._pan_from.x() - event.position().x())
            self._pan_from = event.position()
        elif self.beats.dragging:
            ripple = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.beats.move(self.axis.time_of(event.position().x()), ripple=ripple)
        elif self._selecting.dragging:
            time_s = self.axis.time_of(event.position().x())
            self._selecting.move(time_s, self.axis.pixels_per_s, free=_is_free(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End panning, dragging or selecting."""
        if event.button() is Qt.MouseButton.MiddleButton:
            self._pan_from = None
            self.unsetCursor()
        elif event.button() is Qt.MouseButton.LeftButton:
            self.beats.release()
            self._selecting.release(self.axis.time_of(event.position().x()))

    def _drags_over_time(self) -> bool:
        """Whether notes, a frame or a stretch are being dragged; a mere press is no drag."""
        return self.tool.moved or self._selecting.moved

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape abandons what is being dragged."""
        if event.key() != Qt.Key.Key_Escape or not self.abandon_drag():
            event.ignore()

    def abandon_drag(self) -> bool:
        """Put back what the mouse holds; False when it holds nothing."""
        if not (self.tool.dragging or self._selecting.dragging or self.beats.dragging):
            return False
        if self.tool.dragging:
            self.tool.abandon()
        self._selecting.abandon()
        self.beats.abandon()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Say what lies under the mouse, whichever row it is over; scroll where it drags past."""
        if event.type() is QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            if isinstance(watched, Row) and watched.scrolls:
                self._edge_scroll.follow(watched, event)
            self.pointed.emit(self._wiring.describe(watched, event.position()))
        elif event.type() is QEvent.Type.Leave:
            self.pointed.emit("")
        return False

    def set_note_keys(self, keys: str) -> None:
        """The keys that place notes, as people read them; empty lanes name them."""
        self._wiring.set_note_keys(keys)

    def set_acts_on(self, span_s: tuple[float, float] | None) -> None:
        """The stretch that the knobs act on; None for the song."""
        self._wiring.set_acts_on(span_s)

    # End ------------------------------------------------------------------------------------

    def close_down(self) -> None:
        """Stop background work; call before the view goes away."""
        self.hints.close_down()
        self.spectrogram.close_down()


def _is_free(event: QMouseEvent) -> bool:
    """Whether Alt lifts the grid."""
    return bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
