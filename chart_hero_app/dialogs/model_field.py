"""Which model listens: a view of the model store, which alone keeps the choice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.widgets.labels import button, label
from chart_hero_core.base.errors import ChartHeroError
from chart_hero_core.tasks import models


class ModelField(QWidget):
    """The models to choose from, and a button to add one from a file."""

    def __init__(self) -> None:
        super().__init__()
        self.box = QComboBox()
        self.box.activated.connect(self._on_activated)
        self.trouble = label("", "small", wrap=True)
        self.trouble.hide()
        row = QHBoxLayout()
        row.addWidget(self.box, 1)
        row.addWidget(button("Add…", self._choose_file))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.trouble)
        self._refresh()

    def add(self, path: Path) -> None:
        """Take a checkpoint file into the store and use it; say so where that fails."""
        self._try(lambda: models.add_model(path, use=True))

    def _refresh(self) -> None:
        self.box.clear()
        for model in models.list_models():
            title = "The model that ships with the program" if model.shipped else model.name
            self.box.addItem(title, model.name)
            if model.current:
                self.box.setCurrentIndex(self.box.count() - 1)

    def _on_activated(self, index: int) -> None:
        name = str(self.box.itemData(index))
        self._try(lambda: models.use_model(name))

    def _try(self, change: Callable[[], object]) -> None:
        QApplication.setOverrideCursor(QCursor(Qt.CursorShape.WaitCursor))
        trouble = ""
        try:
            change()
        except ChartHeroError as error:
            trouble = str(error)
        finally:
            QApplication.restoreOverrideCursor()
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble))
        self._refresh()

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Add a model", "", "Models (*.safetensors)")
        if name:
            self.add(Path(name))
