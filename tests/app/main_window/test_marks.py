"""Suggested marks in the window: ghosts, accents, double kicks and roll lanes."""

from PySide6.QtCore import Qt

from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note
from tests.app.main_window.driving import run
from tests.app.songs import song

# 32nds at 120 BPM, far too fast for one foot.
FAST = [Note(60 * i, Lane.KICK) for i in range(8)]


def test_marks_are_offered_shown_and_put_as_one_step(opened: MainWindow) -> None:
    document = opened.document
    document.change("Chart", song=song(FAST))
    run(opened, "note.suggest_marks")
    dialog = opened.notes.marks.dialog
    assert dialog is not None
    leaf = dialog.leaves[1]
    assert leaf.parent().text(0) == "Double kicks (4)"
    assert dialog.apply.text() == "Add 4 marks"
    dialog.tree.setCurrentItem(leaf)
    assert [note.tick for note in document.selected_notes()] == [180]
    leaf.setCheckState(0, Qt.CheckState.Unchecked)
    assert dialog.apply.text() == "Add 3 marks"
    dialog.apply.click()
    assert [n.tick for n in document.track.notes if n.double_kick] == [60, 300, 420]
    assert opened.notes.marks.dialog is None
    run(opened, "edit.undo")
    assert not any(note.double_kick for note in document.track.notes)


def test_only_what_is_sure_enough_is_listed(opened: MainWindow) -> None:
    opened.document.change("Chart", song=song(FAST))
    run(opened, "note.suggest_marks")
    dialog = opened.notes.marks.dialog
    assert dialog is not None
    offered = dialog.chosen()
    least = round(100 * min(one.confidence for one in offered)) + 1
    dialog.least.setValue(least)
    kept = [one for one in offered if one.confidence >= least / 100]
    assert 0 < len(kept) < len(offered)
    assert dialog.chosen() == kept
    dialog.close()


def test_marks_are_offered_for_the_selection(opened: MainWindow) -> None:
    opened.document.change("Chart", song=song(FAST))
    opened.document.select_notes(opened.document.track.notes[:2])
    run(opened, "note.suggest_marks")
    dialog = opened.notes.marks.dialog
    assert dialog is not None
    assert [one.notes[0].tick for one in dialog.chosen()] == [60]
    opened.document.change("Chart", song=song([]))
    assert opened.notes.marks.dialog is None


def test_where_nothing_is_to_be_marked_that_is_told(opened: MainWindow) -> None:
    run(opened, "note.suggest_marks")
    assert opened.notes.marks.dialog is None
    said = opened.statusBar().currentMessage()
    assert said == "No marks to suggest: ghosts and accents need a transcription"
