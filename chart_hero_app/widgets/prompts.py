"""Questions with one field, a text or a number; the button says what comes of the answer."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.widgets.labels import answers, label, pad
from chart_hero_app.widgets.numbers import NumberBox

_WIDTH_PX = 320


class Prompt(QDialog):
    """The question over its field."""

    def __init__(
        self, parent: QWidget, title: str, words: str, field: QLineEdit | QAbstractSpinBox, yes: str
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH_PX)
        self.field = field
        self.field.setAccessibleName(words)
        self.field.selectAll()
        self.buttons = answers(self, yes)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(label(words))
        layout.addWidget(field)
        layout.addSpacing(4)
        layout.addWidget(self.buttons)


def ask_text(parent: QWidget, title: str, words: str, yes: str, text: str = "") -> str:
    """What a person typed, without blanks round it; empty where they thought better of it."""
    field = QLineEdit(text)
    prompt = Prompt(parent, title, words, field, yes)
    accept = prompt.buttons.button(QDialogButtonBox.StandardButton.Ok)

    def allow(typed: str) -> None:
        accept.setEnabled(bool(typed.strip()))

    field.textChanged.connect(allow)
    allow(text)
    agreed = prompt.exec()
    prompt.deleteLater()
    return field.text().strip() if agreed else ""


def ask_number(
    parent: QWidget,
    title: str,
    words: str,
    yes: str,
    value: float,
    bounds: tuple[float, float],
    *,
    decimals: int = 0,
    unit: str = "",
) -> float | None:
    """The number a person chose between ``bounds``; None where they thought better of it."""
    field = NumberBox()
    pad(field)
    field.setDecimals(decimals)
    field.setRange(*bounds)
    field.setValue(value)
    field.setSuffix(f" {unit}" if unit else "")
    prompt = Prompt(parent, title, words, field, yes)
    agreed = prompt.exec()
    prompt.deleteLater()
    return field.value() if agreed else None
