"""The Qt application round the window: style, log, uncaught errors."""

from __future__ import annotations

import gc
import logging
import sys
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QStyleFactory

from chart_hero_app.main_window.signals import AFTER_SIGNAL, SignalWatch
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.interface_size import (
    SYSTEM,
    enlarged,
    percent_of_font,
    set_percent,
)
from chart_hero_app.settings.logs import start_logging
from chart_hero_app.settings.preferences import Preferences
from chart_hero_core import __version__
from chart_hero_core.base.errors import Cancelled, ChartHeroError
from chart_hero_core.base.files import resources_dir, user_config_dir

_log = logging.getLogger(__name__)

# Notes are made by the ten thousand and hardly ever in cycles. At Python's own thresholds (700, 10,
# 10) half of the time that an edit of a long song takes goes into looking for them, over and over
# through everything there is.
_COLLECT_AFTER = (50_000, 10, 10)


def make_application(arguments: list[str], size: str = SYSTEM) -> QApplication:
    """The application in Fusion style with the program's name and icon.

    ``size`` is the preference: percent, or what goes with the system's font. Qt knows the font
    only when it has an application, and takes the size only before: with a large font, the
    application is made twice. The first takes every other object of Qt's along when it ends.
    """
    gc.set_threshold(*_COLLECT_AFTER)
    percent = 100 if size == SYSTEM else int(size)
    application = _make(arguments, percent)
    if size == SYSTEM and (percent := percent_of_font(application.font())) != 100:
        application.shutdown()
        del application
        application = _make(arguments, percent)
    set_percent(application, size, percent)
    return application


def _make(arguments: list[str], percent: int) -> QApplication:
    with enlarged(percent):
        application = QApplication(arguments)
    application.setApplicationName("Chart Hero")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("chart-hero")
    application.setStyle(QStyleFactory.create("Fusion"))
    picture = resources_dir() / "icons" / "chart-hero.svg"
    if picture.exists():
        application.setWindowIcon(QIcon(str(picture)))
    return application


def run(path: Path | None) -> int:
    """Show the window, open ``path`` if there is one, and run until the window is closed."""
    start_logging()
    file = user_config_dir() / "preferences.json"
    application = make_application(sys.argv[:1], Preferences(file).text("interface_size"))
    window = MainWindow(Preferences(file))
    sys.excepthook = _Hook(window)
    watch = SignalWatch(window.close, partial(_end, application, window), application)
    window.show()
    window.saving.offer_recovery(window.files.open)
    window.saving.tidy()
    if path is not None:
        QTimer.singleShot(0, lambda: window.files.open(path.absolute()))
    code = application.exec()
    watch.stop()
    window.restart.start()
    return code


def _end(application: QApplication, window: MainWindow, number: int) -> None:
    """Told to end by the system: nothing can be asked any more."""
    window.end_unasked()
    application.exit(AFTER_SIGNAL + number)


class _Hook:
    """Shows errors that nobody caught; expected ones in the bar, others in the dialog."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, Cancelled):
            return
        if isinstance(error, ChartHeroError):
            self._window.bar.error(str(error))
            return
        _log.error("Uncaught", exc_info=(kind, error, trace))
        self._window.show_unexpected("Something", error)
