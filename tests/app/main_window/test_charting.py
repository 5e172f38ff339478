"""Charting by hand in the window: moving and playing, notes, tempo."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from chart_hero_app.dialogs.signature import SignatureDialog
from chart_hero_app.document.state import Selection
from chart_hero_app.document.transport import Channel
from chart_hero_app.main_window.commands import play as play_commands
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.playback.outputs import Output
from chart_hero_app.settings.preferences import Preferences
from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import DeviceError
from chart_hero_core.chart.edits import Keep
from chart_hero_core.chart.song import (
    PREVIEW_END,
    Difficulty,
    Dynamic,
    Note,
    Phrase,
    PhraseKind,
    Section,
)
from chart_hero_core.formats.proof import verify_export
from chart_hero_core.formats.song_folder import save_song_folder
from tests.app.main_window.driving import NOTES, run
from tests.app.songs import song

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


def test_a_place_is_gone_to_as_it_is_typed(
    opened: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def go(text: str) -> float:
        monkeypatch.setattr(play_commands, "ask_text", lambda *_a: text)
        run(opened, "play.go_to")
        return opened.transport.position_s

    assert go("3") == pytest.approx(4.0)
    assert go("") == pytest.approx(4.0)
    assert go("2:4") == pytest.approx(3.5)
    assert go("0:01.25") == pytest.approx(1.25)
    assert go("9:00") == opened.transport.duration_s
    assert go("nowhere") == opened.transport.duration_s
    assert opened.statusBar().currentMessage() == "There is no bar, time or section nowhere"


def test_the_preview_starts_at_the_playhead(opened: MainWindow) -> None:
    document = opened.document
    other = MappingProxyType({PREVIEW_END: "2000", "icon": "me"})
    chart = replace(document.song, metadata=replace(document.song.metadata, other=other))
    document.change("Chart", song=chart)
    opened.transport.seek(1.5)
    run(opened, "play.preview")
    assert document.song.metadata.preview_start_ms == 1500
    assert document.song.metadata.other == other
    assert opened.statusBar().currentMessage() == "The preview starts at 0:01.500"
    opened.transport.seek(3.0)
    run(opened, "play.preview")
    assert document.song.metadata.preview_start_ms == 3000
    assert document.song.metadata.other == {"icon": "me"}
    run(opened, "edit.undo")
    assert document.song.metadata.preview_start_ms == 1500


def test_play_pause_and_stop(opened: MainWindow, qtbot: QtBot) -> None:
    opened.transport.seek(1.0)
    run(opened, "play.toggle")
    assert opened.book["play.toggle"].text() == "Pause"
    qtbot.waitUntil(lambda: opened.transport.position_s > 1.05, timeout=10_000)
    run(opened, "play.stop")
    assert not opened.transport.playing
    assert opened.transport.position_s == pytest.approx(1.0)
    assert opened.book["play.toggle"].text() == "Play"


def test_stopping_goes_back_to_where_it_began_after_the_end_too(opened: MainWindow) -> None:
    run(opened, "play.end")
    run(opened, "play.toggle")  # from the start
    run(opened, "play.stop")
    assert opened.transport.position_s == 0.0
    opened.transport.seek(1.0)
    opened.transport.toggle()  # as dialogs do
    run(opened, "play.stop")
    assert opened.transport.position_s == 1.0


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


def test_undoing_shows_where_and_says_what(opened: MainWindow) -> None:
    document = opened.document
    document.set_difficulty(Difficulty.HARD)
    run(opened, "note.red")
    document.set_difficulty(Difficulty.EXPERT)
    run(opened, "edit.undo")
    assert document.difficulty is Difficulty.HARD
    assert opened.statusBar().currentMessage() == "Undone: add note"
    document.set_difficulty(Difficulty.EXPERT)
    run(opened, "edit.redo")
    assert document.difficulty is Difficulty.HARD
    assert len(document.selected_notes()) == 1
    assert opened.statusBar().currentMessage() == "Done again: add note"


def test_loop_and_speed(opened: MainWindow) -> None:
    run(opened, "play.loop")
    assert opened.transport.loop is None
    assert not opened.book["play.loop"].isChecked()
    opened.document.select(Selection(span_s=(1.0, 3.0)))
    run(opened, "play.loop")
    assert opened.transport.loop == (1.0, 3.0)
    assert opened.transport.position_s == 1.0  # playing begins with what is looped
    assert opened.book["play.loop"].isChecked()
    run(opened, "play.loop")
    assert opened.transport.loop is None
    opened.document.select(Selection(span_s=(1.0, 1.02)))
    run(opened, "play.loop")
    assert not opened.book["play.loop"].isChecked()
    assert "too short" in opened.statusBar().currentMessage()
    opened.document.select_notes(opened.document.track.notes[:4])
    run(opened, "play.loop")
    assert opened.transport.loop == (0.0, 1.625)  # a sixteenth later, so that the last one sounds
    run(opened, "play.loop")
    run(opened, "play.slower")
    assert opened.transport.speed == 0.9
    run(opened, "play.normal_speed")
    run(opened, "play.faster")
    assert opened.transport.speed == 1.25


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("play.faster", "200 % is the fastest speed"),
        ("play.slower", "25 % is the slowest speed"),
        ("view.snap_coarser", "1/1 is the coarsest grid"),
        ("view.snap_finer", "1/192 is the finest grid"),
    ],
)
def test_the_last_speed_and_grid_are_told(opened: MainWindow, name: str, end: str) -> None:
    for _ in range(20):
        run(opened, name)
    assert opened.statusBar().currentMessage() == end


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


def test_keys_that_need_something_say_what(opened: MainWindow, qtbot: QtBot) -> None:
    lanes, said = opened.timeline.lanes, opened.statusBar().currentMessage
    lanes.setFocus()
    qtbot.keyClick(lanes, Qt.Key.Key_V)
    assert said() == "Accent: select notes or a stretch of time first"
    qtbot.keyClick(lanes, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert said() == "Later by a grid step: select notes or a stretch of time first"
    qtbot.keyClick(lanes, Qt.Key.Key_R)
    assert said() == "Next doubtful note: transcribe the song first"
    opened.document.select_notes(tuple(NOTES[:2]))
    opened.statusBar().clearMessage()
    qtbot.keyClick(lanes, Qt.Key.Key_V)
    assert said() == ""
    opened.files.close_song()
    qtbot.keyClick(opened, Qt.Key.Key_Space)
    assert said() == "Play or pause: open a song first"


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


def test_a_roll_over_two_drums_is_a_double_roll(opened: MainWindow) -> None:
    document = opened.document

    def rolls() -> list[PhraseKind]:
        return [phrase.kind for phrase in document.track.phrases]

    turns = [Note(60 * i, Lane.GREEN if i % 2 else Lane.BLUE, cymbal=True) for i in range(8)]
    document.change("Chart", song=song([*turns, Note(0, Lane.KICK)]))
    document.select_notes(document.track.notes)
    run(opened, "note.roll")
    assert rolls() == [PhraseKind.DOUBLE_ROLL]
    document.select_notes(document.track.notes[:2])  # a kick and one cymbal
    run(opened, "note.roll")
    assert rolls() == []
    run(opened, "note.roll")
    assert rolls() == [PhraseKind.ROLL]


def test_star_power_is_for_players_of_every_difficulty(opened: MainWindow, tmp_path: Path) -> None:
    """A .mid cannot hold it for one alone, so the export told of differences."""
    opened.document.select_notes(opened.document.track.notes[2:3])
    run(opened, "note.flam")
    run(opened, "note.reduce")
    run(opened, "view.hard")
    opened.document.select(Selection(span_s=(0.0, 2.0)))
    for name in ("note.star_power", "note.solo", "note.fill"):
        run(opened, name)
    tracks = opened.document.song.tracks
    assert len(tracks[Difficulty.HARD].phrases) == 3
    assert all(track.phrases == tracks[Difficulty.HARD].phrases for track in tracks.values())
    save_song_folder(opened.document.song, tmp_path / "out", formats=("mid",))
    assert verify_export(tmp_path / "out", opened.document.song).differences == ()
    run(opened, "note.star_power")
    assert all(len(track.phrases) == 2 for track in opened.document.song.tracks.values())
    run(opened, "note.roll")
    assert [p.kind for p in opened.document.track.phrases if p.kind is PhraseKind.ROLL]
    assert len(opened.document.song.expert.phrases) == 2


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


def test_a_tempo_change_goes_by_key(opened: MainWindow) -> None:
    document = opened.document
    before = document.song.tempo_map
    opened.tempo.insert_bpm(960, 150.0)
    opened.transport.seek(0.5)
    run(opened, "tempo.remove_bpm")
    assert opened.statusBar().currentMessage() == "No tempo change starts at this beat"
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


def test_a_chart_of_one_note_is_counted_as_one(opened: MainWindow) -> None:
    opened.document.change("Chart", song=song(NOTES[:1]))
    assert opened.status.selection.text() == "1 note"


def test_what_lies_under_the_mouse_is_told(opened: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseMove(opened.timeline.waveform, QPoint(200, 20))
    opened.timeline.pointed.emit("1.000 s")
    assert opened.status.pointed.text() == "1.000 s"


def test_phrases_and_marks_are_told_in_words(opened: MainWindow, qtbot: QtBot) -> None:
    document, lanes = opened.document, opened.timeline.lanes
    document.change("Chart", song=song([Note(960, Lane.RED, flam=True, dynamic=Dynamic.ACCENT)]))
    document.select_notes(document.track.notes)
    run(opened, "note.solo")
    place = QPointF(lanes.x_of(1.0), lanes.lane_y(Lane.RED))
    said = opened.timeline._wiring.describe(lanes, place)
    assert said == "1.000 s · bar 1, beat 3 · solo · Snare · flam · accent · yours"


def test_a_phrase_is_named_where_there_is_room(opened: MainWindow) -> None:
    """Colour alone says nothing to those who cannot tell the colours apart."""
    document, lanes = opened.document, opened.timeline.lanes
    opened.timeline.axis.show_range(0.0, 8.0)

    def inked(ticks: int) -> int:
        chart = song([Note(7200, Lane.KICK)])
        track = replace(chart.expert, phrases=(Phrase(PhraseKind.SOLO, 0, ticks),))
        tracks = MappingProxyType({Difficulty.EXPERT: track})
        document.change("Chart", song=replace(chart, tracks=tracks))
        picture = lanes.grab(QRect(int(lanes.x_of(0.0)) + 4, 4, 40, 13)).toImage()
        rows, columns = range(picture.height()), range(picture.width())
        return sum(picture.pixelColor(x, y).lightness() > 140 for y in rows for x in columns)

    assert inked(3840) > inked(96) + 20


def test_names_of_phrases_over_each_other_can_all_be_read(opened: MainWindow) -> None:
    """A solo often begins with star power: its name was written across the other."""
    document, lanes = opened.document, opened.timeline.lanes
    opened.timeline.axis.show_range(0.0, 8.0)

    def inked(*kinds: PhraseKind) -> set[tuple[int, int]]:
        phrases = tuple(Phrase(kind, 0, 3840) for kind in kinds)
        track = replace(document.song.expert, notes=(), phrases=phrases)
        tracks = MappingProxyType({Difficulty.EXPERT: track})
        document.change("Chart", song=replace(document.song, tracks=tracks))
        picture = lanes.grab(QRect(int(lanes.x_of(0.0)) + 6, 4, 90, 12)).toImage()
        rows, columns = range(picture.height()), range(picture.width())
        return {(x, y) for y in rows for x in columns if picture.pixelColor(x, y).lightness() > 150}

    alone = inked(PhraseKind.SOLO)
    assert alone
    both = inked(PhraseKind.SOLO, PhraseKind.STAR_POWER)
    assert len(both ^ alone) < 10  # edges of letters on a ground of two colours


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


# A stretch of time ----------------------------------------------------------------------------


def drag_over_waveform(window: MainWindow, qtbot: QtBot, start_s: float, end_s: float) -> None:
    """Select a stretch with the mouse."""
    row = window.timeline.waveform
    start, end = (QPoint(round(row.x_of(time_s)), 20) for time_s in (start_s, end_s))
    qtbot.mousePress(row, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 5):
        qtbot.mouseMove(row, start + (end - start) * step / 4)
    qtbot.mouseRelease(row, Qt.MouseButton.LeftButton, pos=end)


def test_notes_of_a_selected_stretch_are_edited(opened: MainWindow, qtbot: QtBot) -> None:
    """As everywhere: a range is copied, accented, moved and deleted."""
    document = opened.document
    opened.timeline.axis.show_range(0.0, 8.0)
    document.select_notes(document.track.notes[:1])  # what was worked on before
    drag_over_waveform(opened, qtbot, 0.9, 2.1)  # the notes at 1, 1.5 and 2 s
    assert document.selected_notes() == ()
    run(opened, "edit.copy")
    run(opened, "note.accent")
    accented = [note.tick for note in document.track.notes if note.dynamic is Dynamic.ACCENT]
    assert accented == [960, 1440, 1920]
    run(opened, "edit.delete")
    assert [note.tick for note in document.track.notes] == [0, 480, 2400, 2880, 3360]
    opened.transport.seek(5.0)
    run(opened, "edit.paste")
    assert [note.tick for note in document.track.notes][-3:] == [4800, 5280, 5760]
    assert document.undo_stack.undoText() == "Paste 3 notes"


def test_notes_selected_in_a_stretch_are_edited_alone(opened: MainWindow, qtbot: QtBot) -> None:
    document = opened.document
    opened.timeline.axis.show_range(0.0, 8.0)
    drag_over_waveform(opened, qtbot, 0.9, 3.1)
    chosen = document.track.notes[2]
    document.select(replace(document.selection, notes=frozenset({document.key(chosen)})))
    run(opened, "note.ghost")
    assert [n.tick for n in document.track.notes if n.dynamic is Dynamic.GHOST] == [960]
    run(opened, "edit.select_none")
    assert not opened.book["edit.delete"].isEnabled()
