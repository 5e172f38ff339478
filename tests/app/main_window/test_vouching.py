"""Passages a person vouches for: marked, saved, left alone, and kept for training."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from chart_hero_app.document.state import Selection
from chart_hero_app.document.vouching import my_charts
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.chart.edits import RejectNotes
from chart_hero_core.chart.song import Difficulty
from chart_hero_core.formats.project import load_project
from tests.app.main_window.hearing import open_song


def select(window: MainWindow, start_s: float, end_s: float) -> None:
    window.document.select(Selection(span_s=(start_s, end_s)))


def test_a_reviewed_passage_is_left_alone(heard: MainWindow) -> None:
    document = heard.document
    select(heard, 0.0, 2.0)
    heard.book["review.mark"].trigger()
    select(heard, 2.0, 4.0)
    heard.book["review.mark"].trigger()
    assert document.reviewed == ((0.0, 4.0),)
    assert sum(note.origin.touched for note in document.track.notes) == 24
    document.push(RejectNotes(Difficulty.EXPERT, ((0, document.track.notes[0].lane),)))
    inside = [note for note in document.track.notes if note.tick < 2 * 1920]
    # A knob adds and takes notes elsewhere only.
    heard.redecoder.begin()
    heard.redecoder.move("thresholds.hihat", 0.99)
    heard.redecoder.end("thresholds.hihat")
    assert [note for note in document.track.notes if note.tick < 2 * 1920] == inside
    assert len(document.track.notes) == 23 + 8
    heard.book["edit.undo"].trigger()
    select(heard, 1.0, 9.0)
    heard.book["review.unmark"].trigger()
    assert document.reviewed == ((0.0, 1.0),)
    heard.book["edit.undo"].trigger()
    assert document.reviewed == ((0.0, 4.0),)


def test_all_up_to_the_playhead_without_a_selection(heard: MainWindow, qtbot: QtBot) -> None:
    heard.book["review.mark"].trigger()
    assert heard.document.reviewed == ()
    heard.transport.seek(3.0)
    heard.book["review.mark"].trigger()
    assert heard.document.reviewed == ((0.0, 3.0),)
    qtbot.waitUntil(lambda: "0:03 of 0:08 min" in heard.review_panel.reviewed.text())


def test_a_lone_note_is_no_stretch_to_vouch_for(heard: MainWindow) -> None:
    document = heard.document
    heard.transport.seek(3.0)
    document.select_notes(document.track.notes[:1])  # as the review leaves it
    heard.book["review.mark"].trigger()
    assert document.reviewed == ((0.0, 3.0),)
    document.select_notes(document.track.notes[-1:])  # beyond what was reviewed
    heard.book["review.unmark"].trigger()
    assert document.reviewed == ((0.0, 3.0),)
    assert "Nothing is marked" in heard.statusBar().currentMessage()
    document.select_notes(document.track.notes[:1])
    heard.book["review.unmark"].trigger()
    assert document.reviewed == ()


def test_what_was_reviewed_is_saved_and_opened_again(
    heard: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    select(heard, 2.0, 4.0)
    heard.book["review.mark"].trigger()
    path = tmp_path / "saved.chproj"
    assert heard.saving.save_to(path)
    assert load_project(path).view["reviewed_s"] == [[2.0, 4.0]]
    heard.book["file.close"].trigger()
    assert heard.document.reviewed == ()
    open_song(heard, path, qtbot)
    assert heard.document.reviewed == ((2.0, 4.0),)


def test_a_finished_song_is_kept_for_training_with_one_click(
    heard: MainWindow, qtbot: QtBot
) -> None:
    document = heard.document
    document.push(RejectNotes(Difficulty.EXPERT, ((0, document.track.notes[0].lane),)))
    heard.book["review.collect"].trigger()
    assert heard.bar.notice is not None
    assert my_charts() == ()
    label, whole = heard.bar.notice.actions[0]
    assert label == "The whole song is right"
    whole()
    qtbot.waitUntil(lambda: len(my_charts()) == 1, timeout=20_000)
    qtbot.waitUntil(lambda: not heard.runner.jobs, timeout=20_000)
    (path,) = my_charts()
    kept = load_project(path)
    assert kept.view["reviewed_s"] == [[0.0, 8.0]]
    assert len(kept.song.expert.notes) == 47
    assert len(kept.song.expert.rejected) == 1
    assert kept.audio.find(path) == document.source
    assert "My charts: 1 song" in heard.training_panel.songs.folders.item(0).text()
    # Once more, under another name: still one song.
    heard.book["review.collect"].trigger()
    qtbot.waitUntil(lambda: not heard.runner.jobs, timeout=20_000)
    assert len(my_charts()) == 1
