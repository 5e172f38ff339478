"""Ctrl+K: find and run any command by its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QIcon, QKeyEvent, QKeySequence, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from chart_hero_app.main_window.actions import ActionBook
from chart_hero_app.settings.commands import COMMANDS
from chart_hero_app.widgets.icons import ICON_PX
from chart_hero_app.widgets.labels import label

_WIDTH = 560
_HEIGHT = 420


class CommandPalette(QDialog):
    """A field and the commands that fit what is typed into it, best first."""

    def __init__(self, book: ActionBook, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._book = book
        self.setObjectName("command_palette")
        self.setWindowTitle("Command palette")
        self.chosen: QAction | None = None
        # Keeps the names of commands without an icon in line with the others.
        nothing = QPixmap(ICON_PX, ICON_PX)
        nothing.fill(Qt.GlobalColor.transparent)
        self._blank = QIcon(nothing)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Type what you want to do")
        self.field.setClearButtonEnabled(True)
        self.field.setAccessibleName("Command")
        self.list = QTreeWidget()
        self.list.setColumnCount(3)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        layout.addWidget(label("↑ ↓ choose   Enter run   Esc close", "small"))
        self.resize(_WIDTH, _HEIGHT)
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list.itemActivated.connect(lambda item: self._run(item))
        self.list.itemClicked.connect(lambda item: self._run(item))
        self._fill("")

    def showEvent(self, event: QShowEvent) -> None:
        """Stand below the toolbar in the middle of the window."""
        super().showEvent(event)
        parent = self.parentWidget()
        if parent is not None:
            corner = parent.mapToGlobal(parent.rect().topLeft())
            self.move(corner.x() + (parent.width() - self.width()) // 2, corner.y() + 88)
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrow keys in the field move in the list, Enter runs."""
        if watched is self.field and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # no command of the window may take a key typed here
                return True
            if event.type() == QEvent.Type.KeyPress and self._on_key(event.key()):
                return True
        return super().eventFilter(watched, event)

    def _on_key(self, key: int) -> bool:
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: 10,
            Qt.Key.Key_PageUp: -10,
        }
        for known, step in steps.items():
            if key == known:
                self._step(step)
                return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentItem())
            return True
        return False

    def _step(self, rows: int) -> None:
        count = self.list.topLevelItemCount()
        if count:
            row = min(max(self.list.currentIndex().row() + rows, 0), count - 1)
            self.list.setCurrentIndex(self.list.model().index(row, 0))

    def _fill(self, text: str) -> None:
        self.list.clear()
        found: list[tuple[int, int, QTreeWidgetItem]] = []
        for index, command in enumerate(COMMANDS):
            action = self._book[command.name]
            rank = match_rank(text, action.text(), f"{command.menu_title} {command.help}")
            if rank is None or command.name == "edit.palette":
                continue
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            needs = self._book.needs(command.name)
            title = " — ".join(filter(None, (action.text().rstrip("…"), needs)))
            item = QTreeWidgetItem([title, command.menu_title, keys])
            item.setToolTip(0, command.help)
            item.setData(0, Qt.ItemDataRole.UserRole, command.name)
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setIcon(0, action.icon() if not action.icon().isNull() else self._blank)
            if not action.isEnabled():
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
                rank += 100
            found.append((rank, index, item))
        self.list.addTopLevelItems([item for _, _, item in sorted(found, key=lambda f: f[:2])])
        for column, width in enumerate((330, 90, 100)):
            self.list.setColumnWidth(column, width)
        self.list.setCurrentIndex(self.list.model().index(0, 0))

    def _run(self, item: QTreeWidgetItem | None) -> None:
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        self.chosen = self._book[item.data(0, Qt.ItemDataRole.UserRole)]
        self.accept()
        self.chosen.trigger()


def match_rank(typed: str, title: str, about: str) -> int | None:
    """How well a command fits: 0 best, None not at all. Words may be typed in any order."""
    words = typed.lower().split()
    low, rest = title.lower(), about.lower()
    if not words or low.startswith(" ".join(words)):
        return 0
    if all(any(part.startswith(word) for part in low.split()) for word in words):
        return 1
    if all(word in low for word in words):
        return 2
    if all(word in low or word in rest for word in words):
        return 3
    letters = iter(low)
    return 4 if all(letter in letters for letter in "".join(words)) else None
