"""The app: start to usable window, time to waveform, a moving slider, memory of a long song.

    python benchmarks/app.py [--repeat 5] [--json]

Drawn in software (the offscreen platform) at 1600x900. Songs are the demo repeated to length; the
slider works on 5 minutes of made-up activations that decode to some 2,300 notes.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from harness import DEMO, ROOT, latency, parser, run_process, show

sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if TYPE_CHECKING:
    from chart_hero_app.main_window.window import MainWindow
    from tests.app.songs import Stroke

BEAT_S = 300.0  # how long the beat of the slider is

_START = """
from chart_hero_app.main_window.application import make_application
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.preferences import Preferences

application = make_application(["benchmark"])
window = MainWindow(Preferences())
window.show()
application.processEvents()
window.close()
"""
_LONG = """
import sys, time
from pathlib import Path
from chart_hero_app.main_window.application import make_application
from chart_hero_app.main_window.window import MainWindow
from chart_hero_app.settings.preferences import Preferences

application = make_application(["benchmark"])
window = MainWindow(Preferences())
window.resize(1600, 900)
window.show()
window.files.open(Path(sys.argv[1]))
end = time.monotonic() + 300
while time.monotonic() < end:
    application.processEvents()
    time.sleep(0.005)
    ready = window.document.clip is not None and not window.runner.jobs
    if ready and not window.timeline.spectrogram.busy:
        break
window.close()
"""


def main() -> None:
    """Measure and print."""
    arguments = parser(__doc__)
    arguments.add_argument("--repeat", type=int, default=5)
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory() as home:
        for name in ("DATA", "CONFIG", "CACHE", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home) / name.lower())
        figures: dict[str, float] = {}
        starts = [run_process([sys.executable, "-c", _START]) for _ in range(args.repeat)]
        figures |= latency("start", sorted(run.wall_s * 1000 for run in starts))
        song = _repeated(240.0, Path(home) / "four minutes.ogg")
        figures |= latency("waveform_4_min", _waveform_ms(song, args.repeat))
        figures |= latency("slider_5_min", _slider_ms(args.repeat))
        long = _repeated(600.0, Path(home) / "ten minutes.ogg")
        figures["memory_10_min_mb"] = run_process([sys.executable, "-c", _LONG, long]).peak_mb
    show("The app", figures, args.json)


def _repeated(seconds: float, path: Path) -> Path:
    samples, rate = soundfile.read(DEMO / "drums.ogg", dtype="float32", always_2d=True)
    count = round(seconds * rate)
    whole = np.resize(samples, (count, samples.shape[1]))
    with soundfile.SoundFile(path, "w", rate, whole.shape[1], "VORBIS", format="OGG") as file:
        for start in range(0, count, 4096):
            file.write(whole[start : start + 4096])
    return path


def _wait(done: Callable[[], bool]) -> None:
    from PySide6.QtWidgets import QApplication

    while not done():
        QApplication.processEvents()
        time.sleep(0.001)


def _waveform_ms(song: Path, repeat: int) -> list[float]:
    """From asking to open a song to its waveform on screen."""
    from chart_hero_app.main_window.application import make_application
    from chart_hero_app.main_window.window import MainWindow
    from chart_hero_app.playback.outputs import SilentOutput
    from chart_hero_app.settings.preferences import Preferences

    application = make_application(["benchmark"])
    window = MainWindow(Preferences(), lambda fill, rate, _d, _l: SilentOutput(fill, rate))
    window.resize(1600, 900)
    window.show()
    found = []
    for _ in range(repeat):
        _wait(lambda: not window.runner.jobs)
        begun = time.perf_counter()
        window.files.open(song)
        _wait(lambda: window.document.source == song and window.document.pyramid is not None)
        window.timeline.waveform.repaint()
        found.append((time.perf_counter() - begun) * 1000)
        window.files.close_song()
    window.close()
    application.processEvents()
    return sorted(found)


def _slider_ms(repeat: int) -> list[float]:
    """From a move of a threshold to the notes on screen, a whole slide ``repeat`` times."""
    from PySide6.QtWidgets import QApplication

    window = _window_that_heard(_doubtful_beat())
    slider = window.decode_panel.lists[0].slider("thresholds.kick").slider
    found = []
    for _ in range(repeat):
        slider.setSliderDown(True)
        for place in range(20, 90, 2):
            begun = time.perf_counter()
            slider.setValue(place)
            QApplication.processEvents()
            QApplication.processEvents()
            found.append((time.perf_counter() - begun) * 1000)
        slider.setSliderDown(False)
        QApplication.processEvents()
    window.close()
    return sorted(found)


def _doubtful_beat() -> "list[Stroke]":
    """A beat of 150 bars with kicks beside it that are less sure, all by chance."""
    from chart_hero_core.base.drums import DrumClass
    from tests.app.songs import rock_beat

    chance = np.random.default_rng(1)
    beat = [
        (t + chance.normal(0, 0.003), drum, float(np.clip(chance.beta(5, 2), 0.05, 0.99)))
        for t, drum, _ in rock_beat(150)
    ]
    beat += [
        (t + 0.125, DrumClass.KICK, float(np.clip(chance.beta(2, 3), 0.05, 0.99)))
        for t, _, _ in rock_beat(150)
    ]
    return beat


def _window_that_heard(beat: "list[Stroke]") -> "MainWindow":
    """A window on a song of these strokes, transcribed."""
    from chart_hero_app.document.detection import Detection
    from chart_hero_app.document.state import State
    from chart_hero_app.document.suggesting import suggest
    from chart_hero_app.main_window.window import MainWindow
    from chart_hero_app.playback.outputs import SilentOutput
    from chart_hero_app.settings.preferences import Preferences
    from tests.app.songs import activations, song

    window = MainWindow(Preferences(), lambda fill, rate, _d, _l: SilentOutput(fill, rate))
    window.resize(1600, 900)
    window.show()
    heard = Detection(activations(beat, BEAT_S))
    window.document.open(State(song()), Path("benchmark"))
    window.transport.set_duration(BEAT_S)
    window.document.set_detection(heard)
    notes = suggest(window.document.song, heard, window.document.settings)
    window.document.change("Transcribe", song=song(notes))
    return window


if __name__ == "__main__":
    main()
