"""Pages of which one is shown, and only that one decides how small the window may be."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QStackedWidget

LEAST = QSize(400, 270)  # in which the lanes can be worked on; other rows of the timeline are shut


class Pages(QStackedWidget):
    """A stack that asks for the room of its current page."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:
        """What the page on screen needs."""
        shown = self.currentWidget()
        return LEAST if shown is None else LEAST.expandedTo(shown.minimumSizeHint())
