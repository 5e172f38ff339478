"""Fixtures of the app's tests: own folders, a window that hears nothing, no leftovers."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.playback.outputs import Fill, Output, SilentOutput
from chart_hero_app.settings.preferences import Preferences

_GRACE_S = 20.0

if sys.platform.startswith("linux"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Preferences, drafts and logs of a test never touch those of the person."""
    base = tmp_path / "home"
    for name in ("DATA", "CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(base / name.lower()))
    return base


@pytest.fixture(autouse=True)
def no_leftovers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves threads or top-level windows behind."""
    if "qtbot" not in request.fixturenames:
        yield
        return
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + _GRACE_S
    while (left := _new_threads(before)) and time.monotonic() < deadline:
        QApplication.processEvents()
        time.sleep(0.01)
    assert not left, f"threads left behind: {left}"
    windows = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    assert not windows, f"windows left open: {windows}"


def _new_threads(before: set[threading.Thread]) -> list[str]:
    return [
        thread.name
        for thread in threading.enumerate()
        if thread not in before
        and thread.is_alive()
        # A Qt thread that ran Python once; it ends with Qt.
        and not isinstance(thread, threading._DummyThread)
    ]


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that a test does not expect fails it; nobody is there to answer it."""

    def question(_parent: object, title: str, text: str, *_buttons: object) -> None:
        raise AssertionError(f"nobody expects the question {title!r}: {text}")

    monkeypatch.setattr(QMessageBox, "question", question)


@pytest.fixture
def preferences() -> Preferences:
    """Preferences kept in memory."""
    return Preferences()


def silence(fill: Fill, sample_rate: int, device: str, latency: str) -> Output:
    """Opens a device that nobody hears."""
    return SilentOutput(fill, sample_rate)


@pytest.fixture
def new_window(qtbot: QtBot) -> Iterator[Callable[[Preferences], MainWindow]]:
    """Makes shown main windows without a sound device, and takes them down at the end."""
    windows: list[MainWindow] = []

    def make(preferences: Preferences) -> MainWindow:
        made = MainWindow(preferences, silence)
        windows.append(made)
        made.resize(1280, 800)
        made.show()
        qtbot.waitExposed(made)
        return made

    yield make
    for made in windows:
        made.preferences.set_value("autosave", True)
        for job in made.runner.jobs:
            job.cancel()  # else the window asks whether it may stop what the test left running
        made.close()
        QApplication.instance().removeEventFilter(made.router)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(new_window: Callable[[Preferences], MainWindow], preferences: Preferences) -> MainWindow:
    """A shown main window without a sound device."""
    return new_window(preferences)
