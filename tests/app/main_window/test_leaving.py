"""Leaving a song: what goes on without it, and what must not be lost or mixed up."""

import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.document import exporting
from chart_hero_app.document.exporting import ExportPlan
from chart_hero_app.main_window import export_commands
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.progress import Progress
from chart_hero_core.formats.proof import ExportProof
from tests.app.main_window.hearing import open_song
from tests.app.songs import write_sound


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "songs" / "other.wav")


def show(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    """Open a song while something may still be running."""
    with qtbot.waitSignal(window.files.audioLoaded, timeout=20_000):
        window.files.open(path)


def test_an_export_is_finished_after_another_song_was_opened(
    heard: MainWindow, other: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def export(plan: ExportPlan, progress: Progress) -> ExportProof:
        begun.set()
        go_on.wait(10)
        progress.check_cancelled()
        return exporting.export(plan, progress)

    monkeypatch.setattr(export_commands, "export", export)
    heard.book["file.export"].trigger()
    dialog = heard.exporting.dialog
    assert dialog is not None
    dialog.target.setText(str(tmp_path / "out"))
    dialog.start()
    assert begun.wait(10)
    show(heard, other, qtbot)
    heard.book["file.export"].trigger()  # of the other song
    again = heard.exporting.dialog
    assert again is not None
    go_on.set()
    qtbot.waitUntil(lambda: heard.bar.notice is not None, timeout=20_000)
    assert heard.bar.notice is not None
    assert f"Exported to {tmp_path / 'out'}" in heard.bar.notice.text
    assert (tmp_path / "out" / "notes.mid").exists()
    assert again.proof.text() == ""
    again.close()
