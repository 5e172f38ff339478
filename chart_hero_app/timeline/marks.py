"""Marks that several rows draw alike."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from chart_hero_app.settings.theme import Theme


def draw_bracket(painter: QPainter, box: QRectF, theme: Theme) -> None:
    """Embrace a passage that has knobs of its own: a line above, an end down on both sides.

    A shape, and not another colour: it lies beside the bands of micro mode and of the review.
    """
    colour = theme.colour("text")
    painter.fillRect(QRectF(box.x(), box.y(), box.width(), 1), colour)
    for x in (box.x(), box.right() - 1):
        painter.fillRect(QRectF(x, box.y(), 1, box.height()), colour)
