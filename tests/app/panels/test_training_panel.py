"""The training dock and its pages."""

from pytestqt.qtbot import QtBot

from chart_hero_app.panels.training import TrainingPanel
from chart_hero_app.settings.theme import DARK
from chart_hero_app.widgets.roomy import roomy


def test_lists_shrink_before_the_panel_is_scrolled(qtbot: QtBot) -> None:
    panel = TrainingPanel(DARK)
    area = roomy(panel)
    qtbot.addWidget(area)
    area.resize(350, 312)  # a screen of 768 lines with everything half as large again
    area.show()
    for page in (panel.songs, panel.models):
        panel.show_page(page)
        qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0, timeout=2000)
        assert page.isVisible()
    assert not panel.songs.isVisible()
