"""A song is transcribed: what was heard arrives, tempo and passages are worked on."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from chart_hero_app.dialogs.tempo_candidates import TempoCandidatesDialog
from chart_hero_app.document.analysis import Heard, Hearing
from chart_hero_app.document.detection import Detection
from chart_hero_app.document.state import Selection
from chart_hero_app.main_window.commands import analyse as analyse_commands
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.timeline.wiring import LISTENING, NOTES_COMING
from chart_hero_core.base.drums import DrumClass, Hit, Lane
from chart_hero_core.base.errors import CheckpointError
from chart_hero_core.base.progress import Progress
from chart_hero_core.chart.song import Note
from chart_hero_core.formats.song_folder import save_song_folder
from chart_hero_core.timing.tempo_map import TempoMap
from tests.app.main_window.hearing import hear, open_song, transcribe
from tests.app.songs import activations, detection, rock_beat, song, write_sound

OnPart = Callable[[Hearing], None]


# Transcribing ---------------------------------------------------------------------------------


def test_a_transcription_is_one_step_and_says_what_it_found(heard: MainWindow) -> None:
    assert len(heard.document.track.notes) == 48
    assert heard.document.song.tempo_map.tempos[0].bpm == 120.0
    assert heard.document.undo_stack.count() == 1
    assert heard.bar.notice is not None
    assert "48 notes suggested at about 120.0 BPM" in heard.bar.notice.text
    assert heard.decode_panel.summary.text() == "48 notes"
    heard.book["edit.undo"].trigger()
    assert heard.document.track.notes == ()


def test_looking_at_the_tempo_leaves_the_review_on_offer(heard: MainWindow) -> None:
    assert heard.bar.notice is not None
    words, check = heard.bar.notice.actions[0]
    assert words == "Check tempo…"
    check()
    assert heard.audition.dialog is not None
    heard.audition.dialog.reject()
    assert [name for name, _ in heard.bar.notice.actions] == ["Review notes"]


def offered(window: MainWindow) -> list[str]:
    """The words on the bar's buttons."""
    notice = window.bar.notice
    return [] if notice is None else [words for words, _ in notice.actions]


@pytest.fixture
def doubtful(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    """A window on a transcribed song with notes to review."""
    strokes = [(time_s, drum, 0.5) for time_s, drum, _ in rock_beat()]
    monkeypatch.setattr(analyse_commands, "listen", hear(strokes))
    open_song(window, write_sound(tmp_path / "songs" / "tune.wav"), qtbot)
    transcribe(window, qtbot)
    qtbot.waitUntil(window.book["review.next"].isEnabled, timeout=20_000)
    return window


def test_a_button_of_the_bar_leaves_the_other_step(doubtful: MainWindow, qtbot: QtBot) -> None:
    for button in doubtful.bar.findChildren(QPushButton):
        if button.text() == "Review notes":
            button.click()
    assert len(doubtful.document.selected_notes()) == 1
    assert offered(doubtful) == ["Check tempo…"]


def test_the_place_to_answer_is_shown_and_told(doubtful: MainWindow, qtbot: QtBot) -> None:
    doubtful.show()
    doubtful.docks.raise_panel("decode")
    qtbot.waitUntil(lambda: not doubtful.timeline.hints.review)
    doubtful.book["review.next"].trigger()
    qtbot.waitUntil(lambda: doubtful.timeline.hints.review)  # missing notes stand in the lanes
    doubt = doubtful.review_panel.current
    assert doubt is not None
    said = doubtful.statusBar().currentMessage()
    assert said.startswith(f"{doubt.note.drum.title}: ")
    assert "Return" in said
    assert "Shift+Del" in said


def test_a_closed_review_panel_stays_closed(doubtful: MainWindow) -> None:
    doubtful.docks.docks["review"].close()
    doubtful.book["review.next"].trigger()
    assert doubtful.docks.docks["review"].isHidden()


def test_what_was_done_by_another_way_is_not_offered_any_more(doubtful: MainWindow) -> None:
    doubtful.book["review.next"].trigger()
    assert offered(doubtful) == ["Check tempo…"]
    doubtful.bar.error("Something else went wrong.")
    doubtful.book["tempo.candidates"].trigger()
    assert doubtful.audition.dialog is not None
    doubtful.audition.dialog.reject()
    assert offered(doubtful) == []
    doubtful.bar.dismiss()
    assert doubtful.bar.notice is None


def test_only_the_last_transcription_is_spoken_of(heard: MainWindow, qtbot: QtBot) -> None:
    said = heard.bar.notice
    assert said is not None
    transcribe(heard, qtbot)
    qtbot.waitUntil(lambda: heard.document.undo_stack.count() == 2, timeout=20_000)
    heard.book["edit.undo"].trigger()
    assert heard.bar.notice is None  # not the words of the first one again


def test_a_charted_song_keeps_its_map_and_notes(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "charted"
    write_sound(folder / "song.wav")
    save_song_folder(replace(song([Note(0, Lane.BLUE)]), tempo_map=TempoMap.constant(97.0)), folder)
    monkeypatch.setattr(analyse_commands, "listen", hear())
    open_song(window, folder, qtbot)
    transcribe(window, qtbot)
    assert window.document.song.tempo_map.tempos[0].bpm == pytest.approx(97.0)
    assert Note(0, Lane.BLUE) in window.document.track.notes
    suggested = len(window.document.track.notes) - 1
    assert suggested > 40
    assert window.bar.notice is not None
    assert f"{suggested} notes suggested besides 1 of yours, on" in window.bar.notice.text


@pytest.mark.parametrize("read", [True, False])
def test_the_mix_beside_a_drum_stem_goes_along(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, read: bool
) -> None:
    folder = tmp_path / "stems"
    for stem in ("drums", "song"):
        write_sound(folder / f"{stem}.wav")
    given: list[object] = []

    def listen(*heard: object, music: object, **_more: object) -> Heard:
        given.append(music)
        return hear()(*heard)

    monkeypatch.setattr(analyse_commands, "listen", listen)
    open_song(window, folder, qtbot)
    document = window.document
    assert set(document.clips) == {"drums", "mix"}
    if not read:  # as it is while the mix is still being read
        document.set_sound(replace(document.sound, clips={"drums": document.clips["drums"]}))
    transcribe(window, qtbot)
    assert given == [document.clips["mix"] if read else document.sound.files]


def test_a_missing_model_is_told(
    window: MainWindow, sound: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(*_args: object, **_more: object) -> Heard:
        raise CheckpointError("The model is missing; please reinstall.")

    monkeypatch.setattr(analyse_commands, "listen", listen)
    open_song(window, sound, qtbot)
    with qtbot.waitSignal(window.bar.shown) as signal:
        window.book["analyse.transcribe"].trigger()
    assert signal.args == ["The model is missing; please reinstall."]
    assert window.document.undo_stack.count() == 0


def test_transcribing_can_be_stopped(
    window: MainWindow, sound: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(
        _clip: object, _domain: str, _options: object, progress: object, *_: object, **__: object
    ) -> Heard:
        while True:
            progress.check_cancelled()  # type: ignore[attr-defined]
            time.sleep(0.002)

    monkeypatch.setattr(analyse_commands, "listen", listen)
    open_song(window, sound, qtbot)
    window.book["analyse.transcribe"].trigger()
    under_way = window.runner.jobs
    window.book["analyse.transcribe"].trigger()  # what was heard so far is not thrown away
    assert window.runner.jobs == under_way
    assert "already running" in window.statusBar().currentMessage()
    with qtbot.waitSignal(window.runner.finished):
        window.book["analyse.stop"].trigger()
    assert window.document.detection is None
    assert window.bar.notice is None
    assert window.statusBar().currentMessage() == "Stopped: Transcribing"
    window.statusBar().clearMessage()
    window.book["analyse.transcribe"].trigger()
    qtbot.waitUntil(window.status.job_stop.isVisible)
    with qtbot.waitSignal(window.runner.finished):
        qtbot.mouseClick(window.status.job_stop, Qt.MouseButton.LeftButton)
    assert window.statusBar().currentMessage() == "Stopped: Transcribing"


@pytest.mark.parametrize("ended", ["heard", "stopped"])
def test_curves_and_strokes_appear_while_the_model_listens(
    window: MainWindow, sound: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, ended: str
) -> None:
    heard_some, go_on = threading.Event(), threading.Event()
    strokes = rock_beat(bars=2)
    begun = Hearing(
        activations(strokes, 4.0), tuple(Hit(t, drum, 0.9, 0.5) for t, drum, _ in strokes)
    )

    def listen(
        clip: object,
        domain: str,
        options: object,
        progress: Progress,
        on_part: OnPart,
        **_more: object,
    ) -> Heard:
        while not heard_some.wait(0.002):
            progress.check_cancelled()
        on_part(begun)
        while not go_on.wait(0.002):
            progress.check_cancelled()
        return hear()(clip, domain, options, progress, on_part)

    monkeypatch.setattr(analyse_commands, "listen", listen)
    open_song(window, sound, qtbot)
    lanes, row = window.timeline.lanes, window.timeline.activation
    asking = lanes.hint
    window.book["analyse.transcribe"].trigger()
    assert asking != lanes.hint == NOTES_COMING
    assert row.hint == LISTENING
    empty = lanes.grab().toImage()
    heard_some.set()
    qtbot.waitUntil(lambda: window.document.hearing is begun)
    assert row.shown is begun.activations
    assert lanes.grab().toImage() != empty
    assert lanes.hint == row.hint == ""
    assert window.document.track.notes == ()
    assert window.document.undo_stack.count() == 0
    if ended == "heard":
        go_on.set()
    else:
        window.book["analyse.stop"].trigger()
    qtbot.waitUntil(lambda: window.document.hearing is None)
    assert bool(window.document.track.notes) is (ended == "heard")
    assert row.shown is window.document.activations
    go_on.set()


def test_no_drums_gives_advice(
    window: MainWindow, sound: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyse_commands, "listen", hear([]))
    open_song(window, sound, qtbot)
    transcribe(window, qtbot)
    assert window.bar.notice is not None
    assert "No drums were heard" in window.bar.notice.text
    assert "thresholds" in window.timeline.lanes.hint  # to transcribe again would not help
    window.book["view.hard"].trigger()
    assert "No Hard notes yet: make them from Expert" in window.timeline.lanes.hint


# Tempo ----------------------------------------------------------------------------------------


def test_readings_are_auditioned_and_kept_or_not(heard: MainWindow) -> None:
    before = heard.document.song
    heard.book["tempo.candidates"].trigger()
    dialog = heard.audition.dialog
    assert dialog is not None
    dialog.tree.setCurrentIndex(dialog.tree.model().index(2, 0))
    assert heard.document.song.tempo_map.tempos[0].bpm == 60.0
    assert len(heard.document.track.notes) == 48
    dialog.reject()
    assert heard.document.song is before
    heard.book["tempo.candidates"].trigger()
    dialog = heard.audition.dialog
    assert dialog is not None
    dialog.tree.setCurrentIndex(dialog.tree.model().index(2, 0))
    dialog.accept()
    assert heard.document.undo_stack.undoText() == "Use another tempo"
    heard.book["edit.undo"].trigger()
    assert heard.document.song == before


def test_asking_twice_for_readings_shows_them_once(heard: MainWindow, qtbot: QtBot) -> None:
    heard.audition.set_candidates(())
    heard.book["tempo.candidates"].trigger()
    heard.book["tempo.candidates"].trigger()
    qtbot.waitUntil(lambda: not heard.runner.jobs, timeout=20_000)
    dialogs = [d for d in heard.findChildren(TempoCandidatesDialog) if d.isVisible()]
    for dialog in dialogs:
        dialog.reject()
    assert len(dialogs) == 1


def test_suggestions_follow_a_new_tempo(heard: MainWindow) -> None:
    heard.book["tempo.halve"].trigger()
    assert len(heard.document.track.notes) == 48
    hats = [n.tick for n in heard.document.track.notes if n.drum is DrumClass.HIHAT]
    assert hats[:3] == [0, 120, 240]


# Micro mode -----------------------------------------------------------------------------------


def test_a_lone_note_is_no_passage(heard: MainWindow) -> None:
    document = heard.document
    document.select_notes(document.track.notes[:1])
    assert not heard.sections_panel.flag.isEnabled()
    heard.book["analyse.flag"].trigger()
    heard.book["analyse.selection"].trigger()
    assert document.micro_flags == ()
    assert document.state.passages == ()
    assert "Select a stretch" in heard.statusBar().currentMessage()
    document.change("Flags", micro_flags=((0.0, 1.0), (2.0, 3.0)))
    document.select_notes(document.track.notes[:1])
    heard.book["analyse.unflag"].trigger()
    assert document.micro_flags == ((2.0, 3.0),)
    heard.book["analyse.unflag"].trigger()
    assert document.micro_flags == ((2.0, 3.0),)
    assert "Nothing is flagged" in heard.statusBar().currentMessage()


def test_passages_are_flagged_unflagged_and_analysed(
    heard: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = heard.document
    document.select(Selection(span_s=(1.0, 3.0)))
    assert heard.sections_panel.flag.isEnabled()
    heard.book["analyse.flag"].trigger()
    document.select(Selection(span_s=(2.5, 4.0)))
    heard.book["analyse.flag"].trigger()
    assert document.micro_flags == ((1.0, 4.0),)
    heard.book["analyse.unflag"].trigger()
    assert document.micro_flags == ((1.0, 2.5),)

    def closely(_clip: object, found: Detection, spans: object, *_rest: object) -> Detection:
        assert spans == ((1.0, 2.5),)
        extra = [*rock_beat(), (1.25, DrumClass.SNARE, 0.95)]
        return detection(sorted(extra))

    monkeypatch.setattr(analyse_commands, "listen_closely", closely)
    first = document.detection
    with qtbot.waitSignal(document.activationsChanged, timeout=20_000):
        heard.book["analyse.micro"].trigger()
    assert len(document.track.notes) == 49
    assert document.undo_stack.undoText() == "Re-analyse flagged passages"
    heard.book["edit.undo"].trigger()
    assert document.detection is first
    turn(heard, "thresholds.snare", 0.5)
    assert len(document.track.notes) == 48


def turn(window: MainWindow, path: str, value: float) -> None:
    """Turn a knob and let go."""
    window.redecoder.move(path, value)
    window.redecoder.end(path)


def test_the_threshold_that_is_dragged_is_that_of_the_selection(heard: MainWindow) -> None:
    document, row = heard.document, heard.timeline.activation
    document.set_drum(DrumClass.SNARE)
    heard.decode_panel.only_selection.setChecked(True)
    document.select(Selection(span_s=(1.0, 3.0)))
    turn(heard, row.threshold_path, 0.9)
    song = document.settings.value(row.threshold_path)
    assert isinstance(song, float)
    heard.timeline.axis.show_range(0.0, 8.0)

    def line(time_s: float, level: float) -> str | None:
        return row.line_at(QPointF(heard.timeline.axis.x_of(time_s), row.y_of(level)))

    assert line(2.0, 0.9) == row.threshold_path
    assert line(5.0, song) is None
    heard.decode_panel.only_selection.setChecked(False)
    assert line(2.0, 0.9) is None
    assert line(5.0, song) == row.threshold_path
    document.select(Selection())
    heard.decode_panel.tuned.linkActivated.emit("0")
    assert document.selection.span_s == (1.0, 3.0)
    assert heard.transport.position_s == 1.0


def test_undoing_a_second_transcription_brings_back_what_the_first_heard(
    heard: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = heard.document
    first, settings = document.detection, document.settings
    monkeypatch.setattr(analyse_commands, "listen", hear(rock_beat(bars=2)))
    transcribe(heard, qtbot)
    qtbot.waitUntil(lambda: len(document.track.notes) == 24)
    second = document.detection
    heard.book["edit.undo"].trigger()
    assert len(document.track.notes) == 48
    assert document.detection is first
    assert document.settings is settings
    heard.book["edit.redo"].trigger()
    assert document.detection is second
    assert len(document.track.notes) == 24


def test_preset_and_turned_knobs_outlive_another_transcription(
    heard: MainWindow, sound: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    heard.decode_panel.choose_preset("aggressive")
    turn(heard, "thresholds.snare", 0.31)
    chosen = heard.document.settings
    heard.saving.save_to(tmp_path / "saved.chproj")
    heard.book["file.close"].trigger()
    open_song(heard, tmp_path / "saved.chproj", qtbot)
    assert heard.decode_panel.preset.currentText() == "Own settings (from Aggressive)"
    transcribe(heard, qtbot)
    assert heard.document.settings == chosen
    assert heard.document.state.preset.name == "aggressive"
    heard.decode_panel.reset()
    assert heard.decode_panel.preset.currentText() == "Aggressive"


def test_a_new_song_starts_with_the_default_preset(
    heard: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    heard.decode_panel.choose_preset("aggressive")
    open_song(heard, write_sound(tmp_path / "songs" / "other.wav"), qtbot)
    transcribe(heard, qtbot)
    assert heard.decode_panel.preset.currentText() == "Conservative"


def test_nothing_fast_is_told(heard: MainWindow) -> None:
    heard.analyse.scan()
    assert heard.document.micro_flags == ()
    assert "fast enough" in heard.statusBar().currentMessage()


def test_the_selection_is_detected_again(heard: MainWindow) -> None:
    document = heard.document
    document.change("Empty", song=replace(document.song, tracks={}))
    document.select(Selection(span_s=(0.0, 2.0)))
    heard.book["analyse.selection"].trigger()
    assert len(document.track.notes) == 12
