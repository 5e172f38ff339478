"""Whose key is it? Single keys belong to the timeline unless a field or list has the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

_ARROWS = frozenset(
    {
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    }
)
_PRESS = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter})
_NO_MODIFIER = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


def belongs_to(widget: QWidget, key: int, plain: bool) -> bool:
    """Whether ``widget`` (with the focus) needs ``key`` more than the commands do.

    ``plain`` says that no Ctrl, Alt or Shift is held.
    """
    if not plain:
        return False
    wanted: frozenset[Qt.Key]
    if isinstance(widget, QLineEdit | QPlainTextEdit | QTextEdit | QAbstractSpinBox):
        return key != Qt.Key.Key_Escape and key < Qt.Key.Key_F1
    if isinstance(widget, QAbstractItemView | QComboBox):
        wanted = _ARROWS | _PRESS
    elif isinstance(widget, QAbstractSlider | QTabBar):
        wanted = _ARROWS
    elif isinstance(widget, QAbstractButton):
        wanted = _PRESS
    else:
        return False
    return any(key == known for known in wanted)


def first_in(panel: QWidget) -> QWidget | None:
    """What the keyboard goes to in a panel: its list, else the first that Tab would reach."""
    reached: list[QWidget] = []
    widget: QWidget | None = panel.nextInFocusChain()
    while widget is not None and widget is not panel:
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and panel.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled():
            reached.append(widget)
        widget = widget.nextInFocusChain()
    lists = [widget for widget in reached if isinstance(widget, QAbstractItemView)]
    return next(iter([*lists, *reached]), None)


def step_in_sight(window: QWidget, step: Callable[[], bool]) -> bool:
    """Take steps through the focus chain until the keyboard is somewhere that is seen.

    Qt keeps panels behind others, and their tabs, shown beyond the edge of the window.
    """
    passed: set[QWidget] = set()
    while step():
        reached = window.focusWidget()
        part: QWidget | None = reached
        while part is not None and part.parentWidget() is not window:
            part = part.parentWidget()
        if part is None or reached is None or part.geometry().intersects(window.rect()):
            return True
        if reached in passed:
            return True
        passed.add(reached)
    return False


class KeyRouter(QObject):
    """An event filter for the application that keeps keys with the widget that needs them.

    ``unused`` learns of keys that neither a widget nor a command wanted.
    """

    def __init__(self, window: QWidget, unused: Callable[[QKeySequence], object]) -> None:
        super().__init__(window)
        self._window = window
        self._unused = unused

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim a key for the focused widget before the shortcuts see it."""
        if event.type() == QEvent.Type.KeyPress and watched is self._window:
            assert isinstance(event, QKeyEvent)
            self._unused(QKeySequence(event.keyCombination()))
            return False
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if not isinstance(watched, QWidget) or not self._obeys(watched.window()):
            return False
        plain = event.modifiers() in _NO_MODIFIER
        leaves = event.key() == Qt.Key.Key_Escape and isinstance(watched.window(), QDialog)
        if leaves or belongs_to(watched, event.key(), plain):
            event.accept()
            return True
        return False

    def _obeys(self, window: QWidget) -> bool:
        """Whether the window's commands have their keys there: panels and tools beside it, too."""
        beside = window.windowType() is Qt.WindowType.Tool and window.parentWidget() is self._window
        return beside or window is self._window
