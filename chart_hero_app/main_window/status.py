"""The status bar: where the playhead is, what is selected, what the jobs are doing."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton

from chart_hero_app.document.document import Document
from chart_hero_app.document.transport import Transport
from chart_hero_app.jobs.runner import Job, JobRunner
from chart_hero_app.main_window.key_names import SNAP_KEYS, SNAP_TIP, KeyNames
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import icon
from chart_hero_app.widgets.labels import YieldingLabel, bpm_text, notes_text, place_text, shortened
from chart_hero_core.base.clock import clock

# Work over in less than this is not worth a flicker.
_SHOW_AFTER_MS = 200
_MOST_CHARACTERS = 48
_TOLD_MS = 4000


class StatusBar(QStatusBar):
    """Time, bar and beat, BPM, snap, selection, edits per 100 notes, job progress."""

    def __init__(
        self,
        document: Document,
        transport: Transport,
        runner: JobRunner,
        theme: Theme,
        keys: KeyNames,
    ) -> None:
        super().__init__()
        self._document = document
        self._transport = transport
        self._jobs: list[Job] = []
        self._fields: list[QLabel] = []
        self.setSizeGripEnabled(False)
        self._make_fields(keys)
        self._make_job_widgets(keys)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_SHOW_AFTER_MS)
        self._delay.timeout.connect(self._show_job)
        self._follow(runner)
        self.set_theme(theme)
        self._show_place()
        self._show_snap()
        self._show_selection()
        self._show_fields()

    def _make_fields(self, keys: KeyNames) -> None:
        """What is said of the song, from left to right."""
        self.time = self._field("0:00.000", "Playhead: minutes, seconds, milliseconds", 76)
        self.place = self._field("1:1", "Bar and beat at the playhead", 56)
        self.tempo = self._field("120.00 BPM  4/4", "Tempo and time signature here", 128)
        self.snap = self._field("1/16", "", 88)
        keys.tell(self.snap.setToolTip, SNAP_TIP, *SNAP_KEYS)
        self.selection = self._field("", "What is selected", 0)
        self.edits = self._field("", "", 0)
        self.pointed = YieldingLabel()
        self._dress(self.pointed, "What lies under the mouse", 0)
        self.time.setProperty("strong", True)
        self.place.setProperty("strong", True)

    def _make_job_widgets(self, keys: KeyNames) -> None:
        self.job_text = YieldingLabel()
        self.job_bar = QProgressBar()
        self.job_bar.setFixedWidth(140)
        self.job_bar.setTextVisible(False)
        self.job_bar.setRange(0, 1000)
        self.job_stop = QToolButton()
        keys.tell(self.job_stop.setToolTip, "Stop this", "analyse.stop")
        self.job_stop.setAccessibleName("Stop the running job")
        self.job_stop.clicked.connect(self._on_stop)
        for widget in (self.job_text, self.job_bar, self.job_stop):
            self.addPermanentWidget(widget)
            widget.hide()

    def _follow(self, runner: JobRunner) -> None:
        runner.started.connect(self._on_started)
        runner.finished.connect(self._on_finished)
        self._transport.positionChanged.connect(self._show_place)
        self._document.songChanged.connect(self._show_place)
        self._document.snapChanged.connect(self._show_snap)
        self._document.selectionChanged.connect(self._show_selection)
        self._document.songChanged.connect(self._show_selection)
        self._document.opened.connect(self._show_fields)

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self.job_stop.setIcon(icon("ph.x-circle", theme))

    def show_edits(self, per_100: float | None, sentence: str) -> None:
        """Edits per 100 notes so far; None when nothing was suggested."""
        self.edits.setText("" if per_100 is None else f"{per_100:.1f} edits per 100")
        self.edits.setToolTip(sentence)

    def _field(self, text: str, tip: str, width: int) -> QLabel:
        field = QLabel(text)
        self._dress(field, tip, width)
        return field

    def _dress(self, field: QLabel, tip: str, width: int) -> None:
        font = field.font()
        font.setFeature(QFont.Tag("tnum"), 1)
        field.setFont(font)
        field.setToolTip(tip)
        field.setMinimumWidth(width)
        field.setContentsMargins(8, 0, 8, 0)
        self.addWidget(field)
        self._fields.append(field)

    def _show_fields(self) -> None:
        """Nothing is said of a song while none is open."""
        there = self._document.source is not None
        self.clearMessage()  # of the song before; shown fields would be written across it
        for field in self._fields:
            field.setVisible(there)

    def _show_place(self) -> None:
        position_s = self._transport.position_s
        tempo_map = self._document.song.tempo_map
        tick = tempo_map.tick_at(position_s) + 0.5  # a hair before a change is on it
        signature = tempo_map.signature_at(tick)
        self.time.setText(clock(position_s))
        self.place.setText(place_text(tempo_map, position_s))
        tempo = bpm_text(tempo_map.tempo_at(tick).bpm)
        self.tempo.setText(f"{tempo}  {signature.numerator}/{signature.denominator}")

    def _show_snap(self) -> None:
        self.snap.setText(f"Snap 1/{self._document.snap}")

    def _show_selection(self) -> None:
        selection = self._document.selection
        parts: list[str] = []
        if selection.notes:
            parts.append(notes_text(len(selection.notes)))
        if selection.span_s is not None:
            start_s, end_s = selection.span_s
            parts.append(f"{end_s - start_s:.3f} s")
        total = notes_text(len(self._document.track.notes))
        self.selection.setText(f"{' in '.join(parts)} selected" if parts else total)

    # Jobs -----------------------------------------------------------------------------------

    def _on_started(self, job: Job) -> None:
        if job.quiet:
            return
        self._jobs.append(job)
        job.progressed.connect(self._show_progress)
        if not self._delay.isActive() and self.job_bar.isHidden():
            self._delay.start()

    def _on_finished(self, job: Job) -> None:
        if job in self._jobs:
            self._jobs.remove(job)
        if not self._jobs:
            self._delay.stop()
        self._show_job()

    def _show_job(self) -> None:
        visible = bool(self._jobs)
        for widget in (self.job_text, self.job_bar, self.job_stop):
            widget.setVisible(visible)
        self._show_progress()

    def _show_progress(self) -> None:
        if not self._jobs:
            return
        job = self._jobs[-1]
        more = f" (+{len(self._jobs) - 1})" if len(self._jobs) > 1 else ""
        said = job.message or job.title
        # A file's name may be longer than the screen is wide, and the window would follow it.
        self.job_text.setText(shortened(said, _MOST_CHARACTERS) + more)
        self.job_text.setToolTip(said)
        # A job that has said nothing yet shows the moving bar.
        self.job_bar.setRange(0, 1000 if job.fraction > 0 else 0)
        self.job_bar.setValue(round(job.fraction * 1000))

    def _on_stop(self) -> None:
        if self._jobs:
            job = self._jobs[-1]
            # Work that had ended by then was not stopped, and does not say so.
            job.cancelled.connect(lambda: self.showMessage(f"Stopped: {job.title}", _TOLD_MS))
            job.cancel()
