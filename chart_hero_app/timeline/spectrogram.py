"""The spectrogram row: mel levels computed in the background, drawn from bytes."""

import threading

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QWheelEvent

from chart_hero_app.settings.theme import Theme
from chart_hero_app.timeline.axis import MARGIN_PX, TimeAxis
from chart_hero_app.timeline.colour_map import colour_table, ramp
from chart_hero_app.timeline.mel import SPAN_DB, MelPicture
from chart_hero_app.timeline.row import Row, label_font
from chart_hero_core.base.arrays import Float32Array

# Drums at usual levels fill this range; the rest is noise floor or clipping.
DEFAULT_RANGE_DB = (-75.0, -15.0)
TICKS_HZ = (200, 500, 1000, 2000, 5000)
LEAST_TICK_GAP_PX = 13
RANGE_STEP_DB = 3.0


class MelWorker(QObject):
    """Fills a :class:`MelPicture` in one thread; the part in view first."""

    chunkFilled = Signal(float, float)  # start and end, seconds
    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def start(self, picture: MelPicture, first_s: float) -> None:
        """Begin with another picture; work on an earlier one is abandoned."""
        self.stop()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(picture, first_s, self._stop), name="mel", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Abandon the work and wait for the thread: at most one chunk, some 60 ms."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, picture: MelPicture, first_s: float, stop: threading.Event) -> None:
        for chunk in picture.order(first_s):
            if stop.is_set():
                return
            start_s, end_s = picture.fill(chunk)
            if not stop.is_set():
                self.chunkFilled.emit(start_s, end_s)
        if not stop.is_set():
            self.finished.emit()


class SpectrogramRow(Row):
    """The mel spectrogram of the shown clip."""

    rangeChanged = Signal(float, float)

    title = "Spectrogram"
    default_height = 140
    least_height = 48
    elastic = True

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__(axis, theme)
        self._picture: MelPicture | None = None
        self._range_db = DEFAULT_RANGE_DB
        self._table = self._make_table()
        self._worker = MelWorker(self)
        self._worker.chunkFilled.connect(self._on_chunk_filled)
        self._stale = False

    @property
    def busy(self) -> bool:
        """Whether parts of the picture are still being computed."""
        return self._picture is not None and not bool(self._picture.done.all())

    @property
    def range_db(self) -> tuple[float, float]:
        """The levels drawn darkest and brightest, in dB below full scale."""
        return self._range_db

    def set_samples(self, samples: Float32Array | None, sample_rate: int) -> None:
        """Show other sound; None empties the row. A folded row computes when it is opened."""
        self._worker.stop()
        self._picture = None if samples is None else MelPicture(samples, sample_rate)
        self._stale = self._picture is not None
        self.invalidate()
        self._start_if_needed()

    def set_range_db(self, quietest_db: float, loudest_db: float) -> None:
        """Set the levels drawn as darkest and brightest; at least 10 dB apart."""
        quietest_db = min(max(quietest_db, SPAN_DB[0]), SPAN_DB[1] - 10.0)
        loudest_db = min(max(loudest_db, quietest_db + 10.0), SPAN_DB[1])
        if (quietest_db, loudest_db) != self._range_db:
            self._range_db = (quietest_db, loudest_db)
            self._table = self._make_table()
            self.invalidate()
            self.rangeChanged.emit(quietest_db, loudest_db)

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        super().set_theme(theme)
        self._table = self._make_table()

    def set_folded(self, folded: bool) -> None:
        """Fold or unfold."""
        super().set_folded(folded)
        self._start_if_needed()

    def set_squeezed(self, squeezed: bool) -> None:
        """Show the title only, or all."""
        super().set_squeezed(squeezed)
        self._start_if_needed()

    def close_down(self) -> None:
        """Stop the background work; call before the row goes away."""
        self._worker.stop()

    def _start_if_needed(self) -> None:
        if self._stale and not self.shut and self._picture is not None:
            self._stale = False
            self._worker.start(self._picture, self.axis.start_s)

    def _on_chunk_filled(self, start_s: float, end_s: float) -> None:
        if start_s <= self.axis.end_s and end_s >= self.axis.start_s:
            self.invalidate()

    def _make_table(self) -> list[int]:
        colours = ramp(QColor(self.theme.panel), dark=self.theme.dark)
        return colour_table(colours, *self._range_db, SPAN_DB)

    def paint_content(self, painter: QPainter, left: int, right: int) -> None:
        picture = self._picture
        if picture is None:
            return
        frames_per_pixel = 1.0 / (self.axis.pixels_per_s * self.devicePixelRatioF() * picture.hop_s)
        level = picture.scale_for(frames_per_pixel)
        data = picture.scale(level)
        hop_s = picture.hop_s * (1 << level)
        # A frame is centred on its time; two more at each side for smooth edges.
        first = max(int(self.axis.time_of(left) / hop_s) - 2, 0)
        last = min(int(self.axis.time_of(right) / hop_s) + 3, data.shape[1])
        if last <= first:
            return
        part = data[::-1, first:last].copy()
        bands, columns = part.shape
        image = QImage(part.data, columns, bands, columns, QImage.Format.Format_Indexed8)
        image.setColorTable(self._table)
        x = self.axis.x_of((first - 0.5) * hop_s)
        width = (last - first) * hop_s * self.axis.pixels_per_s
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(x, 0, width, self.height() - 1), image)

    def paint_margin(self, painter: QPainter) -> None:
        picture = self._picture
        if picture is None:
            return
        painter.setFont(label_font())
        painter.setPen(self.theme.colour("quiet"))
        lowest_y = float(self.height())
        for hz in TICKS_HZ:
            if hz >= picture.highest_hz:
                continue
            y = (self.height() - 1) * (1.0 - picture.position(hz))
            if not 22 <= y <= self.height() - 5 or lowest_y - y < LEAST_TICK_GAP_PX:
                continue
            lowest_y = y
            label = f"{hz // 1000} kHz" if hz >= 1000 else f"{hz} Hz"
            box = QRectF(20, y - 7, MARGIN_PX - 20 - 9, 14)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(box, flags, label)
            painter.fillRect(QRectF(MARGIN_PX - 6, round(y), 5, 1), self.theme.colour("quiet"))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Over the margin: the whole range louder or softer; with Ctrl wider or narrower."""
        if event.position().x() >= MARGIN_PX or self.shut:
            event.ignore()
            return
        step_db = RANGE_STEP_DB * event.angleDelta().y() / 120.0
        quietest_db, loudest_db = self._range_db
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.set_range_db(quietest_db - step_db, loudest_db)
        else:
            self.set_range_db(quietest_db - step_db, loudest_db - step_db)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On the margin: back to the usual range."""
        if event.position().x() < MARGIN_PX and not self.shut:
            self.set_range_db(*DEFAULT_RANGE_DB)

    def tip_at(self, position: QPointF) -> str:
        """The range, and how to change it."""
        if position.x() >= MARGIN_PX or self.shut:
            return super().tip_at(position)
        low_db, high_db = self._range_db
        return (
            f"{low_db:.0f} to {high_db:.0f} dB\nWheel: brighter or darker · Ctrl+wheel: contrast · "
            "double click: reset"
        )

    def describe(self, position: QPointF) -> str:
        """The time, frequency and level under the mouse, for the status bar."""
        picture = self._picture
        if picture is None or position.x() < MARGIN_PX:
            return ""
        share = 1.0 - position.y() / max(self.height() - 1, 1)
        data = picture.scale(0)
        frame = round(self.axis.time_of(position.x()) / picture.hop_s)
        band = int(share * data.shape[0])
        if not (0 <= frame < data.shape[1] and 0 <= band < data.shape[0]):
            return ""
        level_db = SPAN_DB[0] + data[band, frame] / 255.0 * (SPAN_DB[1] - SPAN_DB[0])
        return f"{picture.hz_at(share):,.0f} Hz, {level_db:.0f} dB"
