"""How true the playhead is to what is heard, and how true drum samples are to the song.

    python benchmarks/playback.py [--seconds 30]

Needs PulseAudio with ``parec`` and ALSA's pulse plugin (Linux). A private server with a null sink
is started; everything the sink "plays" is recorded while the playhead is read 500 times a second.
The song is a row of clicks at known times; the kit strikes a quarter of a second after each.

Reported, median and 95th percentile of the absolute error in ms:

- playhead: where the playhead stood when a click was recorded, against where the click is in the
  song. Includes the recorder's own delay.
- drum samples: the recorded distance between a click and the stroke after it, against what the
  chart says. Independent of any delay.
"""

import argparse
import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from chart_hero_app.playback.engine import PlaybackEngine

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

RATE = 44_100
CLICK_GAP_S = 0.7
STROKE_AFTER_S = 0.25
CHUNK = 441 * 8  # 10 ms of two float32 channels


@dataclass
class Recording:
    """What was heard, and when each piece of it came in (perf_counter)."""

    samples: NDArray[np.float32]
    begins_s: float  # perf_counter of sample 0


class Recorder:
    """Records the null sink's monitor in a thread."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = ["parec", "-d", "nul.monitor", "--format=float32le", f"--rate={RATE}"]
        self._process = subprocess.Popen(
            [*command, "--channels=2", "--latency-msec=1"],
            stdout=subprocess.PIPE,
            env=environment,
        )
        self._pieces: list[tuple[float, bytes]] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while piece := os.read(self._process.stdout.fileno(), CHUNK):
            self._pieces.append((time.perf_counter(), piece))

    def stop(self) -> Recording:
        """End; the start is found from the piece that came in with the least delay."""
        self._process.terminate()
        self._thread.join()
        self._process.wait()
        frames = 0
        begins = np.inf
        for came_s, piece in self._pieces:
            frames += len(piece) // 8
            begins = min(begins, came_s - frames / RATE)
        samples = np.frombuffer(b"".join(p for _, p in self._pieces), dtype=np.float32)
        return Recording(samples.reshape(-1, 2), float(begins))


def song(seconds: float) -> tuple[NDArray[np.int16], list[float]]:
    """Clicks on the left channel only, and their times."""
    samples = np.zeros((int(seconds * RATE), 2), dtype=np.int16)
    chance = np.random.default_rng(0)
    burst = chance.standard_normal(400) * np.exp(-np.arange(400) / 80) * 9000
    times = []
    at_s = 0.5
    while at_s < seconds - 1:
        first = round(at_s * RATE)
        samples[first : first + 400, 0] = np.clip(burst, -32000, 32000)
        times.append(first / RATE)
        at_s += CLICK_GAP_S
    return samples, times


def onsets(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Frames at which something begins after at least 60 ms of quiet."""
    loud = np.flatnonzero(np.abs(samples) > 0.03)
    if not len(loud):
        return np.zeros(0)
    return loud[np.diff(loud, prepend=-RATE) > 0.06 * RATE].astype(np.float64)


def measure(
    speed: float, seconds: float, environment: dict[str, str]
) -> dict[str, NDArray[np.float64]]:
    """Play and record once."""
    from PySide6.QtCore import QCoreApplication, QEventLoop

    samples, times = song(seconds)
    engine = engine_with(samples, times, speed)
    failures: list[str] = []
    engine.deviceFailed.connect(failures.append)
    recorder = Recorder(environment)
    time.sleep(0.5)
    read: list[tuple[float, float]] = []
    engine.play(0.0)
    begun_s = time.perf_counter()
    while time.perf_counter() - begun_s < seconds / speed and engine.playing:
        read.append((time.perf_counter(), engine.position_s))
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)
        time.sleep(0.002)
    time.sleep(0.5)
    recording = recorder.stop()
    engine.shut_down()
    if failures:
        raise SystemExit(failures[0])
    return compare(recording, np.array(read), times, speed)


def engine_with(samples: NDArray[np.int16], times: list[float], speed: float) -> "PlaybackEngine":
    """An engine with the song, and a stroke after each of its times."""
    from chart_hero_app.playback.engine import PlaybackEngine
    from chart_hero_app.playback.kit import Strokes
    from chart_hero_app.playback.sounds import PlayedSound

    engine = PlaybackEngine()
    engine.set_sound("song", PlayedSound(samples, RATE))
    strokes = Strokes(np.array(times) + STROKE_AFTER_S, np.full(len(times), "click_1", np.object_))
    engine.set_strokes("kit", strokes)
    engine.set_duration(len(samples) / RATE)
    for track in ("song", "kit"):
        engine.set_gain(track, 1.0)
    engine.set_speed(speed)
    return engine


def compare(
    recording: Recording, read: NDArray[np.float64], times: list[float], speed: float
) -> dict[str, NDArray[np.float64]]:
    """Errors in ms of playhead and strokes."""
    # The clicks are on the left only, the strokes on both sides alike.
    clicks = onsets(recording.samples[:, 0] - recording.samples[:, 1])
    strokes = onsets(recording.samples[:, 1])
    heard_s = recording.begins_s + clicks / RATE
    shown_s = np.interp(heard_s, read[:, 0], read[:, 1])
    nearest = np.array([times[int(np.argmin(np.abs(np.array(times) - s)))] for s in shown_s])
    kept = (heard_s > read[0, 0] + 1.0) & (heard_s < read[-1, 0])
    distances = []
    for click in clicks:
        after = strokes[strokes > click]
        if len(after):
            distances.append((after[0] - click) / RATE - STROKE_AFTER_S / speed)
    steps = np.diff(read[:, 1])
    return {
        "playhead": (shown_s - nearest)[kept] * 1000,
        "drum samples": np.array(distances) * 1000,
        "backward steps": steps[steps < 0],
    }


def start_server(folder: Path) -> dict[str, str]:
    """A private PulseAudio with a null sink; returns the environment to reach it."""
    environment = os.environ | {"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    module = "module-null-sink sink_name=nul rate=44100"
    command = ["pulseaudio", "-n", "--daemonize=yes", "--exit-idle-time=-1"]
    subprocess.run(
        [*command, "-L", "module-native-protocol-unix", "-L", module], env=environment, check=True
    )
    os.environ.update(environment)
    return environment


def show(found: dict[str, NDArray[np.float64]], speed: float) -> None:
    """Print the errors at one speed."""
    for name in ("playhead", "drum samples"):
        errors = found[name]
        print(
            f"{speed:4.0%}  {name:12}  n {len(errors):3}  "
            f"median {np.median(np.abs(errors)):5.2f} ms  "
            f"p95 {np.percentile(np.abs(errors), 95):5.2f} ms  "
            f"(signed median {np.median(errors):+.2f} ms)"
        )
    print(f"{speed:4.0%}  playhead steps backwards: {len(found['backward steps'])}")


def main() -> None:
    """Measure at 100 % and at 50 %."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="length of the song")
    options = parser.parse_args()
    from PySide6.QtCore import QCoreApplication

    app = QCoreApplication([])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = start_server(Path(folder))
        try:
            for speed in (1.0, 0.5):
                found = measure(speed, options.seconds, environment)
                show(found, speed)
        finally:
            subprocess.run(["pulseaudio", "--kill"], env=environment, check=False)
    del app


if __name__ == "__main__":
    main()
