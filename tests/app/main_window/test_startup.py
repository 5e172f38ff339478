"""The window opens without waiting for what only an analysis needs."""

import subprocess
import sys

import pytest

_SLOW = ("torch", "lightning", "librosa", "pyqtgraph", "sklearn", "scipy", "sounddevice", "mido")
_SCRIPT = """
import sys
from chart_hero_app.main_window.application import make_application
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.preferences import Preferences

application = make_application(["test"])
window = MainWindow(Preferences())
window.show()
application.processEvents()
print("loaded:", *[name for name in {names!r} if name in sys.modules])
window.close()
"""


def test_slow_libraries_are_not_loaded_before_the_window_is_there(
    monkeypatch: pytest.MonkeyPatch, own_folders: object
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    result = subprocess.run(
        [sys.executable, "-c", _SCRIPT.format(names=_SLOW)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert result.stdout.splitlines()[-1] == "loaded:"


def test_help_is_quick_and_says_what_can_be_opened() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "chart_hero_app", "--help"],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "project" in result.stdout
