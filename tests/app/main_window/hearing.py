"""Opening a song in a window and transcribing it, with a stand-in for the model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from chart_hero_app.document.analysis import Heard
from chart_hero_app.main_window.window import MainWindow
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.progress import Progress
from chart_hero_core.timing.beats import TempoCandidate
from chart_hero_core.timing.tempo_map import TempoMap
from tests.app.songs import detection


def candidate(bpm: float) -> TempoCandidate:
    """A reading at one tempo."""
    return TempoCandidate(TempoMap.constant(bpm), 1.0, f"{bpm:g} BPM", bpm, 1.0, 1.0, 1)


def hear(strokes: list[tuple[float, DrumClass, float]] | None = None) -> Callable[..., Heard]:
    """Stands in for the model: hears the rock beat at 120 or 60 BPM."""

    def listen(
        _clip: object, domain: Any, _options: object, progress: Progress, *_: object, **__: object
    ) -> Heard:
        progress.report(0.5, "Listening for drums")
        heard = replace(detection(strokes), domain=domain)
        return Heard(heard, (candidate(120.0), candidate(60.0)), ())

    return listen


def open_song(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    """Open and wait for the sound."""
    with qtbot.waitSignal(window.files.songOpened, timeout=20_000):
        window.files.open(path)
    qtbot.waitUntil(lambda: window.document.clip is not None, timeout=20_000)
    qtbot.waitUntil(lambda: not window.runner.jobs, timeout=20_000)


def transcribe(window: MainWindow, qtbot: QtBot) -> None:
    """Transcribe and wait."""
    with qtbot.waitSignal(window.document.activationsChanged, timeout=60_000):
        window.book["analyse.transcribe"].trigger()
