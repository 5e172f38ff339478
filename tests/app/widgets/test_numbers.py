"""Numbers are typed with a point or a comma, wherever the person lives."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale
from pytestqt.qtbot import QtBot

from chart_hero_app.widgets.numbers import NumberBox


@pytest.fixture(params=["de_DE", "en_US", "fr_CH"])
def country(request: pytest.FixtureRequest) -> Iterator[str]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize("typed", ["130.5", "130,5"])
def test_a_point_and_a_comma_are_the_same(qtbot: QtBot, typed: str) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.setDecimals(2)
    box.setRange(20.0, 4000.0)
    box.setSuffix(" BPM")
    box.selectAll()
    qtbot.keyClicks(box, typed)
    assert box.value() == 130.5
    box.setValue(1234.5)
    assert box.text() == "1234.50 BPM"
