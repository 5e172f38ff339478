"""The models page of the training panel: which versions there are, which one listens."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import QPoint, QSize, Qt, Signal, SignalInstance
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import ICON_PX, icon
from chart_hero_app.widgets.labels import button, label, set_role
from chart_hero_app.widgets.wrapping import never_cut
from chart_hero_core.tasks.model_files import day_in_words


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
    renameWanted = Signal(str)
    exportWanted = Signal(str)
    bringBackWanted = Signal()  # what was removed last

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
            "Use", self._on_use, primary=True, tip="Transcribe with this model from now on"
        )
        self.back = button("Go back", self.rollBackWanted.emit, tip="Use the previous model")
        self.remove = button(
            "Remove",
            self._on_remove,
            tip="Remove the chosen model; it can be brought back until the window is closed",
        )
        self.add = button("Add from file…", self.addWanted.emit)
        self.menu = self._make_menu()
        self.more = self._make_more(self.menu)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._on_menu_at)
        self._lay_out()
        self.set_theme(theme)

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.rename = menu.addAction("Rename…", self._asks(self.renameWanted))
        self.export = menu.addAction("Export a copy…", self._asks(self.exportWanted))
        self.levels = menu.addAction("Use levels from a file…", self._asks(self.levelsWanted))
        self.levels.setToolTip(
            "Use a copy of this model that decodes with the levels of a file "
            "(class_thresholds.json), as “chart-hero calibrate” writes it"
        )
        menu.addSeparator()
        self.menu_remove = menu.addAction("Remove", self._on_remove)
        self.bring_back = menu.addAction("Bring back", self.bringBackWanted.emit)
        self.bring_back.setVisible(False)
        return menu

    def _make_more(self, menu: QMenu) -> QToolButton:
        made = QToolButton()
        set_role(made, "dots")
        made.setIconSize(QSize(ICON_PX, ICON_PX))
        made.setToolTip("Rename, export or remove the chosen model")
        made.setAccessibleName("Actions for the chosen model")
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setMenu(menu)
        return made

    def _asks(self, wanted: SignalInstance) -> Callable[[], None]:
        def ask() -> None:
            if self.chosen is not None:
                wanted.emit(self.chosen.name)

        return ask

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(8)
        head = QHBoxLayout()
        told = "The model in use transcribes your songs."
        head.addWidget(label(told, "small", wrap=True), 1)
        head.addWidget(self.more)
        layout.addLayout(head)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.note)
        grid = QGridLayout()
        for index, made in enumerate((self.use, self.back, self.add, self.remove)):
            grid.addWidget(made, index // 2, index % 2)
        layout.addLayout(grid)

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self._theme = theme
        self.more.setIcon(icon("ph.dots-three-vertical", theme))
        self.show_models(self._models)

    def show_removed(self, name: str | None) -> None:
        """Offer to bring a removed model back; None: there is none."""
        self.bring_back.setVisible(name is not None)
        self.bring_back.setText(f"Bring back “{name}”".replace("&", "&&"))

    def show_models(self, models: Sequence[Model], choose: str | None = None) -> None:
        """Show these; the selection stays with its name unless another is to be chosen."""
        chosen = self.chosen
        kept = choose or ("" if chosen is None else chosen.name)
        self._models = tuple(models)
        self.list.clear()
        for model in self._models:
            item = QListWidgetItem("   ".join(_words(model)))
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

    def _on_menu_at(self, place: QPoint) -> None:
        self.menu.popup(self.list.viewport().mapToGlobal(place))

    def _on_remove(self) -> None:
        if self.chosen is not None:
            self.removeWanted.emit(self.chosen.name)
            self.list.setFocus()  # the button may be disabled now: the keyboard stays here

    def _update(self) -> None:
        chosen = self.chosen
        self.use.setEnabled(chosen is not None and not chosen.current and not chosen.trouble)
        own = chosen is not None and not chosen.shipped
        for made in (self.remove, self.menu_remove, self.rename):
            made.setEnabled(own)
        self.export.setEnabled(chosen is not None)
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


def _words(model: Model) -> list[str]:
    """What the line of a model says; its day only where the name does not."""
    day = model.date
    with contextlib.suppress(ValueError):
        day = day_in_words(datetime.date.fromisoformat(day))
    words = [model.name, "shipped" if model.shipped else "", "" if day in model.name else day]
    return [word for word in (*words, "in use" if model.current else "") if word]
