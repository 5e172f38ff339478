"""Songs, sounds and detections that tests know by heart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import soundfile

from chart_hero_app.document.detection import Detection
from chart_hero_core.base.drums import Activations, DrumClass
from chart_hero_core.chart.song import Difficulty, Metadata, Note, Song, Track
from chart_hero_core.timing.tempo_map import TempoMap

RATE = 22_050
HOP_S = 128 / RATE
DURATION_S = 8.0

# A bar of 4/4 at 120 BPM: eighths on the hi-hat, kick on 1 and 3, snare on 2 and 4.
Stroke = tuple[float, DrumClass, float]  # seconds, drum, probability


def rock_beat(bars: int = 4, sure: float = 0.9) -> list[Stroke]:
    """The plainest of beats at 120 BPM, 2 s to the bar."""
    strokes: list[Stroke] = []
    for bar in range(bars):
        start_s = 2.0 * bar
        strokes += [(start_s + 0.25 * i, DrumClass.HIHAT, sure) for i in range(8)]
        strokes += [(start_s + t, DrumClass.KICK, sure) for t in (0.0, 1.0)]
        strokes += [(start_s + t, DrumClass.SNARE, sure) for t in (0.5, 1.5)]
    return sorted(strokes)


def activations(strokes: Iterable[Stroke], duration_s: float = DURATION_S) -> Activations:
    """Activations with a narrow peak of the given height at each stroke."""
    frames = int(duration_s / HOP_S) + 1
    classes = np.full((len(DrumClass), frames), 0.01, dtype=np.float32)
    onset = np.full(frames, 0.01, dtype=np.float32)
    for time_s, drum, height in strokes:
        frame = round(time_s / HOP_S)
        for step, share in ((-1, 0.5), (0, 1.0), (1, 0.5)):
            if 0 <= frame + step < frames:
                classes[drum, frame + step] = max(classes[drum, frame + step], height * share)
                onset[frame + step] = max(onset[frame + step], 0.97 * share)
    return Activations(classes=classes, onset=onset, hop_s=HOP_S)


def detection(strokes: Sequence[Stroke] | None = None) -> Detection:
    """What a model that hears the rock beat would say."""
    return Detection(activations(rock_beat() if strokes is None else strokes), model="test")


def song(notes: Iterable[Note] = (), name: str = "Tune", charter: str = "") -> Song:
    """A song at 120 BPM with these Expert notes."""
    track = Track(tuple(sorted(notes, key=lambda note: note.sort_key)))
    return Song(
        metadata=Metadata(name=name, artist="Band", charter=charter),
        tempo_map=TempoMap.constant(120.0),
        tracks=MappingProxyType({Difficulty.EXPERT: track}),
    )


def write_sound(path: Path, duration_s: float = DURATION_S, rate: int = RATE) -> Path:
    """A sound file: a click on every beat of 120 BPM over quiet noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(3).normal(0.0, 0.003, round(duration_s * rate))
    decay = np.exp(-np.arange(rate // 10) / (rate / 80))
    for beat_s in np.arange(0.0, duration_s - 0.2, 0.5):
        start = round(beat_s * rate)
        noise[start : start + len(decay)] += 0.6 * decay
    soundfile.write(path, noise.astype(np.float32), rate)
    return path


def write_header_alone(path: Path) -> Path:
    """A sound file whose header is whole and whose sound is gone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(RATE, dtype=np.float32), RATE, subtype="PCM_16")
    header_bytes = 44  # of a plain wav file; of a flac file the same and a part of its comments
    path.write_bytes(path.read_bytes()[:header_bytes])
    return path
