"""Leaving a song: what goes on without it, and what must not be lost or mixed up."""

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from chart_hero_app.document import exporting, storage
from chart_hero_app.document.exporting import Exported, ExportPlan
from chart_hero_app.document.state import State
from chart_hero_app.document.storage import Saving, draft_path, restore, save
from chart_hero_app.main_window.commands import export as export_commands
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.preferences import Preferences
from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import StorageError
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.edits import AddNotes, DeleteNotes
from chart_hero_core.chart.song import Difficulty, Note, Song
from chart_hero_core.formats.song_folder import save_song_folder
from tests.app.main_window.hearing import open_song
from tests.app.songs import song, write_sound


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "songs" / "other.wav")


def show(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    """Open a song while something may still be running."""
    with qtbot.waitSignal(window.files.audioLoaded, timeout=20_000):
        window.files.open(path)


def test_an_export_is_finished_after_another_song_was_opened(
    heard: MainWindow, other: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def export(plan: ExportPlan, progress: Progress) -> Exported:
        begun.set()
        go_on.wait(10)
        progress.check_cancelled()
        return exporting.export(plan, progress)

    monkeypatch.setattr(export_commands, "export", export)
    heard.book["file.export"].trigger()
    dialog = heard.exporting.dialog
    assert dialog is not None
    dialog.target.setText(str(tmp_path / "out"))
    dialog.start()
    assert begun.wait(10)
    show(heard, other, qtbot)
    heard.book["file.export"].trigger()  # of the other song
    again = heard.exporting.dialog
    assert again is not None
    go_on.set()
    qtbot.waitUntil(lambda: heard.bar.notice is not None, timeout=20_000)
    assert heard.bar.notice is not None
    assert f"Exported to {tmp_path / 'out'}" in heard.bar.notice.text
    assert (tmp_path / "out" / "notes.mid").exists()
    assert again.proof.text() == ""
    again.close()


def test_an_export_is_not_lost_unasked_by_quitting(
    heard: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def export(plan: ExportPlan, progress: Progress) -> Exported:
        begun.set()
        go_on.wait(10)
        return exporting.export(plan, progress)

    asked: list[str] = []

    def question(_window: object, _title: str, text: str, *_: object) -> object:
        asked.append(text)
        return QMessageBox.StandardButton.No

    monkeypatch.setattr(export_commands, "export", export)
    monkeypatch.setattr(QMessageBox, "question", question)
    heard.book["file.export"].trigger()
    dialog = heard.exporting.dialog
    assert dialog is not None
    dialog.target.setText(str(tmp_path / "out"))
    dialog.start()
    assert begun.wait(10)
    assert not heard.close()
    assert heard.isVisible()
    assert "Still running: Exporting." in asked[0]
    go_on.set()
    qtbot.waitUntil(dialog.write.isEnabled, timeout=20_000)
    assert (tmp_path / "out" / "notes.mid").exists()
    dialog.close()
    qtbot.waitUntil(lambda: not heard.runner.jobs, timeout=20_000)
    assert heard.close()
    assert len(asked) == 1


@pytest.mark.parametrize("written", [False, True])
def test_an_export_that_is_stopped_is_finished_or_leaves_nothing(
    heard: MainWindow,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    written: bool,
) -> None:
    step = "verify_export" if written else "stems"
    do, begun, go_on = getattr(exporting, step), threading.Event(), threading.Event()

    def wait_first(*arguments: object) -> object:
        begun.set()
        go_on.wait(10)
        return do(*arguments)

    monkeypatch.setattr(exporting, step, wait_first)
    target = tmp_path / "out"
    heard.book["file.export"].trigger()
    dialog = heard.exporting.dialog
    assert dialog is not None
    dialog.target.setText(str(target))
    dialog.start()
    assert begun.wait(10)
    heard.book["analyse.stop"].trigger()
    go_on.set()
    qtbot.waitUntil(dialog.write.isEnabled, timeout=20_000)
    assert target.exists() is written
    said = "✓ 48 notes written, 48 read back" if written else "The export was stopped."
    assert dialog.proof.text().startswith(said)
    dialog.close()


def test_what_is_edited_while_another_song_opens_is_kept(
    heard: MainWindow, sound: Path, other: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(heard.files.songOpened, timeout=20_000):
        heard.files.open(other)
        heard.document.push(AddNotes(Difficulty.EXPERT, (Note(7, Lane.BLUE),)))
    kept = restore(draft_path(sound)).state.song
    assert Note(7, Lane.BLUE) in kept.expert.notes


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def save(_saving: Saving, path: Path) -> None:
        raise StorageError(f"Could not write {path}: No space left on device.")

    monkeypatch.setattr(storage, "save", save)


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("leave", ["quit", "close", "open"])
def test_work_that_cannot_be_saved_is_not_left_unasked(
    heard: MainWindow, other: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, leave: str
) -> None:
    asked: list[str] = []
    answers = iter((QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Discard))

    def question(_window: object, _title: str, text: str, *_buttons: object) -> object:
        asked.append(text)
        return next(answers)

    monkeypatch.setattr(QMessageBox, "question", question)
    source = heard.document.source
    act: Callable[[], object] = {
        "quit": heard.close,
        "close": heard.files.close_song,
        "open": lambda: heard.files.open(other),
    }[leave]
    act()
    qtbot.waitUntil(lambda: bool(asked) and not heard.runner.jobs, timeout=20_000)
    assert len(asked) == 1
    assert "No space left" in asked[0]
    assert heard.isVisible()
    assert heard.document.source == source
    assert len(heard.document.track.notes) == 48
    act()
    assert len(asked) == 2
    if leave == "open":
        qtbot.waitUntil(lambda: heard.document.source == other, timeout=20_000)
        qtbot.waitUntil(lambda: not heard.runner.jobs, timeout=20_000)
    elif leave == "close":
        assert heard.document.source is None
        assert heard.isVisible()
    else:
        assert not heard.isVisible()
    heard.document.close()  # nothing to save when the window is taken down


def test_starting_over_leaves_the_project_as_it_was_saved(
    heard: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    project = tmp_path / "songs" / "tune.chproj"
    assert heard.saving.save_to(project)
    saved = restore(project).state.song
    heard.preferences.set_value("autosave", False)
    heard.document.push(AddNotes(Difficulty.EXPERT, (Note(7, Lane.BLUE),)))
    heard.saving.save_before_leaving()
    heard.document.close()
    heard.preferences.set_value("autosave", True)
    os.utime(project, (0, 0))
    open_song(heard, project, qtbot)
    assert Note(7, Lane.BLUE) in heard.document.track.notes
    assert heard.bar.notice is not None
    [(words, start_over)] = heard.bar.notice.actions
    assert words == "Start over"
    with qtbot.waitSignal(heard.files.songOpened, timeout=20_000):
        start_over()
    qtbot.waitUntil(lambda: not heard.runner.jobs, timeout=20_000)
    assert heard.document.song.expert.notes == saved.expert.notes
    assert restore(project).state.song.expert.notes == saved.expert.notes


def test_a_song_found_elsewhere_is_remembered(
    heard: MainWindow, sound: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    project = tmp_path / "projects" / "tune.chproj"
    assert heard.saving.save_to(project)
    heard.document.close()
    moved = tmp_path / "moved.wav"
    sound.rename(moved)
    with qtbot.waitSignal(heard.files.songOpened, timeout=20_000):
        heard.files.open(project)
    with qtbot.waitSignal(heard.files.audioLoaded, timeout=20_000):
        heard.files.use_audio(moved)
    heard.saving.save_before_leaving()
    assert restore(project).source == moved


def test_a_chart_without_sound_can_be_walked_through(
    heard: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    heard.transport.seek(5.0)
    folder = tmp_path / "silent"
    save_song_folder(song([Note(0, Lane.RED), Note(57_600, Lane.RED)]), folder)
    with qtbot.waitSignal(heard.files.songOpened, timeout=20_000):
        heard.files.open(folder)
    assert heard.transport.position_s == 0.0
    assert 60.0 < heard.transport.duration_s < 90.0
    heard.book["play.bar_up"].trigger()
    assert heard.transport.position_s == pytest.approx(2.0)
    heard.book["note.blue"].trigger()
    assert any(note.tick == 1920 for note in heard.document.track.notes)


def test_another_song_does_not_keep_the_length_of_the_one_before(
    heard: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    project = tmp_path / "empty.chproj"
    save(Saving(State(Song()), tmp_path / "gone.wav", project), project)
    with qtbot.waitSignal(heard.files.songOpened, timeout=20_000):
        heard.files.open(project)
    assert heard.transport.duration_s < 8.0


def test_similar_bars_of_one_song_are_not_offered_to_another(
    heard: MainWindow, other: Path, qtbot: QtBot
) -> None:
    note = heard.document.track.notes[0]
    heard.document.push(DeleteNotes(Difficulty.EXPERT, ((note.tick, note.lane),)))
    heard.book["review.spread"].trigger()
    dialog = heard.review.similar
    assert dialog is not None
    assert dialog.isVisible()
    show(heard, other, qtbot)
    assert heard.review.similar is None


def test_a_half_typed_name_stays_with_its_song(
    heard: MainWindow, sound: Path, other: Path, qtbot: QtBot
) -> None:
    heard.docks.raise_panel("song")
    field = heard.song_panel.fields["name"]
    field.setFocus()
    field.end(False)
    qtbot.keyClicks(field, "Half")
    assert field.isModified()
    show(heard, other, qtbot)
    heard.timeline.lanes.setFocus()
    assert heard.document.song.metadata.name == "other"
    assert field.text() == "other"
    assert restore(draft_path(sound)).state.song.metadata.name == "tuneHalf"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_unicode_is_opened_saved_and_found_again(
    window: MainWindow, sound: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    odd = Path(os.fsdecode(os.fsencode(sound.parent) + b"/caf\xe9.wav"))
    sound.rename(odd)
    window.preferences._path = tmp_path / "preferences.json"
    show(window, odd, qtbot)
    assert window.document.source == odd
    assert Preferences(tmp_path / "preferences.json").recent == (odd,)
    project = tmp_path / "odd.chproj"
    assert window.saving.save_to(project)
    assert restore(project).source == odd


def test_a_project_opens_where_it_was_left(heard: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    project = tmp_path / "tune.chproj"
    heard.transport.seek(5.25)
    assert heard.saving.save_to(project)
    heard.document.close()
    heard.transport.seek(0.0)
    open_song(heard, project, qtbot)
    assert heard.transport.position_s == 5.25
    assert heard.timeline.axis.start_s <= 5.25 <= heard.timeline.axis.end_s
    for nonsense in (float("nan"), float("inf"), "soon", None):
        heard.saving.restore_view({"position_s": nonsense})
        assert heard.transport.position_s == 5.25


def test_the_name_suggested_for_a_project_can_be_written(heard: MainWindow) -> None:
    song = heard.document.song
    named = replace(song, metadata=replace(song.metadata, name="A/B: \n" + "長" * 200))
    heard.document.change("Name", song=named)
    suggested = heard.saving._suggested()
    assert suggested.name.startswith("A_B_ _長")
    suggested.write_bytes(b"")


@pytest.mark.parametrize("agreed", [False, True])
def test_a_project_is_not_replaced_unasked(
    heard: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agreed: bool
) -> None:
    there = tmp_path / "mine.chproj"
    there.write_text("of another song")
    asked: list[str] = []

    def question(_window: object, _title: str, text: str) -> object:
        asked.append(text)
        return QMessageBox.StandardButton.Yes if agreed else QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", question)
    # The dialog asks about what was typed, which is not what is written.
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "mine"), ""))
    heard.book["file.save_as"].trigger()
    assert len(asked) == 1
    assert (there.read_text() == "of another song") is not agreed
    assert (heard.document.project_path == there) is agreed


def test_a_full_disk_is_told_until_there_is_room_again(
    opened: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = [True]

    def save_if_room(saving: Saving, path: Path) -> None:
        if full:
            raise StorageError(f"Could not write {path}: No space left on device.")
        save(saving, path)

    monkeypatch.setattr(storage, "save", save_if_room)
    opened.saving.autosaver.save_now()
    qtbot.waitUntil(lambda: opened.bar.notice is not None, timeout=20_000)
    assert opened.bar.notice is not None
    assert "No space left" in opened.bar.notice.text
    full.clear()
    opened.saving.autosaver.save_now()
    qtbot.waitUntil(lambda: opened.bar.notice is None, timeout=20_000)
