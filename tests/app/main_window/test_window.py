"""The main window: commands, opening, the palette, whose key it is."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from chart_hero_app.dialogs.error import ErrorDialog
from chart_hero_app.document.transport import Channel
from chart_hero_app.main_window.command_palette import CommandPalette, match_rank
from chart_hero_app.main_window.controls import DifficultyTabs, MixerButton, SnapBox, SpeedBox
from chart_hero_app.main_window.focus import belongs_to
from chart_hero_app.main_window.tempo_audition import lasting_bpm
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.commands import COMMANDS
from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import AudioError
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap
from tests.app.main_window.driving import NOTES, run
from tests.app.songs import write_header_alone, write_sound

# Commands -------------------------------------------------------------------------------------


def test_every_command_does_something(window: MainWindow) -> None:
    assert window.book.unbound() == ()


def test_every_command_is_in_a_menu_and_has_a_tooltip(window: MainWindow) -> None:
    menus = [m for menu in window.menus.values() for m in (menu, *menu.findChildren(QMenu))]
    shown = {action.objectName() for menu in menus for action in menu.actions()}
    for command in COMMANDS:
        assert command.name in shown
        assert command.help in window.book[command.name].toolTip()


def test_a_notice_above_a_song_leaves_a_small_window_alone(
    window: MainWindow, sound: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(window.files.audioLoaded, timeout=20_000):
        window.files.open(sound)
    window.resize(1024, 640)
    window.bar.note("128 notes suggested at about 110.2 BPM.")
    window.look.switch()
    qtbot.wait(50)
    window.look.switch()
    qtbot.wait(50)
    assert (window.width(), window.height()) == (1024, 640)
    assert window.pages.minimumSizeHint().width() < window.start_page.minimumSizeHint().width()


def test_what_was_said_of_the_song_before_is_not_written_across_the_next(
    window: MainWindow, sound: Path, qtbot: QtBot
) -> None:
    window.statusBar().showMessage("Saved another.chproj", 4000)
    with qtbot.waitSignal(window.files.audioLoaded, timeout=20_000):
        window.files.open(sound)
    assert window.statusBar().currentMessage() == ""
    assert window.status.time.isVisible()


def test_the_tempo_of_a_map_is_the_one_that_lasts() -> None:
    tempos = [TempoChange(0, 22_395), TempoChange(480, 545_455), TempoChange(4800, 500_000)]
    assert lasting_bpm(TempoMap(tempos=tuple(tempos)), 7.0) == pytest.approx(110.0, abs=0.01)
    assert lasting_bpm(TempoMap(tempos=tuple(tempos)), 60.0) == pytest.approx(120.0, abs=0.01)


def test_the_window_fits_a_small_screen(window: MainWindow, sound: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.files.audioLoaded, timeout=20_000):
        window.files.open(sound)  # which is a recent song from now on
    window.resize(1024, 640)
    window.look.switch()
    window.book["file.close"].trigger()
    qtbot.wait(50)
    assert (window.width(), window.height()) == (1024, 640)


def test_keys_follow_the_preferences(window: MainWindow) -> None:
    window.preferences.set_keys("Editor on Fire", {"edit.undo": ("Ctrl+U",)})
    assert window.book["edit.undo"].shortcut().toString() == "Ctrl+U"
    assert window.book["note.kick"].shortcut().toString() == "1"


def test_words_name_the_keys_in_use(window: MainWindow, sound: Path, qtbot: QtBot) -> None:
    keys, review = window.keys, window.review_panel
    assert review.accept.toolTip() == "Accept (Return)"
    assert review.reviewed.text() == "Nothing marked as reviewed yet (Ctrl+M)"
    assert window.sections_panel.flag.toolTip() == "Flag the selected stretch (G)"
    assert keys.of_lanes() == "0 to 4"
    with qtbot.waitSignal(window.files.audioLoaded, timeout=20_000):
        window.files.open(sound)
    assert window.timeline.lanes.hint.endswith("place them with the keys 0 to 4")
    own: dict[str, tuple[str, ...]] = {"review.accept": (), "review.mark": ("Ctrl+J",)}
    window.preferences.set_keys("Editor on Fire", own)
    assert review.accept.toolTip() == "Accept"
    assert review.reviewed.text() == "Nothing marked as reviewed yet (Ctrl+J)"
    assert window.timeline.lanes.hint.endswith("place them with the keys 1 to 5")
    assert window.status.snap.toolTip().endswith("(, coarser and . finer)")
    [speed] = window.toolbar.findChildren(SpeedBox)
    assert speed.toolTip() == "Playing speed; the pitch stays (Ctrl+; and Ctrl+')"
    lanes = {"note.kick": ("K",), "note.red": (), "note.green": ("J",)}
    window.preferences.set_keys("Editor on Fire", lanes)
    assert keys.of_lanes() == "K, 3, 4 and J"
    window.preferences.set_keys("Moonscraper", {f"note.{lane.name.lower()}": () for lane in Lane})
    assert window.timeline.lanes.hint.endswith("place them by mouse")


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


def test_without_a_song_there_is_nothing_to_chart(opened: MainWindow) -> None:
    alone = {"edit.undo", "edit.redo", "edit.palette", "edit.select_none", "tempo.keep_time"}

    def able() -> set[str]:
        return {
            action.objectName()
            for menu in ("edit", "note", "tempo")
            for action in opened.menus[menu].actions()
            if action.objectName() and action.isEnabled()
        }

    run(opened, "edit.select_all")
    assert {"note.kick", "note.accent", "note.reduce", "tempo.faster", "tempo.tap"} <= able()
    run(opened, "file.close")
    assert able() <= alone


def test_without_a_song_there_is_nothing_to_play_or_look_at(
    window: MainWindow, sound: Path, qtbot: QtBot
) -> None:
    alone = {"theme", "interface_size", "full_screen", "reset_layout", "training"}
    controls = [
        control
        for kind in (SpeedBox, MixerButton, SnapBox, DifficultyTabs)
        for control in window.toolbar.findChildren(kind)
    ]

    def unable() -> set[str]:
        return {
            action.objectName()
            for menu in ("play", "view")
            for part in (window.menus[menu], *window.menus[menu].findChildren(QMenu))
            for action in part.actions()
            if action.objectName() and not action.isEnabled()
        }

    needy = {
        command.name
        for command in COMMANDS
        if command.menu in ("play", "view") and command.name.partition(".")[2] not in alone
    }
    assert unable() == needy
    assert len(controls) == 4
    assert not any(control.isEnabled() for control in controls)
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert not window.transport.audible(Channel.METRONOME)
    window.files.open(sound)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    assert unable() == {"view.zoom_selection"}  # nothing is selected
    assert all(control.isEnabled() for control in controls)
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert window.transport.audible(Channel.METRONOME)
    run(window, "file.close")
    assert unable() == needy
    assert not any(control.isEnabled() for control in controls)


def drop(window: MainWindow, *paths: Path) -> None:
    """Drop files on the window as a file manager does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton)
    keys = Qt.KeyboardModifier.NoModifier
    over = QDragEnterEvent(QPoint(100, 100), *how, keys)
    QApplication.sendEvent(window, over)
    assert over.isAccepted()
    assert window.start_page.drop.property("hot")
    event = QDropEvent(QPointF(100, 100), *how, keys)
    QApplication.sendEvent(window, event)
    assert not window.start_page.drop.property("hot")
    assert event.isAccepted()


def test_a_dropped_file_is_opened(window: MainWindow, sound: Path, qtbot: QtBot) -> None:
    drop(window, sound)
    qtbot.waitUntil(lambda: window.document.source == sound, timeout=20_000)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    assert window.bar.isHidden()


def test_of_several_dropped_songs_one_is_opened_and_the_others_are_told(
    window: MainWindow, sound: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    others = [write_sound(tmp_path / name, 0.2) for name in ("a.wav", "b.wav")]
    drop(window, sound, *others)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    assert window.document.source == sound
    assert window.bar.isVisible()
    assert window.bar.text.text() == (
        "Only one song can be open: tune.wav was opened, the 2 others were not."
    )


def test_a_song_that_is_not_there_is_told_in_the_bar(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.bar.shown, timeout=20_000) as signal:
        window.files.open(Path("/nowhere/at/all.ogg"))
    assert "all.ogg" in signal.args[0]
    assert window.document.source is None


def test_a_file_that_is_no_song_leaves_the_open_one(
    opened: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    stray = tmp_path / "readme.txt"
    stray.write_text("words")
    opened.files.open_dropped([stray])
    qtbot.waitUntil(lambda: not opened.runner.jobs, timeout=20_000)
    assert opened.bar.notice is not None
    assert "readme.txt is not a sound file" in opened.bar.notice.text
    assert len(opened.document.track.notes) == len(NOTES)


def test_a_sound_that_cannot_be_decoded_leaves_the_open_song(
    opened: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    document = opened.document
    source, clips = document.source, dict(document.clips)
    broken = write_header_alone(tmp_path / "broken.flac")
    opened.files.open(broken)
    qtbot.waitUntil(lambda: not opened.runner.jobs, timeout=20_000)
    assert opened.bar.notice is not None
    assert opened.bar.notice.text == "broken.flac holds no sound."
    assert (document.source, dict(document.clips)) == (source, clips)
    assert len(document.track.notes) == len(NOTES)
    assert broken not in opened.preferences.recent


def test_a_broken_drums_stem_leaves_the_rest_of_the_song(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = write_sound(tmp_path / "stems" / "tune.wav").parent
    write_header_alone(folder / "tune (drums).flac")
    with qtbot.waitSignal(window.files.audioLoaded, timeout=20_000):
        window.files.open(folder)
    assert set(window.document.clips) == {"mix"}
    assert window.bar.notice is not None
    assert window.bar.notice.text == "tune (drums).flac holds no sound."


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
