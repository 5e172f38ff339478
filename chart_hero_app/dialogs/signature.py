"""Asks for a time signature."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QWidget,
)

from chart_hero_app.widgets.labels import answers, pad
from chart_hero_core.timing.edits import MAX_NUMERATOR
from chart_hero_core.timing.tempo_map import TimeSignature

_LOWER = (1, 2, 4, 8, 16, 32)


class SignatureDialog(QDialog):
    """Upper and lower number."""

    def __init__(self, now: TimeSignature, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Insert time signature")
        self.count = QSpinBox()
        pad(self.count)
        self.count.setRange(1, MAX_NUMERATOR)
        self.count.setValue(now.numerator)
        self.count.setAccessibleName("Beats in a bar")
        self.beat = QComboBox()
        self.beat.setAccessibleName("Length of a beat")
        for number in _LOWER:
            self.beat.addItem(str(number), number)
        self.beat.setCurrentIndex(max(self.beat.findData(now.denominator), 0))
        row = QHBoxLayout()
        row.addWidget(self.count)
        row.addWidget(QLabel("/"))
        row.addWidget(self.beat)
        row.addStretch(1)
        layout = QFormLayout(self)
        layout.addRow("From this bar on", row)
        layout.addRow(answers(self, "Insert"))

    @property
    def value(self) -> tuple[int, int]:
        """Upper and lower number."""
        return self.count.value(), int(self.beat.currentData())
