"""Charting by hand in the window: notes, and stretches of time."""

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Dynamic, Note
from tests.app.main_window.driving import NOTES, run
from tests.app.songs import song


def test_undoing_shows_where_and_says_what(opened: MainWindow) -> None:
    document = opened.document
    document.set_difficulty(Difficulty.HARD)
    run(opened, "note.red")
    document.set_difficulty(Difficulty.EXPERT)
    run(opened, "edit.undo")
    assert document.difficulty is Difficulty.HARD
    assert opened.statusBar().currentMessage() == "Undone: add note"
    document.set_difficulty(Difficulty.EXPERT)
    run(opened, "edit.redo")
    assert document.difficulty is Difficulty.HARD
    assert len(document.selected_notes()) == 1
    assert opened.statusBar().currentMessage() == "Redone: add note"


def test_notes_are_placed_by_key_and_taken_back(opened: MainWindow, qtbot: QtBot) -> None:
    opened.timeline.lanes.setFocus()
    qtbot.keyClick(opened.timeline.lanes, Qt.Key.Key_0)
    assert opened.document.track.notes[0] == Note(0, Lane.KICK)
    assert opened.book["edit.undo"].text() == "Undo add note"
    run(opened, "edit.undo")
    assert opened.document.track.notes == tuple(NOTES)
    run(opened, "edit.redo")
    assert len(opened.document.track.notes) == 9


def test_commands_that_need_notes_wait_for_them(opened: MainWindow) -> None:
    assert not opened.book["note.accent"].isEnabled()
    run(opened, "edit.select_all")
    run(opened, "note.accent")
    assert all(note.dynamic.value == "accent" for note in opened.document.track.notes)
    run(opened, "edit.delete")
    assert opened.document.track.notes == ()
    assert not opened.book["edit.copy"].isEnabled()


def test_keys_that_need_something_say_what(opened: MainWindow, qtbot: QtBot) -> None:
    lanes, said = opened.timeline.lanes, opened.statusBar().currentMessage
    lanes.setFocus()
    qtbot.keyClick(lanes, Qt.Key.Key_V)
    assert said() == "Accent: select notes or a stretch of time first"
    qtbot.keyClick(lanes, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert said() == "Later by a grid step: select notes or a stretch of time first"
    qtbot.keyClick(lanes, Qt.Key.Key_R)
    assert said() == "Next doubtful note: transcribe the song first"
    opened.document.select_notes(tuple(NOTES[:2]))
    opened.statusBar().clearMessage()
    qtbot.keyClick(lanes, Qt.Key.Key_V)
    assert said() == ""
    opened.files.close_song()
    qtbot.keyClick(opened, Qt.Key.Key_Space)
    assert said() == "Play or pause: open a song first"


def test_copy_and_paste_keep_the_beat(opened: MainWindow) -> None:
    opened.document.select_notes(tuple(NOTES[:2]))
    run(opened, "edit.copy")
    opened.transport.seek(6.0)
    run(opened, "edit.paste")
    assert [n.tick for n in opened.document.track.notes][-2:] == [5760, 6240]


def test_easier_difficulties(opened: MainWindow) -> None:
    run(opened, "note.reduce")
    assert set(opened.document.song.tracks) == set(Difficulty)
    run(opened, "view.easy")
    assert opened.document.difficulty is Difficulty.EASY
    assert opened.book["view.easy"].isChecked()
    assert not opened.book["view.expert"].isChecked()
    run(opened, "edit.undo")
    assert set(opened.document.song.tracks) == {Difficulty.EXPERT}


def test_a_chart_of_one_note_is_counted_as_one(opened: MainWindow) -> None:
    opened.document.change("Chart", song=song(NOTES[:1]))
    assert opened.status.selection.text() == "1 note"


def test_what_lies_under_the_mouse_is_told(opened: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseMove(opened.timeline.waveform, QPoint(200, 20))
    opened.timeline.pointed.emit("1.000 s")
    assert opened.status.pointed.text() == "1.000 s"


def drag_over_waveform(window: MainWindow, qtbot: QtBot, start_s: float, end_s: float) -> None:
    """Select a stretch with the mouse."""
    row = window.timeline.waveform
    start, end = (QPoint(round(row.x_of(time_s)), 20) for time_s in (start_s, end_s))
    qtbot.mousePress(row, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 5):
        qtbot.mouseMove(row, start + (end - start) * step / 4)
    qtbot.mouseRelease(row, Qt.MouseButton.LeftButton, pos=end)


def test_notes_of_a_selected_stretch_are_edited(opened: MainWindow, qtbot: QtBot) -> None:
    """As everywhere: a range is copied, accented, moved and deleted."""
    document = opened.document
    opened.timeline.axis.show_range(0.0, 8.0)
    document.select_notes(document.track.notes[:1])  # what was worked on before
    drag_over_waveform(opened, qtbot, 0.9, 2.1)  # the notes at 1, 1.5 and 2 s
    assert document.selected_notes() == ()
    run(opened, "edit.copy")
    run(opened, "note.accent")
    accented = [note.tick for note in document.track.notes if note.dynamic is Dynamic.ACCENT]
    assert accented == [960, 1440, 1920]
    run(opened, "edit.delete")
    assert [note.tick for note in document.track.notes] == [0, 480, 2400, 2880, 3360]
    opened.transport.seek(5.0)
    run(opened, "edit.paste")
    assert [note.tick for note in document.track.notes][-3:] == [4800, 5280, 5760]
    assert document.undo_stack.undoText() == "Paste 3 notes"


def test_notes_selected_in_a_stretch_are_edited_alone(opened: MainWindow, qtbot: QtBot) -> None:
    document = opened.document
    opened.timeline.axis.show_range(0.0, 8.0)
    drag_over_waveform(opened, qtbot, 0.9, 3.1)
    chosen = document.track.notes[2]
    document.select(replace(document.selection, notes=frozenset({document.key(chosen)})))
    run(opened, "note.ghost")
    assert [n.tick for n in document.track.notes if n.dynamic is Dynamic.GHOST] == [960]
    run(opened, "edit.select_none")
    assert not opened.book["edit.delete"].isEnabled()
