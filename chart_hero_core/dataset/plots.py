"""The plots of a doubtful alignment, as SVG in the style of the evaluation's report."""

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.dataset.picture import Picture
from chart_hero_core.evaluation.report import svg
from chart_hero_core.evaluation.report.plots import lane_css, title_of

_LEFT, _WIDTH = 44.0, 380.0
_ROWS = tuple(
    DrumClass.from_label(name)
    for name in ("crash", "ride", "hihat", "tom_high", "tom_mid", "tom_low", "snare", "kick")
)


def lag_curve(picture: Picture) -> str:
    """The score at every lag, the one chosen marked."""
    top, height = 10.0, 130.0
    low = min(0.0, min(picture.scores, default=0.0))
    high = max(1.0, max(picture.scores, default=1.0)) * 1.05
    first, last = picture.lags_s[0], picture.lags_s[-1]
    scale = _WIDTH / max(last - first, 1e-9)

    def place(lag_s: float, score: float) -> tuple[float, float]:
        return _LEFT + (lag_s - first) * scale, top + height * (high - score) / (high - low)

    parts = _grid(top, height, low, high, "score")
    x = place(picture.offset_s, 0)[0]
    parts.append(svg.line(x, top, x, top + height, "offset"))
    pairs = zip(picture.lags_s, picture.scores, strict=True)
    parts.append(svg.curve([place(lag, score) for lag, score in pairs], "curve"))
    for lag_s in (first, (first + last) / 2, last):
        x = place(lag_s, 0)[0]
        parts.append(svg.text(x, top + height + 16, f"{lag_s:+.1f} s", "mid quiet tiny"))
    return svg.picture(_LEFT + _WIDTH + 20, top + height + 22, "Score by offset", parts)


def segment_plot(picture: Picture) -> str:
    """Where each passage lies against the whole song, in ms."""
    top, height = 10.0, 130.0
    reach = max(30.0, *(abs(lag) * 1e3 for _, _, lag, _, _ in picture.segments)) * 1.1
    start, end = picture.segments[0][0], picture.segments[-1][1]
    scale = _WIDTH / max(end - start, 1e-9)
    parts = _grid(top, height, -reach, reach, "ms")
    middle = top + height / 2
    parts.append(svg.line(_LEFT, middle, _LEFT + _WIDTH, middle, "axis"))
    for first, last, lag_s, score, fits in picture.segments:
        x = _LEFT + ((first + last) / 2 - start) * scale
        y = middle - lag_s * 1e3 / reach * height / 2
        tip = f"{first:.1f} to {last:.1f} s: {lag_s * 1e3:+.1f} ms, score {score:.2f}"
        parts.append(svg.dot(x, y, 4, "fits" if fits else "unfit", tip))
    for time_s in (start, end):
        x = _LEFT + (time_s - start) * scale
        parts.append(svg.text(x, top + height + 16, f"{time_s:.0f} s", "mid quiet tiny"))
    return svg.picture(_LEFT + _WIDTH + 20, top + height + 22, "Passages against the whole", parts)


def passage_plot(picture: Picture) -> str:
    """The onsets heard in the worst passage above the strokes charted in it."""
    left, width, top, height, row = 96.0, 880.0, 6.0, 60.0, 15.0
    start, end = picture.passage_s
    scale = width / max(end - start, 1e-9)
    bottom = top + height + 8 + row * len(_ROWS)
    parts = [svg.text(left - 10, top + height / 2, "Heard", "end small")]
    step = width / max(len(picture.envelope), 1)
    most = max(*picture.envelope, 1e-9) if picture.envelope else 1.0
    heights = [
        (left + i * step, top + height * (1 - v / most)) for i, v in enumerate(picture.envelope)
    ]
    floor = top + height
    parts.append(svg.area([(left, floor), *heights, (left + width, floor)], "band"))
    parts.append(svg.curve(heights, "curve"))
    for place, drum in enumerate(_ROWS):
        y = top + height + 8 + row * (place + 0.5)
        parts.append(svg.line(left, y, left + width, y, "grid"))
        parts.append(svg.text(left - 10, y + 4, title_of(drum.label), "end tiny"))
        for time_s, code in picture.strokes:
            if code == int(drum):
                x = left + (time_s - start) * scale
                tip = f"{drum.title} at {time_s:.3f} s"
                parts.append(svg.rect(x - 1.5, y - 6, 3, 12, lane_css(drum.label), tip, 1))
    for time_s in range(int(start) + 1, int(end) + 1):
        x = left + (time_s - start) * scale
        parts.append(svg.text(x, bottom + 13, f"{time_s} s", "mid quiet tiny"))
    return svg.picture(left + width + 10, bottom + 20, "The passage that fits worst", parts)


def _grid(top: float, height: float, low: float, high: float, unit: str) -> list[str]:
    parts = []
    for share in (0.0, 0.5, 1.0):
        y = top + height * share
        value = high + (low - high) * share
        parts.append(svg.line(_LEFT, y, _LEFT + _WIDTH, y, "grid"))
        shown = f"{value:+.0f}" if unit == "ms" else f"{value:.1f}"
        parts.append(svg.text(_LEFT - 6, y + 4, shown, "end quiet tiny"))
    parts.append(svg.text(8, top + height / 2 - 6, unit, "quiet tiny"))
    return parts
