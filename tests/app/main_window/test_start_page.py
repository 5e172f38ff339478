"""The page that is there before a song is open."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from chart_hero_app.main_window.start_page import StartPage
from chart_hero_app.settings.theme import DARK


@pytest.fixture
def around(qtbot: QtBot) -> QWidget:
    """Something that leaves the page any size; a window would not."""
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(700, 700)
    return made


@pytest.fixture
def page(around: QWidget) -> StartPage:
    made = StartPage(DARK, has_demo=True)
    made.setParent(around)
    made.resize(640, 600)
    around.show()
    return made


def pictures(page: StartPage) -> list[QLabel]:
    labels = page.drop.findChildren(QLabel)
    return [found for found in labels if not found.pixmap().isNull() and found.isVisible()]


def test_the_picture_is_whole_or_gives_way(page: StartPage, qtbot: QtBot) -> None:
    (picture,) = pictures(page)
    page.resize(640, page.minimumSizeHint().height() - picture.height())
    qtbot.waitUntil(lambda: not pictures(page))
    page.resize(640, 600)
    qtbot.waitUntil(lambda: bool(pictures(page)))
    assert picture.height() >= picture.sizeHint().height()


def test_songs_opened_before_take_the_room_of_the_picture(page: StartPage, qtbot: QtBot) -> None:
    page.resize(640, page._row.minimumHeightForWidth(640))
    assert pictures(page)
    page.show_recent([Path("/songs/a.mp3"), Path("/songs/b.mp3")])
    qtbot.waitUntil(lambda: not pictures(page))
    page.show_recent([])
    qtbot.waitUntil(lambda: bool(pictures(page)))
