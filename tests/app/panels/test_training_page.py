"""The pages of the training panel on a training and on models."""

import itertools
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from chart_hero_app.jobs.run_folder import Progress, RunState
from chart_hero_app.panels.training import TrainingPanel
from chart_hero_app.panels.training_models import ModelsPage
from chart_hero_app.panels.training_page import Verdict
from chart_hero_app.settings.stylesheet import wear
from chart_hero_app.settings.theme import DARK

VERDICT = Verdict(
    "The new model is better. On 9 songs it was not trained on: 21.3 edits per 100 notes "
    "instead of 28.4 (difference -9.2 to -4.9), F 0.894 instead of 0.861.",
    better=True,
    rows=(
        ("Your songs, edits per 100", "28.4", "21.3"),
        ("Your songs, F", "0.861", "0.894"),
        ("Other music, edits per 100", "18.2", "18.0"),
        ("Other music, F", "0.912", "0.913"),
    ),
    model="new",
)
SMALL_PX = (340, 400)  # less than a window of 1024 by 640 has for a panel


def inside(panel: QWidget, part: QWidget) -> QRect:
    """Where a part lies in the panel."""
    return QRect(part.mapTo(panel, QPoint()), part.size())


def test_what_came_of_a_training_fits_a_small_window(qtbot: QtBot) -> None:
    wear(DARK)
    panel = TrainingPanel(DARK)
    qtbot.addWidget(panel)
    panel.resize(*SMALL_PX)
    panel.show()
    page = panel.run
    panel.show_page(page)
    page.show_run(RunState.FINISHED, Progress({"loss": ((1.0, 1.0), (2.0, 0.5))}, 300, 300, None))
    page.show_verdict(VERDICT)
    qtbot.waitUntil(lambda: page.table.geometry().top() > page.verdict.geometry().bottom())
    assert panel.minimumSizeHint().height() <= SMALL_PX[1]
    assert panel.rect().contains(inside(panel, page.keep))
    parts = (page.plot, page.start, page.verdict, page.table)
    places = [inside(panel, part) for part in parts]
    for above, below in itertools.pairwise(places):
        assert above.bottom() < below.top()  # nothing lies over anything


@dataclass(frozen=True)
class AModel:
    """What the page shows of a model."""

    name: str
    current: bool
    shipped: bool
    date: str = "2026-03-14"
    started_from: str = "trunk_3.safetensors"
    note: str = ""
    trouble: str = ""


def test_what_a_model_was_made_from_is_told_of_own_ones(qtbot: QtBot) -> None:
    page = ModelsPage(DARK)
    qtbot.addWidget(page)
    page.show_models((AModel("default", True, True), AModel("mine", False, False)))
    assert page.note.isHidden()  # a file that nobody but its makers has
    page.list.setCurrentRow(1)
    assert page.note.text() == "Made from trunk_3.safetensors."
