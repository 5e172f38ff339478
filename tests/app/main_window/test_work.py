"""A song on its way from review to export: corrections, saving, recovering."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from chart_hero_app.document import storage
from chart_hero_app.document.autosave import OpenMarker
from chart_hero_app.document.doubts import Kind
from chart_hero_app.main_window.commands import analyse as analyse_commands
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.chart.edits import ChangeNotes, RejectNotes, notes_between
from chart_hero_core.chart.song import Difficulty, Dynamic
from chart_hero_core.formats.song_folder import load_song, save_song_folder
from tests.app.main_window.hearing import hear, open_song, transcribe
from tests.app.songs import rock_beat

EXPERT = Difficulty.EXPERT


# Review ---------------------------------------------------------------------------------------


@pytest.fixture
def doubtful(
    window: MainWindow, sound: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    strokes = [(t, d, 0.6 if d is DrumClass.SNARE else h) for t, d, h in rock_beat()]
    strokes.append((3.1, DrumClass.CRASH, 0.45))
    monkeypatch.setattr(analyse_commands, "listen", hear(sorted(strokes)))
    open_song(window, sound, qtbot)
    transcribe(window, qtbot)
    window.review_panel.refresh()
    return window


def test_the_queue_is_worked_through_by_key(doubtful: MainWindow) -> None:
    panel, document = doubtful.review_panel, doubtful.document
    assert len(panel.model.rows) == 9
    doubtful.book["review.accept"].trigger()  # nothing was seen yet: the first place is shown
    assert len(panel.model.rows) == 9
    first = panel.current
    assert first is not None
    assert first.kind is Kind.MISSING
    doubtful.book["review.accept"].trigger()
    crash = [n for n in document.track.notes if n.drum is DrumClass.CRASH]
    assert len(crash) == 1
    assert crash[0].origin.touched
    snare = panel.current
    assert snare is not None
    assert snare.kind is Kind.DOUBTFUL
    doubtful.book["review.reject"].trigger()
    assert all(n.sort_key != snare.note.sort_key for n in document.track.notes)
    assert snare.note in document.track.rejected
    assert len(panel.model.rows) == 7
    doubtful.book["review.accept"].trigger()
    assert sum(n.origin.touched for n in document.track.notes) == 2
    doubtful.book["edit.undo"].trigger()
    doubtful.book["edit.undo"].trigger()
    assert any(n.sort_key == snare.note.sort_key for n in document.track.notes)


def test_no_place_is_answered_unseen(doubtful: MainWindow, qtbot: QtBot) -> None:
    panel, document = doubtful.review_panel, doubtful.document
    panel.step(1)
    doubtful.book["review.next"].trigger()
    seen = panel.current
    assert seen is not None
    doubtful.book["note.lane_up"].trigger()  # it is the person's now and leaves the queue
    qtbot.waitUntil(lambda: len(panel.model.rows) == 8, timeout=20_000)
    steps = document.undo_stack.count()
    doubtful.book["review.accept"].trigger()
    assert document.undo_stack.count() == steps
    following = panel.current
    assert following is not None
    assert document.selected_notes() == (following.note,)  # shown, to be answered now
    doubtful.book["review.accept"].trigger()
    assert document.undo_stack.count() == steps + 1


def test_a_place_that_was_selected_by_hand_is_answered_at_once(
    doubtful: MainWindow, qtbot: QtBot
) -> None:
    panel, document = doubtful.review_panel, doubtful.document
    panel.step(1)
    doubtful.book["review.next"].trigger()
    doubtful.book["note.lane_up"].trigger()
    qtbot.waitUntil(lambda: len(panel.model.rows) == 8, timeout=20_000)
    following = panel.current
    assert following is not None
    document.select_notes((following.note,))
    doubtful.book["review.reject"].trigger()
    assert following.note in document.track.rejected


def test_what_is_selected_is_answered_in_place_of_the_queue(doubtful: MainWindow) -> None:
    panel, document = doubtful.review_panel, doubtful.document
    doubtful.book["review.next"].trigger()
    waiting = panel.current
    hat = next(note for note in document.track.notes if note.drum is DrumClass.HIHAT)
    document.select_notes((hat,))
    doubtful.book["review.reject"].trigger()
    assert hat in document.track.rejected
    assert panel.current == waiting


def test_a_refused_absence_stays_refused(doubtful: MainWindow) -> None:
    panel = doubtful.review_panel
    doubtful.book["review.next"].trigger()
    doubtful.book["review.reject"].trigger()
    assert all(d.kind is Kind.DOUBTFUL for d in panel.model.rows)
    assert len(doubtful.document.track.rejected) == 1


def test_one_bar_mended_is_proposed_for_all_like_it(heard: MainWindow) -> None:
    document = heard.document
    snares = [n for n in document.track.notes if n.lane is Lane.RED and n.tick < 1920]
    keys = tuple((n.tick, n.lane) for n in snares)
    document.push(ChangeNotes(EXPERT, keys, dynamic=Dynamic.ACCENT))
    document.push(RejectNotes(EXPERT, ((0, Lane.KICK),)))
    heard.transport.seek(0.5)
    heard.book["review.spread"].trigger()
    dialog = heard.review.similar
    assert dialog is not None
    assert dialog.list.count() == 3
    dialog.apply.click()
    model = [(n.tick, n.lane) for n in notes_between(document.track, 0, 1920)]
    for bar in range(1, 4):
        notes = notes_between(document.track, bar * 1920, (bar + 1) * 1920)
        assert [(n.tick - bar * 1920, n.lane) for n in notes] == model
    heard.book["edit.undo"].trigger()
    assert len(notes_between(document.track, 1920, 3840)) == 12


def test_edits_are_counted(heard: MainWindow, qtbot: QtBot) -> None:
    document = heard.document
    keys = tuple((n.tick, n.lane) for n in document.track.notes[:4])
    document.push(RejectNotes(EXPERT, keys))
    heard.counter.count()
    # 4 of 48 deleted: 4 edits over the 44 notes that are left.
    qtbot.waitUntil(lambda: heard.status.edits.text() == "9.1 edits per 100", timeout=20_000)


def test_another_chart_is_compared(heard: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    save_song_folder(heard.document.song, tmp_path / "other")
    heard.counter.compare(tmp_path / "other" / "notes.chart")
    panel = heard.evaluation_panel
    qtbot.waitUntil(lambda: panel.heading.text() == "0.0 edits per 100 notes", timeout=20_000)
    assert panel.table.item(len(DrumClass), 1).text() == "48"


# Saving ---------------------------------------------------------------------------------------


def test_saving_and_opening_again(heard: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "saved.chproj"
    assert heard.saving.save_to(path)
    assert not heard.isWindowModified()
    notes = heard.document.track.notes
    heard.book["file.close"].trigger()
    open_song(heard, path, qtbot)
    assert heard.document.track.notes == notes
    assert heard.document.project_path == path
    assert not heard.document.dirty


def test_a_folder_that_cannot_be_written_leaves_the_work_alone(
    heard: MainWindow, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x")
    assert not heard.saving.save_to(blocked / "a.chproj")
    assert heard.document.dirty
    assert heard.bar.notice is not None
    assert heard.bar.notice.actions[0][0] == "Save somewhere else…"


def test_closing_without_saving_loses_nothing(heard: MainWindow, sound: Path, qtbot: QtBot) -> None:
    notes = heard.document.track.notes
    heard.book["file.close"].trigger()
    open_song(heard, sound, qtbot)
    assert heard.document.track.notes == notes
    assert heard.bar.notice is not None
    assert "continues your unsaved work" in heard.bar.notice.text
    with qtbot.waitSignal(heard.files.songOpened, timeout=20_000):
        heard.bar.notice.actions[0][1]()
    assert heard.document.track.notes == ()


def test_a_crash_is_recovered(heard: MainWindow, sound: Path, qtbot: QtBot) -> None:
    notes = heard.document.track.notes
    heard.saving.autosaver.save_now()
    qtbot.waitUntil(lambda: storage.draft_path(sound).exists(), timeout=20_000)
    # The next start after a crash: the marker is there and nobody holds its lock.
    marker = storage.drafts_dir() / "open-crash.json"
    marker.write_text(next(storage.drafts_dir().glob("open-*.json")).read_text())
    heard.saving._marker = OpenMarker()
    heard.saving.offer_recovery(heard.files.open)
    assert heard.bar.notice is not None
    assert heard.bar.notice.actions[0][0] == "Recover tune"
    heard.document.undo_stack.clear()
    with qtbot.waitSignal(heard.files.songOpened, timeout=20_000):
        heard.bar.notice.actions[0][1]()
    assert heard.document.track.notes == notes


def test_a_lost_song_is_located(
    heard: MainWindow, sound: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "saved.chproj"
    heard.saving.save_to(path)
    moved = sound.rename(tmp_path / "moved.wav")
    with qtbot.waitSignal(heard.files.songOpened, timeout=20_000):
        heard.files.open(path)
    assert heard.bar.notice is not None
    assert str(sound) in heard.bar.notice.text
    assert heard.document.clip is None
    assert len(heard.document.track.notes) == 48
    heard.files.use_audio(moved)
    qtbot.waitUntil(lambda: heard.document.clip is not None, timeout=20_000)
    assert heard.document.source == moved


def test_sound_that_is_gone_from_its_folder_is_located(
    heard: MainWindow, sound: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "songs of others"
    save_song_folder(heard.document.song, folder, formats=("chart",))
    with qtbot.waitSignal(heard.files.songOpened, timeout=20_000):
        heard.files.open(folder)
    offer = heard.bar.notice
    assert offer is not None
    assert "without sound" in offer.text
    answers = iter(["", str(tmp_path / "nothing.wav"), str(sound)])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (next(answers), ""))
    offer.actions[0][1]()
    assert heard.bar.notice is offer  # thought better of it: the way stays open
    offer.actions[0][1]()
    assert heard.bar.notice is not None
    assert heard.bar.notice.kind == "error"
    heard.bar.dismiss()
    offer.actions[0][1]()
    qtbot.waitUntil(lambda: heard.document.clip is not None, timeout=20_000)
    assert heard.bar.notice is None
    assert heard.document.source == folder  # where its draft is looked for


# Exporting ------------------------------------------------------------------------------------


def test_an_export_is_proven(heard: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    heard.book["file.export"].trigger()
    dialog = heard.exporting.dialog
    assert dialog is not None
    target = tmp_path / "out" / "Band - Tune"
    dialog.fields["artist"].setText("Band")
    dialog.target.setText(str(target))
    dialog.write.click()
    qtbot.waitUntil(lambda: "0 differences" in dialog.proof.text(), timeout=60_000)
    assert dialog.proof.text().startswith("✓ 48 notes written, 48 read back")
    assert heard.document.song.metadata.artist == "Band"
    assert len(load_song(target).song.expert.notes) == 48
    problem = next(p for p in dialog.problems.problems if p.tick is None)
    heard.exporting.show_problem(replace(problem, tick=1920, difficulty=EXPERT))
    assert heard.transport.position_s == pytest.approx(2.0)
    assert len(heard.document.selection.notes) == 2
    dialog.close()
    assert heard.exporting.dialog is None


def test_a_chart_that_an_export_replaces_is_kept(
    heard: MainWindow, sound: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "notes.chart").write_bytes(mine := b"of a person")

    def export_with(lane: Lane) -> str:
        heard.transport.seek(7.0)
        heard.timeline.editing.place_at_cursor(lane)
        heard.book["file.export"].trigger()
        dialog = heard.exporting.dialog
        assert dialog is not None
        dialog.target.setText(str(target))
        dialog.write.click()
        qtbot.waitUntil(lambda: "read back" in dialog.proof.text(), timeout=60_000)
        told = dialog.proof.text()
        dialog.close()
        return told

    def copies() -> set[str]:
        return {file.name for file in target.glob("*.bak*")}

    assert export_with(Lane.BLUE).endswith("Replaced files are kept: notes.chart.bak")
    assert (target / "notes.chart.bak").read_bytes() == mine
    for lane in (Lane.GREEN, Lane.BLUE):  # the person goes on with the same song
        assert "kept" not in export_with(lane)
    assert copies() == {"notes.chart.bak"}
    last = (target / "notes.chart").read_bytes()
    heard.book["file.close"].trigger()
    open_song(heard, sound, qtbot)
    assert "notes.chart.bak1" in export_with(Lane.BLUE)
    assert (target / "notes.chart.bak1").read_bytes() == last
    assert (target / "notes.chart.bak").read_bytes() == mine


def test_an_export_that_fails_says_why(heard: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x")
    heard.book["file.export"].trigger()
    dialog = heard.exporting.dialog
    assert dialog is not None
    dialog.target.setText(str(blocked / "out"))
    dialog.write.click()
    qtbot.waitUntil(lambda: dialog.write.isEnabled(), timeout=60_000)
    assert "Could not" in dialog.proof.text()
    dialog.close()


# All of it, with the real model ---------------------------------------------------------------


@pytest.mark.slow
def test_the_demo_from_start_to_export(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    """Open, transcribe, turn a knob, edit, undo, redo, save, crash, recover, export."""
    with qtbot.waitSignal(window.files.songOpened, timeout=20_000):
        window.book["file.demo"].trigger()
    qtbot.waitUntil(lambda: len(window.document.clips) == 2, timeout=60_000)
    with qtbot.waitSignal(window.document.activationsChanged, timeout=300_000):
        window.book["analyse.transcribe"].trigger()
    document = window.document
    first = len(document.track.notes)
    assert first > 200
    slider = window.decode_panel.lists[0].slider("thresholds.hihat")
    slider.slider.setSliderDown(True)
    slider.slider.setValue(slider._range.place(0.9))
    slider.slider.setSliderDown(False)
    assert len(document.track.notes) < first
    window.book["edit.undo"].trigger()
    assert len(document.track.notes) == first
    window.book["edit.redo"].trigger()
    window.book["edit.undo"].trigger()
    window.timeline.editing.place_at_cursor(Lane.KICK)
    assert len(document.track.notes) == first + 1
    window.saving.autosaver.save_and_wait()
    notes = document.track.notes
    assert document.source is not None
    restored = storage.restore(storage.draft_path(document.source))
    assert restored.state.song.expert.notes == notes
    window.book["file.export"].trigger()
    dialog = window.exporting.dialog
    assert dialog is not None
    target = tmp_path / "Demo"
    dialog.target.setText(str(target))
    dialog.write.click()
    qtbot.waitUntil(lambda: dialog.write.isEnabled(), timeout=120_000)
    assert dialog.proof.text() == (
        f"✓ {first + 1:,} notes written, {first + 1:,} read back, 0 differences"
    )
    dialog.close()
    assert len(load_song(target).song.expert.notes) == first + 1
