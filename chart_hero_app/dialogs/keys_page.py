"""The keyboard page of the preferences: presets, own keys, conflicts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.settings.commands import COMMANDS
from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.settings.shortcuts import PRESETS, conflicts, normal_form
from chart_hero_app.widgets.labels import button, label, set_role

_TITLES = {command.name: command.title.rstrip("…") for command in COMMANDS}


class KeysPage(QWidget):
    """Changes take effect at once. A key wanted twice is named, and can be taken over."""

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._preferences = preferences
        self.preset = QComboBox()
        self.preset.addItems(list(PRESETS))
        self.preset.setCurrentText(preferences.key_preset)
        self.preset.setAccessibleName("Key preset")
        self.preset.activated.connect(self._on_preset)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a command or a key")
        self.search.setAccessibleName("Find a command or a key")
        self.search.textChanged.connect(self._filter)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(3)
        self.tree.setAccessibleName("Commands and their keys")
        self.tree.setHeaderLabels(["Command", "Keys", "Menu"])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setStretchLastSection(False)
        self.tree.setColumnWidth(1, 170)
        self.tree.setColumnWidth(2, 80)
        self.tree.currentItemChanged.connect(self._on_current)
        self.field = QKeySequenceEdit()
        self.field.setMaximumSequenceLength(1)
        self.field.setToolTip("Press the new key")
        self.field.setAccessibleName("New key")
        self.field.keySequenceChanged.connect(self._show_conflict)
        self.message = label("", "quiet", wrap=True)
        self.take = button("Use this key", self._apply)
        self.remove = button("No key", lambda: self._set(()))
        self.restore = button("As in the preset", self._restore)
        self._lay_out()
        self._fill()

    @property
    def command(self) -> str | None:
        """The chosen command."""
        item = self.tree.currentItem()
        return None if item is None else str(item.data(0, Qt.ItemDataRole.UserRole))

    def choose(self, command: str) -> None:
        """Make a command current."""
        for row in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(row)
            if item is not None and item.data(0, Qt.ItemDataRole.UserRole) == command:
                self.tree.setCurrentItem(item)

    def conflict(self) -> tuple[str, ...]:
        """Other commands that have the key in the field."""
        wanted = normal_form(self.field.keySequence().toString())
        if not wanted:
            return ()
        keys = {c.name: self._preferences.keys(c.name) for c in COMMANDS}
        return tuple(
            name
            for name, sequences in keys.items()
            if name != self.command and wanted in {normal_form(s) for s in sequences}
        )

    def _fill(self) -> None:
        chosen = self.command
        self.tree.clear()
        for command in COMMANDS:
            keys = self._preferences.keys(command.name)
            item = QTreeWidgetItem(
                [
                    _TITLES[command.name],
                    "   ".join(_native(key) for key in keys),
                    command.menu_title,
                ]
            )
            item.setToolTip(0, command.help)
            item.setData(0, Qt.ItemDataRole.UserRole, command.name)
            if command.name in self._preferences.own_keys:
                font = item.font(1)
                font.setBold(True)
                item.setFont(1, font)
            self.tree.addTopLevelItem(item)
        self.choose(chosen or COMMANDS[0].name)
        self._filter(self.search.text())
        twice = conflicts({c.name: self._preferences.keys(c.name) for c in COMMANDS})
        if twice:
            key, names = next(iter(twice.items()))
            self._say(f"{_native(key)} is used by several commands: {_listed(names)}.", "bad")

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        for row in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(row)
            if item is not None:
                content = f"{item.text(0)} {item.text(1)} {item.text(2)}".lower()
                item.setHidden(not all(word in content for word in words))

    def _on_current(self) -> None:
        command = self.command
        keys = self._preferences.keys(command) if command else ()
        self.field.setKeySequence(QKeySequence(keys[0] if keys else ""))
        self._show_conflict()

    def _show_conflict(self) -> None:
        others = self.conflict()
        if others:
            self._say(
                f"{_native(self.field.keySequence().toString())} belongs to {_listed(others)}; "
                "using it here takes it away there.",
                "warn",
            )
        else:
            self._say("Press the new key in the field, then use it.", "quiet")
        self.take.setText("Reassign this key" if others else "Use this key")

    def _apply(self) -> None:
        wanted = normal_form(self.field.keySequence().toString())
        command = self.command
        if command is None or not wanted:
            return
        own = self._preferences.own_keys
        for other in self.conflict():
            own[other] = tuple(
                key for key in self._preferences.keys(other) if normal_form(key) != wanted
            )
        more = self._preferences.keys(command)[1:]
        own[command] = (wanted, *(key for key in more if normal_form(key) != wanted))
        self._preferences.set_keys(self._preferences.key_preset, own)
        self._fill()

    def _set(self, keys: tuple[str, ...]) -> None:
        command = self.command
        if command is not None:
            own = {**self._preferences.own_keys, command: keys}
            self._preferences.set_keys(self._preferences.key_preset, own)
            self._fill()

    def _restore(self) -> None:
        own = self._preferences.own_keys
        if self.command in own:
            del own[self.command]
            self._preferences.set_keys(self._preferences.key_preset, own)
            self._fill()

    def _on_preset(self) -> None:
        self._preferences.set_keys(self.preset.currentText(), {})
        self._fill()

    def _say(self, text: str, role: str) -> None:
        self.message.setText(text)
        set_role(self.message, role)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(label("Preset"))
        top.addWidget(self.preset)
        top.addWidget(self.search, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self.field, 1)
        bottom.addWidget(self.take)
        bottom.addWidget(self.remove)
        bottom.addWidget(self.restore)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.message)
        layout.addLayout(bottom)


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(f"“{_TITLES[name]}”" for name in names)
