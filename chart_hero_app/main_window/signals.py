"""Ctrl-C in the terminal and being told to end: Python sees signals only while it runs, not Qt."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

# Not every system has all of them.
_INTERRUPTS = ("SIGINT", "SIGBREAK")
_ENDINGS = ("SIGTERM", "SIGHUP")
AFTER_SIGNAL = 128  # what shells add to the number of the signal that ended a program
_MOST_AT_ONCE = 64  # signals that may come before the event loop looks


class SignalWatch(QObject):
    """Calls back from the event loop when a signal has come, never in the middle of an edit."""

    def __init__(
        self,
        interrupted: Callable[[], object],
        ended: Callable[[int], object],
        parent: QObject | None = None,
    ) -> None:
        """Only for the main thread.

        Args:
            interrupted: the person pressed Ctrl-C in the terminal.
            ended: the system or another program ends this one, with the number of the signal.
        """
        super().__init__(parent)
        self._interrupted, self._ended = interrupted, ended
        self._inside, self._outside = socket.socketpair()
        for end in (self._inside, self._outside):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._inside.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_signal)
        self._before = signal.set_wakeup_fd(self._outside.fileno(), warn_on_full_buffer=False)
        self._handlers = {
            number: signal.signal(number, _seen)
            for name in (*_INTERRUPTS, *_ENDINGS)
            if (number := getattr(signal, name, None)) is not None
            and signal.getsignal(number) != signal.SIG_IGN  # after nohup
        }

    def stop(self) -> None:
        """Give the signals back to whom they belonged."""
        self._notifier.setEnabled(False)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before)
        for end in (self._inside, self._outside):
            end.close()

    def _on_signal(self) -> None:
        numbers = b""
        with contextlib.suppress(OSError):
            numbers = self._inside.recv(_MOST_AT_ONCE)
        endings = {getattr(signal, name, None) for name in _ENDINGS}
        for number in numbers:
            if number in endings:
                self._ended(number)
            elif number in self._handlers:
                self._interrupted()


def _seen(_number: int, _frame: object) -> None:
    """Nothing: Python has put the number into the socket before it calls this."""
