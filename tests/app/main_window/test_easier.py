"""Hard, Medium and Easy of long charts are made beside the window's own work."""

import threading
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.document import reducing
from chart_hero_app.main_window.commands import note as note_commands
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.edits import AddNotes
from chart_hero_core.chart.song import Difficulty, Note, Song
from tests.app.main_window.driving import NOTES, run

EXTRA = Note(4000, Lane.GREEN)


@pytest.fixture
def go_on(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Until this is set the job waits, so that no test depends on how fast it is."""
    event = threading.Event()
    make = reducing.with_easier_tracks

    def waiting(*arguments: Any) -> Song:
        event.wait(30)
        return make(*arguments)

    monkeypatch.setattr(reducing, "with_easier_tracks", waiting)
    return event


@pytest.fixture
def long(
    opened: MainWindow, go_on: threading.Event, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    """A window for which eight notes are many, with nothing else going on."""
    qtbot.waitUntil(lambda: not opened.runner.jobs)
    monkeypatch.setattr(note_commands, "_AT_ONCE", len(NOTES) - 1)
    return opened


def test_a_long_chart_is_one_step_when_it_is_done(
    long: MainWindow, go_on: threading.Event, qtbot: QtBot
) -> None:
    steps = long.document.undo_stack.count()
    run(long, "note.reduce")
    assert [job.title for job in long.runner.jobs] == ["Making easier difficulties"]
    assert set(long.document.song.tracks) == {Difficulty.EXPERT}
    go_on.set()
    qtbot.waitUntil(lambda: not long.runner.jobs)
    assert set(long.document.song.tracks) == set(Difficulty)
    assert long.document.undo_stack.count() == steps + 1
    assert long.statusBar().currentMessage().startswith("Made Hard ")
    run(long, "edit.undo")
    assert set(long.document.song.tracks) == {Difficulty.EXPERT}


def test_it_can_be_stopped(long: MainWindow, go_on: threading.Event, qtbot: QtBot) -> None:
    run(long, "note.reduce")
    long.runner.stop_shown()
    go_on.set()
    qtbot.waitUntil(lambda: not long.runner.jobs)
    assert set(long.document.song.tracks) == {Difficulty.EXPERT}


def test_what_was_edited_meanwhile_is_in_it(
    long: MainWindow, go_on: threading.Event, qtbot: QtBot
) -> None:
    run(long, "note.reduce")
    long.document.push(AddNotes(Difficulty.EXPERT, (EXTRA,)))
    go_on.set()
    qtbot.waitUntil(lambda: not long.runner.jobs)
    assert EXTRA in long.document.song.expert.notes
    assert EXTRA.tick in [note.tick for note in long.document.song.tracks[Difficulty.HARD].notes]
