"""The shapes of notes: drawn once per look into a small pixmap, then copied.

Tom = rounded square, cymbal = circle, kick = wide flat bar, double kick = the bar with a notch,
accent = outer ring, ghost = smaller and hollow, flam = two overlapping shapes.
"""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

from chart_hero_app.settings.theme import Theme
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Dynamic, Note

CELL_PX = 36  # the square a gem is drawn in, its middle on the note's time
FULL_PX = 18.0
SMALL_PX = 10.0  # notes stay this wide to hit
KICK_FLATNESS = 0.5
KICK_WIDTH = 1.25  # where there is room
CONFIDENCE_STEPS = 8
LOWEST_ALPHA = 0.35
RESIDUAL_PX_PER_S = 400.0  # a note 10 ms late gets a tick of 4 px


class Mark(Enum):
    """In which state a gem is drawn."""

    NOTE = "note"
    NEAR_MISS = "near miss"  # just under the threshold
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that decides how a gem is drawn."""

    lane: Lane
    cymbal: bool
    dynamic: Dynamic
    flam: bool
    double_kick: bool
    touched: bool
    confidence_step: int
    selected: bool
    mark: Mark
    size_px: float
    kick_px: float = 0.0  # the width of a kick's bar


def look_of(
    note: Note,
    size_px: float,
    *,
    selected: bool,
    mark: Mark = Mark.NOTE,
    kick_px: float | None = None,
) -> Look:
    """The look of a note at a gem size in pixels; ``kick_px`` is how wide a kick may be."""
    confidence = 1.0 if note.origin.confidence is None else note.origin.confidence
    if note.origin.touched:
        confidence = 1.0
    return Look(
        note.lane,
        note.cymbal and note.lane >= Lane.YELLOW,
        note.dynamic,
        note.flam,
        note.double_kick and note.lane is Lane.KICK,
        note.origin.touched,
        round(min(max(confidence, 0.0), 1.0) * CONFIDENCE_STEPS),
        selected,
        mark,
        size_px,
        (kick_px or size_px * KICK_WIDTH) if note.lane is Lane.KICK else 0.0,
    )


class GemCache:
    """Pixmaps by look, for one theme and one device pixel ratio."""

    def __init__(self, theme: Theme, ratio: float) -> None:
        self.theme = theme
        self.ratio = ratio
        self._pixmaps: dict[Look, QPixmap] = {}

    def pixmap(self, look: Look) -> QPixmap:
        """The gem, centred in a cell of ``CELL_PX``."""
        found = self._pixmaps.get(look)
        if found is None:
            found = self._draw(look)
            self._pixmaps[look] = found
        return found

    def _draw(self, look: Look) -> QPixmap:
        side = round(CELL_PX * self.ratio)
        pixmap = QPixmap(side, side)
        pixmap.setDevicePixelRatio(self.ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _draw_gem(painter, self.theme, look, QPointF(CELL_PX / 2, CELL_PX / 2))
        painter.end()
        return pixmap


def _gem_path(look: Look, centre: QPointF, grow: float = 0.0) -> QPainterPath:
    """The outline of one shape (without ring or flam), ``grow`` pixels larger all round."""
    path = QPainterPath()
    share = 0.7 if look.dynamic is Dynamic.GHOST else 1.0
    width = height = look.size_px * share
    if look.lane is Lane.KICK:
        width, height = look.kick_px * share, height * KICK_FLATNESS
    box = QRectF(
        centre.x() - width / 2 - grow,
        centre.y() - height / 2 - grow,
        width + 2 * grow,
        height + 2 * grow,
    )
    if look.cymbal:
        path.addEllipse(box)
    else:
        radius = (2.0 if look.lane is Lane.KICK else look.size_px * 0.22) + grow
        path.addRoundedRect(box, radius, radius)
    if look.double_kick and grow == 0.0:
        notch = QPainterPath()
        half = max(width * 0.14, 1.5)
        notch.moveTo(centre.x() - half, box.top() - 0.5)
        notch.lineTo(centre.x() + half, box.top() - 0.5)
        notch.lineTo(centre.x(), centre.y() + height * 0.18)
        notch.closeSubpath()
        path = path.subtracted(notch)
    return path


def _draw_gem(painter: QPainter, theme: Theme, look: Look, centre: QPointF) -> None:
    """Draw a gem with its marks around ``centre``."""
    colour = theme.lane(look.lane)
    if look.mark is not Mark.NOTE:
        _draw_hollow(painter, look, centre, colour)
        return
    if look.flam:
        behind = QPointF(centre.x() - look.size_px * 0.38, centre.y() - look.size_px * 0.16)
        _draw_body(painter, theme, look, behind, colour)
    if look.selected:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent", 0.45))
        painter.drawPath(_gem_path(look, centre, grow=4.0))
    if look.dynamic is Dynamic.ACCENT:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.6))
        painter.drawPath(_gem_path(look, centre, grow=3.0))
    _draw_body(painter, theme, look, centre, colour)


def _draw_body(
    painter: QPainter, theme: Theme, look: Look, centre: QPointF, colour: QColor
) -> None:
    share = look.confidence_step / CONFIDENCE_STEPS
    fill = QColor(colour)
    fill.setAlphaF(1.0 if look.touched else LOWEST_ALPHA + (1.0 - LOWEST_ALPHA) * share)
    path = _gem_path(look, centre)
    # The panel behind: grid lines and the other half of a flam must not shine through.
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("panel"))
    painter.drawPath(path)
    rim = QColor(colour).darker(112) if not theme.dark else QColor(colour)
    if look.dynamic is Dynamic.GHOST:
        painter.setBrush(QColor(fill.red(), fill.green(), fill.blue(), int(fill.alpha() * 0.22)))
        painter.setPen(QPen(fill if theme.dark else rim, 1.8))
    else:
        painter.setBrush(fill)
        painter.setPen(QPen(rim, 1.0))
    painter.drawPath(path)
    if look.selected:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("accent"), 1.6))
        painter.drawPath(_gem_path(look, centre, grow=1.0))
    elif look.touched:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour("text", 0.9), 1.1))
        painter.drawPath(_gem_path(look, centre, grow=0.8))


def _draw_hollow(painter: QPainter, look: Look, centre: QPointF, colour: QColor) -> None:
    faint = QColor(colour)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if look.mark is Mark.NEAR_MISS:
        faint.setAlphaF(0.9)
        pen = QPen(faint, 1.4)
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([1.2, 1.6])
    else:
        faint.setAlphaF(0.4)
        pen = QPen(faint, 1.2)
    painter.setPen(pen)
    painter.drawPath(_gem_path(look, centre))
    if look.mark is Mark.REJECTED:
        reach = look.size_px * 0.24
        painter.drawLine(centre + QPointF(-reach, reach), centre + QPointF(reach, -reach))


def draw_residual(
    painter: QPainter, theme: Theme, place: tuple[float, float], late_s: float
) -> None:
    """A tick at ``place`` (x, y): to the right for a late note, the longer the later.

    Args:
        late_s: how late the note lies, negative for early.
    """
    x, y = place
    length = min(max(abs(late_s) * RESIDUAL_PX_PER_S, 3.0), 12.0)
    colour = theme.colour("text", 0.85)
    end = x + (length if late_s > 0 else -length)
    painter.fillRect(QRectF(min(x, end), y, length, 1.5), colour)
    painter.fillRect(QRectF(x - 0.5, y - 2, 1, 5), colour)
