"""The evaluation panel: a comparison in a narrow panel."""

import numpy as np
from pytestqt.qtbot import QtBot

from chart_hero_app.panels.evaluation import EvaluationPanel
from chart_hero_app.settings.stylesheet import wear
from chart_hero_app.settings.theme import DARK
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.evaluation.edits_per_100 import Edits


def test_names_and_numbers_fit_beside_each_other(qtbot: QtBot) -> None:
    wear(DARK)
    panel = EvaluationPanel(DARK)
    qtbot.addWidget(panel)
    drums = len(DrumClass)
    edits = Edits(np.full((drums, 4), 10), np.full(drums, 124), np.zeros((0, 2), dtype=np.intp))
    panel.show_edits(edits, "notes.chart")
    panel.resize(300, 600)
    panel.show()
    table = panel.table
    qtbot.waitUntil(lambda: table.viewport().width() > 0)
    assert table.columnWidth(0) >= table.sizeHintForColumn(0)
    assert sum(table.columnWidth(i) for i in range(6)) <= table.viewport().width()
    assert all(table.columnWidth(i) >= table.sizeHintForColumn(i) for i in range(2, 6))
