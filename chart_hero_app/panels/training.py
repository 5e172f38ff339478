"""The training dock: what it is for, until finished charts are there to learn from."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from chart_hero_app.settings.theme import Theme
from chart_hero_app.widgets.labels import EmptyState


class TrainingPanel(QWidget):
    """Where the model learns from the charts a person has finished."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.empty = EmptyState(
            "ph.graduation-cap",
            "No training yet",
            "Here the model is tuned to songs you have charted yourself: progress, what improved "
            "on songs held out, and the way back to the old model.",
            theme,
        )
        layout = QVBoxLayout(self)
        layout.addWidget(self.empty)

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        self.empty.set_theme(theme)
