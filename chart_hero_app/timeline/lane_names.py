"""The lanes from top to bottom, and their names in the margin."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from chart_hero_app.settings.theme import Theme
from chart_hero_app.timeline.row import label_font
from chart_hero_core.base.drums import DrumClass, Lane

LANES_DOWN = (Lane.GREEN, Lane.BLUE, Lane.YELLOW, Lane.RED, Lane.KICK)
LINE_PX = 14.0


def drums_of(lane: Lane) -> list[DrumClass]:
    """The drums of a lane, a cymbal before its tom."""
    return sorted((d for d in DrumClass if d.lane is lane), key=lambda d: not d.cymbal)


def paint_lane_name(
    painter: QPainter, theme: Theme, lane: Lane, box: QRectF, shown: DrumClass
) -> None:
    """Draw a lane's part of the margin; ``shown`` is the drum whose activation is on screen."""
    top, height = box.top(), box.height()
    inner = QRectF(box.left(), top, box.width() - 1, height)
    if lane is shown.lane:
        painter.fillRect(inner, theme.colour("raised"))
    edge = QRectF(inner.left(), top + height - 1, inner.width(), 1)
    painter.fillRect(edge, theme.colour("hairline"))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.lane(lane))
    painter.drawRoundedRect(QRectF(6, top + 6, 4, height - 12), 2, 2)
    _paint_drums(painter, theme, QRectF(18, top, box.width() - 20, height), lane, shown)


def _paint_drums(
    painter: QPainter, theme: Theme, box: QRectF, lane: Lane, shown: DrumClass
) -> None:
    drums = drums_of(lane)
    line = min(box.height() / 2, LINE_PX)
    top = box.center().y() - line * len(drums) / 2
    for index, drum in enumerate(drums):
        chosen = drum is shown
        painter.setFont(label_font(bold=chosen))
        painter.setPen(theme.colour("text" if chosen or index == 0 else "quiet"))
        painter.drawText(
            QRectF(box.left(), top + index * line, box.width(), line),
            Qt.AlignmentFlag.AlignVCenter,
            drum.title,
        )
