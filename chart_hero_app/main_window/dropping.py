"""Files and folders that are dragged onto the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

Opener = Callable[[list[Path]], object]


class DropTarget(QObject):
    """Lets a window take files; ``show_hot`` learns whether some hover over it."""

    def __init__(self, window: QWidget, show_hot: Callable[[bool], object], take: Opener) -> None:
        super().__init__(window)
        self._show_hot = show_hot
        self._take = take
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Welcome files, and take them when they are let go."""
        if isinstance(event, QDragEnterEvent):
            if _files_of(event):
                event.acceptProposedAction()
                self._show_hot(True)
            return True
        if event.type() is QEvent.Type.DragLeave:
            self._show_hot(False)
        elif event.type() is QEvent.Type.Drop and isinstance(event, QDropEvent):
            self._show_hot(False)
            paths = _files_of(event)
            if paths:
                event.acceptProposedAction()
                self._take(paths)
            return True
        return super().eventFilter(watched, event)


def _files_of(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
