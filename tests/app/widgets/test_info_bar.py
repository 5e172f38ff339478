"""The bar under the toolbar."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from chart_hero_app.settings.stylesheet import stylesheet
from chart_hero_app.settings.theme import DARK, LIGHT
from chart_hero_app.widgets.info_bar import InfoBar, Notice


@pytest.fixture
def bar(qtbot: QtBot) -> InfoBar:
    made = InfoBar(DARK)
    qtbot.addWidget(made)
    return made


def test_the_latest_is_shown_and_earlier_ones_return(bar: InfoBar) -> None:
    assert bar.isHidden()
    bar.note("one")
    bar.error("two")
    assert bar.text.text() == "two"
    bar.dismiss()
    assert bar.text.text() == "one"
    bar.dismiss()
    assert bar.isHidden()


def test_the_same_is_not_said_twice(bar: InfoBar) -> None:
    bar.error("no space")
    bar.error("no space")
    bar.dismiss()
    assert bar.notice is None


def test_a_button_acts_and_the_notice_goes(bar: InfoBar, qtbot: QtBot) -> None:
    done: list[int] = []
    bar.show_notice(Notice("note", "Ready.", (("Go", lambda: done.append(1)),)))
    go = next(b for b in bar.findChildren(QPushButton) if b.text() == "Go")
    qtbot.mouseClick(go, Qt.MouseButton.LeftButton)
    assert done == [1]
    assert bar.isHidden()


def test_old_notices_do_not_pile_up(bar: InfoBar) -> None:
    for number in range(20):
        bar.note(f"number {number}")
    for _ in range(5):
        bar.dismiss()
    assert bar.notice is None


def test_it_follows_the_theme(bar: InfoBar) -> None:
    bar.note("still there")
    bar.set_theme(LIGHT)
    assert bar.text.text() == "still there"
    bar.clear()
    assert bar.isHidden()


def test_what_a_notice_sums_up_is_listed_on_demand(bar: InfoBar, qtbot: QtBot) -> None:
    bar.show()
    bar.resize(600, 60)
    bar.note("before")
    bar.show_notice(Notice("warning", "2 things were repaired.", details=("First.", "Second.")))
    low = bar.sizeHint().height()
    assert not bar.list.isVisible()
    qtbot.mouseClick(bar.more, Qt.MouseButton.LeftButton)
    assert [bar.list.item(row).text() for row in range(bar.list.count())] == ["First.", "Second."]
    assert bar.list.isVisible()
    assert bar.sizeHint().height() > low
    bar.set_theme(LIGHT)
    assert bar.list.isVisible()  # other colours are no other notice
    qtbot.mouseClick(bar.more, Qt.MouseButton.LeftButton)
    assert not bar.list.isVisible()
    qtbot.mouseClick(bar.more, Qt.MouseButton.LeftButton)
    bar.dismiss()
    assert bar.text.text() == "before"
    assert not bar.list.isVisible()
    assert not bar.more.isVisible()


def test_two_buttons_leave_the_bar_narrow_enough_for_a_small_window(
    bar: InfoBar, qtbot: QtBot
) -> None:
    """At 150 % a screen 1366 wide leaves the timeline 555 pixels; other fonts are wider."""
    actions = (("Check tempo…", list), ("Review notes", list))
    bar.setStyleSheet(stylesheet(DARK))
    bar.show()
    bar.show_notice(Notice("note", "368 notes suggested at about 132.0 BPM.", actions))
    qtbot.waitUntil(lambda: all(b.isVisible() for b in bar.findChildren(QPushButton)[1:]))
    assert bar.minimumSizeHint().width() <= 480
