"""Questions with one field."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QDoubleSpinBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from chart_hero_app.widgets.prompts import Prompt, ask_number, ask_text

OK = QDialogButtonBox.StandardButton.Ok


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def when_asked(answer: Callable[[Prompt], object]) -> None:
    """Answer the next question as soon as it is on screen."""

    def look() -> None:
        prompt = QApplication.activeModalWidget()
        if isinstance(prompt, Prompt):
            answer(prompt)
        else:
            QTimer.singleShot(5, look)

    QTimer.singleShot(0, look)


def test_a_name_is_asked_for_by_key(window: QWidget, qtbot: QtBot) -> None:
    seen: list[str] = []

    def answer(prompt: Prompt) -> None:
        seen.append(prompt.buttons.button(OK).text())
        assert isinstance(prompt.field, QLineEdit)
        qtbot.keyClicks(prompt.field, " Verse 2 ")  # the old name is selected and goes
        qtbot.keyClick(prompt.field, Qt.Key.Key_Return)

    when_asked(answer)
    assert ask_text(window, "Rename section", "Name", "Rename", "Verse") == "Verse 2"
    assert seen == ["Rename"]


def test_no_name_is_no_answer(window: QWidget, qtbot: QtBot) -> None:
    allowed: list[bool] = []

    def answer(prompt: Prompt) -> None:
        assert isinstance(prompt.field, QLineEdit)
        allowed.append(prompt.buttons.button(OK).isEnabled())
        prompt.field.setText("  ")
        allowed.append(prompt.buttons.button(OK).isEnabled())
        prompt.field.setText("Verse")
        allowed.append(prompt.buttons.button(OK).isEnabled())
        qtbot.keyClick(prompt.field, Qt.Key.Key_Escape)

    when_asked(answer)
    assert ask_text(window, "Add section", "Name", "Add") == ""
    assert allowed == [False, False, True]


def test_a_number_is_asked_for_with_its_unit(window: QWidget, qtbot: QtBot) -> None:
    shown: list[str] = []

    def answer(prompt: Prompt) -> None:
        assert isinstance(prompt.field, QDoubleSpinBox)
        shown.append(prompt.field.text())
        prompt.field.setValue(900.0)
        qtbot.keyClick(prompt.field, Qt.Key.Key_Return)

    def ask() -> float | None:
        return ask_number(
            window,
            "Insert tempo marker",
            "Tempo",
            "Insert",
            120.5,
            (20.0, 400.0),
            decimals=2,
            unit="BPM",
        )

    when_asked(answer)
    assert ask() == 400.0
    assert [text.replace(",", ".") for text in shown] == ["120.50 BPM"]
    when_asked(lambda prompt: prompt.reject())
    assert ask() is None
