"""Generated backing bands: bass, guitars, keys, pads and a lead in time with a drum take.

Real music moves with its drums: guitars are strummed where hats are struck, bass notes fall on the
kick. Backing that goes its own way teaches that whatever is in time is a drum. The sounds are
single notes rendered from soundfonts (``packaging/make_band.py``), the score is random.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array, Int64Array
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis import augment
from chart_hero_core.synthesis.articulations import Articulation
from chart_hero_core.synthesis.performances import Performance
from chart_hero_core.synthesis.voice import sing

_SCALE = np.float32(1 / 32767)
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
# Degrees of the scale that a bar may rest on, the commonest first.
_ROOTS = (0, 3, 4, 5, 0, 1, 2)
_RELEASE = np.linspace(1, 0, int(0.03 * SAMPLE_RATE), dtype=np.float32)
_SUNG_SHARE = 0.5

Times = Float64Array


@dataclass(frozen=True, eq=False)
class Instrument:
    """Notes of one program, int16 ``[count, slot]`` at 22.05 kHz, from MIDI key ``first`` up."""

    part: str
    first: int
    notes: NDArray[np.int16]

    def note(self, key: int) -> NDArray[np.int16]:
        """The note of MIDI key ``key``, moved by octaves into the instrument's range."""
        place = key - self.first
        while place < 0:
            place += 12
        while place >= len(self.notes):
            place -= 12
        return np.asarray(self.notes[max(place, 0)])


@dataclass(frozen=True, eq=False)
class Band:
    """All instruments by part, and strokes of percussion ``[count, slot]`` by kind."""

    parts: Mapping[str, Sequence[Instrument]]
    percussion: Mapping[str, Sequence[NDArray[np.int16]]]


def load_band(folder: Path) -> Band:
    """Decode what ``packaging/make_band.py`` wrote.

    Raises:
        DatasetError: the folder is incomplete or unreadable.
    """
    parts: dict[str, list[Instrument]] = {}
    percussion: dict[str, list[NDArray[np.int16]]] = {}
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        for entry in manifest["files"]:
            samples, _ = sf.read(folder / entry["file"], dtype="int16")
            notes = samples.reshape(int(entry["count"]), -1)
            if entry["part"] == "percussion":
                percussion.setdefault(str(entry["kind"]), []).append(notes)
            else:
                instrument = Instrument(str(entry["part"]), int(entry["first"]), notes)
                parts.setdefault(instrument.part, []).append(instrument)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise DatasetError(
            f"{folder} holds no rendered notes; packaging/make_band.py makes them."
        ) from error
    return Band(parts, percussion)


def play_band(band: Band, take: Performance, length: int, rng: np.random.Generator) -> Float32Array:
    """``length`` samples of a band in time with ``take``; by itself where that has no beats."""
    return _Player(band, take, length, rng).play()


class _Player:
    """One piece: a key, a progression, and what each part plays."""

    def __init__(
        self, band: Band, take: Performance, length: int, rng: np.random.Generator
    ) -> None:
        self._band = band
        self._rng = rng
        self._length = length
        self._beats = _beats(take.beats_s, length / SAMPLE_RATE, rng)
        kicks = take.times_s[take.articulations == int(Articulation.KICK)]
        self._kicks: Times = kicks
        self._key = int(rng.integers(12))
        self._scale = _MAJOR if rng.random() < 0.5 else _MINOR
        self._bar = int(rng.choice([4, 4, 4, 3, 2, 8]))
        bars = len(self._beats) // self._bar + 2
        pattern = [int(_ROOTS[min(int(rng.geometric(0.3)) - 1, 6)]) for _ in range(4)]
        self._roots = [pattern[i % 4] for i in range(bars)]
        self._late_s = rng.normal(0, 0.004)

    def play(self) -> Float32Array:
        rng = self._rng
        out = np.zeros(self._length, np.float32)
        lines = (
            ("bass", 0.85, self._bass, 1.0),
            ("strum", 0.75, self._strums, 0.9),
            ("strum", 0.35, self._strums, 0.7),
            ("keys", 0.35, self._keys, 0.7),
            ("pad", 0.35, self._pad, 0.5),
            ("lead", 0.4, self._lead, 0.9),
        )
        if rng.random() < _SUNG_SHARE:
            out += self._voice() * np.float32(10 ** (rng.uniform(-6, 4) / 20))
        for part, odds, play_line, level in lines:
            if rng.random() > odds or part not in self._band.parts:
                continue
            line = np.zeros(self._length, np.float32)
            choice = self._band.parts[part]
            play_line(line, choice[int(rng.integers(len(choice)))])
            if not line.any():
                continue
            if rng.random() < 0.15:
                line = augment.saturate(line, rng, most_db=10.0)
            line = augment.shape_tone(line, rng, 4.0)
            gain = level * 10 ** (rng.uniform(-9, 3) / 20) * 0.1 / (float(np.std(line)) + 1e-6)
            out += line * np.float32(gain)
        return augment.add_room(out, rng) if rng.random() < 0.5 and out.any() else out

    def _grid(self, parts: int) -> tuple[Times, Int64Array]:
        """Times of each ``1 / parts`` of a beat, and the beat each lies in."""
        index = np.arange(0, len(self._beats) - 1, 1 / parts)
        times = np.interp(index, np.arange(len(self._beats)), self._beats)
        jitter = self._rng.normal(0, self._rng.uniform(0.001, 0.008), len(times))
        return times + jitter + self._late_s, index.astype(np.int64)

    def _degree(self, beat: int, steps: int = 0) -> int:
        """Semitones above the key: ``steps`` up the scale from the root in force at ``beat``."""
        degree = self._roots[beat // self._bar] + steps
        return self._key + self._scale[degree % 7] + 12 * (degree // 7)

    def _add(
        self, line: Float32Array, note: NDArray[np.int16], time_s: float, held_s: float, gain: float
    ) -> None:
        begin = int(time_s * SAMPLE_RATE)
        release = len(_RELEASE)
        count = min(len(note), int(held_s * SAMPLE_RATE) + release, len(line) - begin)
        if begin < 0 or count <= release:
            return
        sound = note[:count] * np.float32(gain * _SCALE)
        sound[-release:] *= _RELEASE
        line[begin : begin + count] += sound

    def _rhythm(self, parts: int, density: float) -> BoolArray:
        """Which places of a bar are played; the same in every bar, the first one always."""
        places = self._rng.random(parts * self._bar) < density
        places[0] = True
        return np.asarray(places)

    def _bass(self, line: Float32Array, instrument: Instrument) -> None:
        rng = self._rng
        if len(self._kicks) > 3 and rng.random() < 0.4:
            times = self._kicks + rng.normal(0.002, 0.004, len(self._kicks))
            beats = np.clip(np.searchsorted(self._beats, self._kicks) - 1, 0, None)
            played = np.ones(len(times), bool)
        else:
            parts = int(rng.choice([1, 2, 2, 4]))
            times, beats = self._grid(parts)
            rhythm = self._rhythm(parts, rng.uniform(0.4, 1.0))
            played = rhythm[np.arange(len(times)) % len(rhythm)]
        walking = rng.random() < 0.3
        chosen = np.flatnonzero(played)
        for place, index in enumerate(chosen):
            after = times[chosen[place + 1]] if place + 1 < len(chosen) else times[index] + 1
            steps = int(rng.integers(-3, 8)) if walking else int(rng.choice([0, 0, 0, 0, 4, 7]))
            key = 36 + self._degree(int(beats[index]), steps)
            held_s = max((after - times[index]) * rng.uniform(0.5, 1.0), 0.06)
            self._add(line, instrument.note(key), times[index], held_s, rng.uniform(0.6, 1.0))

    def _strums(self, line: Float32Array, instrument: Instrument) -> None:
        rng = self._rng
        parts = int(rng.choice([1, 2, 2, 4, 4, 3]))
        times, beats = self._grid(parts)
        rhythm = self._rhythm(parts, rng.uniform(0.4, 1.0))
        chord = ((0, 4, 7), (0, 2, 4, 7, 9), (0, 2, 4), (0,))[int(rng.integers(4))]
        gap_s = rng.uniform(0.0, 0.014)
        cut = rng.random() < 0.4
        chosen = np.flatnonzero(rhythm[np.arange(len(times)) % len(rhythm)])
        for place, index in enumerate(chosen):
            after = times[chosen[place + 1]] if place + 1 < len(chosen) else times[index] + 2
            held_s = (after - times[index]) * (rng.uniform(0.3, 0.7) if cut else 1.0)
            accent = rng.uniform(0.4, 1.0)
            for string, steps in enumerate(chord):
                key = 40 + self._degree(int(beats[index]), steps) % 24
                at_s = times[index] + string * gap_s
                self._add(line, instrument.note(key), at_s, max(held_s, 0.05), accent)

    def _keys(self, line: Float32Array, instrument: Instrument) -> None:
        rng = self._rng
        parts = int(rng.choice([1, 2, 4]))
        times, beats = self._grid(parts)
        rhythm = self._rhythm(parts, rng.uniform(0.15, 0.7))
        broken = rng.random() < 0.4
        chosen = np.flatnonzero(rhythm[np.arange(len(times)) % len(rhythm)])
        for place, index in enumerate(chosen):
            after = times[chosen[place + 1]] if place + 1 < len(chosen) else times[index] + 2
            voices = [int(rng.choice([0, 2, 4, 7]))] if broken else [0, 2, 4]
            for steps in voices:
                key = 54 + self._degree(int(beats[index]), steps) % 24
                held_s = max(after - times[index], 0.08)
                self._add(line, instrument.note(key), times[index], held_s, rng.uniform(0.5, 1.0))

    def _pad(self, line: Float32Array, instrument: Instrument) -> None:
        for beat in range(0, len(self._beats) - 1, 2):
            held_s = float(self._beats[min(beat + 2, len(self._beats) - 1)] - self._beats[beat])
            for steps in (0, 2, 4):
                key = 52 + self._degree(beat, steps) % 24
                note = instrument.note(key)
                self._add(line, note, float(self._beats[beat]) + self._late_s, held_s, 0.6)

    def _lead(self, line: Float32Array, instrument: Instrument) -> None:
        rng = self._rng
        times, beats = self._grid(int(rng.choice([2, 4, 3])))
        index, steps = int(rng.integers(4)), 4
        while index < len(times):
            span = int(rng.choice([1, 1, 2, 2, 3, 4, 8]))
            last = min(index + span, len(times) - 1)
            steps = int(np.clip(steps + rng.integers(-3, 4), 0, 14))
            if rng.random() < 0.75:
                key = 55 + self._degree(int(beats[index]), steps) % 24
                held_s = max(float(times[last] - times[index]), 0.06)
                note = instrument.note(key)
                self._add(line, note, float(times[index]), held_s, rng.uniform(0.5, 1.0))
            index += span

    def _voice(self) -> Float32Array:
        """A sung line: notes of a quarter to two beats, breaths between, up and down a scale."""
        rng = self._rng
        times, beats = self._grid(int(rng.choice([2, 4, 3])))
        low = int(rng.integers(43, 60))
        steps, index = int(rng.integers(0, 7)), int(rng.integers(4))
        starts: list[float] = []
        keys: list[float] = []
        while index < len(times):
            steps = int(np.clip(steps + rng.integers(-2, 3), -2, 9))
            breath = rng.random() < 0.15
            starts.append(float(times[index]))
            key = low + (self._degree(int(beats[index]), steps) - low) % 19
            keys.append(0.0 if breath else float(key))
            index += int(rng.choice([1, 1, 2, 2, 3, 4, 6]))
        if not any(keys):
            return np.zeros(self._length, np.float32)
        line = sing(np.array(starts), np.array(keys), self._length, rng)
        return augment.shape_tone(line, rng, 3.0)


def _beats(beats_s: Times, length_s: float, rng: np.random.Generator) -> Times:
    """The take's beats, carried on to both ends; beats at a random tempo where it has none."""
    if len(beats_s) < 3:
        period = 60 / float(np.exp(rng.uniform(np.log(70), np.log(190))))
        return np.arange(rng.uniform(0, period), length_s + period, period)
    period = float(np.median(np.diff(beats_s)))
    before = np.arange(beats_s[0] - period, -period, -period)[::-1]
    after = np.arange(beats_s[-1] + period, length_s + period, period)
    return np.concatenate([before, beats_s, after])
