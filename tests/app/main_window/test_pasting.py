"""Pasting near the end of the song."""

from chart_hero_app.document.state import Selection
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.edits import DeleteNotes
from chart_hero_core.chart.song import Difficulty
from chart_hero_core.chart.validate import validate
from tests.app.main_window.driving import NOTES, run


def paste_at(window: MainWindow, time_s: float) -> list[int]:
    window.document.select_notes(tuple(NOTES[:4]))  # of beats 0, 1, 2, 3: half a second apart
    run(window, "edit.copy")
    window.transport.seek(time_s)
    run(window, "edit.paste")
    return [note.tick for note in window.document.track.notes[len(NOTES) :]]


def test_what_would_come_after_the_end_is_left_out_and_told(opened: MainWindow) -> None:
    assert opened.document.duration_s == 8.0
    assert paste_at(opened, 7.0) == [6720, 7200, 7680]  # at 7, 7.5 and 8 s
    assert opened.statusBar().currentMessage() == (
        "Pasted 3 notes; 1 more would come after the end of the song"
    )
    assert len(opened.document.selected_notes()) == 3
    found = {p.rule for p in validate(opened.document.song, song_length_s=8.0)}
    assert not any("end" in rule for rule in found)
    run(opened, "edit.undo")
    assert list(opened.document.track.notes) == NOTES


def test_where_nothing_fits_nothing_changes(opened: MainWindow) -> None:
    opened.document.select(Selection(span_s=(0.0, 2.0)))  # a bar that begins with rests
    opened.document.push(DeleteNotes(Difficulty.EXPERT, ((0, Lane.RED), (480, Lane.RED))))
    run(opened, "edit.copy")
    steps = opened.document.undo_stack.count()
    opened.transport.seek(7.5)
    run(opened, "edit.paste")
    assert opened.document.undo_stack.count() == steps
    assert opened.statusBar().currentMessage() == (
        "Nothing pasted: all of it would come after the end of the song"
    )
