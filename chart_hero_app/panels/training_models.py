"""The models page of the training panel: which versions there are, which one listens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import icon
from chart_hero_app.widgets.labels import button, label
from chart_hero_app.widgets.wrapping import never_cut


class Model(Protocol):
    """What is shown of a model."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def current(self) -> bool:
        """Whether it listens now."""

    @property
    def shipped(self) -> bool:
        """Whether it came with the program."""

    @property
    def date(self) -> str:
        """When it was made."""

    @property
    def started_from(self) -> str:
        """The model it was made from."""

    @property
    def note(self) -> str:
        """A sentence about it."""

    @property
    def trouble(self) -> str:
        """Why it cannot be used, else empty."""


class ModelsPage(QWidget):
    """A list with what can be done to its entries."""

    useWanted = Signal(str)
    removeWanted = Signal(str)
    rollBackWanted = Signal()
    addWanted = Signal()
    levelsWanted = Signal(str)  # the model whose copy gets the levels of a file

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._models: tuple[Model, ...] = ()
        self.list = QListWidget()
        self.list.setAccessibleName("Models")
        never_cut(self.list)
        self.list.currentRowChanged.connect(lambda _row: self._update())
        self.list.itemActivated.connect(lambda _item: self._on_use())
        self.note = label("", "small", wrap=True)
        self.use = button(
            "Use", self._on_use, primary=True, tip="Let this model listen from now on"
        )
        self.back = button(
            "Go back", self.rollBackWanted.emit, tip="Use the model that listened before"
        )
        self.remove = button(
            "Remove", self._on_remove, tip="Remove the chosen model; the one that ships stays"
        )
        self.add = button("Add from file…", self.addWanted.emit)
        self.levels = button(
            "With levels of a file…",
            self._on_levels,
            tip="Use a copy of the chosen model that decodes with the levels of a file "
            "(class_thresholds.json), as “chart-hero calibrate” writes it",
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(
            label("The model in use listens to every song you transcribe.", "small", wrap=True)
        )
        layout.addWidget(self.list, 1)
        layout.addWidget(self.note)
        grid = QGridLayout()
        for index, made in enumerate((self.use, self.back, self.remove, self.add)):
            grid.addWidget(made, index // 2, index % 2)
        grid.addWidget(self.levels, 2, 0, 1, 2)
        layout.addLayout(grid)
        self._update()

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        self.show_models(self._models)

    def show_models(self, models: Sequence[Model]) -> None:
        """Show these; the selection stays with its name."""
        chosen = self.chosen
        kept = "" if chosen is None else chosen.name
        self._models = tuple(models)
        self.list.clear()
        for model in self._models:
            words = [model.name, "shipped" if model.shipped else "yours"]
            if model.date:
                words.append(model.date)
            if model.current:
                words.append("in use")
            item = QListWidgetItem("   ".join(words))
            name, colour = ("ph.check-circle", "good") if model.current else ("ph.circle", "quiet")
            if model.trouble:
                name, colour = "ph.warning", "warn"
            item.setIcon(icon(name, self._theme, colour))
            item.setData(Qt.ItemDataRole.UserRole, model.name)
            self.list.addItem(item)
        names = [model.name for model in self._models]
        current = next((i for i, model in enumerate(self._models) if model.current), -1)
        self.list.setCurrentRow(names.index(kept) if kept in names else current)
        self._update()

    @property
    def chosen(self) -> Model | None:
        """The selected model."""
        row = self.list.currentRow()
        return self._models[row] if 0 <= row < len(self._models) else None

    def _on_use(self) -> None:
        if self.chosen is not None and self.use.isEnabled():
            self.useWanted.emit(self.chosen.name)

    def _on_levels(self) -> None:
        if self.chosen is not None:
            self.levelsWanted.emit(self.chosen.name)

    def _on_remove(self) -> None:
        if self.chosen is not None:
            self.removeWanted.emit(self.chosen.name)

    def _update(self) -> None:
        chosen = self.chosen
        self.use.setEnabled(chosen is not None and not chosen.current and not chosen.trouble)
        self.remove.setEnabled(chosen is not None and not chosen.shipped)
        self.levels.setEnabled(chosen is not None and not chosen.trouble)
        self.back.setEnabled(any(m.current and not m.shipped for m in self._models))
        words = []
        if chosen is not None:
            words = [chosen.trouble, chosen.note]
            if chosen.started_from and not chosen.shipped:
                words.append(f"Made from {chosen.started_from}.")
        text = " ".join(word for word in words if word)
        self.note.setText(text)
        self.note.setVisible(bool(text))
