"""A charter who never touches the mouse: from opening a song to its export."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from chart_hero_app.main_window.commands import analyse as analyse_commands
from chart_hero_app.main_window.commands import kit as kit_commands
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.widgets.info_bar import Notice
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.chart.song import Note
from chart_hero_core.formats.song_folder import load_song
from tests.app.main_window.driving import NOTES
from tests.app.main_window.hearing import hear, open_song, transcribe
from tests.app.main_window.test_kit import better_ears
from tests.app.songs import rock_beat

Key, Held = Qt.Key, Qt.KeyboardModifier
CTRL, SHIFT, ALT = Held.ControlModifier, Held.ShiftModifier, Held.AltModifier


# Every fourth stroke is doubtful.
UNSURE = [
    (time_s, drum, 0.5 if index % 4 == 3 else sure)
    for index, (time_s, drum, sure) in enumerate(rock_beat())
]


def press(key: Qt.Key, held: Qt.KeyboardModifier = Held.NoModifier) -> None:
    """Press a key where the keyboard is."""
    target = QApplication.focusWidget() or QApplication.activeWindow()
    assert target is not None
    QTest.keyClick(target, key, held)


def tab_to(widget: QWidget, most: int = 60) -> None:
    """Press Tab until a widget has the keyboard."""
    for _ in range(most):
        if QApplication.focusWidget() is widget:
            return
        press(Key.Key_Tab)
    raise AssertionError(f"Tab does not reach {widget}")


def chosen(window: MainWindow) -> list[tuple[int, Lane]]:
    return [(note.tick, note.lane) for note in window.document.selected_notes()]


def test_from_opening_to_export(
    window: MainWindow,
    sound: Path,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = window.document
    monkeypatch.setattr(analyse_commands, "listen", hear(UNSURE))
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", staticmethod(lambda *_a, **_k: (str(sound), ""))
    )
    window.activateWindow()
    press(Key.Key_O, CTRL)
    qtbot.waitUntil(lambda: bool(document.clips) and not window.runner.jobs, timeout=20_000)
    assert window.timeline.lanes.hasFocus()
    press(Key.Key_T, CTRL)
    qtbot.waitUntil(lambda: bool(document.track.notes), timeout=60_000)
    qtbot.waitUntil(window.book["review.next"].isEnabled, timeout=20_000)

    # The doubtful notes: one is right, one is not, one is a grid step late and a lane off.
    press(Key.Key_R)
    doubtful = document.selected_notes()
    assert len(doubtful) == 1
    press(Key.Key_Return)
    assert document.undo_stack.undoText().startswith("Accept")
    press(Key.Key_Delete, SHIFT)
    assert document.undo_stack.undoText() == "Reject suggestion"
    press(Key.Key_Period)
    (note,) = document.selected_notes()
    press(Key.Key_Right, CTRL)
    assert chosen(window) == [(note.tick + 120, note.lane)]
    press(Key.Key_Up, SHIFT)
    assert chosen(window)[0][1] is Lane(note.lane + 1)
    press(Key.Key_Delete)
    assert chosen(window) == []
    press(Key.Key_Up)
    before = len(document.track.notes)
    press(Key.Key_4)
    assert abs(len(document.track.notes) - before) == 1

    # What lies behind is right, and the rest is to sound like it.
    monkeypatch.setattr(kit_commands, "learn_kit", better_ears(tmp_path / "kit.safetensors"))
    (tmp_path / "kit.safetensors").write_bytes(b"x")
    press(Key.Key_Escape)
    press(Key.Key_Home)
    press(Key.Key_PageUp, SHIFT)
    press(Key.Key_PageUp, SHIFT)
    press(Key.Key_M, CTRL)
    assert document.reviewed == ((0.0, 4.0),)
    press(Key.Key_K, CTRL | SHIFT)
    qtbot.waitUntil(lambda: document.undo_stack.undoText() == "Learn this kit", timeout=20_000)

    press(Key.Key_E, CTRL)
    dialog = window.exporting.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    tab_to(dialog.target)
    press(Key.Key_A, CTRL)
    QTest.keyClicks(dialog.target, str(tmp_path / "out"))
    tab_to(dialog.write)
    press(Key.Key_Return)
    qtbot.waitUntil(lambda: (tmp_path / "out" / "notes.chart").exists(), timeout=20_000)
    qtbot.waitUntil(dialog.write.isEnabled, timeout=20_000)
    assert load_song(tmp_path / "out").song.expert.notes
    press(Key.Key_Escape)
    qtbot.waitUntil(lambda: window.exporting.dialog is None)


def test_notes_are_selected_one_after_the_other(opened: MainWindow) -> None:
    opened.timeline.lanes.setFocus()
    opened.document.set_snap(4)
    press(Key.Key_Period)
    assert chosen(opened) == [(0, Lane.RED)]
    press(Key.Key_Period)
    assert chosen(opened) == [(480, Lane.RED)]
    assert opened.transport.position_s == pytest.approx(0.5)
    press(Key.Key_Comma)
    press(Key.Key_Comma)
    assert chosen(opened) == [(0, Lane.RED)]
    assert opened.statusBar().currentMessage() == "There is no earlier note"
    press(Key.Key_Escape)
    press(Key.Key_End)
    press(Key.Key_Comma)
    assert chosen(opened) == [(480 * 7, Lane.RED)]
    opened.document.select_notes(())
    opened.transport.seek(0.5)
    opened.timeline.editing.add(Note(480, Lane.KICK))
    press(Key.Key_Period)
    assert chosen(opened) == [(480, Lane.RED)]  # of one place, lane by lane
    assert opened.document.drum is DrumClass.SNARE  # and the curve is of its drum


def test_a_stretch_is_drawn_with_shift_and_the_arrows(opened: MainWindow) -> None:
    document = opened.document
    opened.timeline.lanes.setFocus()
    document.set_snap(4)
    opened.transport.seek(0.51)
    press(Key.Key_Right, SHIFT)
    press(Key.Key_Right, SHIFT)
    assert document.selection.span_s == pytest.approx((0.5, 1.5))
    press(Key.Key_Left, SHIFT)
    assert document.selection.span_s == pytest.approx((0.5, 1.0))
    press(Key.Key_Left, SHIFT)
    assert document.selection.span_s is None
    press(Key.Key_PageUp, SHIFT)
    assert document.selection.span_s == pytest.approx((0.5, 2.0))
    press(Key.Key_Delete)
    assert [note.tick for note in document.track.notes] == [
        note.tick for note in NOTES if not 480 <= note.tick < 1920
    ]
    press(Key.Key_Up)
    press(Key.Key_Left, SHIFT)  # the playhead has left the stretch: a new one
    assert document.selection.span_s == pytest.approx((2.0, 2.5))
    press(Key.Key_Escape)
    opened.transport.seek(0.8)
    press(Key.Key_Right, SHIFT)
    assert document.selection.span_s == pytest.approx((1.0, 1.5))


def test_panels_take_the_keyboard_and_escape_gives_it_back(
    window: MainWindow, sound: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyse_commands, "listen", hear(UNSURE))
    open_song(window, sound, qtbot)
    transcribe(window, qtbot)
    qtbot.waitUntil(window.book["review.next"].isEnabled, timeout=20_000)
    lanes = window.timeline.lanes
    lanes.setFocus()
    for number, panel in enumerate(
        (
            window.decode_panel,
            window.review_panel,
            window.sections_panel,
            window.song_panel,
            window.evaluation_panel,
            window.training_panel,
        ),
        start=1,
    ):
        press(Key(Key.Key_0 + number), ALT)
        focus = QApplication.focusWidget()
        assert focus is not None
        assert panel.isVisible()
        assert panel.isAncestorOf(focus), (panel, focus)
        press(Key.Key_Escape)
        assert lanes.hasFocus()


def test_an_empty_queue_takes_the_keyboard_too(
    window: MainWindow, sound: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyse_commands, "listen", hear(UNSURE))
    open_song(window, sound, qtbot)
    panel, lanes = window.review_panel, window.timeline.lanes
    press(Key.Key_2, ALT)
    assert panel.transcribe.hasFocus()
    press(Key.Key_Escape)
    transcribe(window, qtbot)
    qtbot.waitUntil(window.book["review.next"].isEnabled, timeout=20_000)
    press(Key.Key_2, ALT)
    for _ in range(len(panel.model.rows) + 1):  # the first shows the first place
        press(Key.Key_Return)
        panel.refresh()
    assert not panel.model.rows
    assert panel.empty.hasFocus()  # where the keyboard was, no place is left
    press(Key.Key_Escape)
    assert lanes.hasFocus()
    press(Key.Key_2, ALT)
    assert panel.empty.hasFocus()
    assert panel.empty.accessibleDescription() == panel.empty.text.text()
    before = panel.empty.grab().toImage()
    press(Key.Key_Escape)
    assert panel.empty.grab().toImage() != before  # the focus is seen


def test_the_queue_is_answered_with_the_keyboard_in_it(
    window: MainWindow, sound: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyse_commands, "listen", hear(UNSURE))
    open_song(window, sound, qtbot)
    transcribe(window, qtbot)
    qtbot.waitUntil(window.book["review.next"].isEnabled, timeout=20_000)
    panel, document = window.review_panel, window.document
    rows = [doubt.note for doubt in panel.model.rows]
    steps = document.undo_stack.count()
    press(Key.Key_2, ALT)
    press(Key.Key_Return)  # nothing is answered that was not seen
    assert document.selected_notes() == (rows[0],)
    assert document.undo_stack.count() == steps
    press(Key.Key_Down)
    assert document.selected_notes() == (rows[1],)
    assert window.transport.position_s == document.song.tempo_map.seconds(rows[1].tick)
    press(Key.Key_Return)
    assert document.undo_stack.undoText().startswith("Accept")
    assert document.selected_notes() == (rows[2],)
    press(Key.Key_Delete, SHIFT)
    assert document.undo_stack.undoText() == "Reject suggestion"
    assert panel.list.hasFocus()


def test_answers_to_the_bar_give_the_keyboard_back(
    window: MainWindow, sound: Path, qtbot: QtBot
) -> None:
    window.activateWindow()
    window.bar.show_notice(Notice("note", "Well?", (("Yes", lambda: None),)))
    window.bar.show_notice(Notice("note", "Really?", (("No", lambda: None), ("Yes", lambda: None))))
    qtbot.waitUntil(window.bar._buttons[0].isVisible)
    tab_to(window.bar._buttons[0])
    press(Key.Key_Tab)
    press(Key.Key_Tab)
    assert QApplication.focusWidget() is window.bar._close  # only after the answers
    press(Key.Key_Space)
    focus = QApplication.focusWidget()
    assert focus is not None
    assert window.start_page.isAncestorOf(focus)
    open_song(window, sound, qtbot)
    window.bar.show_notice(Notice("note", "Well?", (("Yes", lambda: None),)))
    qtbot.waitUntil(window.bar._buttons[0].isVisible)
    window.bar._buttons[0].setFocus()
    press(Key.Key_Space)
    assert window.timeline.lanes.hasFocus()


def test_tab_passes_over_the_panels_behind(opened: MainWindow) -> None:
    opened.docks.visit("song")
    reached: set[QWidget] = set()
    while (here := QApplication.focusWidget()) is not None and here not in reached:
        reached.add(here)
        press(Key.Key_Tab)
    assert any(opened.song_panel.isAncestorOf(widget) for widget in reached)
    assert opened.timeline.lanes in reached
    for panel in (opened.decode_panel, opened.sections_panel, opened.evaluation_panel):
        assert not any(panel.isAncestorOf(widget) for widget in reached)
    press(Key.Key_Backtab, SHIFT)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert not opened.decode_panel.isAncestorOf(focused)
