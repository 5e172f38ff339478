"""How the demo song sounds: sampled drums in a small room; synthesised bass, pad and pluck."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile
from demo_pattern import BAR, BARS, CHORDS, Stroke, tempo_map
from numpy.typing import NDArray

from chart_hero_core.synthesis.articulations import HIHATS, Articulation

Sound = NDArray[np.float32]

RATE = 44100
LENGTH_S = 45.5
LICENCES = ("CC0-1.0", "MIT")
_PRE_ROLL_S = 0.0005  # the one-shots of the library begin this long before their onset
_BACKING_GAIN = 0.45  # 2 dB under the drums on the whole
_TIMING_SPREAD_S = 0.003  # a good drummer's

# Which kit plays what (level in dB, position from left -1 to right 1).
_CAST = {
    Articulation.KICK: ("gogodze_phu", 0.0, 0.0),
    Articulation.SNARE: ("gogodze_phu", 1.0, 0.05),
    Articulation.TOM_HIGH: ("fluidr3_power", -2.0, -0.35),
    Articulation.TOM_MID: ("fluidr3_power", -2.0, 0.1),
    Articulation.TOM_LOW: ("fluidr3_power", -1.0, 0.45),
    Articulation.HIHAT_CLOSED: ("gogodze_phu", 9.0, -0.4),
    Articulation.HIHAT_OPEN: ("gogodze_phu", 6.0, -0.4),
    Articulation.CRASH_1: ("gretsch_jazz", 3.0, -0.25),
    Articulation.RIDE: ("fluidr3_standard", 3.0, 0.4),
    Articulation.RIDE_BELL: ("fluidr3_standard", 2.0, 0.4),
}


@dataclass(frozen=True)
class Instrument:
    """Layers (soft to loud) of round robins at 44.1 kHz."""

    layers: tuple[tuple[Sound, ...], ...]
    gain: float
    position: float


@dataclass
class Cast:
    """All instruments, and whom to thank for them: lines of kit, licence, attribution, source."""

    instruments: dict[Articulation, Instrument] = field(default_factory=dict)
    credits: list[str] = field(default_factory=list)


def load_cast(library: Path) -> Cast:
    """Read the one-shots that the song uses; refuses kits of any but the wanted licences."""
    entries = json.loads((library / "manifest.json").read_text("utf-8"))["kits"]
    kits = {entry["name"]: entry for entry in entries}
    cast = Cast()
    for articulation, (name, level_db, position) in _CAST.items():
        kit = kits[name]
        if kit["licence"] not in LICENCES:
            raise SystemExit(f"{name} is {kit['licence']}, not one of {', '.join(LICENCES)}.")
        layers = _load_layers(library / name, articulation.name.lower())
        cast.instruments[articulation] = Instrument(layers, 10 ** (level_db / 20), position)
        credit = f"{name}: {kit['licence']}, {kit['attribution']}, {kit['source']}"
        if credit not in cast.credits:
            cast.credits.append(credit)
    return cast


def _load_layers(folder: Path, name: str) -> tuple[tuple[Sound, ...], ...]:
    layers: dict[int, list[Sound]] = defaultdict(list)
    for path in sorted(folder.glob(f"{name}_v*.flac")):
        found = re.fullmatch(rf"{name}_v(\d+)_r\d+", path.stem)
        if found:
            samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
            assert rate == RATE, path
            layers[int(found[1])].append(samples.mean(axis=1))
    if not layers:
        raise SystemExit(f"{folder} has no {name}.")
    return tuple(tuple(layers[number]) for number in sorted(layers))


def play(strokes: Sequence[Stroke], cast: Cast, generator: np.random.Generator) -> tuple[
    Sound, list[float]
]:  # fmt: skip
    """The drums ``[T, 2]`` and when each stroke sounds, in seconds, in the order given."""
    grid = tempo_map()
    spread = generator.normal(0.0, _TIMING_SPREAD_S, len(strokes)).clip(-0.008, 0.008)
    starts = [
        round((grid.seconds(s.tick) + d) * RATE) for s, d in zip(strokes, spread, strict=True)
    ]
    hat_starts = np.array([t for t, s in zip(starts, strokes, strict=True) if _is_hat(s)])
    out = np.zeros((round(LENGTH_S * RATE), 2), dtype=np.float32)
    turn: dict[Articulation, int] = defaultdict(int)
    for start, stroke in zip(starts, strokes, strict=True):
        instrument = cast.instruments[stroke.articulation]
        sample = _strike(instrument, stroke.velocity, turn[stroke.articulation])
        turn[stroke.articulation] += 1
        if _is_hat(stroke):
            later = hat_starts[hat_starts > start]
            sample = _choke(sample, int(later.min()) - start) if len(later) else sample
        begin = start - round(_PRE_ROLL_S * RATE)
        sample = sample[: len(out) - begin]
        out[begin : begin + len(sample)] += sample[:, None] * _pan(instrument.position)
    return _in_a_room(out, generator), [start / RATE for start in starts]


def _is_hat(stroke: Stroke) -> bool:
    return stroke.articulation in HIHATS


def _strike(instrument: Instrument, velocity: float, turn: int) -> Sound:
    count = len(instrument.layers)
    layer = min(int(velocity * count), count - 1)
    robins = instrument.layers[layer]
    # The layers hold their own loudness; within one the gain follows the velocity.
    gain = instrument.gain * (velocity / ((layer + 1) / count)) ** 1.2
    return np.asarray(robins[turn % len(robins)] * np.float32(gain), dtype=np.float32)


def _choke(sample: Sound, after: int) -> Sound:
    if after >= len(sample):
        return sample
    choked = sample.copy()
    choked[after:] *= np.exp(-np.arange(len(sample) - after) / (0.02 * RATE)).astype(np.float32)
    return choked


def _pan(position: float) -> Sound:
    angle = (position + 1) * np.pi / 4
    return np.array([np.cos(angle), np.sin(angle)], dtype=np.float32) * np.float32(2**0.5)


def _in_a_room(dry: Sound, generator: np.random.Generator) -> Sound:
    """Add the echo of a small room: half a second of decaying noise, 17 dB down."""
    time_s = np.arange(round(0.5 * RATE)) / RATE
    echo = generator.standard_normal((len(time_s), 2)) * np.exp(-time_s * 11)[:, None]
    echo[: round(0.008 * RATE)] = 0.0
    dark = scipy.signal.butter(1, 6000, fs=RATE)
    echo = scipy.signal.lfilter(*dark, echo, axis=0)
    echo /= np.sqrt((echo**2).sum(axis=0))
    wet = scipy.signal.fftconvolve(dry, echo, axes=0)[: len(dry)]
    return np.asarray(dry + wet * 0.14, dtype=np.float32)


# ---------------------------------------------------------------- backing


def backing() -> Sound:
    """Bass in eighths, a pad of detuned voices and a plucked arpeggio, ``[T, 2]``."""
    grid = tempo_map()
    out = np.zeros((round(LENGTH_S * RATE), 2), dtype=np.float32)
    for bar in range(len(BARS)):
        chord = CHORDS[bar % len(CHORDS)]
        last = bar == len(BARS) - 1
        start_s, end_s = grid.seconds(bar * BAR), grid.seconds((bar + 1) * BAR)
        _add(out, start_s, _pad(chord[1:], end_s - start_s + 0.4), 0.0)
        if last:
            _add(out, start_s, _pluck(chord[0] - 12, 2.4, 0.5, 5), 0.0)
            break
        for eighth in range(8):
            begin_s = grid.seconds(bar * BAR + eighth * BAR // 8)
            if bar > 0:
                _add(out, begin_s, _pluck(chord[0] - 12, 0.21, 0.34, 5), 0.0)
            note = chord[1 + eighth % 3] + 12
            _add(out, begin_s, _pluck(note, 0.5, 0.07, 3), 0.6 if eighth % 2 else -0.6)
    return out * np.float32(_BACKING_GAIN)


def _add(out: Sound, start_s: float, sound: Sound, position: float) -> None:
    begin = round(start_s * RATE)
    sound = sound[: len(out) - begin]
    out[begin : begin + len(sound)] += sound[:, None] * _pan(position)


def _frequency(note: int) -> float:
    return float(440.0 * 2 ** ((note - 69) / 12))


def _pluck(note: int, length_s: float, level: float, harmonics: int) -> Sound:
    time_s = np.arange(round(length_s * RATE)) / RATE
    sound = sum(
        np.sin(2 * np.pi * k * _frequency(note) * time_s) * np.exp(-time_s * k * 2.5) / k
        for k in range(1, harmonics + 1)
    )
    # A soft start: the backing must not sound like a drum.
    fade = np.minimum(1, time_s / 0.012) * np.minimum(1, (length_s - time_s) / 0.03)
    return np.asarray(level * sound * fade, dtype=np.float32)


def _pad(notes: Sequence[int], length_s: float) -> Sound:
    time_s = np.arange(round(length_s * RATE)) / RATE
    sound = np.zeros(len(time_s))
    for note in notes:
        for detune in (0.997, 1.0, 1.003):
            phase = 2 * np.pi * _frequency(note) * detune * time_s
            sound += np.sin(phase) + 0.3 * np.sin(2 * phase) + 0.1 * np.sin(3 * phase)
    fade = np.minimum(1, time_s / 0.25) * np.minimum(1, (length_s - time_s) / 0.4)
    return np.asarray(0.016 * sound * fade, dtype=np.float32)
