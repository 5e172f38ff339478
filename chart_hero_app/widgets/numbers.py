"""Fields for numbers, written as everywhere in the program and read as people type them."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QWidget


class NumberBox(QDoubleSpinBox):
    """A number with a decimal point, whatever the system's language; a comma does as well.

    Where the system has commas, a typed point would be refused and what follows it lost.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLocale(QLocale(QLocale.Language.C))

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        """Read a comma as the point it is meant as, and show that."""
        state, read, place = super().validate(text.replace(",", "."), place)
        return state, read, place

    def valueFromText(self, text: str) -> float:
        """The number in the field."""
        return super().valueFromText(text.replace(",", "."))
