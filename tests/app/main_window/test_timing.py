"""The timing of the notes in the window."""

from pytestqt.qtbot import QtBot

from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import DrumClass
from tests.app.main_window.driving import run


def test_the_timing_of_each_drum_is_shown_and_follows(heard: MainWindow, qtbot: QtBot) -> None:
    run(heard, "review.timing")
    dialog = heard.review.timing.dialog
    assert dialog is not None
    rows = [dialog.table.topLevelItem(row) for row in range(dialog.table.topLevelItemCount())]
    assert [row.text(0) for row in rows if row] == ["Kick", "Snare", "Hi-hat"]
    snare = rows[1]
    assert snare is not None
    assert snare.text(4) == "8"
    dialog.table.itemClicked.emit(snare, 0)
    assert {note.drum for note in heard.document.selected_notes()} == {DrumClass.SNARE}
    for _ in range(5):
        run(heard, "note.later_ms")

    def late() -> bool:
        item = dialog.table.topLevelItem(1)
        return item is not None and item.text(2).endswith("ms late")

    qtbot.waitUntil(late, timeout=20_000)
    dialog.close()
    assert heard.review.timing.dialog is None


def test_the_timing_closes_with_its_song(heard: MainWindow) -> None:
    run(heard, "review.timing")
    run(heard, "file.close")
    assert heard.review.timing.dialog is None
