"""First sizes of windows."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from chart_hero_app.dialogs.preferences import PreferencesDialog
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.widgets.sizing import open_at
from tests.app.conftest import silence


def test_no_window_is_larger_than_its_screen(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    open_at(dialog, 880, 560, QSize(1920, 1040))
    assert dialog.size() == QSize(880, 560)
    open_at(dialog, 880, 560, QSize(960, 500))  # 1920 x 1080 at twice the size, with a task bar
    assert dialog.size() == QSize(880, 460)


def test_windows_start_on_their_screen(window: MainWindow, qtbot: QtBot) -> None:
    room = window.screen().availableSize()
    first = MainWindow(Preferences(), silence)
    qtbot.addWidget(first)
    assert first.height() < room.height()
    dialog = PreferencesDialog(first.preferences, (), first)
    assert dialog.width() < room.width()
    first.close()
