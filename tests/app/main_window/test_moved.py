"""Unsaved work of a song that was moved or renamed is offered where the song is now."""

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.document import storage
from chart_hero_app.document.moved import moved_draft
from chart_hero_app.document.state import State
from chart_hero_app.document.storage import Saving, draft_path, restore, save
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note
from tests.app.main_window.hearing import open_song
from tests.app.songs import song, write_sound

NOTES = (Note(0, Lane.KICK), Note(480, Lane.RED))
GO_ON = "Continue it"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A song folder with unsaved work."""
    made = tmp_path / "songs" / "Band - Tune"
    write_sound(made / "song.wav", 1.0)
    write_sound(made / "drums.wav", 1.2)
    leave_work(made)
    return made


def leave_work(path: Path, project: Path | None = None) -> None:
    save(Saving(State(song(list(NOTES))), path, project), draft_path(path))


def offers(window: MainWindow) -> list[str]:
    return [words for notice in window.bar._notices for words, _ in notice.actions]


def go_on(window: MainWindow, qtbot: QtBot) -> None:
    notice = next(n for n in window.bar._notices if GO_ON in dict(n.actions))
    with qtbot.waitSignal(window.files.songOpened, timeout=20_000):
        dict(notice.actions)[GO_ON]()
    qtbot.waitUntil(lambda: not window.runner.jobs, timeout=20_000)


def test_a_renamed_folder(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    now = folder.rename(folder.with_name("Band - Tune (done)"))
    open_song(window, now, qtbot)
    assert window.document.track.notes == ()
    assert str(folder) in window.bar._notices[0].text
    go_on(window, qtbot)
    assert window.document.track.notes == NOTES
    assert window.document.source == now
    assert window.document.clip is not None
    # From here on it is the work of the song where it is now.
    assert not draft_path(folder).exists()
    assert restore(draft_path(now)).source == now
    window.files.open(now)
    qtbot.waitUntil(lambda: not window.runner.jobs, timeout=20_000)
    assert window.document.track.notes == NOTES
    assert GO_ON not in offers(window)


def test_a_renamed_file_whose_neighbours_stayed(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    tune = write_sound(tmp_path / "tune.wav", 1.0)
    leave_work(tune)
    now = tune.rename(tmp_path / "other name.wav")
    other = write_sound(tmp_path / "other.wav", 1.1)
    assert moved_draft(other) is None
    open_song(window, now, qtbot)
    go_on(window, qtbot)
    assert window.document.track.notes == NOTES


def test_what_was_open_when_the_program_went_down_is_settled(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    marker = storage.drafts_dir() / "open-crash.json"
    marker.write_text(json.dumps({"path": str(folder)}))
    now = folder.rename(folder.with_name("moved"))
    window.saving.offer_recovery(window.files.open)
    assert offers(window) == ["Recover Band - Tune"]
    open_song(window, now, qtbot)
    go_on(window, qtbot)
    assert "Recover Band - Tune" not in offers(window)
    assert not marker.exists()


def test_a_song_that_is_still_at_its_place_keeps_its_work(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for file in folder.iterdir():
        target = copy / file.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(file.read_bytes())
    assert moved_draft(copy) is None


def test_another_sound_in_a_folder_of_the_same_name(folder: Path, tmp_path: Path) -> None:
    now = folder.rename(tmp_path / folder.name)
    assert moved_draft(now) is not None
    write_sound(now / "drums.wav", 1.3)
    assert moved_draft(now) is None


def test_a_project_that_was_moved_with_its_song(
    window: MainWindow, folder: Path, qtbot: QtBot
) -> None:
    project = folder / "tune.chproj"
    save(Saving(State(song(list(NOTES[:1]))), folder, project), project)
    leave_work(folder, project)  # newer than what the project holds
    now = folder.rename(folder.with_name("moved"))
    open_song(window, now / "tune.chproj", qtbot)
    assert window.document.track.notes == NOTES[:1]
    go_on(window, qtbot)
    assert window.document.track.notes == NOTES
    assert window.document.project_path == now / "tune.chproj"
    assert restore(now / "tune.chproj").state.song.expert.notes == NOTES


def test_work_that_was_left_by_an_earlier_version_without_a_mark(tmp_path: Path) -> None:
    tune = write_sound(tmp_path / "tune.wav", 1.0)
    leave_work(tune)
    draft = draft_path(tune)
    document = json.loads(draft.read_text())
    document["audio"]["fingerprint"] = ""
    draft.write_text(json.dumps(document, separators=(",", ":")))
    found = moved_draft(tune.rename(tmp_path / "new.wav"))
    assert found is not None
    assert (found.draft, found.song) == (draft, tune)
    assert moved_draft(write_sound(tmp_path / "longer.wav", 1.1)) is None


def test_damaged_work_is_passed_over(tmp_path: Path) -> None:
    tune = write_sound(tmp_path / "tune.wav", 1.0)
    leave_work(tune)
    for text in ("", "no", '{"format":"chart-hero project","audio":{"path":1e999}', "[" * 9000):
        draft_path(tune).write_text(text)
        assert moved_draft(tune.with_name("new.wav")) is None


def test_saving_after_the_song_has_gone_keeps_what_was_known_of_it(tmp_path: Path) -> None:
    tune = write_sound(tmp_path / "tune.wav", 1.0)
    leave_work(tune)
    now = tune.rename(tmp_path / "new.wav")
    leave_work(tune)  # as the window does that still shows it
    assert moved_draft(now) is not None
