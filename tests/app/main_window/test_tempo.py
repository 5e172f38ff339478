"""Setting tempos, time signatures and the grid in the window."""

from functools import partial

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from chart_hero_app.dialogs.signature import SignatureDialog
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.chart.edits import Keep
from tests.app.main_window.driving import NOTES, run


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


def test_a_tempo_change_goes_by_key(opened: MainWindow) -> None:
    document = opened.document
    before = document.song.tempo_map
    opened.tempo.insert_bpm(960, 150.0)
    opened.transport.seek(0.5)
    run(opened, "tempo.remove_bpm")
    assert opened.statusBar().currentMessage() == "There is no tempo marker at this beat"
    opened.transport.seek(1.0)
    run(opened, "tempo.remove_bpm")
    assert document.song.tempo_map == before
    opened.transport.seek(1.0)
    opened.tempo.insert_bpm(970, 150.0)  # a little behind the beat
    run(opened, "tempo.remove_bpm")
    assert document.song.tempo_map == before
    opened.transport.seek(0.0)
    run(opened, "tempo.remove_bpm")
    assert document.song.tempo_map == before


def test_the_whole_grid_is_nudged_and_comes_back(opened: MainWindow) -> None:
    run(opened, "tempo.keep_time")  # notes stay on their beats
    before = opened.document.song.tempo_map.seconds(1920 * 3)
    for _ in range(5):
        run(opened, "tempo.later_ms")
    song = opened.document.song
    assert song.tempo_map.seconds(1920 * 3) == pytest.approx(before + 0.005, abs=1e-5)
    assert [note.tick for note in song.expert.notes] == [note.tick for note in NOTES]
    for _ in range(5):
        run(opened, "tempo.earlier_ms")
    assert opened.document.song.tempo_map.seconds(1920 * 3) == pytest.approx(before, abs=1e-5)


def test_a_time_signature_goes_when_the_bars_before_go_on(opened: MainWindow) -> None:
    def signatures() -> list[tuple[int, int]]:
        return [(s.tick, s.numerator) for s in opened.document.song.tempo_map.signatures]

    def answer(upper: int) -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, SignatureDialog)
        dialog.count.setValue(upper)
        dialog.accept()

    opened.transport.seek(4.0)
    for upper, expected in (
        (3, [(0, 4), (3840, 3)]),
        (4, [(0, 4)]),
        (4, [(0, 4)]),  # nothing to say, nothing to undo
    ):
        QTimer.singleShot(0, partial(answer, upper))
        run(opened, "tempo.insert_signature")
        assert signatures() == expected
    assert opened.document.undo_stack.undoText() == "Remove time signature"
    opened.transport.seek(0.0)
    opened.tempo.set_signature(0, 3, 4)
    assert signatures() == [(0, 3)]


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
    assert opened.document.undo_stack.undoText() == "Tap tempo"
    run(opened, "edit.undo")  # all taps of the series
    assert opened.document.song.tempo_map.tempos[0].bpm == 120.0
