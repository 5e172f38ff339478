"""One row of the timeline: margin, cached content, and the overlay of selection and playhead."""

import functools
import math

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from chart_hero_app.settings.theme import Theme
from chart_hero_app.timeline.axis import MARGIN_PX, TimeAxis

FOLDED_PX = 18
RESIZE_GRIP_PX = 4
LABEL_PX = 11  # axis labels
HINT_PX = 13
_HINT_FLAGS = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
SELECTION_ALPHA = 0.18


@functools.cache  # asked for some twenty times a frame
def label_font(*, bold: bool = False) -> QFont:
    """The small font of axis labels, with digits of one width."""
    font = QFont()
    font.setPixelSize(LABEL_PX)
    font.setBold(bold)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


class Row(QWidget):
    """Base of all rows.

    A subclass draws what depends on time in :meth:`paint_content`. It is asked for columns
    ``left..right`` only and must draw the same pixels whatever stretch it is asked for: after a
    scroll the row moves what it has and asks for the missing strip alone.
    """

    heightDragged = Signal(int)
    foldToggled = Signal(bool)
    roomWanted = Signal()  # by a row that is shut for want of room

    title = ""
    default_height = 60
    least_height = 24
    most_height = 2000
    elastic = False  # whether the row takes part of the space that is left or missing
    marked = True  # False where the margin has no room for the title and the fold mark when open
    has_playhead = True
    scrolls = True  # False for a row that always shows the whole song

    def __init__(self, axis: TimeAxis, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.axis = axis
        self.theme = theme
        self._folded = self._squeezed = False
        self._hint = ""
        self._playhead_s = 0.0
        self._range_s: tuple[float, float] | None = None
        self._cache: QPixmap | None = None
        self._cached_view = (0.0, 0.0)
        self._resizing_from: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        axis.viewChanged.connect(self.update)

    # What subclasses draw -----------------------------------------------------------------

    def paint_content(self, painter: QPainter, left: int, right: int) -> None:
        """Draw the columns ``left <= x < right`` (row pixels); the background is already there."""

    def paint_margin(self, painter: QPainter) -> None:
        """Draw the left margin besides the title and the fold mark."""

    def paint_overlay(self, painter: QPainter) -> None:
        """Draw what changes too often to be cached, above the content."""

    # State --------------------------------------------------------------------------------

    @property
    def folded(self) -> bool:
        """Whether the person wants the title only."""
        return self._folded

    @property
    def shut(self) -> bool:
        """Whether only the title is shown: the row is folded, or there is no room for it."""
        return self._folded or self._squeezed

    @property
    def _shows_title(self) -> bool:
        """Whether title and fold mark stand in the margin; others are folded by the menu."""
        return self.shut or (self.marked and bool(self.title))

    def set_folded(self, folded: bool) -> None:
        """Fold or unfold."""
        if folded != self._folded:
            self._folded = folded
            self.foldToggled.emit(folded)
            self.invalidate()

    def set_squeezed(self, squeezed: bool) -> None:
        """Show the title only while the timeline is too low for this row."""
        if squeezed != self._squeezed:
            self._squeezed = squeezed
            self.invalidate()

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self.theme = theme
        self.invalidate()

    @property
    def hint(self) -> str:
        """What the row says of itself while it is empty."""
        return self._hint

    def set_hint(self, text: str) -> None:
        """Say in the middle of an empty row what it is for; nothing hides it."""
        if text != self._hint:
            self._hint = text
            self.update()

    def set_playhead(self, time_s: float) -> None:
        """Move the playhead; only the two columns concerned are painted again."""
        if self.has_playhead:
            for place in (self._playhead_s, time_s):
                self.update(QRect(int(self.x_of(place)) - 7, 0, 15, self.height()))
        self._playhead_s = time_s

    def set_range(self, range_s: tuple[float, float] | None) -> None:
        """Shade a selected stretch of time."""
        if range_s != self._range_s:
            self._range_s = range_s
            self.update()

    def invalidate(self) -> None:
        """Draw everything again."""
        self._cache = None
        self.update()

    def content_rect(self) -> QRect:
        """Where the content lies."""
        return QRect(MARGIN_PX, 0, max(self.width() - MARGIN_PX, 0), self.height())

    def x_of(self, time_s: float) -> float:
        """The x of a time in this row."""
        return self.axis.x_of(time_s)

    def hairline_x(self, time_s: float) -> float:
        """The x of ``time_s`` moved to the start of a device pixel, for crisp vertical lines."""
        ratio = self.devicePixelRatioF()
        return round(self.x_of(time_s) * ratio) / ratio

    # Painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        content = self.content_rect()
        if self.shut:
            painter.fillRect(content, self.theme.colour("window"))
        elif content.width() > 0:
            self._refresh_cache()
            wanted = event.rect().intersected(content)
            if self._cache is not None and not wanted.isEmpty():
                self._blit(painter, wanted)
            painter.save()
            painter.setClipRect(content)
            self._paint_range(painter)
            self.paint_overlay(painter)
            if self._hint:
                self._paint_hint(painter, content)
            self._paint_playhead(painter)
            painter.restore()
        if event.rect().left() < MARGIN_PX:
            self._paint_margin_frame(painter)
        painter.fillRect(
            QRectF(0, self.height() - 1, self.width(), 1), self.theme.colour("hairline")
        )
        painter.end()

    def _blit(self, painter: QPainter, wanted: QRect) -> None:
        ratio = self.devicePixelRatioF()
        left = wanted.left() - MARGIN_PX
        source = QRectF(
            left * ratio, wanted.top() * ratio, wanted.width() * ratio, wanted.height() * ratio
        )
        assert self._cache is not None
        painter.drawPixmap(QRectF(wanted), self._cache, source)

    def _refresh_cache(self) -> None:
        ratio = self.devicePixelRatioF()
        content = self.content_rect()
        # Up, not to the nearest: half a device pixel without content would show noise.
        width, height = math.ceil(content.width() * ratio), math.ceil(content.height() * ratio)
        view = (self.axis.start_s, self.axis.pixels_per_s) if self.scrolls else (0.0, 0.0)
        fits = self._cache is not None and (self._cache.width(), self._cache.height()) == (
            width,
            height,
        )
        if not fits or self._cache is None:
            self._cache = QPixmap(width, height)
            self._cache.setDevicePixelRatio(ratio)
            self._draw_columns(self._cache, 0, width)
        elif view[1] != self._cached_view[1]:
            self._draw_columns(self._cache, 0, width)
        elif view[0] != self._cached_view[0]:
            moved = round((view[0] - self._cached_view[0]) * view[1] * ratio)
            self._scroll_cache(self._cache, moved)
        self._cached_view = view

    def _scroll_cache(self, cache: QPixmap, moved: int) -> None:
        width = cache.width()
        if abs(moved) >= width:
            self._draw_columns(cache, 0, width)
            return
        cache.scroll(-moved, 0, cache.rect())
        if moved > 0:
            self._draw_columns(cache, width - moved, width)
        elif moved < 0:
            self._draw_columns(cache, 0, -moved)

    def _draw_columns(self, cache: QPixmap, left: int, right: int) -> None:
        """Draw device columns ``left..right`` of the cache."""
        ratio = self.devicePixelRatioF()
        painter = QPainter(cache)
        height = self.height()
        strip = QRectF(left / ratio, 0, (right - left) / ratio, height)
        painter.setClipRect(strip)
        painter.fillRect(strip, self.theme.colour("panel"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-MARGIN_PX, 0)
        first = int(strip.left()) + MARGIN_PX
        last = math.ceil(strip.right()) + 1 + MARGIN_PX
        self.paint_content(painter, first, last)
        painter.end()

    def _paint_range(self, painter: QPainter) -> None:
        if self._range_s is None:
            return
        left, right = (self.hairline_x(t) for t in self._range_s)
        shade = QRectF(left, 0, right - left, self.height())
        painter.fillRect(shade, self.theme.colour("accent", SELECTION_ALPHA))

    def _paint_playhead(self, painter: QPainter) -> None:
        if self.has_playhead:
            x = self.hairline_x(self._playhead_s)
            painter.fillRect(QRectF(x, 0, 1, self.height()), self.theme.colour("accent"))

    def _paint_hint(self, painter: QPainter, content: QRect) -> None:
        font = QFont()
        font.setPixelSize(HINT_PX)
        painter.setFont(font)
        box = self._hint_box(painter.fontMetrics(), content)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colour("panel", 0.85))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self.theme.colour("quiet"))
        painter.drawText(box, _HINT_FLAGS, self._hint)

    def _hint_box(self, metrics: QFontMetrics, content: QRect) -> QRect:
        """Where the hint stands; it takes more lines where one is too long for the row."""
        room = content.adjusted(HINT_PX, 0, -HINT_PX, 0)
        box = metrics.boundingRect(room, _HINT_FLAGS, self._hint).adjusted(-10, -4, 10, 4)
        return box.intersected(content)

    def _paint_margin_frame(self, painter: QPainter) -> None:
        margin = QRectF(0, 0, MARGIN_PX, self.height())
        painter.fillRect(margin, self.theme.colour("window"))
        painter.fillRect(QRectF(MARGIN_PX - 1, 0, 1, self.height()), self.theme.colour("hairline"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._shows_title:
            self._paint_fold_mark(painter)
            painter.setFont(label_font())
            painter.setPen(self.theme.colour("quiet"))
            box = QRectF(20, 0, MARGIN_PX - 24, FOLDED_PX)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, self.title)
        if not self.shut:
            self.paint_margin(painter)

    def _paint_fold_mark(self, painter: QPainter) -> None:
        centre = QPointF(10, FOLDED_PX / 2)
        down = [QPointF(-3.5, -2), QPointF(3.5, -2), QPointF(0, 2.5)]
        right = [QPointF(-2, -3.5), QPointF(2.5, 0), QPointF(-2, 3.5)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colour("quiet"))
        shape = QPolygonF([centre + p for p in (right if self.shut else down)])
        painter.drawPolygon(shape)

    # Mouse: folding and resizing; subclasses call these first --------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._cache = None
        super().resizeEvent(event)

    def on_grip(self, position: QPoint) -> bool:
        """Whether a press here drags the lower border."""
        below = position.y() >= self.height() - RESIZE_GRIP_PX
        return below and not self.shut and self.elastic and position.x() < MARGIN_PX

    def press_frame(self, event: QMouseEvent) -> bool:
        """Handle a press on the fold mark or the lower border; False when it was on neither."""
        position = event.position().toPoint()
        if event.button() is not Qt.MouseButton.LeftButton:
            return False
        if self.on_grip(position):
            self._resizing_from = (int(event.globalPosition().y()), self.height())
            return True
        on_title = position.x() < MARGIN_PX and position.y() < FOLDED_PX
        if self._shows_title and on_title and (self.shut or position.x() < 20):
            self._toggle()
            return True
        return self.shut

    def _toggle(self) -> None:
        if self._squeezed and not self._folded:
            self.roomWanted.emit()
        else:
            self.set_folded(not self._folded)

    def move_frame(self, event: QMouseEvent) -> bool:
        """Go on dragging the border; False when it is not being dragged."""
        if self._resizing_from is None:
            # What is dragged from elsewhere passes over the grip.
            on_grip = not event.buttons() and self.on_grip(event.position().toPoint())
            shape = Qt.CursorShape.SizeVerCursor if on_grip else self.cursor_at(event.position())
            self.setCursor(shape)
            return on_grip
        start_y, height = self._resizing_from
        wanted = height + int(event.globalPosition().y()) - start_y
        self.heightDragged.emit(max(wanted, self.least_height))
        return True

    def release_frame(self) -> bool:
        """End dragging the border; False when it was not dragged."""
        was_resizing = self._resizing_from is not None
        self._resizing_from = None
        return was_resizing

    def tip_at(self, position: QPointF) -> str:
        """What a tooltip says over a place of the row."""
        if position.x() >= MARGIN_PX or not self._shows_title:
            return ""
        if self.on_grip(position.toPoint()):
            return "Drag to change the height"
        if self._squeezed and not self._folded:
            return f"No room for the {self.title.lower()}: click to show it instead of another row"
        return f"{'Unfold' if self._folded else 'Fold'} {self.title.lower()}"

    def event(self, event: QEvent) -> bool:
        """Show tooltips by place."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.tip_at(QPointF(event.pos()))
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def cursor_at(self, position: QPointF) -> Qt.CursorShape:  # noqa: ARG002
        """The mouse cursor over a place of the row."""
        return Qt.CursorShape.ArrowCursor

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.press_frame(event):
            self.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.move_frame(event):
            self.move_mouse(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self.release_frame():
            self.release(event)

    def press(self, event: QMouseEvent) -> None:
        """A press on the row itself; ignored presses reach the view (panning, seeking)."""
        event.ignore()

    def move_mouse(self, event: QMouseEvent) -> None:
        """The mouse moved over the row."""
        event.ignore()

    def release(self, event: QMouseEvent) -> None:
        """A button was let go."""
        event.ignore()
