"""What the games would complain about, beside the chart while it is mended."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from chart_hero_app.dialogs.problems import ProblemList
from chart_hero_app.document.document import Document
from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.labels import label, last_row
from chart_hero_app.widgets.sizing import open_at

_WORDS = "Problems for Clone Hero and YARG. Click one to go there; the list follows your changes."
# A song of 20,000 notes takes a tenth of a second to check: not after every stroke of a key.
_CHECK_AFTER_MS = 300


class CheckDialog(QDialog):
    """The list of problems; it stays open while they are mended."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Tool)  # the keys of the chart work in it, too
        self.setWindowTitle("Check the chart")
        self.problems = ProblemList(document, theme)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_CHECK_AFTER_MS)
        self._timer.timeout.connect(self.problems.refresh)
        for signal in (document.songChanged, document.audioChanged):
            signal.connect(self._timer.start)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(label(_WORDS, wrap=True))
        layout.addWidget(self.problems, 1)
        layout.addLayout(last_row(self))
        open_at(self, 520, 460)
        self.problems.refresh()

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self.problems.set_theme(theme)
