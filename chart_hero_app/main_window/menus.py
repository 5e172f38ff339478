"""The menu bar, made from the command table."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow, QMenu

from chart_hero_app.main_window.actions import ActionBook
from chart_hero_app.settings.commands import COMMANDS, MENUS


def build_menus(window: QMainWindow, book: ActionBook) -> dict[str, QMenu]:
    """Fill the menu bar; returns the menus by their key in the command table."""
    bar = window.menuBar()
    menus: dict[str, QMenu] = {}
    for key, title in MENUS.items():
        menu = bar.addMenu(title)
        menu.setToolTipsVisible(True)
        menus[key] = menu
        for command in COMMANDS:
            if command.menu != key:
                continue
            if command.separated:
                menu.addSeparator()
            menu.addAction(book[command.name])
    return menus
