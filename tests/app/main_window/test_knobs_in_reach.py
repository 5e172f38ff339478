"""Every knob of the Decode panel can be read and reached, in small windows too."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from chart_hero_app.document.redecode import Difference
from chart_hero_app.document.state import State
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.panels.knobs import KnobList
from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from tests.app.songs import song

_LEAST_GROOVE_PX = 48  # in less a slider cannot be aimed with


@pytest.fixture(params=["usual", "least"])
def knobs(request: pytest.FixtureRequest, window: MainWindow, qtbot: QtBot) -> KnobList:
    window.document.open(State(song()), None)
    window.docks.raise_panel("decode")
    window.resize(QSize(1280, 800) if request.param == "usual" else window.minimumSizeHint())
    QApplication.processEvents()
    return window.decode_panel.lists[0]


def test_knobs_can_be_read_and_dragged(knobs: KnobList) -> None:
    for slider in knobs._sliders.values():
        assert slider.name.width() >= slider.name.sizeHint().width(), slider.name.text()
    for path in ("thresholds.kick", "rival_confidence", "nms_frames"):
        assert knobs.slider(path).slider.width() >= _LEAST_GROOVE_PX
    assert knobs.width() >= knobs.minimumSizeHint().width()


def test_the_tab_key_leads_to_every_knob_in_sight(knobs: KnobList, qtbot: QtBot) -> None:
    for group in knobs._groups.values():
        assert group.opened
    area = knobs.parentWidget().parentWidget()
    assert isinstance(area, QScrollArea)
    waiting = {slider.slider for slider in knobs._sliders.values() if slider.isVisible()}
    first = knobs.slider("activity_gate").slider
    first.setFocus(Qt.FocusReason.TabFocusReason)
    shown = QRect(QPoint(0, 0), area.viewport().size())
    while waiting:
        there = QApplication.focusWidget()
        place = there.mapTo(area.viewport(), QPoint(0, 0))
        assert shown.contains(QRect(place, there.size())), there.accessibleName()
        waiting.discard(there)
        qtbot.keyClick(there, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is not first, waiting


def test_what_settles_two_drums_at_once_is_in_sight_without_scrolling(window: MainWindow) -> None:
    window.document.open(State(song()), None)
    window.docks.raise_panel("decode")
    QApplication.processEvents()
    knobs = window.decode_panel.lists[0]
    rivals, group = knobs.slider("rival_confidence"), knobs._groups["Struck at once"]
    assert group.isAncestorOf(rivals)
    assert rivals.visibleRegion().boundingRect().size() == rivals.size()


def test_numbers_beside_a_drum_are_never_cut(knobs: KnobList) -> None:
    def numbers(count: int, added: int, removed: int) -> str:
        values = (np.full(DRUM_COUNT, n, dtype=np.int64) for n in (count, added, removed))
        knobs.show_difference(Difference(*values))
        there = knobs._counts[DrumClass.HIHAT]
        assert there.sizeHint().width() <= there.width()
        return there.text()

    assert numbers(412, 0, 3) == "412 −3"
    assert numbers(1412, 0, 0) == "1,412"
    assert numbers(1412, 112, 3) == "+112 −3"
    assert numbers(31412, 11112, 13333) == "−13,333"
