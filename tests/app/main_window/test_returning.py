"""Coming back to a song the next day: what was saved is found, what has changed is told."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from chart_hero_app.document.opening import load_sound, project_of
from chart_hero_app.document.state import Sound, State
from chart_hero_app.document.storage import Saving, draft_path, restore, save
from chart_hero_app.main_window.commands import file as file_commands
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.preferences import Preferences
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note
from tests.app.main_window.hearing import open_song
from tests.app.songs import song, write_sound

NOTES = [Note(0, Lane.KICK), Note(480, Lane.RED)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A song folder with sound and nothing else."""
    made = tmp_path / "A song"
    write_sound(made / "song.wav", 2.0)
    return made


def said(window: MainWindow) -> str:
    """What the bar says."""
    return "" if window.bar.notice is None else window.bar.notice.text


def test_a_song_that_was_saved_as_a_project_offers_it(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    open_song(window, folder, qtbot)
    window.document.change("Chart", song=song(NOTES))
    assert window.saving.save_to(folder / "A song.chproj")
    window.book["file.close"].trigger()
    for path in (folder, folder / "song.wav"):
        open_song(window, path, qtbot)
        assert window.document.track.notes == ()
        assert "saved as A song.chproj" in said(window)
    assert window.bar.notice is not None
    ((words, act),) = window.bar.notice.actions
    assert words == "Open the project"
    with qtbot.waitSignal(window.files.songOpened, timeout=20_000):
        act()
    assert window.document.track.notes == tuple(NOTES)
    assert said(window) == ""
    qtbot.waitUntil(lambda: not window.runner.jobs, timeout=20_000)


def test_all_that_was_mended_in_a_chart_is_told_at_once(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    parts = ("[Song]", "{", "Offset = 0.25", "}", "[ExpertDrums]", "{", "0 = N 66 0", "}")
    (folder / "notes.chart").write_bytes(b"\xef\xbb\xbf" + "\n".join(parts).encode())
    open_song(window, folder, qtbot)
    assert said(window) == "4 things were found or repaired while opening this song."
    assert window.bar.notice is not None
    assert window.bar.notice.details == (
        "The file began with a UTF-8 byte order mark.",
        "[Song] has no Resolution; 192 was assumed.",
        "A mark without its note in [ExpertDrums] was left out (bar 1, beat 1).",
        "The song's delay of 250 ms is now part of the tempo map.",
    )


def test_a_single_repair_is_told_in_full(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    parts = ("[Song]", "{", "Resolution = 192", "Offset = 0.25", "}")
    (folder / "notes.chart").write_text("\n".join(parts))
    open_song(window, folder, qtbot)
    assert said(window) == "The song's delay of 250 ms is now part of the tempo map."
    assert window.bar.notice is not None
    assert window.bar.notice.details == ()


def test_the_project_of_a_song_is_the_last_one_about_it(folder: Path, tmp_path: Path) -> None:
    other = write_sound(folder / "other song.wav", 1.0)
    assert project_of(folder) is None
    (folder / "damaged.chproj").write_text("{")
    about_other = folder / "other.chproj"
    save(Saving(State(song()), other, about_other), about_other)
    assert project_of(folder / "song.wav") is None
    assert project_of(other) == about_other
    for name in ("first", "second"):
        path = folder / f"{name}.chproj"
        save(Saving(State(song(NOTES)), folder, path), path)
    (folder / "first.chproj").touch()
    assert project_of(folder) == folder / "first.chproj"
    assert project_of(tmp_path / "nowhere" / "song.wav") is None


def test_a_sound_that_was_replaced_is_told(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    project = folder / "A song.chproj"
    open_song(window, folder, qtbot)
    window.document.change("Chart", song=song(NOTES))
    assert window.saving.save_to(project)
    open_song(window, project, qtbot)
    assert said(window) == ""
    write_sound(folder / "song.wav", 3.0)
    open_song(window, project, qtbot)
    assert "it lasts 0:03.000 instead of 0:02.000" in said(window)
    assert window.saving.save_to(project)  # as it is now
    open_song(window, project, qtbot)
    assert said(window) == ""


def test_a_lone_sound_that_was_replaced_is_not_called_gone(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    sound, project = write_sound(tmp_path / "alone.wav", 2.0), tmp_path / "alone.chproj"
    open_song(window, sound, qtbot)
    window.document.change("Chart", song=song(NOTES))
    assert window.saving.save_to(project)
    write_sound(sound, 3.0)
    with qtbot.waitSignal(window.files.songOpened, timeout=20_000):
        window.files.open(project)
    assert said(window) == f"{sound} was changed or replaced since this project was saved."
    notice = window.bar.notice
    assert notice is not None
    use = dict(notice.actions)["Use it as it is"]
    with qtbot.waitSignal(window.files.audioLoaded, timeout=20_000):
        use()
    assert window.document.source == sound
    assert "it lasts 0:03.000 instead of 0:02.000" in said(window)
    assert window.saving.save_to(project)
    open_song(window, project, qtbot)
    assert said(window) == ""


def test_a_replaced_sound_still_leads_to_its_project(tmp_path: Path) -> None:
    sound, project = write_sound(tmp_path / "alone.wav", 2.0), tmp_path / "alone.chproj"
    save(Saving(State(song()), sound, project), project)
    write_sound(sound, 3.0)
    assert project_of(sound) == project


def test_a_sound_that_was_missing_for_a_while_is_compared_with_what_it_was(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    project = folder / "A song.chproj"
    open_song(window, folder, qtbot)
    window.document.change("Chart", song=song(NOTES))
    assert window.saving.save_to(project)
    (folder / "song.wav").unlink()
    with qtbot.waitSignal(window.files.songOpened, timeout=20_000):
        window.files.open(project)
    assert window.saving.save_to(project)
    write_sound(folder / "song.wav", 1.0)
    open_song(window, project, qtbot)
    assert "it lasts 0:01.000 instead of 0:02.000" in said(window)


def test_a_project_opens_where_it_was_left_beyond_its_notes(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    sound, project = write_sound(tmp_path / "long.wav", 20.0), tmp_path / "long.chproj"
    open_song(window, sound, qtbot)
    window.document.change("Chart", song=song(NOTES[:2]))
    window.transport.seek(18.0)
    assert window.saving.save_to(project)
    window.files.close_song()
    open_song(window, project, qtbot)
    assert window.transport.position_s == 18.0


def test_a_song_that_is_open_in_another_window_says_so(
    new_window: Callable[[Preferences], MainWindow], folder: Path, qtbot: QtBot
) -> None:
    one, other = new_window(Preferences()), new_window(Preferences())
    open_song(one, folder, qtbot)
    assert said(one) == ""
    project = folder / "A song.chproj"
    assert one.saving.save_to(project)
    open_song(other, folder, qtbot)
    assert "another window" not in said(other)  # it is the project that is saved to
    open_song(other, project, qtbot)
    assert "A song.chproj is also open in another window" in said(other)
    other.files.close_song()
    assert one.saving.save_to(project)
    assert said(one) == ""
    one.files.close_song()
    open_song(other, project, qtbot)
    assert said(other) == ""


def test_a_sound_whose_reading_was_stopped_is_offered(
    window: MainWindow, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(*given: Any) -> Sound:
        begun.set()
        go_on.wait(10)
        return load_sound(*given)

    monkeypatch.setattr(file_commands, "load_sound", slowly)
    with qtbot.waitSignal(window.files.songOpened, timeout=20_000):
        window.files.open(folder)
    assert begun.wait(10)
    window.book["analyse.stop"].trigger()
    go_on.set()
    qtbot.waitUntil(lambda: "Reading the sound was stopped" in said(window), timeout=20_000)
    assert window.document.clip is None
    assert window.bar.notice is not None
    window.bar.notice.actions[0][1]()
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    # To leave the song is no such stop.
    begun.clear()
    go_on.clear()
    window.bar.clear()
    window.files.use_audio(folder)
    assert begun.wait(10)
    window.files.close_song()
    go_on.set()
    qtbot.waitUntil(lambda: not window.runner.jobs, timeout=20_000)
    assert said(window) == ""


def test_what_others_wrote_into_an_open_project_is_kept(
    new_window: Callable[[Preferences], MainWindow], folder: Path, qtbot: QtBot
) -> None:
    one, other = new_window(Preferences()), new_window(Preferences())
    project, copy = folder / "A song.chproj", folder / "A song.chproj.bak"
    open_song(one, folder, qtbot)
    assert one.saving.save_to(project)
    open_song(other, project, qtbot)
    other.document.change("Chart", song=song(NOTES[:1]))
    other.saving.autosaver.save_and_wait()
    one.document.change("Chart", song=song(NOTES))
    one.saving.autosaver.save_now()
    qtbot.waitUntil(lambda: "kept as A song.chproj.bak" in said(one), timeout=20_000)
    assert restore(copy).state.song.expert.notes == tuple(NOTES[:1])
    assert restore(project).state.song.expert.notes == tuple(NOTES)
    # In turn again: the newest work of the others stands in the copy.
    other.document.change("Chart", song=song(NOTES[1:]))
    assert other.saving.save_to(project)
    one.document.change("Chart", song=song())
    assert one.saving.save_to(project)
    assert restore(copy).state.song.expert.notes == tuple(NOTES[1:])


def test_what_another_window_did_without_a_project_is_put_aside(
    new_window: Callable[[Preferences], MainWindow],
    folder: Path,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = new_window(Preferences()), new_window(Preferences())
    open_song(one, folder, qtbot)
    open_song(other, folder, qtbot)
    assert "also open in another window" in said(other)
    other.document.change("Chart", song=song(NOTES[:1]))
    other.saving.autosaver.save_and_wait()
    one.document.change("Chart", song=song(NOTES))
    one.saving.autosaver.save_now()
    qtbot.waitUntil(lambda: "the other window's was set aside" in said(one), timeout=20_000)
    assert restore(draft_path(folder)).state.song.expert.notes == tuple(NOTES)
    wanted = tmp_path / "other.chproj"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(wanted), ""))
    assert one.bar.notice is not None
    dict(one.bar.notice.actions)["Save the other work…"]()
    found = restore(wanted)
    assert found.state.song.expert.notes == tuple(NOTES[:1])
    assert (found.source, found.project) == (folder, wanted)


def test_saving_a_project_leaves_the_draft_of_another_window(
    new_window: Callable[[Preferences], MainWindow], folder: Path, qtbot: QtBot
) -> None:
    one, other = new_window(Preferences()), new_window(Preferences())
    open_song(one, folder, qtbot)
    open_song(other, folder, qtbot)
    other.document.change("Chart", song=song(NOTES[:1]))
    other.saving.autosaver.save_and_wait()
    assert one.saving.save_to(folder / "A song.chproj")
    assert restore(draft_path(folder)).state.song.expert.notes == tuple(NOTES[:1])


def test_a_project_that_only_one_window_writes_leaves_no_copies(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    project = folder / "A song.chproj"
    open_song(window, folder, qtbot)
    assert window.saving.save_to(project)
    for notes in (NOTES[:1], NOTES):
        window.document.change("Chart", song=song(notes))
        window.saving.autosaver.save_and_wait()
    project.unlink()
    window.document.change("Chart", song=song(NOTES[:1]))
    window.saving.autosaver.save_and_wait()
    assert restore(project).state.song.expert.notes == tuple(NOTES[:1])
    assert said(window) == ""
    assert not list(folder.glob("*.bak*"))
