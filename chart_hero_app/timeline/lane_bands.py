"""What lies behind the gems: a band for each lane, and the phrases over all of them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from chart_hero_app.timeline.axis import MARGIN_PX
from chart_hero_app.timeline.lane_names import LANES_DOWN
from chart_hero_app.timeline.row import Row, label_font
from chart_hero_core.chart.song import Phrase, PhraseKind
from chart_hero_core.timing.tempo_map import TempoMap

_COLOURS = {
    PhraseKind.STAR_POWER: "accent",
    PhraseKind.SOLO: "good",
    PhraseKind.ACTIVATION: "warn",
}
_OTHER_COLOUR = "micro"
_EDGE_PX = 3
_NAME_PX = 14


class DrawnPhrase(NamedTuple):
    """A phrase in seconds, and how many others its name stands below."""

    start_s: float
    end_s: float
    kind: PhraseKind
    level: int


def drawn_phrases(phrases: Sequence[Phrase], tempo_map: TempoMap) -> tuple[DrawnPhrase, ...]:
    """Where phrases and their names are drawn; of those that overlap none covers another's."""
    ends: list[int] = []  # of the last phrase on each level
    made: list[DrawnPhrase] = []
    for phrase in sorted(phrases, key=lambda p: (p.tick, -p.length)):
        level = next((i for i, end in enumerate(ends) if end <= phrase.tick), len(ends))
        ends[level : level + 1] = [phrase.end_tick]
        start_s, end_s = tempo_map.seconds(phrase.tick), tempo_map.seconds(phrase.end_tick)
        made.append(DrawnPhrase(start_s, end_s, phrase.kind, level))
    return tuple(made)


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
    phrases: Sequence[DrawnPhrase],
    span: tuple[int, int],
) -> None:
    """Phrases between two x positions, with their names."""
    left, right = span
    for start_s, end_s, kind, level in phrases:
        x, end_x = row.x_of(start_s), row.x_of(end_s)
        if end_x < left or x > right:
            continue
        colour = _COLOURS.get(kind, _OTHER_COLOUR)
        painter.fillRect(QRectF(x, 0, end_x - x, row.height()), row.theme.colour(colour, 0.08))
        top = level * (_EDGE_PX + _NAME_PX)
        painter.fillRect(QRectF(x, top, end_x - x, _EDGE_PX), row.theme.colour(colour, 0.9))
        painter.setFont(label_font())
        # No wider than the phrase: a strip that is drawn anew knows of nothing beside it.
        if painter.fontMetrics().horizontalAdvance(kind.value) + 12 <= end_x - x:
            painter.setPen(row.theme.colour("text", 0.85))
            box = QRectF(x + 4, top + _EDGE_PX, end_x - x - 4, _NAME_PX)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, kind.value.capitalize())


def names_at_edge(
    row: Row, phrases: Sequence[DrawnPhrase], width_of: Callable[[str], float]
) -> list[tuple[float, str]]:
    """The names at the left edge of phrases that began out of sight, each with its top.

    A name that is scrolling out stays until it is gone: two of one name would lie on each other.
    """
    found: list[tuple[float, str]] = []
    for start_s, end_s, kind, level in phrases:
        name = kind.value.capitalize()
        needed = width_of(name) + 12
        if row.x_of(start_s) + needed <= MARGIN_PX and row.x_of(end_s) >= MARGIN_PX + needed:
            found.append((level * (_EDGE_PX + _NAME_PX) + _EDGE_PX, name))
    return found


def paint_names_at_edge(painter: QPainter, row: Row, phrases: Sequence[DrawnPhrase]) -> None:
    """Say at the left edge which phrases it lies in."""
    painter.setFont(label_font())
    painter.setPen(row.theme.colour("text", 0.85))
    metrics = painter.fontMetrics()
    for top, name in names_at_edge(row, phrases, lambda text: metrics.horizontalAdvance(text)):
        box = QRectF(MARGIN_PX + 4, top, metrics.horizontalAdvance(name) + 8, _NAME_PX)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)
