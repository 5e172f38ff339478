"""The menu bar and the toolbar, made from the command table."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QMainWindow, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from chart_hero_app.main_window.actions import ActionBook
from chart_hero_app.settings.commands import COMMANDS, MENUS
from chart_hero_app.widgets.icons import ICON_PX

# Names of toolbar buttons in order; an empty one is a separator.
_LEFT = ("file.open", "file.save", "", "edit.undo", "edit.redo", "")
_TOOLS = ("", "view.tool_cursor", "view.tool_note", "view.tool_erase", "")
_WORDED = (("analyse.transcribe", "main"), ("file.export", "wide"))
_TRANSPORT = ("play.start", "play.toggle", "play.stop", "play.loop", "")


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


def build_toolbar(
    window: QMainWindow, book: ActionBook, middle: list[QWidget], right: list[QWidget]
) -> QToolBar:
    """The one toolbar: files left, transport and ``middle`` widgets, ``right`` at the end."""
    bar = QToolBar("Toolbar", window)
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setIconSize(QSize(ICON_PX, ICON_PX))
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    _add(bar, book, _LEFT)
    _add(bar, book, _TRANSPORT)
    for widget in middle:
        bar.addWidget(widget)
    _add(bar, book, _TOOLS)
    spring = QWidget()
    spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(spring)
    for widget in right:
        bar.addWidget(widget)
    bar.addSeparator()
    for name, role in _WORDED:
        bar.addAction(book[name])
        worded = bar.widgetForAction(book[name])
        if isinstance(worded, QToolButton):
            worded.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            worded.setProperty("role", role)
    for button in bar.findChildren(QToolButton):
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    window.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
    return bar


def _add(bar: QToolBar, book: ActionBook, names: tuple[str, ...]) -> None:
    for name in names:
        if name:
            bar.addAction(book[name])
        else:
            bar.addSeparator()
