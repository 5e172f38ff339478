"""Levels of a file become those of a model, from the training panel."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.files import shipped_checkpoint
from chart_hero_core.model.checkpoint import load_checkpoint
from chart_hero_core.tasks.levels import read_levels
from chart_hero_core.tasks.models import current_model, current_name

SHIPPED = shipped_checkpoint().with_name("class_thresholds.json")
Take = Callable[[Path], None]


@pytest.fixture
def take(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Take:
    """Takes the entry of the menu of the models page and chooses a file."""
    window.book["view.training"].trigger()
    page = window.training_panel.models
    window.training_panel.show_page(page)

    def choose(path: Path) -> None:
        answer = (str(path), "")
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: answer)
        assert page.levels.isEnabled()
        page.levels.trigger()
        qtbot.waitUntil(lambda: not window.runner.jobs, timeout=120_000)

    return choose


def test_a_copy_with_the_levels_of_a_file_listens(
    window: MainWindow, take: Take, tmp_path: Path
) -> None:
    data = json.loads(SHIPPED.read_bytes())
    data["drums"]["presets"]["conservative"]["activity_gate"] = 0.123
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(data))
    take(mine)
    assert current_name() == "default-levels"
    assert load_checkpoint(current_model().path).calibrations == read_levels(mine)
    assert "default-levels" in window.training_panel.models.list.item(1).text()
    assert load_checkpoint(shipped_checkpoint()).calibrations == read_levels(SHIPPED)


def test_what_is_no_file_of_levels_is_refused(
    window: MainWindow, take: Take, tmp_path: Path
) -> None:
    other = tmp_path / "song.json"
    other.write_text("[1, 2]")
    take(other)
    assert window.bar.text.text() == "song.json is not a file of levels (class_thresholds.json)."
    assert current_name() == "default"
    assert window.training_panel.models.list.count() == 1
