"""One song the whole way with the shipped model: opened, heard, tuned, edited, lost, exported."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from chart_hero_app.document import storage
from chart_hero_app.document.autosave import OpenMarker
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.preferences import Preferences
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.base.files import resources_dir
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.dot_chart import read_chart
from chart_hero_core.formats.midi import read_midi
from chart_hero_core.formats.song_folder import load_song
from tests.core.formats import scan_chart

PATIENT_MS = 240_000  # a busy machine listens slowly


def snares(window: MainWindow) -> int:
    """How many snare notes are on screen."""
    return sum(note.drum is DrumClass.SNARE for note in window.document.track.notes)


def open_and_transcribe(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    """With the shipped model, as a person would."""
    with qtbot.waitSignal(window.files.songOpened, timeout=PATIENT_MS):
        window.files.open(path)
    qtbot.waitUntil(window.book["analyse.transcribe"].isEnabled, timeout=PATIENT_MS)
    window.book["analyse.transcribe"].trigger()
    qtbot.waitUntil(lambda: bool(window.document.track.notes), timeout=PATIENT_MS)


def slide_snare_threshold(window: MainWindow) -> None:
    """Drag the slider of the snare to its strict end."""
    slider = window.decode_panel.lists[0].slider("thresholds.snare").slider
    slider.setSliderDown(True)
    slider.setValue(slider.maximum() * 95 // 100)
    slider.setSliderDown(False)


def edit_undo_redo(window: MainWindow) -> None:
    """Place a note with its key, take it back, and do it again."""
    window.transport.seek(0.1)
    lanes = window.timeline.lanes
    lanes.setFocus()
    before = window.document.track.notes
    QTest.keyClick(lanes, Qt.Key.Key_4)
    placed = window.document.track.notes
    assert len(placed) == len(before) + 1
    assert placed[0].lane is Lane.GREEN
    window.book["edit.undo"].trigger()
    assert window.document.track.notes == before
    window.book["edit.redo"].trigger()
    assert window.document.track.notes == placed


def crash(window: MainWindow, qtbot: QtBot) -> None:
    """What is left on disk when the program dies with unsaved work."""
    window.preferences.set_value("autosave", False)
    window.transport.seek(0.6)
    QTest.keyClick(window.timeline.lanes, Qt.Key.Key_1)
    source = window.document.source
    assert source is not None
    window.saving.autosaver.save_now()
    qtbot.waitUntil(storage.draft_path(source).exists, timeout=PATIENT_MS)
    marker = next(storage.drafts_dir().glob("open-*.json"))
    (storage.drafts_dir() / "open-crashed.json").write_text(marker.read_text())
    marker.unlink()


def recover(window: MainWindow, qtbot: QtBot) -> None:
    """Take the offer of the next start."""
    window.saving._marker = OpenMarker()
    window.saving.offer_recovery(window.files.open)
    assert window.bar.notice is not None
    label, act = window.bar.notice.actions[0]
    assert label.startswith("Recover")
    with qtbot.waitSignal(window.files.songOpened, timeout=PATIENT_MS):
        act()
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=PATIENT_MS)


def export(window: MainWindow, target: Path, qtbot: QtBot) -> None:
    """Through the dialog, with its proof."""
    window.book["file.export"].trigger()
    dialog = window.exporting.dialog
    assert dialog is not None
    dialog.target.setText(str(target))
    dialog.write.click()
    qtbot.waitUntil(dialog.write.isEnabled, timeout=PATIENT_MS)
    notes = len(window.document.track.notes)
    assert dialog.proof.text() == f"✓ {notes:,} notes written, {notes:,} read back, 0 differences"
    dialog.close()


@pytest.fixture
def exported(
    new_window: Callable[[Preferences], MainWindow], tmp_path: Path, qtbot: QtBot
) -> tuple[Song, Path]:
    """The song in the window at the end, and the folder that was written."""
    window = new_window(Preferences())
    audio = tmp_path / "tune.ogg"
    shutil.copy(resources_dir() / "demo" / "drums.ogg", audio)
    open_and_transcribe(window, audio, qtbot)
    heard = snares(window)
    assert heard > 30
    slide_snare_threshold(window)
    assert snares(window) < heard
    edit_undo_redo(window)
    assert window.saving.save_to(tmp_path / "tune.chproj")
    crash(window, qtbot)
    lost = window.document.track
    second = new_window(Preferences())
    recover(second, qtbot)
    assert second.document.track == lost
    export(second, tmp_path / "out" / "Band - Tune", qtbot)
    return second.document.song, tmp_path / "out" / "Band - Tune"


def test_a_song_the_whole_way(exported: tuple[Song, Path], request: pytest.FixtureRequest) -> None:
    song, folder = exported
    assert load_song(folder).song.expert.notes == song.expert.notes
    assert (folder / "song.ogg").is_file()
    parser = scan_chart.install(request.getfixturevalue("shared"))
    files = [folder / "notes.chart", folder / "notes.mid"]
    for path, report in zip(files, parser.check(files, folder / "song.ini"), strict=True):
        reader = read_chart if path.suffix == ".chart" else read_midi
        read = reader(path.read_bytes(), pro_drums=True).song
        assert scan_chart.differences(read, report) == [], path.name
        assert report["raw"]["problems"] == [], path.name
    assert report["issues"]["folder"] == []
