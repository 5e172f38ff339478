"""After a crash: everything is offered until somebody answers, and nothing is lost by a click."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from chart_hero_app.document import storage
from chart_hero_app.document.state import State
from chart_hero_app.document.storage import Saving, draft_path, restore, save
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.preferences import Preferences
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note
from tests.app.main_window.hearing import open_song
from tests.app.songs import song, write_sound

NOTES = (Note(0, Lane.KICK), Note(480, Lane.RED))


def crash(path: Path, *, edited: bool = True) -> None:
    """What is left on disk when the program dies with a song."""
    if edited:
        save(Saving(State(song(list(NOTES))), path), draft_path(path))
    folder = storage.drafts_dir()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"open-{path.stem}.json").write_text(json.dumps({"path": str(path)}))


def start(window: MainWindow) -> list[str]:
    """What the bar offers at the start of the program, the last said first."""
    window.saving.offer_recovery(window.files.open)
    return [notice.actions[0][0] for notice in reversed(window.bar._notices)]


def answer(window: MainWindow, qtbot: QtBot, words: str) -> None:
    """Press a button of the bar that opens a song."""
    assert window.bar.notice is not None
    with qtbot.waitSignal(window.files.songOpened, timeout=20_000):
        dict(window.bar.notice.actions)[words]()
    qtbot.waitUntil(lambda: not window.runner.jobs, timeout=20_000)


def said(window: MainWindow) -> str:
    return "" if window.bar.notice is None else window.bar.notice.text


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "songs" / "tune.wav", 1.0)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "songs" / "other.wav", 1.0)


def test_the_offer_stands_until_it_is_answered(
    new_window: Callable[[Preferences], MainWindow], tune: Path, qtbot: QtBot
) -> None:
    crash(tune)
    for _ in range(2):  # the program is closed, or goes down again, before anybody has answered
        window = new_window(Preferences())
        assert start(window) == ["Recover tune"]
    answer(window, qtbot, "Recover tune")
    assert window.document.track.notes == NOTES
    assert start(new_window(Preferences())) == []


def test_all_songs_that_were_open_are_offered(
    window: MainWindow, tune: Path, other: Path, qtbot: QtBot
) -> None:
    crash(tune)
    crash(other)
    assert start(window) == ["Recover tune", "Recover other"]
    answer(window, qtbot, "Recover tune")
    assert window.document.track.notes == NOTES
    assert [n.actions[0][0] for n in window.bar._notices] == ["Recover other", "Start over"]
    open_song(window, other, qtbot)  # by another way than the offer
    assert [n.actions[0][0] for n in window.bar._notices] == ["Start over"]


def test_another_song_leaves_the_offer_where_it_is(
    new_window: Callable[[Preferences], MainWindow], tune: Path, other: Path, qtbot: QtBot
) -> None:
    crash(tune)
    window = new_window(Preferences())
    start(window)
    open_song(window, other, qtbot)
    assert "while tune was open" in said(window)
    close = next(
        child for child in window.bar.findChildren(QToolButton) if child.toolTip() == "Dismiss"
    )
    close.click()
    assert said(window) == ""
    assert start(new_window(Preferences())) == []
    open_song(window, tune, qtbot)  # what was not wanted then is still there
    assert window.document.track.notes == NOTES


def test_nothing_is_promised_that_is_not_there(
    window: MainWindow, tune: Path, qtbot: QtBot
) -> None:
    crash(tune, edited=False)
    assert start(window) == ["Open tune"]
    assert said(window).endswith("There is no unsaved work on it.")
    answer(window, qtbot, "Open tune")
    assert said(window) == ""


def test_a_song_that_was_moved_meanwhile_is_found_again(
    window: MainWindow, tune: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    crash(tune)
    moved = tune.rename(tmp_path / "moved.wav")
    assert start(window) == ["Recover tune"]
    answer(window, qtbot, "Recover tune")
    assert window.document.track.notes == NOTES
    assert said(window) == f"The song is no longer at {tune}."
    window.files.use_audio(moved)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    # From here on the work belongs to the song where it is now.
    assert restore(draft_path(moved)).state.song.expert.notes == NOTES
    assert not draft_path(tune).exists()
    marker = next(storage.drafts_dir().glob("open-*.json"))
    assert json.loads(marker.read_text())["path"] == str(moved)
    assert window.preferences.recent[0] == moved


def test_work_on_a_song_that_is_gone_is_opened_from_the_list(
    window: MainWindow, tune: Path, qtbot: QtBot
) -> None:
    save(Saving(State(song(list(NOTES))), tune), draft_path(tune))
    tune.unlink()
    window.files.open_recent(tune)
    answer(window, qtbot, "Open the unsaved work")
    assert window.document.track.notes == NOTES


@pytest.mark.parametrize("of_project", [False, True])
def test_a_recovery_copy_that_cannot_be_read_is_told_and_kept(
    window: MainWindow, tune: Path, qtbot: QtBot, of_project: bool
) -> None:
    draft, project = draft_path(tune), tune.with_name("tune.chproj")
    save(Saving(State(song(list(NOTES))), tune), draft)
    save(Saving(State(song(list(NOTES[:1]))), tune, project), project)
    cut = draft.read_bytes()[:200]
    draft.write_bytes(cut)
    open_song(window, project if of_project else tune, qtbot)
    assert "unsaved work on this song cannot be restored" in said(window)
    assert str(draft.parent) in said(window)
    window.document.change("Chart", song=song(list(NOTES)))
    window.saving.autosaver.save_and_wait()
    assert draft.with_name(f"{draft.name}.bak").read_bytes() == cut


def test_starting_over_can_be_taken_back(window: MainWindow, tune: Path, qtbot: QtBot) -> None:
    crash(tune)
    start(window)
    answer(window, qtbot, "Recover tune")
    answer(window, qtbot, "Start over")
    assert window.document.track.notes == ()
    window.document.change("Chart", song=song(list(NOTES[:1])))
    window.saving.autosaver.save_and_wait()  # there is no draft of it any more
    assert said(window) == "Started over, without your work."
    assert window.bar.notice is not None
    window.bar.notice.actions[0][1]()
    assert window.document.track.notes == NOTES
    window.book["edit.undo"].trigger()
    assert window.document.track.notes == NOTES[:1]


def test_what_was_put_aside_long_ago_is_removed(window: MainWindow, qtbot: QtBot) -> None:
    folder = storage.drafts_dir()
    folder.mkdir(parents=True, exist_ok=True)
    old, new = folder / "a.chproj.bak", folder / "b.chproj.bak"
    for file in (old, new):
        file.write_text("{}")
    os.utime(old, (0, 0))
    window.saving.tidy()
    qtbot.waitUntil(lambda: not window.runner.jobs, timeout=20_000)
    assert not old.exists()
    assert new.exists()
