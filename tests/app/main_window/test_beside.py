"""Windows that stay open beside the chart: they follow it, and the colours."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QListWidget
from pytestqt.qtbot import QtBot

from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note, Section
from tests.app.main_window.driving import NOTES, run
from tests.app.songs import song


def row_with(problems: QListWidget, words: str) -> int:
    texts = [problems.item(row).text() for row in range(problems.count())]
    return next(row for row, text in enumerate(texts) if words in text)


def test_enter_in_the_timing_chooses_a_drum_and_leaves_the_window_open(
    opened: MainWindow, qtbot: QtBot
) -> None:
    run(opened, "review.timing")
    dialog = opened.review.timing.dialog
    assert dialog is not None
    dialog.table.setFocus()
    qtbot.keyClick(dialog.table, Qt.Key.Key_Home)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert opened.review.timing.dialog is dialog
    assert opened.document.selected_notes() == tuple(NOTES)
    dialog.close()


def test_keys_of_the_chart_work_in_a_window_beside_it_and_esc_closes_that(
    opened: MainWindow, qtbot: QtBot
) -> None:
    run(opened, "review.timing")
    dialog = opened.review.timing.dialog
    assert dialog is not None
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Home)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    ctrl_shift = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(dialog.table, Qt.Key.Key_Right, ctrl_shift)
    assert opened.book["edit.undo"].text() == "Undo nudge 8 notes"
    qtbot.keyClick(dialog.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.document.track.notes == tuple(NOTES)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Escape)
    assert opened.review.timing.dialog is None
    assert opened.document.selected_notes()  # Esc was for the window alone


def test_arrows_stay_in_a_panel_that_floats(opened: MainWindow, qtbot: QtBot) -> None:
    parts = (Section(0, "Verse"), Section(960, "Chorus"))
    opened.document.change("Chart", song=replace(opened.document.song, sections=parts))
    opened.docks.docks["sections"].setFloating(True)
    opened.docks.visit("sections")
    shown = opened.sections_panel.sections
    shown.setFocus()
    qtbot.keyClick(shown, Qt.Key.Key_Home)
    qtbot.keyClick(shown, Qt.Key.Key_Down)
    assert shown.currentRow() == 1
    assert opened.transport.position_s == 0.0
    opened.docks.docks["sections"].setFloating(False)


def test_the_timing_follows_the_theme(opened: MainWindow, qtbot: QtBot) -> None:
    opened.preferences.set_value("theme", "dark")
    run(opened, "review.timing")
    dialog = opened.review.timing.dialog
    assert dialog is not None
    qtbot.keyClick(dialog.table, Qt.Key.Key_Home)

    def corner() -> str:
        item = dialog.table.topLevelItem(0)
        assert item is not None
        return dialog.table.itemWidget(item, 1).grab().toImage().pixelColor(0, 0).name()

    dark = corner()
    run(opened, "view.theme")
    assert corner() != dark
    assert corner() == opened.theme.colour("panel").name()
    assert dialog.table.currentItem() is not None
    dialog.close()


@pytest.mark.parametrize("name", ["file.export", "review.check"])
def test_enter_on_a_problem_shows_its_place_and_nothing_else(
    opened: MainWindow, qtbot: QtBot, name: str
) -> None:
    three_hands = [Note(960, lane) for lane in (Lane.YELLOW, Lane.BLUE)]
    opened.document.change("Chart", song=song([*NOTES, *three_hands]))
    run(opened, name)
    dialog = opened.exporting.dialog or opened.checking.dialog
    assert dialog is not None
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    problems = dialog.problems
    placed = next(p for p in problems.problems if p.tick)
    problems.list.setFocus()
    problems.list.setCurrentRow(row_with(problems.list, placed.message))
    qtbot.keyClick(problems.list, Qt.Key.Key_Return)
    assert placed.tick is not None
    expected_s = opened.document.song.tempo_map.seconds(placed.tick)
    assert opened.transport.position_s == pytest.approx(expected_s)
    assert dialog.isVisible()
    assert all(job.title != "Exporting" for job in opened.runner.jobs)
    dialog.close()


def test_the_check_follows_the_chart_and_the_theme(opened: MainWindow, qtbot: QtBot) -> None:
    opened.timeline.lanes.setFocus()
    run(opened, "review.check")
    dialog = opened.checking.dialog
    assert dialog is not None
    run(opened, "review.check")
    assert opened.checking.dialog is dialog
    before = [problem.message for problem in dialog.problems.problems]
    for lane in (Lane.YELLOW, Lane.BLUE):
        run(opened, f"note.{lane.name.lower()}")  # three hands with the snare that is there
    qtbot.waitUntil(lambda: [p.message for p in dialog.problems.problems] != before, timeout=5_000)
    sign = dialog.problems.list.item(0).icon().pixmap(18, 18).toImage()
    run(opened, "view.theme")
    assert dialog.problems.list.item(0).icon().pixmap(18, 18).toImage() != sign
    run(opened, "file.close")
    assert opened.checking.dialog is None
    assert not opened.book["review.check"].isEnabled()
