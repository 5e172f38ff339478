"""The cover of a song, shown beside the button that chooses another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from chart_hero_app.widgets.labels import button

_COVER_PX = 96


class CoverField(QWidget):
    """What it shows is what is written: ``content`` is a file, the bytes of one, or None."""

    def __init__(self, choose: Callable[[], object]) -> None:
        """``choose`` asks for another picture."""
        super().__init__()
        self.content: Path | bytes | None = None
        self.picture = QLabel()
        self.picture.setFixedSize(_COVER_PX, _COVER_PX)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setProperty("role", "picture")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.picture)
        row.addWidget(button("Choose a picture…", choose), alignment=Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)

    def take(self, picture: Path) -> bool:
        """Show this picture; False where it cannot be read, and nothing changes."""
        if QPixmap(str(picture)).isNull():
            return False
        self.show_picture(picture)
        return True

    def show_picture(self, content: Path | bytes | None) -> None:
        """Show what was found for the song."""
        self.content = content
        picture = QPixmap()
        if isinstance(content, bytes):
            picture.loadFromData(content)
        elif content is not None:
            picture.load(str(content))
        if picture.isNull():
            self.picture.setText("No cover")
            return
        ratio = self.devicePixelRatioF()
        shown = picture.scaled(
            QSize(_COVER_PX, _COVER_PX) * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        shown.setDevicePixelRatio(ratio)
        self.picture.setPixmap(shown)
