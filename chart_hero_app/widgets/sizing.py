"""How large a window is at first: never larger than the screen, whatever it would like."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

# The system's own frame and title, which the size of a window does not count.
_FRAME = QSize(16, 40)


def open_at(window: QWidget, width: int, height: int, room: QSize | None = None) -> None:
    """Give a window its first size; ``room`` is that of its screen.

    Not all systems do this: on a small or much enlarged screen the buttons of a dialog would lie
    beyond its lower edge.
    """
    if room is None:
        room = window.screen().availableSize()
    window.resize(QSize(width, height).boundedTo(room - _FRAME))
