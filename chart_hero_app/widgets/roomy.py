"""A place for a panel that may be lower than the panel: only then the panel is scrolled."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from chart_hero_app.widgets.labels import scrolled


def roomy(panel: QWidget) -> QScrollArea:
    """``panel``, scrolled up and down where there is less room than it needs at the least.

    A scroll area by itself gives a panel with wrapped lines all the height that it would like, so
    that lists with scroll bars of their own would have to be scrolled twice.
    """
    return scrolled(_Holder(panel))


class _Holder(QWidget):
    """Has no layout, which the scroll area would ask; gives the panel all of its own room."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__()
        self._panel = panel
        panel.setParent(self)
        panel.show()

    def minimumSizeHint(self) -> QSize:
        """What the panel needs at the least in this width."""
        least = self._panel.minimumSizeHint()
        layout = self._panel.layout()
        if layout is not None and layout.hasHeightForWidth():
            width = max(self.width(), least.width())
            least.setHeight(layout.totalMinimumHeightForWidth(width))
        return least.expandedTo(self._panel.minimumSize())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._panel.setGeometry(self.rect())
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # lines wrap elsewhere, and there are more or less of them

    def event(self, event: QEvent) -> bool:
        """The panel asks here for another size, as there is no layout to ask."""
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)
