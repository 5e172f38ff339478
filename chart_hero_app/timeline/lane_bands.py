"""What lies behind the gems: a band for each lane, and the phrases over all of them."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from chart_hero_app.timeline.lane_names import LANES_DOWN
from chart_hero_app.timeline.row import Row, label_font
from chart_hero_core.chart.song import PhraseKind

_COLOURS = {
    PhraseKind.STAR_POWER: "accent",
    PhraseKind.SOLO: "good",
    PhraseKind.ACTIVATION: "warn",
}
_OTHER_COLOUR = "micro"


def paint_bands(painter: QPainter, row: Row, lane_px: float, span: tuple[int, int]) -> None:
    """Every lane in its colour, faintly, between two x positions."""
    left, right = span
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for index, lane in enumerate(LANES_DOWN):
        top = round(index * lane_px)
        bottom = round((index + 1) * lane_px)
        band = QRectF(left, top, right - left, bottom - top)
        painter.fillRect(band, row.theme.lane(lane, 0.055 if row.theme.dark else 0.07))
        edge = QRectF(left, bottom - 1, right - left, 1)
        painter.fillRect(edge, row.theme.colour("hairline", 0.7))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def paint_phrases(
    painter: QPainter,
    row: Row,
    phrases: Sequence[tuple[float, float, PhraseKind]],
    span: tuple[int, int],
) -> None:
    """Phrases ``(start_s, end_s, kind)`` between two x positions, with their names."""
    left, right = span
    for start_s, end_s, kind in phrases:
        x, end_x = row.x_of(start_s), row.x_of(end_s)
        if end_x < left or x > right:
            continue
        colour = _COLOURS.get(kind, _OTHER_COLOUR)
        painter.fillRect(QRectF(x, 0, end_x - x, row.height()), row.theme.colour(colour, 0.08))
        painter.fillRect(QRectF(x, 0, end_x - x, 3), row.theme.colour(colour, 0.9))
        painter.setFont(label_font())
        # No wider than the phrase: a strip that is drawn anew knows of nothing beside it.
        if painter.fontMetrics().horizontalAdvance(kind.value) + 12 <= end_x - x:
            painter.setPen(row.theme.colour("text", 0.85))
            box = QRectF(x + 4, 3, end_x - x - 4, 14)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, kind.value.capitalize())
