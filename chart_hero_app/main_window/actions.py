"""The actions: one QAction per command, with its keys, icon and tooltip, bound to a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from chart_hero_app.settings.commands import COMMANDS, Command
from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import icon

Handler = Callable[[], object]


class ActionBook(QObject):
    """All actions by command name. Each is bound once; the window refuses to start otherwise."""

    def __init__(self, window: QWidget, preferences: Preferences, theme: Theme) -> None:
        super().__init__(window)
        self._preferences = preferences
        self._actions: dict[str, QAction] = {}
        self._commands: dict[str, Command] = {command.name: command for command in COMMANDS}
        self._handlers: dict[str, Handler] = {}
        self._needs: dict[str, str] = {}
        self._icons = {command.name: command.icon for command in COMMANDS if command.icon}
        for command in COMMANDS:
            action = QAction(command.title, window)
            action.setObjectName(command.name)
            action.setIconText(command.title)  # Qt's own would lose the dots
            action.setCheckable(command.checkable)
            action.setMenuRole(QAction.MenuRole.NoRole)
            action.triggered.connect(self._runner(command.name))
            self._actions[command.name] = action
            window.addAction(action)
        preferences.keysChanged.connect(self.update_keys)
        self.update_keys()
        self.set_theme(theme)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterable[QAction]:
        return iter(self._actions.values())

    def command(self, name: str) -> Command:
        """What the table says of a command."""
        return self._commands[name]

    def bind(self, name: str, handler: Handler) -> None:
        """Have the command run ``handler``; for a checkable one the new state is already set.

        Raises:
            ValueError: there is no such command, or it is bound already.
        """
        if name in self._handlers:
            raise ValueError(f"the command {name} is bound twice")
        if name not in self._actions:
            raise ValueError(f"there is no command {name}")
        self._handlers[name] = handler

    def unbound(self) -> tuple[str, ...]:
        """Commands nothing was bound to."""
        return tuple(name for name in self._actions if name not in self._handlers)

    def enable(self, names: Iterable[str], enabled: bool, needs: str) -> None:
        """Switch commands on or off; ``needs`` says what to do first: ``open a song``."""
        for name in names:
            self._needs[name] = needs
            self._actions[name].setEnabled(enabled)

    def unmet(self, keys: QKeySequence) -> str:
        """Why keys do nothing: ``Accent: select notes first``; empty where no command is off."""
        for name, action in self._actions.items():
            if keys in action.shortcuts() and (needs := self.needs(name)):
                return f"{self._commands[name].title.rstrip('…')}: {needs}"
        return ""

    def needs(self, name: str) -> str:
        """What a command that is switched off waits for: ``select notes first``; else empty."""
        off = not self._actions[name].isEnabled() and name in self._needs
        return f"{self._needs[name]} first" if off else ""

    def tell_needs(self) -> None:
        """Have the tooltips of commands that are switched off say why, for a menu that opens."""
        self.update_tips(self._actions)

    def follow(self, control: QWidget, name: str) -> None:
        """Switch a control on and off with the command that does the same by key."""
        control.setEnabled(self._actions[name].isEnabled())
        self._actions[name].enabledChanged.connect(control.setEnabled)

    def check(self, name: str, checked: bool) -> None:
        """Show a checkable command's state without running it."""
        self._actions[name].setChecked(checked)

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's colours."""
        self._theme = theme
        for name, icon_name in self._icons.items():
            self._actions[name].setIcon(icon(icon_name, theme))

    def set_icon(self, name: str, icon_name: str) -> None:
        """Give a command another icon (play becomes pause)."""
        self._icons[name] = icon_name
        self._actions[name].setIcon(icon(icon_name, self._theme))

    def update_keys(self, names: Iterable[str] | None = None) -> None:
        """Take the keys of some commands (None: all) from the preferences, and name them anew."""
        names = list(self._actions if names is None else names)
        for name in names:
            keys = self._preferences.keys(name)
            self._actions[name].setShortcuts([QKeySequence(key) for key in keys])
        self.update_tips(names)

    def update_tips(self, names: Iterable[str]) -> None:
        """Name the commands with their keys, what they do, and what they wait for."""
        for name in names:
            action = self._actions[name]
            shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            help_ = self._commands[name].help
            title = action.text().rstrip("…")
            needs = self.needs(name)
            first = f"{title} ({shown})" if shown else title
            lines = (first, help_, needs[:1].upper() + needs[1:])
            action.setToolTip("\n".join(filter(None, lines)))
            action.setStatusTip("")

    def _runner(self, name: str) -> Callable[[], None]:
        def run() -> None:
            self._handlers[name]()

        return run
