"""Questions with one field, a text or a number; the button says what comes of the answer."""

from __future__ import annotations

from collections.abc import Callable

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
        self.refusal = label("", "bad", wrap=True)
        self.refusal.hide()
        self.buttons = answers(self, yes)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(label(words))
        layout.addWidget(field)
        layout.addWidget(self.refusal)
        layout.addSpacing(4)
        layout.addWidget(self.buttons)

    def allow(self, allowed: bool, refusal: str = "") -> None:
        """Whether the answer can be given as it is; else a sentence may say why not."""
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(allowed)
        if refusal != self.refusal.text():
            self.refusal.setText(refusal)
            self.refusal.setVisible(bool(refusal))
            self.adjustSize()


def ask_text(
    parent: QWidget,
    title: str,
    words: str,
    yes: str,
    text: str = "",
    *,
    refusal: Callable[[str], str] = lambda _typed: "",
) -> str:
    """What a person typed, without blanks round it; empty where they thought better of it.

    Args:
        refusal: says in a sentence why a text cannot be taken; empty where it can.
    """
    field = QLineEdit(text)
    prompt = Prompt(parent, title, words, field, yes)

    def allow(typed: str) -> None:
        told = refusal(typed.strip()) if typed.strip() else ""
        prompt.allow(bool(typed.strip()) and not told, told)

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
