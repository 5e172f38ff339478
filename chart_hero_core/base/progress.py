"""Progress reports and cancellation of long work."""

from collections.abc import Callable
from typing import Protocol

from chart_hero_core.base.errors import Cancelled


class Progress(Protocol):
    """What a task is given; works the same on a terminal, in a window and in a test."""

    def report(self, fraction: float, message: str = "") -> None:
        """Say how far the work is (0..1) and what it is doing now."""

    def check_cancelled(self) -> None:
        """Raise :class:`Cancelled` when the person asked to stop."""


class SilentProgress:
    """Progress nobody watches."""

    def report(self, fraction: float, message: str = "") -> None:
        """Ignore the report."""

    def check_cancelled(self) -> None:
        """Never cancelled."""


class CallbackProgress:
    """Progress that calls back: ``on_report(fraction, message)`` and ``is_cancelled() -> bool``."""

    def __init__(
        self,
        on_report: Callable[[float, str], None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._on_report = on_report
        self._is_cancelled = is_cancelled

    def report(self, fraction: float, message: str = "") -> None:
        """Pass the report on, the fraction clipped to 0..1."""
        if self._on_report is not None:
            self._on_report(min(max(fraction, 0.0), 1.0), message)

    def check_cancelled(self) -> None:
        """Raise :class:`Cancelled` when ``is_cancelled`` says so."""
        if self._is_cancelled is not None and self._is_cancelled():
            raise Cancelled


class SubProgress:
    """A stretch ``start..end`` of a parent's progress, handed to one step of a larger task."""

    def __init__(self, parent: Progress, start: float, end: float) -> None:
        self._parent = parent
        self._start = start
        self._end = end

    def report(self, fraction: float, message: str = "") -> None:
        """Report to the parent, scaled into this stretch."""
        self._parent.report(self._start + (self._end - self._start) * fraction, message)

    def check_cancelled(self) -> None:
        """Ask the parent."""
        self._parent.check_cancelled()
