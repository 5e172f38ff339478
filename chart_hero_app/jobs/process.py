"""Long work in a child process (training): it may use all of Python and can be stopped for good.

The child speaks JSON lines on its standard output, one object per line, e.g.
``{"progress": 0.25, "message": "epoch 3"}`` or ``{"result": {...}}``; any other line is log text.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from chart_hero_core.base.errors import ChartHeroError

_GRACE_MS = 5_000
_KEPT_LINES = 40
# A line longer than this is no message of ours.
_MAX_LINE_BYTES = 1 << 20


class ProcessJob(QObject):
    """One child process; ends in exactly one of succeeded, failed, cancelled."""

    progressed = Signal(float, str)
    messageReceived = Signal(object)  # dict: every JSON object, progress included
    lineReceived = Signal(str)  # other output
    succeeded = Signal(object)  # the last {"result": ...}, or None
    failed = Signal(object)  # ChartHeroError
    cancelled = Signal()
    finished = Signal()

    def __init__(self, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._process = QProcess(self)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        self._kill = QTimer(self)
        self._kill.setSingleShot(True)
        self._kill.setInterval(_GRACE_MS)
        self._kill.timeout.connect(self._process.kill)
        self._partial = b""
        self._tail: deque[str] = deque(maxlen=_KEPT_LINES)
        self._result: Any = None
        self._stopping = False
        self._ended = False

    @property
    def running(self) -> bool:
        """Whether the child lives."""
        return self._process.state() is not QProcess.ProcessState.NotRunning

    @property
    def tail(self) -> str:
        """The last lines of text the child wrote, for an error report."""
        return "\n".join(self._tail)

    def start(self, program: str, arguments: Sequence[str]) -> None:
        """Start the child."""
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        environment.insert("PYTHONIOENCODING", "utf-8")
        self._process.setProcessEnvironment(environment)
        self._process.start(program, list(arguments))

    def cancel(self) -> None:
        """Ask the child to stop; after five seconds it is killed."""
        if self.running:
            self._stopping = True
            self._process.terminate()
            self._kill.start()

    def shut_down(self) -> None:
        """Stop the child and wait for its end."""
        self.cancel()
        if self.running and not self._process.waitForFinished(_GRACE_MS):
            self._process.kill()
            self._process.waitForFinished(_GRACE_MS)

    def _on_output(self) -> None:
        data = self._partial + bytes(self._process.readAllStandardOutput().data())
        *lines, self._partial = data.split(b"\n")
        if len(self._partial) > _MAX_LINE_BYTES:
            self._partial = b""
        for line in lines:
            self._take_line(line.decode("utf-8", errors="replace").rstrip("\r"))

    def _take_line(self, line: str) -> None:
        message: Any = None
        if line.startswith("{"):
            try:
                message = json.loads(line)
            except ValueError:
                message = None
        if not isinstance(message, dict):
            if line:
                self._tail.append(line)
                self.lineReceived.emit(line)
            return
        self.messageReceived.emit(message)
        fraction = message.get("progress")
        if isinstance(fraction, int | float):
            self.progressed.emit(
                min(max(float(fraction), 0.0), 1.0), str(message.get("message", ""))
            )
        if "result" in message:
            self._result = message["result"]

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._end_with(ChartHeroError(f"{self.title} could not be started."))

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_output()
        if self._partial:
            self._take_line(self._partial.decode("utf-8", errors="replace"))
            self._partial = b""
        if code == 0 and status is QProcess.ExitStatus.NormalExit:
            self._end_with(None)
        else:
            last = self._tail[-1] if self._tail else f"It ended with code {code}."
            self._end_with(ChartHeroError(f"{self.title} failed. {last}"))

    def _end_with(self, error: ChartHeroError | None) -> None:
        if self._ended:
            return
        self._ended = True
        self._kill.stop()
        if self._stopping:
            self.cancelled.emit()
        elif error is not None:
            self.failed.emit(error)
        else:
            self.succeeded.emit(self._result)
        self.finished.emit()
