"""The training dock: songs to learn from, the run under way, the models there are."""

from __future__ import annotations

from PySide6.QtWidgets import QTabBar, QVBoxLayout, QWidget

from chart_hero_app.panels.training_models import ModelsPage
from chart_hero_app.panels.training_page import TrainingPage
from chart_hero_app.panels.training_songs import SongsPage
from chart_hero_app.settings.theme import Theme

_TITLES = ("Songs", "Training", "Models")


class TrainingPanel(QWidget):
    """Three pages; what their buttons do is up to the window."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.songs = SongsPage(theme)
        self.run = TrainingPage(theme)
        self.models = ModelsPage(theme)
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("Pages of the training")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(True)
        self._pages: tuple[QWidget, ...] = (self.songs, self.run, self.models)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 8, 8)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        # Not a stacked widget: it asks for all the height that its highest page would like.
        for title, page in zip(_TITLES, self._pages, strict=True):
            self.tabs.addTab(title)
            layout.addWidget(page, 1)
        self.tabs.currentChanged.connect(self._show_only)
        self._show_only(self.tabs.currentIndex())

    def _show_only(self, index: int) -> None:
        for other, page in enumerate(self._pages):
            page.setVisible(other == index)

    def show_page(self, page: QWidget) -> None:
        """Bring one of the pages to the front."""
        self.tabs.setCurrentIndex(self._pages.index(page))

    def set_theme(self, theme: Theme) -> None:
        """Follow the colours."""
        for page in (self.songs, self.run, self.models):
            page.set_theme(theme)
