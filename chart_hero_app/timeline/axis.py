"""The one time axis: which second of the song lies at which pixel, for every row."""

from PySide6.QtCore import QObject, Signal

MARGIN_PX = 96  # the left margin of every row, so that their contents line up
MIN_PIXELS_PER_S = 1.0
MAX_PIXELS_PER_S = 20_000.0  # 20 px to a millisecond: finer than any onset can be placed
# Empty space that may be scrolled into view before the start and after the end of the song.
LEAD_S = 0.5


class TimeAxis(QObject):
    """Start, zoom and width of the visible stretch.

    The start is kept on whole device pixels, so that scrolling moves every drawn pixel by whole
    pixels and rows can reuse what they have already drawn.
    """

    viewChanged = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._start_s = 0.0
        self._pixels_per_s = 100.0
        self._width_px = 1000
        self._duration_s = 0.0
        self._ratio = 1.0

    @property
    def start_s(self) -> float:
        """The time at the left end of the content."""
        return self._start_s

    @property
    def end_s(self) -> float:
        """The time at the right end of the content."""
        return self._start_s + self.span_s

    @property
    def span_s(self) -> float:
        """The seconds in view."""
        return self._width_px / self._pixels_per_s

    @property
    def pixels_per_s(self) -> float:
        """The zoom in logical pixels per second."""
        return self._pixels_per_s

    @property
    def width_px(self) -> int:
        """The width of the content, without the margin, in logical pixels."""
        return self._width_px

    @property
    def duration_s(self) -> float:
        """The length of the song."""
        return self._duration_s

    @property
    def ratio(self) -> float:
        """Device pixels per logical pixel."""
        return self._ratio

    def x_of(self, time_s: float) -> float:
        """The x of ``time_s`` in a row, in logical pixels from the row's left edge."""
        return MARGIN_PX + (time_s - self._start_s) * self._pixels_per_s

    def time_of(self, x: float) -> float:
        """The time at ``x``; the inverse of :meth:`x_of`."""
        return self._start_s + (x - MARGIN_PX) / self._pixels_per_s

    def set_width(self, width_px: int, ratio: float = 1.0) -> None:
        """The rows became this wide (content only), on a screen of this device pixel ratio."""
        width_px = max(width_px, 1)
        if (width_px, ratio) != (self._width_px, self._ratio):
            self._width_px, self._ratio = width_px, ratio
            self._apply(self._start_s, self._pixels_per_s, force=True)

    def set_duration(self, duration_s: float) -> None:
        """A song of this length is shown."""
        if duration_s != self._duration_s:
            self._duration_s = max(duration_s, 0.0)
            self._apply(self._start_s, self._pixels_per_s, force=True)

    def scroll_to(self, start_s: float) -> None:
        """Put ``start_s`` at the left end, as far as the song allows."""
        self._apply(start_s, self._pixels_per_s)

    def scroll_by(self, pixels: float) -> None:
        """Move the view to the right by ``pixels``."""
        self._apply(self._start_s + pixels / self._pixels_per_s, self._pixels_per_s)

    def centre_on(self, time_s: float) -> None:
        """Put ``time_s`` in the middle."""
        self.scroll_to(time_s - self.span_s / 2)

    def reveal(self, time_s: float, end_s: float | None = None) -> None:
        """Scroll only if ``time_s`` (to ``end_s``) is out of view."""
        last_s = time_s if end_s is None else end_s
        if time_s < self._start_s or last_s > self.end_s:
            self.scroll_to(time_s - self.span_s * 0.2)

    def zoom_at(self, factor: float, x: float) -> None:
        """Zoom by ``factor`` so that the time under ``x`` stays there."""
        anchor_s = self.time_of(x)
        zoom = self._clamped_zoom(self._pixels_per_s * factor)
        self._apply(anchor_s - (x - MARGIN_PX) / zoom, zoom)

    def show_range(self, start_s: float, end_s: float) -> None:
        """Zoom so that exactly this stretch is in view."""
        if end_s > start_s:
            zoom = self._clamped_zoom(self._width_px / (end_s - start_s))
            self._apply(start_s, zoom)

    def _clamped_zoom(self, pixels_per_s: float) -> float:
        whole_song = self._width_px / (self._duration_s + 2 * LEAD_S)
        lowest = whole_song if self._duration_s else MIN_PIXELS_PER_S
        return min(max(pixels_per_s, lowest), MAX_PIXELS_PER_S)

    def _apply(self, start_s: float, pixels_per_s: float, *, force: bool = False) -> None:
        zoom = self._clamped_zoom(pixels_per_s)
        latest_s = self._duration_s + LEAD_S - self._width_px / zoom
        start_s = max(min(start_s, latest_s), -LEAD_S)
        device = zoom * self._ratio
        start_s = round(start_s * device) / device
        if force or (start_s, zoom) != (self._start_s, self._pixels_per_s):
            self._start_s, self._pixels_per_s = start_s, zoom
            self.viewChanged.emit()
