"""Fixtures of the window's tests: a song, and a window that has transcribed it."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.main_window.commands import analyse as analyse_commands
from chart_hero_app.main_window.window import MainWindow
from tests.app.main_window.driving import NOTES
from tests.app.main_window.hearing import hear, open_song, transcribe
from tests.app.songs import song, write_sound


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "songs" / "tune.wav")


@pytest.fixture
def opened(window: MainWindow, sound: Path, qtbot: QtBot) -> MainWindow:
    """A window with a song whose sound was read, at 120 BPM, eight snares."""
    window.files.open(sound)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    window.document.change("Chart", song=song(NOTES))
    return window


@pytest.fixture
def heard(
    window: MainWindow, sound: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    """A window on a transcribed song."""
    monkeypatch.setattr(analyse_commands, "listen", hear())
    open_song(window, sound, qtbot)
    transcribe(window, qtbot)
    return window
