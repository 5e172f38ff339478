"""The drum samples and metronome clicks that play the chart."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import AudioError
from chart_hero_core.base.files import resource_path
from chart_hero_core.chart.columns import DYNAMICS, NoteColumns
from chart_hero_core.chart.song import Dynamic

Floats = NDArray[np.float32]

ONSET_S = 0.0005  # where the stroke begins in every sample
FLAM_S = 0.028  # how long before its note the grace stroke of a flam sounds
CLICK_S = 0.04
CLICK_HZ = {True: 1760.0, False: 1175.0}  # first beat of a bar, other beats
CLICK_LEVEL = {True: 0.5, False: 0.35}


@dataclass(frozen=True, slots=True, eq=False)
class Strokes:
    """Strokes in order of time, ready to be searched: a drum in one of three layers, or a click."""

    times_s: NDArray[np.float64]
    sounds: NDArray[np.object_]  # names

    @staticmethod
    def of(
        times_s: NDArray[np.float64], places: NDArray[np.int64], names: Sequence[str]
    ) -> "Strokes":
        """Sort strokes that sound like the names at ``places``."""
        order = np.argsort(times_s, kind="stable")
        return Strokes(times_s[order], np.array(names, dtype=np.object_)[places[order]])

    @staticmethod
    def none() -> "Strokes":
        """Nothing is to be heard."""
        return Strokes(np.zeros(0), np.zeros(0, dtype=np.object_))

    def between(self, start_s: float, end_s: float) -> range:
        """The indices of those with ``start_s <= time < end_s``."""
        first, last = np.searchsorted(self.times_s, [start_s, end_s], side="left")
        return range(int(first), int(last))


def strokes_of_notes(notes: NoteColumns, times_s: NDArray[np.float64]) -> Strokes:
    """How the kit plays notes; ``times_s`` are their times. A flam is two strokes."""
    names = [sound_name(drum, dynamic) for drum in DrumClass for dynamic in DYNAMICS]
    softest = notes.drums.astype(np.int64) * len(DYNAMICS)
    graces_s = np.maximum(times_s[notes.flams] - FLAM_S, 0.0)
    return Strokes.of(
        np.concatenate((times_s, graces_s)),
        np.concatenate((softest + notes.dynamics, softest[notes.flams])),
        names,
    )


def strokes_of_beats(times_s: NDArray[np.float64], downbeats: NDArray[np.bool_]) -> Strokes:
    """The metronome: a higher click on the first beat of each bar."""
    names = [click_name(first) for first in (False, True)]
    return Strokes.of(times_s, downbeats.astype(np.int64), names)


def sound_name(drum: DrumClass, dynamic: Dynamic) -> str:
    """The sample of a drum struck this hard."""
    return f"{drum.label}_{DYNAMICS.index(dynamic) + 1}"


def click_name(downbeat: bool) -> str:
    """The metronome's click."""
    return "click_1" if downbeat else "click_2"


class Kit:
    """All samples as mono float32 at one rate."""

    def __init__(self, sample_rate: int, folder: Path | None = None) -> None:
        """Read the samples in ``folder`` (None: those that ship with the program).

        Raises:
            AudioError: a sample is missing or damaged.
            StorageError: the program's own samples are missing.
        """
        self.sample_rate = sample_rate
        self.onset = round(ONSET_S * sample_rate)
        folder = folder or resource_path("kit")
        self._samples: dict[str, Floats] = {}
        for drum in DrumClass:
            for dynamic in Dynamic:
                name = sound_name(drum, dynamic)
                self._samples[name] = _read(folder / f"{name}.flac", sample_rate)
        for downbeat in (True, False):
            self._samples[click_name(downbeat)] = _click(downbeat, sample_rate, self.onset)

    def samples(self, name: str) -> Floats:
        """One sample, its stroke beginning at :attr:`onset`."""
        return self._samples[name]


def _read(path: Path, sample_rate: int) -> Floats:
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise AudioError(f"The drum sample {path.name} cannot be read.") from error
    mono = samples.mean(axis=1)
    if rate != sample_rate:
        mono = soxr.resample(mono, rate, sample_rate)
    return np.asarray(mono, dtype=np.float32)


def _click(downbeat: bool, sample_rate: int, onset: int) -> Floats:
    t = np.arange(round(CLICK_S * sample_rate)) / sample_rate
    wave = np.cos(2 * np.pi * CLICK_HZ[downbeat] * t) * np.exp(-t / 0.008) * CLICK_LEVEL[downbeat]
    return np.concatenate([np.zeros(onset), wave]).astype(np.float32)
