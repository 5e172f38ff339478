"""Enter in a list: it chooses the entry and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView


class EnterKeys(QObject):
    """Has Enter do in a list what a click does.

    Qt passes Enter on to the dialog once the list has seen it, where it presses the default button:
    a dialog would close, or export, while its user only looks at an entry.
    """

    def __init__(self, view: QAbstractItemView, choose: Callable[[], object]) -> None:
        super().__init__(view)
        self._choose = choose
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep Enter."""
        if event.type() is QEvent.Type.KeyPress and _is_enter(event):
            self._choose()
            return True
        return super().eventFilter(watched, event)


def _is_enter(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
