"""The songs page of the training panel: long titles can be read."""

from pytestqt.qtbot import QtBot

from chart_hero_app.panels.training_songs import SongsPage
from chart_hero_app.settings.theme import DARK
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


def test_the_next_step_stands_out(qtbot: QtBot) -> None:
    page = SongsPage(DARK)
    qtbot.addWidget(page)
    assert page.scan.property("primary")
    page.show_report(REPORT)
    assert not page.scan.property("primary")
