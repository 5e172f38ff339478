"""Short and middling work on threads: progress, cancel, and newer requests that replace older ones.

A job is a plain function ``work(progress) -> result``. Its result, failure or cancellation is
announced in the thread the runner lives in (the window's), never from the worker.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from chart_hero_core.base.errors import Cancelled, ChartHeroError
from chart_hero_core.base.progress import Progress

Work = Callable[[Progress], Any]

_log = logging.getLogger(__name__)
_MAX_WORKERS = 4
# Reports closer together than this are dropped: nobody reads more than 30 a second.
_REPORT_INTERVAL_S = 1 / 30


class Job(QObject):
    """One piece of work under way; ends in exactly one of succeeded, failed, cancelled."""

    progressed = Signal(float, str)  # 0..1, what it is doing
    succeeded = Signal(object)
    failed = Signal(object)  # the exception
    cancelled = Signal()
    finished = Signal()  # after any of the three

    _told = Signal(str, object)

    def __init__(
        self,
        title: str,
        work: Work,
        key: str | None,
        *,
        quiet: bool = False,
        lasting: bool = False,
        standing: bool = False,
    ) -> None:
        super().__init__()
        self.title = title
        self.key = key
        self.quiet = quiet
        self.lasting = lasting
        self._standing = standing
        self.fraction = 0.0
        self.message = ""
        self._work = work
        self._stop = threading.Event()
        self._last_report_s = 0.0
        self._done = False
        self._told.connect(self._on_told, Qt.ConnectionType.QueuedConnection)

    @property
    def done(self) -> bool:
        """Whether the end was announced."""
        return self._done

    @property
    def wanted(self) -> bool:
        """Whether it was not asked to stop."""
        return not self._stop.is_set()

    def cancel(self) -> None:
        """Ask the work to stop.

        It is announced as cancelled even if it comes to an end first, but for ``standing`` work.
        """
        self._stop.set()

    def report(self, fraction: float, message: str = "") -> None:
        """Part of :class:`Progress`; called by the worker."""
        now_s = time.monotonic()
        if now_s - self._last_report_s >= _REPORT_INTERVAL_S or fraction >= 1:
            self._last_report_s = now_s
            self._told.emit("progress", (fraction, message))

    def check_cancelled(self) -> None:
        """Part of :class:`Progress`; called by the worker."""
        if self._stop.is_set():
            raise Cancelled

    def run(self) -> None:
        """Do the work; called once, in the worker thread."""
        try:
            self.check_cancelled()
            self._told.emit("result", self._work(self))
        except Cancelled:
            self._told.emit("cancelled", None)
        except ChartHeroError as error:
            self._told.emit("failed", error)
        except Exception as error:  # noqa: BLE001 - shown in the error dialog
            _log.exception("Job %r failed", self.title)
            self._told.emit("failed", error)

    def _on_told(self, kind: str, payload: Any) -> None:
        if kind == "progress":
            if not self._stop.is_set():
                self.fraction, self.message = payload
                self.progressed.emit(*payload)
            return
        self._done = True
        dropped = self._stop.is_set() and not self._standing
        if dropped or kind == "cancelled":
            self.cancelled.emit()
        elif kind == "failed":
            self.failed.emit(payload)
        else:
            self.succeeded.emit(payload)
        self.finished.emit()


class JobRunner(QObject):
    """Runs jobs on a small pool of threads and keeps the list of those under way."""

    started = Signal(object)  # Job
    finished = Signal(object)  # Job
    failed = Signal(object, object)  # Job, exception

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(_MAX_WORKERS, thread_name_prefix="chart-hero-job")
        self._jobs: list[Job] = []

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs under way, oldest first."""
        return tuple(self._jobs)

    def start(
        self,
        title: str,
        work: Work,
        on_success: Callable[[Any], None] | None = None,
        *,
        key: str | None = None,
        quiet: bool = False,
        lasting: bool = False,
        standing: bool = False,
    ) -> Job:
        """Run ``work``; a running job of the same ``key`` is cancelled and its result dropped.

        ``quiet`` jobs are too short or too frequent to be shown in the status bar. ``lasting`` ones
        are not about the open song, or must not be lost with it, and go on when it is left. What
        ``standing`` ones have done cannot be taken back: if they are asked to stop when it is too
        late for that, they end as if they had not been.
        """
        if key is not None:
            self.cancel(key)
        job = Job(title, work, key, quiet=quiet, lasting=lasting, standing=standing)
        self._jobs.append(job)
        if on_success is not None:
            job.succeeded.connect(on_success)
        job.failed.connect(lambda error: self.failed.emit(job, error))
        job.finished.connect(lambda: self._on_finished(job))
        self.started.emit(job)
        self._pool.submit(job.run)
        return job

    def cancel(self, key: str) -> None:
        """Cancel the jobs of ``key``."""
        for job in self._jobs:
            if job.key == key:
                job.cancel()

    def running(self, key: str) -> bool:
        """Whether a job of ``key`` is under way and wanted."""
        return any(job.key == key and job.wanted for job in self._jobs)

    def leave_song(self) -> None:
        """Cancel what belongs to the open song."""
        for job in self._jobs:
            if not job.lasting:
                job.cancel()

    def stop_shown(self) -> None:
        """Cancel what a person sees running."""
        for job in self._jobs:
            if not job.quiet:
                job.cancel()

    def shut_down(self) -> None:
        """Cancel everything and wait for the threads; the runner is of no use afterwards."""
        for job in self._jobs:
            job.cancel()
            job.blockSignals(True)  # signals that are still queued have no receiver left
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._jobs.clear()

    def _on_finished(self, job: Job) -> None:
        if job in self._jobs:
            self._jobs.remove(job)
        self.finished.emit(job)
        # What is connected to it holds it, and it holds the sound it worked on.
        job.deleteLater()
