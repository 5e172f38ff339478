"""Asks for a grid and how strongly to pull notes to it."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QSpinBox, QWidget

from chart_hero_app.document.state import SNAP_DIVISIONS
from chart_hero_app.widgets.labels import answers, pad


class QuantiseDialog(QDialog):
    """Grid and strength."""

    def __init__(self, division: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Quantise")
        self.grid = QComboBox()
        for known in SNAP_DIVISIONS:
            self.grid.addItem(f"1/{known}", known)
        self.grid.setCurrentIndex(self.grid.findData(division))
        self.amount = QSpinBox()
        pad(self.amount)
        self.amount.setRange(1, 100)
        self.amount.setValue(100)
        self.amount.setSuffix(" %")
        self.amount.setToolTip("100 % puts notes on the grid, 50 % half way")
        layout = QFormLayout(self)
        layout.addRow("Grid", self.grid)
        layout.addRow("Strength", self.amount)
        layout.addRow(answers(self, "Quantise"))

    @property
    def division(self) -> int:
        """The chosen grid, as parts of a whole note."""
        return int(self.grid.currentData())

    @property
    def strength(self) -> float:
        """0..1."""
        return self.amount.value() / 100
