"""The menu bar, made from the command table."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow, QMenu

from chart_hero_app.main_window.actions import ActionBook
from chart_hero_app.settings.commands import COMMANDS, MENUS, Command


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
            _menu_of(command, menu).addAction(book[command.name])
        menu.aboutToShow.connect(book.tell_needs)
    return menus


def _menu_of(command: Command, menu: QMenu) -> QMenu:
    """The menu itself, or the one within it that the command stands in."""
    if not command.submenu:
        return menu
    known = [made for made in menu.findChildren(QMenu) if made.title() == command.submenu]
    if known:
        return known[0]
    made = menu.addMenu(command.submenu)
    made.setToolTipsVisible(True)
    return made
