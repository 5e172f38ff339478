"""Another size of the interface: said to need a new start, which is offered."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess

from chart_hero_app.dialogs.preferences import PreferencesDialog
from chart_hero_app.main_window.window import MainWindow
from tests.app.main_window.driving import run


def test_a_new_start_is_offered_until_it_is_set_back(window: MainWindow) -> None:
    window.preferences.set_value("interface_size", "125")
    assert window.bar.notice is not None
    assert "restarted" in window.bar.notice.text
    window.preferences.set_value("interface_size", "150")
    assert len(window.bar._notices) == 1
    window.preferences.set_value("interface_size", "100")
    assert window.bar.notice is None


def test_starting_again_brings_the_song_back(
    opened: MainWindow, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(QProcess, "startDetached", lambda *command: started.append(command))
    opened.restart.start()
    assert not started  # nobody wanted it
    opened.preferences.set_value("interface_size", "125")
    assert opened.bar.notice is not None
    dict(opened.bar.notice.actions)["Restart now"]()
    assert not opened.isVisible()
    opened.restart.start()
    assert started == [(sys.executable, ["-m", "chart_hero_app", str(sound)])]


def test_the_command_leads_to_the_preferences(window: MainWindow) -> None:
    run(window, "view.interface_size")
    dialog = window.findChild(PreferencesDialog)
    assert isinstance(dialog, PreferencesDialog)
    assert dialog.editors["interface_size"].isVisible()
    dialog.close()
