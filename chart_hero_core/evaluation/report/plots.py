"""The plots of a report, as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import Float64Array, Int64Array
from chart_hero_core.base.clock import clock
from chart_hero_core.base.drums import CYMBALS, DrumClass
from chart_hero_core.evaluation.passages import Passage, PassageStroke
from chart_hero_core.evaluation.reliability import Reliability
from chart_hero_core.evaluation.report import svg
from chart_hero_core.evaluation.scores import Figure, Score

_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
# The lane each class of any view is charted on; its colour in every plot.
_LANES = {
    **{drum.label: drum.lane.name.lower() for drum in DrumClass},
    "tom": "blue",
    "cymbal": "green",
}
_ROUND = {*(drum.label for drum in CYMBALS), "cymbal"}


def title_of(name: str) -> str:
    """A class name as shown to people."""
    labels = {drum.label: drum.title for drum in DrumClass}
    return labels.get(name, name.replace("_", " ").capitalize())


def lane_css(name: str) -> str:
    """The style class of a drum class's colour."""
    return f"lane-{_LANES.get(name, 'all')}"


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point of a curve: its label, figure (None: a gap) and how many strokes are behind it."""

    label: str
    figure: Figure | None
    support: int


def score_bars(rows: Sequence[tuple[str, Score]]) -> str:
    """Precision, recall and F of each class as bars with their intervals."""
    left, width, step, bar = 110.0, 420.0, 52.0, 11.0
    height = step * len(rows) + 34
    parts = _share_grid(left, 8, width, step * len(rows))
    for number, (name, score) in enumerate(rows):
        top = 12 + number * step
        parts.append(svg.text(left - 34, top + 22, title_of(name), "end strong"))
        figures = (("P", score.precision), ("R", score.recall), ("F", score.f))
        for place, (letter, figure) in enumerate(figures):
            y = top + place * (bar + 3)
            tip = f"{title_of(name)} {letter} {with_ends(figure)}"
            css = f"{lane_css(name)} bar-{letter.lower()}"
            parts.append(svg.text(left - 10, y + 9, letter, "end quiet small"))
            parts.append(svg.rect(left, y, width * figure.value, bar, css, tip, 2))
            parts.append(_whisker(left, width, y + bar / 2, figure))
            parts.append(svg.text(left + width + 12, y + 9.5, f"{figure.value:.3f}", "num"))
    return svg.picture(left + width + 70, height, "Precision, recall and F by class", parts)


def curve_chart(title: str, points: Sequence[CurvePoint], second: Sequence[CurvePoint] = ()) -> str:
    """Shares from left to right with their intervals; ``second`` is drawn dashed."""
    left, top, height = 44.0, 12.0, 190.0
    step = max(50.0, min(96.0, 440.0 / len(points)))
    width = step * len(points)
    parts = []
    for tick in _TICKS:
        y = top + height * (1 - tick)
        parts.append(svg.line(left, y, left + width, y, "grid"))
        parts.append(svg.text(left - 8, y + 4, f"{tick:.1f}", "end quiet small"))
    for number, point in enumerate(points):
        x = left + step * (number + 0.5)
        parts.append(svg.text(x, top + height + 18, point.label, "mid small"))
        parts.append(svg.text(x, top + height + 33, f"n {point.support:,}", "mid quiet tiny"))
    parts += _curve(points, left, top, step, height, "")
    parts += _curve(second, left, top, step, height, " second")
    return svg.picture(left + width + 8, top + height + 42, title, parts)


def small_curve(name: str, points: Sequence[CurvePoint]) -> str:
    """One class's curve for a row of many: a share from slowest note to fastest, in its colour."""
    left, top, width, height = 26.0, 24.0, 176.0, 76.0
    step = width / len(points)
    parts = [svg.text(left, 14, title_of(name), "strong")]
    for tick in (0.0, 0.5, 1.0):
        y = top + height * (1 - tick)
        parts.append(svg.line(left, y, left + width, y, "grid"))
        parts.append(svg.text(left - 5, y + 3, f"{tick:g}", "end quiet tiny"))
    parts += _curve(points, left, top, step, height, f" {lane_css(name)}", 2.4)
    parts.append(svg.text(left, top + height + 13, points[0].label, "quiet tiny"))
    parts.append(svg.text(left + width, top + height + 13, points[-1].label, "end quiet tiny"))
    return svg.picture(left + width + 6, top + height + 18, f"Curve of {name}", parts)


def offset_histogram(
    name: str, centres_ms: Float64Array, pairs: Int64Array, median_ms: float | None
) -> str:
    """How early or late one class is, with its median; both arrays, a bin each, have one shape."""
    left, top, width, height = 6.0, 24.0, 196.0, 76.0
    parts = [svg.text(left, 14, title_of(name), "strong")]
    note = "no pairs" if median_ms is None else f"median {round(median_ms, 1) + 0.0:+.1f} ms"
    parts.append(svg.text(left + width, 14, note, "end quiet small"))
    step, most = width / centres_ms.size, max(int(pairs.max()), 1)
    for number, (centre, count) in enumerate(zip(centres_ms.tolist(), pairs.tolist(), strict=True)):
        tall = height * count / most
        if count:
            tip = f"{centre:+.0f} ms: {count}"
            x = left + number * step + 0.5
            parts.append(svg.rect(x, top + height - tall, step - 1, tall, lane_css(name), tip))
    middle = left + width / 2
    parts.append(svg.line(left, top + height, left + width, top + height, "axis"))
    parts.append(svg.line(middle, top, middle, top + height + 4, "axis"))
    if median_ms is not None:
        x = middle + median_ms * step
        parts.append(svg.line(x, top - 2, x, top + height, "median"))
    ends = (centres_ms[0], centres_ms[-1])
    parts.append(svg.text(left, top + height + 14, f"{ends[0]:+.0f}", "quiet tiny"))
    parts.append(svg.text(middle, top + height + 14, "0 ms", "mid quiet tiny"))
    parts.append(svg.text(left + width, top + height + 14, f"{ends[1]:+.0f}", "end quiet tiny"))
    return svg.picture(left * 2 + width, top + height + 18, f"Offsets of {name}", parts)


def reliability_diagram(bins: Sequence[Reliability]) -> str:
    """Share of right strokes against claimed confidence; the diagonal is what is wanted."""
    left, top, size, low = 44.0, 12.0, 300.0, 60.0
    parts = []
    for tick in _TICKS:
        y, x = top + size * (1 - tick), left + size * tick
        parts.append(svg.line(left, y, left + size, y, "grid"))
        parts.append(svg.text(left - 8, y + 4, f"{tick:.1f}", "end quiet small"))
        parts.append(svg.text(x, top + size + low + 34, f"{tick:.1f}", "mid quiet small"))
    parts.append(svg.line(left, top + size, left + size, top, "diagonal"))
    most = max(max((b.strokes for b in bins), default=0), 1)
    points = []
    for b in bins:
        if b.mean_confidence is None or b.share_right is None:
            continue
        x, y = left + size * b.mean_confidence, top + size * (1 - b.share_right)
        points.append((x, y))
        tall, wide = low * b.strokes / most, size * (b.high - b.low)
        parts.append(
            svg.rect(
                left + size * b.low + 1, top + size + 16 + low - tall, wide - 2, tall, "support"
            )
        )
        tip = f"claimed {b.mean_confidence:.2f}, right {b.share_right:.2f}, {b.strokes} strokes"
        parts.append(svg.line(x, y, x, top + size * (1 - b.mean_confidence), "gap"))
        parts.append(svg.dot(x, y, 4.5, "mark", tip))
    parts.insert(len(_TICKS) * 3 + 1, svg.curve(points, "curve"))
    middle = left + size / 2
    parts.append(svg.text(middle, top + size + low + 52, "confidence claimed", "mid quiet small"))
    parts.append(svg.text(12, top + size / 2, "share right", "mid quiet small", -90))
    return svg.picture(left + size + 12, top + size + low + 60, "Reliability diagram", parts)


def confusion_matrix(names: Sequence[str], counts: Int64Array) -> str:
    """Each reference class's strokes by what they were heard as, in per cent of the row."""
    left, top, cell = 112.0, 78.0, 48.0
    shown = [*(title_of(name) for name in names), "Nothing"]
    parts = [svg.text(left - 10, top - 10, "truth  \\  heard as", "end quiet small")]
    for j, title in enumerate(shown):
        parts.append(svg.text(left + (j + 0.5) * cell, top - 8, title, "small", -40))
    for i, title in enumerate(shown):
        total = int(counts[i].sum())
        y = top + i * cell
        parts.append(svg.text(left - 10, y + cell / 2 + 4, title, "end"))
        for j in range(len(shown)):
            count = int(counts[i, j])
            x, share = left + j * cell, count / total if total else 0.0
            css = "right" if i == j else "wrong"
            parts.append(svg.rect(x + 1, y + 1, cell - 2, cell - 2, "cell", radius=3))
            if not count:
                continue
            parts.append(svg.shaded(x + 1, y + 1, cell - 2, cell - 2, css, 0.55 * share**0.7))
            parts.append(svg.text(x + cell / 2, y + 23, f"{100 * share:.1f}%", "mid small"))
            parts.append(svg.text(x + cell / 2, y + 38, f"{count:,}", "mid tiny soft"))
    side = cell * len(shown)
    return svg.picture(left + side + 40, top + side + 4, "Confusion matrix", parts)


def edit_bars(rows: Sequence[tuple[str, tuple[float, ...], Figure]], kinds: Sequence[str]) -> str:
    """Edits per 100 notes of each part, by kind; the whisker is the interval of their sum."""
    left, width, step, bar = 84.0, 300.0, 34.0, 18.0
    most = max([figure.high or figure.value for *_, figure in rows] + [1.0])
    nice = next(n for n in (5, 10, 20, 25, 50, 100, 150, 200, 500, 1000, 1e9) if n >= most)
    scale = width / nice
    parts = []
    for tick in np.linspace(0, nice, 6).tolist():
        x = left + tick * scale
        parts.append(svg.line(x, 6, x, 6 + step * len(rows), "grid"))
        parts.append(svg.text(x, 22 + step * len(rows), f"{tick:g}", "mid quiet small"))
    for number, (part, values, figure) in enumerate(rows):
        y, x = 6 + number * step + (step - bar) / 2, left
        parts.append(svg.text(left - 12, y + 13, title_of(part), "end strong"))
        for kind, value in zip(kinds, values, strict=True):
            tip = f"{title_of(part)}: {value:.1f} {kind} per 100 notes"
            parts.append(svg.rect(x, y, value * scale, bar, f"kind-{kind.split()[0]}", tip))
            x += value * scale
        if figure.low is not None and figure.high is not None:
            parts.append(
                _interval(left + figure.low * scale, left + figure.high * scale, y + bar / 2)
            )
        parts.append(svg.text(left + width + 14, y + 13, f"{figure.value:.1f}", "num"))
    return svg.picture(left + width + 70, 30 + step * len(rows), "Edits per 100 notes", parts)


def passage_strip(passage: Passage, classes: Sequence[str]) -> str:
    """A passage as lanes: found strokes solid, missed ones hollow, extra ones crossed."""
    left, top, width, row = 96.0, 6.0, 760.0, 21.0
    order = sorted(range(len(classes)), key=lambda code: _height(classes[code]), reverse=True)
    scale = width / (passage.end_s - passage.start_s)
    bottom = top + row * len(order)
    parts = []
    for second in range(int(np.ceil(passage.start_s)), int(passage.end_s) + 1):
        x = left + (second - passage.start_s) * scale
        parts.append(svg.line(x, top, x, bottom, "grid"))
        parts.append(svg.text(x, bottom + 14, clock(second, 0), "mid quiet tiny"))
    for place, code in enumerate(order):
        y = top + row * (place + 0.5)
        parts.append(svg.line(left, y, left + width, y, "grid"))
        parts.append(svg.text(left - 10, y + 4, title_of(classes[code]), "end small"))
        for stroke in passage.strokes:
            if stroke.code == code:
                x = left + (stroke.time_s - passage.start_s) * scale
                parts.append(_gem(stroke, classes[code], x, y))
    return svg.picture(left + width + 12, bottom + 20, "Worst passage", parts)


def with_ends(figure: Figure, digits: int = 3) -> str:
    """A figure and its interval as text."""
    if figure.value != figure.value:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.{digits}f}"
    return f"{figure.value:.{digits}f} ({figure.low:.{digits}f}–{figure.high:.{digits}f})"


def _gem(stroke: PassageStroke, name: str, x: float, y: float) -> str:
    tip = f"{title_of(name)} at {stroke.time_s:.3f} s: {stroke.fate}"
    if stroke.fate == "extra":
        return svg.cross(x, y, 4.5, "extra", tip)
    css = lane_css(name) if stroke.fate == "found" else "missed"
    if name in _ROUND:
        return svg.dot(x, y, 5.5, css, tip)
    if name == "kick":
        return svg.rect(x - 7, y - 3, 14, 6, css, tip, 2)
    return svg.rect(x - 5, y - 5, 10, 10, css, tip, 3)


def _height(name: str) -> tuple[int, bool]:
    lanes = ("kick", "red", "yellow", "blue", "green")
    lane = _LANES.get(name, "green")
    return (lanes.index(lane), name in _ROUND)


def _share_grid(left: float, top: float, width: float, height: float) -> list[str]:
    parts = []
    for tick in _TICKS:
        x = left + width * tick
        parts.append(svg.line(x, top, x, top + height, "grid"))
        parts.append(svg.text(x, top + height + 18, f"{tick:.1f}", "mid quiet small"))
    return parts


def _whisker(left: float, width: float, y: float, figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return _interval(left + width * figure.low, left + width * figure.high, y)


def _interval(x1: float, x2: float, y: float) -> str:
    ends = svg.line(x1, y - 3, x1, y + 3, "whisker") + svg.line(x2, y - 3, x2, y + 3, "whisker")
    return svg.line(x1, y, x2, y, "whisker") + ends


def _curve(
    points: Sequence[CurvePoint],
    left: float,
    top: float,
    step: float,
    height: float,
    css: str,
    radius: float = 4.0,
) -> list[str]:
    """Runs of neighbouring points with figures, with their band behind them."""
    parts: list[str] = []
    run: list[tuple[float, CurvePoint, Figure]] = []
    for number, point in enumerate([*points, CurvePoint("", None, 0)]):
        if point.figure is not None and point.figure.value == point.figure.value:
            run.append((left + step * (number + 0.5), point, point.figure))
            continue
        upper = [(x, top + height * (1 - (f.high or f.value))) for x, _, f in run]
        lower = [(x, top + height * (1 - (f.value if f.low is None else f.low))) for x, _, f in run]
        parts.append(svg.area([*upper, *reversed(lower)], f"band{css}"))
        middle = [(x, top + height * (1 - f.value)) for x, _, f in run]
        parts.append(svg.curve(middle, f"curve{css}"))
        for (x, y), (_, p, f) in zip(middle, run, strict=True):
            tip = f"{p.label}: {with_ends(f)}, {p.support} strokes"
            parts.append(svg.dot(x, y, radius, f"mark{css}", tip))
        run = []
    return parts
