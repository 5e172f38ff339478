"""The main window: commands, opening, playing, themes, the palette."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from chart_hero_app.dialogs.error import ErrorDialog
from chart_hero_app.dialogs.preferences import PreferencesDialog
from chart_hero_app.document.state import Selection
from chart_hero_app.document.transport import Channel, Follow
from chart_hero_app.main_window.command_palette import CommandPalette, match_rank
from chart_hero_app.main_window.focus import belongs_to
from chart_hero_app.main_window.status import clock
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.playback.outputs import Output
from chart_hero_app.settings.commands import COMMANDS
from chart_hero_app.settings.preferences import Preferences
from chart_hero_app.settings.theme import DARK, LIGHT
from chart_hero_app.timeline.tools import Mode
from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import AudioError, DeviceError
from chart_hero_core.chart.edits import Keep
from chart_hero_core.chart.song import Difficulty, Note, PhraseKind, Section
from tests.app.songs import song, write_sound

NOTES = [Note(480 * beat, Lane.RED) for beat in range(8)]


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "songs" / "tune.wav")


@pytest.fixture
def opened(window: MainWindow, sound: Path, qtbot: QtBot) -> MainWindow:
    """A window with a song whose sound was read, at 120 BPM, eight snares."""
    window.files.open(sound)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    window.document.change("Chart", song=song(NOTES))
    return window


def run(window: MainWindow, name: str) -> None:
    """Trigger a command as a menu or key would."""
    action = window.book[name]
    assert action.isEnabled(), name
    action.trigger()


# Commands -------------------------------------------------------------------------------------


def test_every_command_does_something(window: MainWindow) -> None:
    assert window.book.unbound() == ()


def test_every_command_is_in_a_menu_and_has_a_tooltip(window: MainWindow) -> None:
    shown = {action.objectName() for menu in window.menus.values() for action in menu.actions()}
    for command in COMMANDS:
        assert command.name in shown
        assert command.help in window.book[command.name].toolTip()


def test_keys_follow_the_preferences(window: MainWindow) -> None:
    window.preferences.set_keys("Editor on Fire", {"edit.undo": ("Ctrl+U",)})
    assert window.book["edit.undo"].shortcut().toString() == "Ctrl+U"
    assert window.book["note.kick"].shortcut().toString() == "1"


def test_the_palette_finds_and_runs(opened: MainWindow, qtbot: QtBot) -> None:
    palette = CommandPalette(opened.book, opened)
    qtbot.addWidget(palette)
    palette.show()
    qtbot.keyClicks(palette.field, "metro")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.chosen is opened.book["play.metronome"]
    assert opened.transport.audible(Channel.METRONOME)


def test_the_palette_steps_with_the_arrows(opened: MainWindow, qtbot: QtBot) -> None:
    palette = CommandPalette(opened.book, opened)
    qtbot.addWidget(palette)
    first = palette.list.currentItem()
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentItem() is not first
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentItem() is first


@pytest.mark.parametrize(
    ("typed", "rank"),
    [("", 0), ("exp", 0), ("chart exp", 1), ("por", 2), ("sng", 3), ("ect", 4), ("xyz", None)],
)
def test_matches_are_ranked(typed: str, rank: int | None) -> None:
    assert match_rank(typed, "Export chart", "File write .sng") == rank


# Opening --------------------------------------------------------------------------------------


def test_the_start_page_gives_way_to_the_song(
    window: MainWindow, sound: Path, qtbot: QtBot
) -> None:
    assert window.pages.currentWidget() is window.start_page
    assert not window.book["file.export"].isEnabled()
    window.files.open(sound)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    assert window.pages.currentWidget() is window.timeline
    assert window.transport.duration_s == pytest.approx(8.0, abs=0.01)
    assert window.book["file.export"].isEnabled()
    assert "tune" in window.windowTitle()
    assert window.preferences.recent == (sound,)
    run(window, "file.close")
    assert window.pages.currentWidget() is window.start_page
    assert window.start_page.list.count() == 1
    assert window.document.clip is None
    assert window.transport.duration_s == 0.0


def test_a_dropped_file_is_opened(window: MainWindow, sound: Path, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(sound))])
    event = QDropEvent(
        QPointF(100, 100),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    assert event.isAccepted()
    qtbot.waitUntil(lambda: window.document.source == sound, timeout=20_000)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)


def test_a_song_that_is_not_there_is_told_in_the_bar(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.bar.shown, timeout=20_000) as signal:
        window.files.open(Path("/nowhere/at/all.ogg"))
    assert "all.ogg" in signal.args[0]
    assert window.document.source is None


def test_the_unexpected_is_shown_with_details(window: MainWindow, qtbot: QtBot) -> None:
    def work(_progress: object) -> None:
        raise ZeroDivisionError("bug")

    window.runner.start("Dividing", work)
    qtbot.waitUntil(lambda: bool(window.findChildren(ErrorDialog)))
    dialog = window.findChildren(ErrorDialog)[0]
    assert "ZeroDivisionError" in dialog.details.toPlainText()
    dialog.close()


def test_an_expected_failure_is_no_dialog(window: MainWindow, qtbot: QtBot) -> None:
    def work(_progress: object) -> None:
        raise AudioError("The file is silent.")

    with qtbot.waitSignal(window.bar.shown):
        window.runner.start("Reading", work)
    assert window.findChildren(ErrorDialog) == []


# Moving and playing ---------------------------------------------------------------------------


def test_stepping_through_the_song(opened: MainWindow) -> None:
    transport = opened.transport
    opened.document.set_snap(4)
    run(opened, "play.step_up")
    assert transport.position_s == pytest.approx(0.5)
    run(opened, "play.bar_up")
    assert transport.position_s == pytest.approx(2.0)
    transport.seek(2.7)
    run(opened, "play.bar_down")
    assert transport.position_s == pytest.approx(2.0)
    run(opened, "play.bar_down")
    assert transport.position_s == pytest.approx(0.0)
    transport.seek(0.6)
    run(opened, "play.step_down")
    assert transport.position_s == pytest.approx(0.5)
    run(opened, "play.end")
    assert transport.position_s == transport.duration_s
    run(opened, "play.start")
    assert transport.position_s == 0.0


def test_sections_are_jumped_to(opened: MainWindow) -> None:
    sections = (Section(960, "Verse"), Section(2880, "Chorus"))
    opened.document.change("Sections", song=replace(opened.document.song, sections=sections))
    run(opened, "play.section_up")
    assert opened.transport.position_s == pytest.approx(1.0)
    run(opened, "play.section_up")
    assert opened.transport.position_s == pytest.approx(3.0)
    run(opened, "play.section_down")
    assert opened.transport.position_s == pytest.approx(1.0)


def test_play_pause_and_stop(opened: MainWindow, qtbot: QtBot) -> None:
    opened.transport.seek(1.0)
    run(opened, "play.toggle")
    assert opened.book["play.toggle"].text() == "Pause"
    qtbot.waitUntil(lambda: opened.transport.position_s > 1.05, timeout=10_000)
    run(opened, "play.stop")
    assert not opened.transport.playing
    assert opened.transport.position_s == pytest.approx(1.0)
    assert opened.book["play.toggle"].text() == "Play"


def test_without_a_sound_device_the_song_runs_on_silently(
    qtbot: QtBot, preferences: Preferences, sound: Path
) -> None:
    def no_device(*_args: object) -> Output:
        raise DeviceError("There is no sound device.")

    made = MainWindow(preferences, no_device)
    qtbot.addWidget(made)
    made.files.open(sound)
    qtbot.waitUntil(lambda: made.document.clip is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not made.runner.jobs, timeout=20_000)
    run(made, "play.toggle")
    qtbot.waitUntil(lambda: made.transport.position_s > 0.05, timeout=10_000)
    assert not made.transport.has_sound
    assert made.bar.notice is not None
    assert "There is no sound device." in made.bar.notice.text
    made.bar.dismiss()
    run(made, "play.stop")
    run(made, "play.toggle")
    assert made.bar.notice is None
    made.close()


def test_loop_and_speed(opened: MainWindow) -> None:
    run(opened, "play.loop")
    assert opened.transport.loop is None
    assert not opened.book["play.loop"].isChecked()
    opened.document.select(Selection(span_s=(1.0, 3.0)))
    run(opened, "play.loop")
    assert opened.transport.loop == (1.0, 3.0)
    assert opened.book["play.loop"].isChecked()
    run(opened, "play.loop")
    assert opened.transport.loop is None
    run(opened, "play.slower")
    assert opened.transport.speed == 0.9
    run(opened, "play.normal_speed")
    run(opened, "play.faster")
    assert opened.transport.speed == 1.25


def test_the_mixer_and_the_menu_agree(opened: MainWindow) -> None:
    run(opened, "play.kit")
    assert opened.transport.audible(Channel.KIT)
    opened.transport.set_audible(Channel.KIT, False)
    assert not opened.book["play.kit"].isChecked()


# Editing --------------------------------------------------------------------------------------


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


def test_copy_and_paste_keep_the_beat(opened: MainWindow) -> None:
    opened.document.select_notes(tuple(NOTES[:2]))
    run(opened, "edit.copy")
    opened.transport.seek(6.0)
    run(opened, "edit.paste")
    assert [n.tick for n in opened.document.track.notes][-2:] == [5760, 6240]


def test_phrases_over_the_selection(opened: MainWindow) -> None:
    opened.document.select(Selection(span_s=(0.0, 2.0)))
    run(opened, "note.star_power")
    phrase = opened.document.track.phrases[0]
    assert (phrase.kind, phrase.tick, phrase.length) == (PhraseKind.STAR_POWER, 0, 1920)
    run(opened, "note.star_power")
    assert opened.document.track.phrases == ()


def test_easier_difficulties(opened: MainWindow) -> None:
    run(opened, "note.reduce")
    assert set(opened.document.song.tracks) == set(Difficulty)
    run(opened, "view.easy")
    assert opened.document.difficulty is Difficulty.EASY
    assert opened.book["view.easy"].isChecked()
    assert not opened.book["view.expert"].isChecked()
    run(opened, "edit.undo")
    assert set(opened.document.song.tracks) == {Difficulty.EXPERT}


# Tempo ----------------------------------------------------------------------------------------


def test_tempo_commands_are_steps_and_can_be_undone(opened: MainWindow) -> None:
    before = opened.document.song
    opened.book.check("tempo.keep_time", False)
    for name in ("tempo.double", "tempo.halve", "tempo.faster", "tempo.slower"):
        run(opened, name)
    assert opened.document.song.tempo_map.tempos[0].bpm == pytest.approx(120.0)
    run(opened, "tempo.shift_later")
    opened.transport.seek(1.0)
    run(opened, "tempo.anchor")
    anchored = opened.document.song.tempo_map.tempo_at(960)
    assert (anchored.tick, anchored.anchor_us) == (960, 1_000_000)
    run(opened, "tempo.anchor")
    assert opened.document.song.tempo_map.tempo_at(960).anchor_us is None
    opened.tempo.insert_bpm(1920, 90.0)
    assert opened.document.song.tempo_map.tempo_at(2000).bpm == pytest.approx(90.0)
    while opened.document.song is not before and opened.document.undo_stack.canUndo():
        opened.document.undo_stack.undo()
    assert opened.document.song == before


def test_notes_keep_their_time_or_their_beat(opened: MainWindow) -> None:
    opened.book.check("tempo.keep_time", True)
    opened.tempo.insert_bpm(0, 60.0)
    assert [n.tick for n in opened.document.track.notes][:3] == [0, 240, 480]
    run(opened, "edit.undo")
    opened.book.check("tempo.keep_time", False)
    opened.tempo.insert_bpm(0, 60.0)
    assert [n.tick for n in opened.document.track.notes][:3] == [0, 480, 960]


def test_dragged_beats_follow_the_same_choice(opened: MainWindow) -> None:
    assert opened.timeline.beats.keep is Keep.TIME
    run(opened, "tempo.keep_time")
    assert opened.timeline.beats.keep is Keep.GRID


def test_what_lies_under_the_mouse_is_told(opened: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseMove(opened.timeline.waveform, QPoint(200, 20))
    opened.timeline.pointed.emit("1.000 s")
    assert opened.status.pointed.text() == "1.000 s"


def test_a_refused_tempo_is_told(opened: MainWindow) -> None:
    before = opened.document.song
    opened.tempo.insert_bpm(0, 0.001)
    assert opened.bar.notice is not None
    assert opened.document.song is before


def test_tapping_sets_the_tempo(opened: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([10.0, 10.6, 11.2, 11.8, 12.4])
    monkeypatch.setattr("time.perf_counter", lambda: next(now))
    for _ in range(5):
        opened.tempo.tap()
    monkeypatch.undo()
    assert opened.document.song.tempo_map.tempos[0].bpm == pytest.approx(100.0, abs=0.5)


# Views ----------------------------------------------------------------------------------------


def test_theme_is_switched_and_remembered(window: MainWindow) -> None:
    window.preferences.set_value("theme", "dark")
    assert window.theme is DARK
    run(window, "view.theme")
    assert window.theme is LIGHT
    assert window.preferences.text("theme") == "light"


def test_grid_tools_and_follow(opened: MainWindow) -> None:
    run(opened, "view.snap_finer")
    assert opened.document.snap == 20
    assert opened.status.snap.text() == "Snap 1/20"
    run(opened, "view.snap_coarser")
    run(opened, "view.tool_note")
    assert opened.timeline.tool.mode is Mode.NOTE
    assert not opened.book["view.tool_cursor"].isChecked()
    run(opened, "view.tool_note")
    assert opened.book["view.tool_note"].isChecked()
    run(opened, "view.follow")
    assert opened.transport.follow is Follow.OFF
    run(opened, "view.follow")
    assert opened.transport.follow is Follow.PAGE


def test_zoom(opened: MainWindow) -> None:
    run(opened, "view.zoom_all")
    assert opened.timeline.axis.span_s >= 8.0
    whole = opened.timeline.axis.span_s
    run(opened, "view.zoom_in")
    assert opened.timeline.axis.span_s < whole
    opened.document.select(Selection(span_s=(2.0, 3.0)))
    run(opened, "view.zoom_selection")
    assert opened.timeline.axis.start_s == pytest.approx(1.9, abs=0.05)


def test_docks_are_remembered(opened: MainWindow) -> None:
    window = opened
    window.docks.raise_panel("song")
    window.docks.docks["training"].hide()
    window.docks.save(window.preferences)
    assert isinstance(window.preferences.layout("docks"), str)
    run(window, "view.reset_layout")
    assert not window.docks.docks["training"].isHidden()
    window.docks.restore(window.preferences)
    assert window.docks.docks["training"].isHidden()


def test_panels_step_aside_without_a_song(window: MainWindow, sound: Path, qtbot: QtBot) -> None:
    assert all(dock.isHidden() for dock in window.docks.docks.values())
    window.files.open(sound)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    assert not window.docks.docks["decode"].isHidden()
    window.docks.docks["training"].close()
    run(window, "file.close")
    assert window.docks.docks["decode"].isHidden()
    window.files.open(sound)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    assert not window.docks.docks["decode"].isHidden()
    assert window.docks.docks["training"].isHidden()


def test_nonsense_in_the_saved_layout_gives_the_default(opened: MainWindow) -> None:
    window = opened
    window.preferences.set_layout("docks", "@@@")
    window.preferences.set_layout("geometry", "@@@")
    window.docks.restore(window.preferences)
    assert not window.docks.docks["decode"].isHidden()


def test_the_status_bar_tells_the_place(opened: MainWindow) -> None:
    opened.transport.seek(2.5)
    assert not opened.status.time.isHidden()
    assert opened.status.time.text() == "0:02.500"
    assert opened.status.place.text() == "2:2"
    assert "120.00 BPM" in opened.status.tempo.text()
    opened.document.select_notes(tuple(NOTES[:3]))
    assert opened.status.selection.text() == "3 notes selected"


def test_the_status_bar_says_nothing_of_no_song(window: MainWindow) -> None:
    assert window.status.time.isHidden()


def test_toolbar_words_keep_their_dots(window: MainWindow) -> None:
    button = window.toolbar.widgetForAction(window.book["file.export"])
    assert isinstance(button, QToolButton)
    assert button.text() == "Export chart…"


def test_job_progress_is_shown_and_can_be_stopped(window: MainWindow, qtbot: QtBot) -> None:
    def work(progress: object) -> None:
        for step in range(1000):
            progress.check_cancelled()  # type: ignore[attr-defined]
            progress.report(step / 1000, "Counting sheep")  # type: ignore[attr-defined]
            time.sleep(0.005)

    window.runner.start("Counting", work)
    qtbot.waitUntil(lambda: window.status.job_bar.isVisible(), timeout=5_000)
    qtbot.waitUntil(lambda: window.status.job_text.text() == "Counting sheep", timeout=5_000)
    with qtbot.waitSignal(window.runner.finished):
        window.status.job_stop.click()
    assert not window.status.job_bar.isVisible()


@pytest.mark.parametrize(
    ("time_s", "text"), [(0, "0:00.000"), (59.9996, "1:00.000"), (187.042, "3:07.042")]
)
def test_clock(time_s: float, text: str) -> None:
    assert clock(time_s) == text


def test_preferences_open_at_the_keys(window: MainWindow, qtbot: QtBot) -> None:
    run(window, "help.keys")
    dialog = window.findChildren(PreferencesDialog)[0]
    assert dialog.pages.currentItem().text() == "Keyboard"
    dialog.close()
    assert [d for d in window.findChildren(QDialog) if d.isVisible()] == []


def test_preferences_open_without_a_sound_library(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> tuple[str, ...]:
        raise DeviceError("PortAudio is missing.")

    monkeypatch.setattr("chart_hero_app.main_window.sound.device_names", missing)
    run(window, "file.preferences")
    [dialog] = [d for d in window.findChildren(PreferencesDialog) if d.isVisible()]
    dialog.close()


# Keys -----------------------------------------------------------------------------------------


def test_typing_in_a_field_places_no_notes(opened: MainWindow, qtbot: QtBot) -> None:
    opened.docks.raise_panel("song")
    field = opened.song_panel.fields["artist"]
    field.setFocus()
    field.clear()
    qtbot.keyClicks(field, "10cc x")
    assert field.text() == "10cc x"
    assert opened.document.track.notes == tuple(NOTES)


def test_whose_key_it_is(qtbot: QtBot) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    assert belongs_to(field, Qt.Key.Key_1, True)
    assert not belongs_to(field, Qt.Key.Key_F6, True)
    assert not belongs_to(field, Qt.Key.Key_Escape, True)
    assert not belongs_to(field, Qt.Key.Key_K, False)


def test_escape_abandons_what_the_mouse_holds(opened: MainWindow, qtbot: QtBot) -> None:
    lanes, tempo, document = opened.timeline.lanes, opened.timeline.tempo, opened.document
    opened.activateWindow()
    lanes.setFocus()
    before, x_of = document.song, opened.timeline.axis.x_of
    left = Qt.MouseButton.LeftButton
    document.select_notes(document.track.notes[:1])
    chosen = document.selection
    at = QPoint(round(x_of(0.5)), 12)
    qtbot.mousePress(tempo, left, pos=at)
    qtbot.mouseMove(tempo, at + QPoint(15, 0))
    assert document.song is not before
    qtbot.keyClick(lanes, Qt.Key.Key_Escape)
    assert document.song is before
    qtbot.mouseRelease(tempo, left, pos=at + QPoint(15, 0))
    assert document.song is before
    assert document.selection == chosen
    note = document.track.notes[0]
    spot = QPoint(round(x_of(0.0)) + 1, round(lanes.lane_y(note.lane)))
    qtbot.mousePress(lanes, left, pos=spot)
    qtbot.mouseMove(lanes, spot + QPoint(60, 0))
    qtbot.keyClick(lanes, Qt.Key.Key_Escape)
    qtbot.mouseRelease(lanes, left, pos=spot + QPoint(60, 0))
    assert document.song is before
    assert document.selection == chosen
    qtbot.keyClick(lanes, Qt.Key.Key_Escape)  # nothing is held: it selects nothing
    assert not document.selection


def test_a_song_without_a_drums_stem_is_not_muted(
    opened: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    transport = opened.transport
    run(opened, "play.drums_only")
    assert transport.audible(Channel.SONG)
    assert not opened.book["play.drums_only"].isChecked()
    assert "no drums stem" in opened.statusBar().currentMessage()
    stems = tmp_path / "stems"
    for name in ("song", "drums"):
        write_sound(stems / f"{name}.wav", 1.0)
    for path, alone in ((stems, True), (tmp_path / "songs" / "tune.wav", False)):
        with qtbot.waitSignal(opened.files.audioLoaded, timeout=20_000):
            opened.files.open(path)
        if alone:
            for _ in range(3):  # on, off, on
                run(opened, "play.drums_only")
        assert transport.audible(Channel.DRUMS) is alone
        assert transport.audible(Channel.SONG) is not alone
