"""The one toolbar; in a narrow window what menus and keys offer too gives way to the words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QSizePolicy, QToolBar, QToolButton, QWidget

from chart_hero_app.main_window.actions import ActionBook
from chart_hero_app.main_window.controls import DifficultyTabs, MixerButton, SnapBox, SpeedBox
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.icons import ICON_PX, icon

# Names of buttons in order; an empty one is a separator.
_LEFT = ("file.open", "file.save", "", "edit.undo", "edit.redo", "")
_TRANSPORT = ("play.start", "play.toggle", "play.stop", "play.loop", "")
_TOOLS = ("", "view.tool_cursor", "view.tool_note", "view.tool_erase")
_WORDED = (("analyse.transcribe", "main"), ("file.export", "wide"))
# Controls that can do something where a command can that does the same by key.
_LIKE: tuple[tuple[type[QWidget], str], ...] = (
    (SpeedBox, "play.slower"),
    (MixerButton, "play.metronome"),
    (SnapBox, "view.snap_finer"),
    (DifficultyTabs, "view.expert"),
)
_MORE = "qt_toolbar_ext_button"  # Qt's name for the button that opens what has no room


class ToolBar(QToolBar):
    """Files left, transport and ``middle`` widgets; ``right``, tabs and the main steps last."""

    def __init__(
        self, book: ActionBook, middle: list[QWidget], right: list[QWidget], tabs: DifficultyTabs
    ) -> None:
        super().__init__("Toolbar")
        self._book = book
        self.tabs = tabs
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        transport, shown, tools = self._fill(middle, right)
        for kind, name in _LIKE:
            for control in self.findChildren(kind):
                book.follow(control, name)
        for button in self.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # What gives way where there is no room, the first at first.
        self._steps: tuple[Callable[[bool], None], ...] = (
            tabs.set_short,
            partial(_hide, tools),
            partial(_hide, [transport[0], transport[2]]),
            *(partial(_hide, [action]) for action in shown),
        )

    def _fill(
        self, middle: list[QWidget], right: list[QWidget]
    ) -> tuple[list[QAction], list[QAction], list[QAction]]:
        """From left to right; what comes back are the actions of transport, middle and tools."""
        self._add(_LEFT)
        transport = self._add(_TRANSPORT)
        shown = [self.addWidget(widget) for widget in middle]
        tools = self._add(_TOOLS)
        self.addSeparator()
        spring = QWidget()
        spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spring)
        for widget in (*right, self.tabs):
            self.addWidget(widget)
        self.addSeparator()
        self._add_words()
        return transport, shown, tools

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self.tabs.set_theme(theme)
        more = self.findChild(QToolButton, _MORE)
        if isinstance(more, QToolButton):
            more.setIcon(icon("ph.caret-double-right", theme))
            more.setToolTip("More buttons")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for the words."""
        super().resizeEvent(event)
        for give_way in self._steps:
            give_way(False)
        for give_way in self._steps:
            if self.sizeHint().width() <= self.width():
                break
            give_way(True)

    def _add(self, names: tuple[str, ...]) -> list[QAction]:
        """Buttons of commands; each can be hidden here and stay in its menu."""
        added: list[QAction] = []
        for name in names:
            if not name:
                added.append(self.addSeparator())
                continue
            button = QToolButton()
            button.setDefaultAction(self._book[name])
            button.setAutoRaise(True)
            added.append(self.addWidget(button))
        return added

    def _add_words(self) -> None:
        for name, role in _WORDED:
            self.addAction(self._book[name])
            worded = self.widgetForAction(self._book[name])
            if isinstance(worded, QToolButton):
                worded.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
                worded.setProperty("role", role)


def _hide(actions: list[QAction], hidden: bool) -> None:
    for action in actions:
        action.setVisible(not hidden)


def build_toolbar(
    window: QMainWindow,
    book: ActionBook,
    middle: list[QWidget],
    right: list[QWidget],
    tabs: DifficultyTabs,
) -> ToolBar:
    """Put the toolbar at the top of the window."""
    bar = ToolBar(book, middle, right, tabs)
    window.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
    return bar
