"""Lines of lists are broken, never cut."""

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPixmap
from PySide6.QtWidgets import QApplication, QListWidget, QListWidgetItem
from pytestqt.qtbot import QtBot

from chart_hero_app.dialogs.problems import ProblemList
from chart_hero_app.document.document import Document
from chart_hero_app.document.state import State
from chart_hero_app.panels.training_models import ModelsPage
from chart_hero_app.settings.stylesheet import wear
from chart_hero_app.settings.theme import DARK
from chart_hero_app.widgets.wrapping import never_cut
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note
from tests.app.songs import song

_PADDING_PX = (12, 8)  # of a line, in all, as the style sheet has it
_ICON_PX = 22


@pytest.fixture(autouse=True)
def dressed() -> None:
    wear(DARK)


def needed(shown: QListWidget, row: int) -> int:
    """How high the text of a line is in what the icon and the padding leave it."""
    item = shown.item(row)
    room = shown.viewport().width() - _PADDING_PX[0] - _ICON_PX
    flags = Qt.TextFlag.TextWordWrap
    metrics = QFontMetrics(shown.font())
    return metrics.boundingRect(QRect(0, 0, room, 10_000), flags, item.text()).height()


def test_no_width_of_the_list_of_problems_cuts_a_line(qtbot: QtBot) -> None:
    document = Document()
    document.open(State(song([Note(5, Lane.RED), Note(9, Lane.RED)])), None)
    problems = ProblemList(document, DARK)
    qtbot.addWidget(problems)
    problems.refresh()
    problems.show()
    broken = 0
    for width in range(240, 680, 3):
        problems.resize(width, 400)
        QApplication.processEvents()
        for row in range(problems.list.count()):
            rect = problems.list.visualItemRect(problems.list.item(row))
            assert rect.height() >= needed(problems.list, row) + _PADDING_PX[1], (width, row)
            assert rect.width() <= problems.list.viewport().width()
            broken += rect.height() > 40
    assert broken


def ink(shown: QListWidget, row: int) -> list[int]:
    """Rows of pixels in the line in which something is written."""
    picture = shown.viewport().grab(shown.visualItemRect(shown.item(row))).toImage()
    ground = picture.pixel(picture.width() - 1, 0)
    rows, columns = range(picture.height()), range(picture.width() - 1)
    return [y for y in rows if any(picture.pixel(x, y) != ground for x in columns)]


def test_a_word_longer_than_the_list_goes_on_in_the_next_line(qtbot: QtBot) -> None:
    shown = QListWidget()
    qtbot.addWidget(shown)
    never_cut(shown)
    pixmap = QPixmap(QSize(16, 16))
    pixmap.fill(Qt.GlobalColor.transparent)
    shown.addItem(QListWidgetItem(pixmap, "n" * 60))
    shown.addItem(QListWidgetItem(pixmap, "n"))
    shown.resize(200, 200)
    shown.show()
    QApplication.processEvents()
    one_line = shown.visualItemRect(shown.item(1)).height()
    many = shown.visualItemRect(shown.item(0)).height()
    assert many > 2 * one_line
    written = ink(shown, 0)
    assert max(written) - min(written) > one_line  # all of it, and not its first line alone


def test_models_with_long_remarks(qtbot: QtBot) -> None:
    page = ModelsPage(DARK)
    qtbot.addWidget(page)
    page.list.addItem("Learned from 12 of your own songs, better by 9 edits in 100 " * 4)
    page.resize(320, 500)
    page.show()
    QApplication.processEvents()
    rect = page.list.visualItemRect(page.list.item(0))
    assert rect.height() >= 5 * QFontMetrics(page.list.font()).height()
