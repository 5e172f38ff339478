"""Rows of the timeline are folded by menu, palette and key, all of them."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.listening_commands import TIMELINE_ROWS
from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.timeline.row import FOLDED_PX
from tests.app.main_window.driving import run


@pytest.mark.parametrize("name", TIMELINE_ROWS)
def test_every_row_is_folded_and_unfolded(opened: MainWindow, qtbot: QtBot, name: str) -> None:
    row, command = opened.timeline.rows[name], opened.book[f"view.row_{name}"]
    assert command.isChecked()
    high = row.height()
    run(opened, f"view.row_{name}")
    assert row.height() == FOLDED_PX
    assert row.title == TIMELINE_ROWS[name]
    assert not command.isChecked()
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(40, FOLDED_PX // 2))
    assert row.height() == high
    assert command.isChecked()


def test_folded_rows_are_remembered(
    new_window: Callable[[Preferences], MainWindow], preferences: Preferences
) -> None:
    first = new_window(preferences)
    first.timeline.rows["lanes"].set_folded(True)
    again = new_window(preferences)
    assert again.timeline.lanes.folded
    assert not again.book["view.row_lanes"].isChecked()
    assert again.book["view.row_ruler"].isChecked()


def test_open_lanes_and_ruler_are_not_folded_by_a_stray_click(
    opened: MainWindow, qtbot: QtBot
) -> None:
    for row in (opened.timeline.lanes, opened.timeline.ruler):
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(10, FOLDED_PX // 2))
        assert not row.folded
