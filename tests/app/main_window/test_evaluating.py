"""The report of the evaluator inside the app."""

import shutil
from pathlib import Path

import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chart_hero_app.document.state import State
from chart_hero_app.main_window.commands.evaluation import reports_dir
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.base.files import resources_dir
from chart_hero_core.evaluation.report.folder import saved_from
from chart_hero_core.evaluation.report.tables import Table

REPORT = saved_from(
    {
        "schema": 1,
        "estimate": "default",
        "view": "eight",
        "options": {"detail_ms": 25.0},
        "tables": {
            "empty": {"columns": ["a"], "rows": []},
            "timing": {"columns": ["drum", "bias_ms"], "rows": [["kick", 1.5], ["ride", -20.0]]},
            "scores_overall": {"columns": ["drum", "f"], "rows": [["kick", 0.98765]]},
        },
    }
)


def test_tables_are_read_one_at_a_time(window: MainWindow) -> None:
    panel = window.evaluation_panel
    panel.show_report(REPORT, "My songs")
    page = panel.report
    assert page.heading.text() == "How default hears My songs"
    assert [page.choice.itemText(i) for i in range(page.choice.count())] == [
        "Scores overall",
        "Timing",
    ]
    assert page.table.item(0, 1).text() == "0.9877"
    page.choice.setCurrentIndex(1)
    assert page.table.rowCount() == 2
    page.table.sortItems(1, Qt.SortOrder.AscendingOrder)
    assert page.table.item(0, 0).text() == "ride"  # -20 comes before 1.5
    page.backWanted.emit()
    assert panel.empty.isVisibleTo(panel)


def test_a_report_outlives_the_opening_of_a_song(window: MainWindow) -> None:
    panel = window.evaluation_panel
    panel.show_report(REPORT, "My songs")
    window.document.open(State(), None)
    assert panel.report.isVisibleTo(panel)


def _beginning_of_the_demo(folder: Path) -> None:
    """Ten seconds of its drums: enough to be heard and scored."""
    demo = resources_dir() / "demo"
    folder.mkdir(parents=True)
    shutil.copy(demo / "notes.chart", folder)
    rate = soundfile.info(demo / "drums.ogg").samplerate
    samples, _ = soundfile.read(demo / "drums.ogg", stop=10 * rate)
    soundfile.write(folder / "drums.ogg", samples, rate)


def test_the_model_is_measured_on_charted_songs(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    songs = tmp_path / "songs"
    _beginning_of_the_demo(songs / "Count Me In")
    window.evaluating.start(songs)
    page = window.evaluation_panel.report
    qtbot.waitUntil(lambda: bool(page.heading.text()), timeout=240_000)
    assert page.heading.text() == "How default hears songs"
    assert page.choice.count() > 3
    (folder,) = reports_dir().iterdir()
    assert (folder / "report.html").is_file()


def test_what_cannot_be_measured_says_why(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> Table:
        raise EvaluationError("There is nothing to score.")

    monkeypatch.setattr(window.evaluating, "_evaluate", fail)
    window.evaluating.start(tmp_path)
    qtbot.waitUntil(lambda: window.bar.notice is not None, timeout=20_000)
    assert window.bar.notice.text == "There is nothing to score."
    QTest.keyClick(window, Qt.Key.Key_Escape)
