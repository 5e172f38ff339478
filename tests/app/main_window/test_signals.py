"""Ctrl-C in the terminal, and a system that ends the program."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from chart_hero_app.document.storage import draft_path, restore
from chart_hero_app.main_window.signals import SignalWatch
from chart_hero_app.main_window.window import MainWindow

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there they come by other ways")


@pytest.fixture
def seen() -> Iterator[list[object]]:
    """What a watch has called back with."""
    told: list[object] = []
    # What a shell runs in the background is born deaf to Ctrl-C, and a watch leaves it so.
    born_with = signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.getsignal(signal.SIGTERM)
    watch = SignalWatch(lambda: told.append("interrupted"), told.append)
    yield told
    watch.stop()
    assert signal.getsignal(signal.SIGTERM) == before
    assert signal.signal(signal.SIGINT, born_with) == signal.default_int_handler


def test_signals_are_seen_while_qt_waits(seen: list[object], qtbot: QtBot) -> None:
    os.kill(os.getpid(), signal.SIGINT)
    assert seen == []  # not in the middle of whatever runs
    qtbot.waitUntil(lambda: seen == ["interrupted"], timeout=20_000)
    os.kill(os.getpid(), signal.SIGTERM)
    qtbot.waitUntil(lambda: seen == ["interrupted", signal.SIGTERM], timeout=20_000)


def test_work_is_kept_unasked_when_the_system_ends_the_program(
    opened: MainWindow, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(QMessageBox, "question", asked)
    assert opened.document.dirty
    assert not draft_path(sound).exists()
    opened.end_unasked()
    assert len(restore(draft_path(sound)).state.song.expert.notes) == 8
    assert len(list(draft_path(sound).parent.glob("open-*.json"))) == 1  # to be offered next time
