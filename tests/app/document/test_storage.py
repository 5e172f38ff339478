"""Projects, drafts, autosave, crash markers."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSysInfo, QTimer
from pytestqt.qtbot import QtBot

from chart_hero_app.document import autosave, storage
from chart_hero_app.document.autosave import Autosaver, OpenMarker
from chart_hero_app.document.document import Document
from chart_hero_app.document.presets import Preset
from chart_hero_app.document.state import Passage, State
from chart_hero_app.document.storage import Saving, draft_path, restore, save
from chart_hero_app.document.writes import Writes
from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import FormatError, StorageError
from chart_hero_core.chart.edits import AddNotes
from chart_hero_core.chart.song import Difficulty, Note, Origin, Song
from chart_hero_core.decode.settings import DecodePlan
from tests.app.songs import song, write_sound

NOTE = Note(0, Lane.RED, origin=Origin(0.7, touched=True), heard_s=0.0)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "songs" / "tune.wav", 1.0)


def state() -> State:
    """Something worth saving."""
    plan = DecodePlan().with_value("thresholds.kick", 0.61)
    return State(song([NOTE]), plan, ((0.5, 1.5),))


def test_a_project_comes_back_as_it_was(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "songs" / "tune.chproj"
    save(Saving(state(), source, path, {"snap": 24}), path)
    found = restore(path)
    assert found.state.song == state().song
    assert found.state.song.expert.notes[0].origin == NOTE.origin
    assert found.state.settings == state().settings
    assert found.state.micro_flags == ((0.5, 1.5),)
    assert found.source == source
    assert found.project == path
    assert found.view["snap"] == 24


def test_a_moved_pair_is_found_a_moved_song_is_not(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "songs" / "tune.chproj"
    save(Saving(state(), source, path), path)
    moved = tmp_path / "elsewhere"
    source.parent.rename(moved)
    assert restore(moved / "tune.chproj").source == moved / "tune.wav"
    (moved / "tune.wav").rename(tmp_path / "gone.wav")
    lost = restore(moved / "tune.chproj")
    assert lost.source is None
    assert lost.wanted == str(source)


def test_a_draft_knows_its_project(source: Path, tmp_path: Path) -> None:
    draft = draft_path(source)
    save(Saving(state(), source, None), draft)
    assert restore(draft).project is None
    project = tmp_path / "a.chproj"
    save(Saving(state(), source, project), draft)
    assert restore(draft).project == project
    assert draft_path(source) == draft
    assert draft_path(source.with_name("other.wav")) != draft
    Writes().discard_draft(source)
    assert not draft.exists()
    Writes().discard_draft(source)


def test_what_is_no_project_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.chproj"
    path.write_text("{}")
    with pytest.raises(FormatError):
        restore(path)


class Desk:
    """A document with an autosaver that works at once, or fails."""

    def __init__(self, source: Path) -> None:
        self.document = Document()
        self.document.open(State(song()), source)
        self.refuse: Path | None = None
        self.saver = Autosaver(self.document, self.submit, dict)
        self.saver.set_pause(0.01)

    def submit(
        self,
        work: Callable[[], None],
        done: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Do it here and now."""
        try:
            work()
        except StorageError as error:
            failed(error)
        else:
            done()

    def edit(self) -> None:
        """Something to save."""
        tick = 10 * len(self.document.track.notes)
        self.document.push(AddNotes(Difficulty.EXPERT, (Note(tick, Lane.RED),)))


@pytest.fixture
def desk(source: Path, qapp: object) -> Iterator[Desk]:
    made = Desk(source)
    yield made
    made.document.close()  # else what could not be saved is tried again and again


def test_a_song_without_a_project_is_kept_as_a_draft(desk: Desk, qtbot: QtBot) -> None:
    source = desk.document.source
    assert source is not None
    with qtbot.waitSignal(desk.saver.saved):
        desk.edit()
    assert len(restore(draft_path(source)).state.song.expert.notes) == 1
    assert desk.document.dirty


def test_a_project_is_kept_up_to_date(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "p.chproj"
    desk.document.set_project_path(path)
    with qtbot.waitSignal(desk.saver.saved):
        desk.edit()
    assert len(restore(path).state.song.expert.notes) == 1
    assert not desk.document.dirty
    with qtbot.waitSignal(desk.saver.saved):
        desk.document.undo_stack.undo()
    assert restore(path).state.song.expert.notes == ()


def test_switched_off_the_project_is_left_alone_and_a_draft_kept(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "p.chproj"
    desk.document.set_project_path(path)
    desk.saver.set_enabled(False)
    with qtbot.waitSignal(desk.saver.saved):
        desk.edit()
    assert not path.exists()
    assert desk.document.source is not None
    assert restore(draft_path(desk.document.source)).project == path


def test_a_folder_that_cannot_be_written_is_told_once_and_a_draft_kept(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    desk.document.set_project_path(blocked / "p.chproj")
    told: list[str] = []
    desk.saver.failed.connect(told.append)
    with qtbot.waitSignal(desk.saver.failed):
        desk.edit()
    desk.edit()
    qtbot.waitUntil(lambda: not desk.saver.waiting)
    assert len(told) == 1
    assert "recovery copy" in told[0]
    assert desk.document.source is not None
    assert len(restore(draft_path(desk.document.source)).state.song.expert.notes) == 2


def test_on_a_full_disk_no_recovery_copy_is_promised(
    desk: Desk, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_saving: Saving, path: Path) -> None:
        raise StorageError(f"Could not write {path}: No space left on device.")

    monkeypatch.setattr(storage, "save", full)
    desk.document.set_project_path(tmp_path / "p.chproj")
    told: list[str] = []
    desk.saver.failed.connect(told.append)
    with qtbot.waitSignal(desk.saver.failed):
        desk.edit()
    (sentence,) = told
    assert "No space left on device" in sentence
    assert "recovery copy" not in sentence
    assert desk.document.dirty


def test_when_there_is_room_again_it_is_saved_without_another_edit(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []

    def full_at_first(saving: Saving, path: Path) -> None:
        tried.append(path)
        if len(tried) < 3:
            raise StorageError(f"Could not write {path}: No space left on device.")
        save(saving, path)

    monkeypatch.setattr(storage, "save", full_at_first)
    told: list[str] = []
    desk.saver.failed.connect(told.append)
    with qtbot.waitSignal(desk.saver.saved, timeout=20_000):
        desk.edit()
    assert len(tried) == 3
    assert len(told) == 1


def test_a_crash_marker_that_cannot_be_removed_is_no_trouble(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "open-1.json").write_text(json.dumps({"path": str(source)}))

    def refuse(_path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert OpenMarker(tmp_path).crashed() == [source]


def test_a_song_that_is_gone_is_known_while_its_draft_is_there(
    source: Path, tmp_path: Path, qapp: object
) -> None:
    folder = tmp_path / "drafts"
    folder.mkdir()
    for name in ("tune", "gone"):
        path = source.with_name(f"{name}.wav")
        (folder / f"open-{name}.json").write_text(json.dumps({"path": str(path)}))
    save(Saving(state(), source), draft_path(source))
    source.unlink()
    assert OpenMarker(folder).crashed() == [source]
    assert [file.name for file in folder.glob("*.json")] == ["open-tune.json"]


def test_edits_without_a_pause_are_saved_all_the_same(desk: Desk, qtbot: QtBot) -> None:
    source = desk.document.source
    assert source is not None
    desk.saver.set_pause(0.1)
    hand = QTimer()
    hand.timeout.connect(desk.edit)
    hand.start(10)
    try:
        qtbot.waitUntil(draft_path(source).exists, timeout=20_000)
        assert hand.isActive()
    finally:
        hand.stop()
    qtbot.waitUntil(lambda: not desk.saver.waiting, timeout=20_000)


def test_leaving_saves_at_once(desk: Desk, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    desk.document.set_project_path(blocked / "p.chproj")
    desk.edit()
    desk.saver.save_and_wait()
    assert desk.document.source is not None
    assert draft_path(desk.document.source).exists()
    assert not desk.saver.waiting


class SlowDesk(Desk):
    """A desk whose background work begins when the test says so."""

    def __init__(self, source: Path) -> None:
        self.begun: list[Callable[[], None]] = []
        super().__init__(source)
        self.saver.set_pause(60)

    def submit(
        self,
        work: Callable[[], None],
        done: Callable[[], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Do it later."""
        self.begun.append(lambda: Desk.submit(self, work, done, failed))

    def finish(self) -> None:
        """Do now what was begun."""
        for work in self.begun:
            work()
        self.begun.clear()


@pytest.fixture
def slow(source: Path, tmp_path: Path, qapp: object) -> SlowDesk:
    made = SlowDesk(source)
    made.document.set_project_path(tmp_path / "p.chproj")
    return made


def saved_song(desk: Desk) -> Song:
    """What the project file holds."""
    assert desk.document.project_path is not None
    return restore(desk.document.project_path).state.song


def test_a_late_save_never_replaces_a_newer_one(slow: SlowDesk) -> None:
    slow.edit()
    slow.saver.save_now()
    slow.edit()
    slow.saver.save_and_wait()
    slow.finish()
    assert len(saved_song(slow).expert.notes) == 2


def test_a_late_draft_does_not_come_back_after_the_project_was_saved(slow: SlowDesk) -> None:
    source, path = slow.document.source, slow.document.project_path
    assert source is not None
    assert path is not None
    slow.document.set_project_path(None)
    slow.edit()
    slow.saver.save_now()  # of the draft
    saving = slow.saver.snapshot()
    assert saving is not None
    slow.saver.writes.save(saving, path)
    slow.saver.writes.discard_draft(source)
    slow.finish()
    assert not draft_path(source).exists()


def test_another_edit_while_saving_is_not_taken_for_saved(slow: SlowDesk) -> None:
    slow.edit()
    slow.saver.save_now()
    slow.document.undo_stack.undo()
    slow.document.push(AddNotes(Difficulty.EXPERT, (Note(0, Lane.BLUE),)))
    slow.finish()
    assert slow.document.dirty


def test_an_edit_taken_back_while_it_is_saved_is_saved_again(slow: SlowDesk) -> None:
    slow.edit()
    slow.saver.save_now()
    slow.finish()
    slow.edit()
    slow.saver.save_now()
    slow.document.undo_stack.undo()
    slow.finish()
    assert slow.document.dirty
    assert slow.saver.waiting
    slow.saver.save_and_wait()
    assert saved_song(slow) == slow.document.song


def test_what_a_drag_only_shows_is_not_saved(slow: SlowDesk) -> None:
    slow.edit()
    slow.document.begin_gesture()
    slow.document.show_state(song=song([Note(77, Lane.GREEN)]))
    slow.saver.save_now()
    slow.finish()
    slow.document.abandon_gesture()
    assert not slow.document.dirty
    assert saved_song(slow).expert.notes == slow.document.song.expert.notes


def test_a_draft_whose_edits_were_all_taken_back_is_dropped(desk: Desk, qtbot: QtBot) -> None:
    source = desk.document.source
    assert source is not None
    with qtbot.waitSignal(desk.saver.saved):
        desk.edit()
    assert draft_path(source).exists()
    desk.document.undo_stack.undo()
    assert not draft_path(source).exists()


def test_opening_another_song_leaves_the_draft(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    source = desk.document.source
    assert source is not None
    with qtbot.waitSignal(desk.saver.saved):
        desk.edit()
    desk.document.open(State(song()), tmp_path / "other.wav")
    assert draft_path(source).exists()


def test_the_preset_is_kept_with_the_knobs(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.chproj"
    preset = Preset("aggressive", DecodePlan().with_value("activity_gate", 0.3))
    state = State(song(), preset.plan.with_value("thresholds.kick", 0.7), preset=preset)
    storage.save(Saving(state, source), path)
    assert storage.restore(path).state.preset == preset
    content = json.loads(path.read_text())
    for damage in ({}, {"preset": 3}, {"preset": {"name": "x", "plan": {"schema": -1}}}):
        content["view"] = damage
        path.write_text(json.dumps(content))
        kept = storage.restore(path).state
        assert kept.preset == Preset("conservative", state.settings)


def test_tuned_passages_are_kept(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "own.chproj"
    tuned = tuple(
        Passage(span_s, DecodePlan().with_value("activity_gate", 0.3))
        for span_s in ((0.0, 1.0), (1.0, 2.5))
    )
    save(Saving(State(song(), passages=tuned), source), path)
    assert restore(path).state.passages == tuned
    content = json.loads(path.read_text())
    whole = content["view"]["passages"][1]
    content["view"]["passages"] = [3, {}, {**whole, "plan": 4}, {**whole, "span_s": ["x"]}, whole]
    path.write_text(json.dumps(content))
    assert restore(path).state.passages == tuned[1:]


def test_nothing_open_saves_nothing(qapp: object, own_folders: Path) -> None:
    document = Document()
    saver = Autosaver(document, lambda *_: None, dict)
    saver.save_now()
    saver.save_and_wait()
    assert saver.snapshot() is None
    assert not storage.drafts_dir().exists()


def test_a_crash_is_known_at_the_next_start(source: Path, tmp_path: Path, qapp: object) -> None:
    folder = tmp_path / "drafts"
    alive = OpenMarker(folder)
    alive.set_open(source)
    assert OpenMarker(folder).crashed() == []
    # What a crash leaves: the marker without a living lock.
    marker = folder / "open-dead.json"
    marker.write_text(json.dumps({"path": str(source)}))
    (folder / "open-again.json").write_text(json.dumps({"path": str(source)}))
    (folder / "open-broken.json").write_text("{")
    assert OpenMarker(folder).crashed() == [source]
    assert not (folder / "open-broken.json").exists()
    assert OpenMarker(folder).crashed() == [source]  # nobody has answered yet
    alive.forget([source])
    assert not marker.exists()
    assert OpenMarker(folder).crashed() == []
    alive.set_open(None)
    assert list(folder.glob("*.json")) == []


def test_what_a_dead_window_left_in_a_folder_that_cannot_be_written_is_offered(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There its lock cannot be taken away, and looks held: only a copy of it tells."""
    folder = tmp_path / "drafts"
    folder.mkdir()
    (folder / "open-dead.json").write_text(json.dumps({"path": str(source)}))
    # As QLockFile writes it: process, program, computer; no process has so high a number.
    host = QSysInfo.machineHostName()
    (folder / "open-dead.lock").write_text(f"4194304\npython\n{host}\n\n\n")
    really = autosave._cannot_lock
    monkeypatch.setattr(
        autosave, "_cannot_lock", lambda file: file.parent == folder or really(file)
    )
    assert OpenMarker(folder).crashed() == [source]
    living = OpenMarker(folder)
    living.set_open(source.with_name("living.wav"))
    source.with_name("living.wav").touch()
    assert OpenMarker(folder).crashed() == [source]
    living.set_open(None)
