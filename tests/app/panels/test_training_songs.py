"""The songs page of the training panel: long titles can be read, old scans are not trained on."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from chart_hero_app.panels.training_songs import SongsPage
from chart_hero_app.settings.theme import DARK, LIGHT
from chart_hero_core.dataset.report import DROPPED, USED, BuildReport, SongRow

LONG = "A band with a long name - A song whose title is even longer than that (live, remastered)"
REPORT = BuildReport(
    (
        SongRow("Band - Song", "/songs/1", USED),
        SongRow(LONG, "/songs/2", USED),
        SongRow("Band - Other", "/songs/3", DROPPED, "The chart does not fit this audio."),
    ),
    processed=3,
)


def test_long_titles_are_wrapped_and_told_in_full(qtbot: QtBot) -> None:
    page = SongsPage(DARK)
    qtbot.addWidget(page)
    page.resize(340, 700)
    page.show_report(REPORT)
    page.show()
    table = page.table
    titles = [table.item(row, 0) for row in range(3)]
    assert [title.text() for title in titles if title] == ["Band - Other", "Band - Song", LONG]
    qtbot.waitUntil(lambda: table.rowHeight(2) > 2 * table.rowHeight(1))
    assert titles[2] is not None
    assert titles[2].toolTip().splitlines()[:2] == [LONG, "/songs/2"]


def test_an_empty_page_says_what_to_do_and_offers_it(qtbot: QtBot) -> None:
    page = SongsPage(DARK)
    qtbot.addWidget(page)
    page.show()
    assert "Add folders of songs you charted" in page.empty.text.text()
    assert not page.folders.isVisible()  # there is nothing to list
    with qtbot.waitSignal(page.addWanted):
        page.start.click()
    page.set_folders([Path("/songs")], 0)
    assert "Scan to see" in page.empty.text.text()
    assert page.folders.isVisible()
    with qtbot.waitSignal(page.scanWanted):
        page.start.click()
    page.show_busy(0.5, "song")
    assert not page.empty.isVisible()
    page.show_busy(None)
    page.show_report(REPORT)
    assert not page.empty.isVisible()
    assert page.scan.isVisible()


def test_buttons_that_cannot_be_pressed_say_why(qtbot: QtBot) -> None:
    page = SongsPage(DARK)
    qtbot.addWidget(page)
    assert not page.remove.isEnabled()
    assert "choose" in page.remove.toolTip()


def test_a_scan_of_other_folders_is_not_trained_on(qtbot: QtBot) -> None:
    page = SongsPage(DARK)
    qtbot.addWidget(page)
    page.show()
    page.set_folders([Path("/songs")], 0)
    page.show_busy(0.0)
    page.show_report(REPORT)
    page.show_busy(None)
    page.set_folders([Path("/songs")], 0)  # shown again as they were
    assert page.train.isVisible()
    page.set_folders([Path("/songs"), Path("/more")], 0)
    page.set_theme(LIGHT)
    assert not page.train.isVisible()
    assert "scan again" in page.empty.text.text()
    page.show_busy(0.0)
    page.set_folders([Path("/songs"), Path("/more")], 1)  # while the scan runs
    page.show_report(REPORT)
    page.show_busy(None)
    assert not page.train.isVisible()
    page.show_busy(0.0)
    page.show_report(REPORT)
    page.show_busy(None)
    assert page.train.isVisible()
    assert not page.empty.isVisible()
