"""The colours that the window wears: those of the preferences, or of the system."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.settings.stylesheet import wear
from chart_hero_app.settings.theme import Theme, ThemeChoice, resolve_theme


class Themed(Protocol):
    """What can wear other colours while it is shown."""

    def set_theme(self, theme: Theme) -> None:
        """Wear other colours."""
        ...


class Look(QObject):
    """Keeps the whole application in one theme."""

    def __init__(self, preferences: Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._parts: tuple[Themed, ...] = ()
        self.theme = self._wanted()
        wear(self.theme)
        preferences.changed.connect(self._on_preference)
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(lambda _scheme: self._follow())

    def dress(self, *parts: Themed) -> None:
        """These change their colours from now on, too."""
        self._parts += parts

    def switch(self) -> None:
        """Dark to light or back, and remember it."""
        self._preferences.set_value("theme", "light" if self.theme.dark else "dark")

    def _wanted(self) -> Theme:
        return resolve_theme(ThemeChoice(self._preferences.text("theme")))

    def _on_preference(self, name: str) -> None:
        if name == "theme":
            self._follow()

    def _follow(self) -> None:
        theme = self._wanted()
        if theme is self.theme:
            return
        self.theme = theme
        wear(theme)
        for part in self._parts:
            part.set_theme(theme)
