"""Sliders with a number: one change is one `settled`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chart_hero_app.settings.theme import DARK
from chart_hero_app.widgets.slider import KnobSlider, Range

GATE = Range(0.0, 1.0, 0.01, 0.5)


@pytest.fixture
def slider(qtbot: QtBot) -> KnobSlider:
    made = KnobSlider("Gate", "How sure.", GATE, DARK)
    qtbot.addWidget(made)
    made.resize(320, 30)
    made.show()
    qtbot.waitExposed(made)
    return made


def record(slider: KnobSlider) -> tuple[list[float], list[float]]:
    """What it says while it moves and when it rests."""
    moved: list[float] = []
    settled: list[float] = []
    slider.moved.connect(moved.append)
    slider.settled.connect(settled.append)
    return moved, settled


def test_a_drag_moves_often_and_settles_once(slider: KnobSlider, qtbot: QtBot) -> None:
    moved, settled = record(slider)
    bar = slider.slider
    y = bar.height() // 2
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, y))
    for x in range(bar.width() // 2, bar.width() - 8, 4):
        qtbot.mouseMove(bar, QPoint(x, y))
        QTest.qWait(1)
    assert len(moved) > 3
    assert settled == []
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() - 8, y))
    assert len(settled) == 1
    assert settled[0] == pytest.approx(slider.value)
    assert slider.number.value() == pytest.approx(slider.value)


def test_a_typed_number_is_one_change(slider: KnobSlider, qtbot: QtBot) -> None:
    moved, settled = record(slider)
    slider.number.setFocus()
    slider.number.selectAll()
    qtbot.keyClicks(slider.number, "0.73")
    qtbot.keyClick(slider.number, Qt.Key.Key_Return)
    assert moved == [0.73]
    assert settled == [0.73]
    assert slider.value == 0.73


def test_double_click_resets(slider: KnobSlider, qtbot: QtBot) -> None:
    slider.set_value(0.9)
    _, settled = record(slider)
    qtbot.mouseDClick(slider.slider, Qt.MouseButton.LeftButton)
    assert slider.value == 0.5
    assert settled == [0.5]


def test_arrow_keys_change_by_a_step(slider: KnobSlider, qtbot: QtBot) -> None:
    _, settled = record(slider)
    slider.slider.setFocus()
    qtbot.keyClick(slider.slider, Qt.Key.Key_Right)
    qtbot.keyClick(slider.slider, Qt.Key.Key_Right)
    assert settled == [0.51, 0.52]


def test_showing_a_value_says_nothing(slider: KnobSlider) -> None:
    moved, settled = record(slider)
    slider.set_value(0.2)
    slider.set_default(0.3)
    assert moved == settled == []
    slider.reset()
    assert settled == [0.3]


def test_the_unit_is_shown(qtbot: QtBot) -> None:
    made = KnobSlider("Spacing", "Apart.", Range(0, 120, 1, 25, "ms"), DARK)
    qtbot.addWidget(made)
    assert made.number.text() == "25 ms"
    assert "25 ms" in made.toolTip()


@given(st.integers(0, 100))
def test_places_and_values_are_inverses(place: int) -> None:
    assert GATE.place(GATE.value(place)) == place


@pytest.mark.parametrize(("step", "decimals"), [(1.0, 0), (2.0, 0), (0.1, 1), (0.01, 2)])
def test_digits_follow_the_step(step: float, decimals: int) -> None:
    assert Range(0, 10, step, 0).decimals == decimals
