"""The preferences: every page but the keys is made from the schema."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.dialogs.keys_page import KeysPage
from chart_hero_app.dialogs.model_field import ModelField
from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.settings.schema import SCHEMA, Entry, Kind, Value
from chart_hero_app.widgets.labels import label, pad
from chart_hero_app.widgets.numbers import NumberBox
from chart_hero_app.widgets.sizing import open_at

Setter = Callable[[Value], None]
_KEYS = "Keyboard"
_HINT_GAP_PX = 4
_ENTRY_GAP_PX = 8


class PreferencesDialog(QDialog):
    """Pages left, entries right; every change takes effect at once."""

    def __init__(
        self,
        preferences: Preferences,
        devices: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        """``devices`` are the names of the sound outputs to choose from."""
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        open_at(self, 760, 540)
        self._preferences = preferences
        self._devices = devices
        self.editors: dict[str, QWidget] = {}
        self._make_pages()
        self._lay_out()

    def _make_pages(self) -> None:
        self.pages = QListWidget()
        self.pages.setFixedWidth(150)
        self.pages.setAccessibleName("Pages")
        self._stack = QStackedWidget()
        for page in dict.fromkeys(entry.page for entry in SCHEMA):
            self.pages.addItem(page)
            self._stack.addWidget(self._make_page(page))
        self.keys = KeysPage(self._preferences)
        self.pages.addItem(_KEYS)
        self._stack.addWidget(self.keys)
        self.pages.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.pages.setCurrentRow(0)

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.accept)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.pages)
        row.addWidget(self._stack, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(row, 1)
        layout.addWidget(buttons)

    def show_keys(self) -> None:
        """Open at the keyboard page."""
        self.pages.setCurrentRow(self.pages.count() - 1)

    def _make_page(self, page: str) -> QWidget:
        holder = QWidget()
        # Not a form layout: it gives hints of two lines too little height and others too much.
        grid = QGridLayout(holder)
        grid.setVerticalSpacing(_HINT_GAP_PX)
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(1, 1)
        for entry in SCHEMA:
            if entry.page == page:
                self._add_entry(grid, entry)
        grid.setRowStretch(grid.rowCount(), 1)
        return holder

    def _add_entry(self, grid: QGridLayout, entry: Entry) -> None:
        """The title and the editor of an entry, its hint below, and some room."""
        editor = self._make_editor(entry)
        editor.setToolTip(entry.help)
        editor.setAccessibleName(entry.title)
        self.editors[entry.name] = editor
        row = grid.rowCount()
        if entry.kind is not Kind.SWITCH:  # which says it itself
            title = label(entry.title)
            title.setBuddy(editor)
            grid.addWidget(title, row, 0)
        grid.addWidget(editor, row, 1)
        grid.addWidget(label(entry.help, "small", wrap=True), row + 1, 1)
        grid.setRowMinimumHeight(row + 2, _ENTRY_GAP_PX)

    def _setter(self, entry: Entry) -> Setter:
        return lambda value: self._preferences.set_value(entry.name, value)

    def _make_editor(self, entry: Entry) -> QWidget:
        value, setter = self._preferences.value(entry.name), self._setter(entry)
        if entry.kind is Kind.SWITCH:
            return _switch(entry, bool(value), setter)
        if entry.kind is Kind.WHOLE:
            return _whole(entry, int(value), setter)
        if entry.kind is Kind.NUMBER:
            return _number(entry, float(value), setter)
        if entry.kind is Kind.CHOICE:
            return _choice(entry.choices, str(value), setter)
        if entry.kind is Kind.DEVICE:
            known = [("", "System default"), *((name, name) for name in self._devices)]
            if value and value not in self._devices:
                known.append((str(value), f"{value} (not found)"))
            return _choice(tuple(known), str(value), setter)
        if entry.kind is Kind.MODEL:
            return ModelField()
        return _text(str(value), setter)


def _switch(entry: Entry, value: bool, setter: Setter) -> QWidget:
    box = QCheckBox(entry.title)
    box.setChecked(value)
    box.toggled.connect(setter)
    return box


def _whole(entry: Entry, value: int, setter: Setter) -> QWidget:
    box = QSpinBox()
    pad(box)
    box.setRange(int(entry.low), int(entry.high))
    box.setSingleStep(int(entry.step))
    box.setSpecialValueText(entry.lowest)
    box.setValue(value)
    if entry.unit:
        box.setSuffix(f" {entry.unit}")
    box.valueChanged.connect(setter)
    return box


def _number(entry: Entry, value: float, setter: Setter) -> QWidget:
    box = NumberBox()
    pad(box)
    box.setRange(entry.low, entry.high)
    box.setSingleStep(entry.step)
    box.setDecimals(1)
    box.setValue(value)
    if entry.unit:
        box.setSuffix(f" {entry.unit}")
    box.valueChanged.connect(setter)
    return box


def _choice(choices: Sequence[tuple[str, str]], value: str, setter: Setter) -> QWidget:
    box = QComboBox()
    for name, title in choices:
        box.addItem(title, name)
    box.setCurrentIndex(max(box.findData(value), 0))
    box.activated.connect(lambda index: setter(box.itemData(index)))
    return box


def _text(value: str, setter: Setter) -> QWidget:
    field = QLineEdit(value)
    field.editingFinished.connect(lambda: setter(field.text().strip()))
    return field
