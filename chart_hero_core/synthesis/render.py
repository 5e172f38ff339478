"""Strokes and sampled sounds to drum audio: mono at 22.05 kHz, labels exact to a sample."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy.signal

from chart_hero_core.base.arrays import Float32Array, Float64Array, IndexArray, Int64Array
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.articulations import HIHATS, TOMS, Articulation
from chart_hero_core.synthesis.augment import draw_voicing, resample_by
from chart_hero_core.synthesis.kits import Layers
from chart_hero_core.synthesis.performances import Performance

# The kits' one-shots begin this long before their onset.
_PRE_ROLL_S = 0.0005
_HATS = frozenset(int(hat) for hat in HIHATS)
_TOMS = frozenset(int(tom) for tom in TOMS)
# The first articulation of each group that a mixing desk treats alone.
_BUSES = (
    *(Articulation.KICK, Articulation.SNARE, Articulation.SIDESTICK, Articulation.TOM_HIGH),
    *(Articulation.HIHAT_CLOSED, Articulation.CRASH_1, Articulation.RIDE),
)
# How often a cymbal is equalised apart from its kit: another alloy, another microphone.
_VOICED_SHARE = 0.5
_DARK = scipy.signal.butter(2, 2500 / (SAMPLE_RATE / 2))
# A choked stroke is over after so many of its time constants: by then it fell by 122 dB.
_GONE = 14.0
_ENDLESS = 1 << 40

# A one-shot and its dark version.
Sound = tuple[Float32Array, Float32Array]


class Robins(Protocol):
    """The sounds a layer takes turns with."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Sound: ...

    def __iter__(self) -> Iterator[Sound]: ...


@dataclass(frozen=True)
class Voice:
    """One articulation as this kit instance plays it: layers of (bright, dark) one-shots.

    ``muffled`` is the share of the dark one in every stroke: towels, pillows, distant microphones.
    """

    layers: tuple[Robins, ...]
    gain: float
    muffled: float = 0.0


@dataclass(frozen=True)
class Balance:
    """How loud the instruments of one kit instance are against each other, in dB."""

    gains_db: Mapping[Articulation, float]

    @staticmethod
    def draw(rng: np.random.Generator, quiet_share: float = 0.6) -> "Balance":
        """A mix as found in the wild: cymbals often (``quiet_share``) far below the drums."""
        quiet = rng.random() < quiet_share
        hats = rng.uniform(-11, 0) if quiet else rng.uniform(-3, 3)
        rides = hats + rng.uniform(-4, 4)
        crashes = rng.uniform(-9, 2)
        kick, snare, toms = rng.uniform(-4, 4), rng.uniform(-4, 3), rng.uniform(-5, 3)
        of_group = {0: kick, 1: snare, 4: toms, 7: hats, 11: crashes, 16: rides}
        gains: dict[Articulation, float] = {}
        for articulation in Articulation:
            group = max(start for start in of_group if start <= articulation)
            gains[articulation] = of_group[group] + rng.normal(0, 1.0)
        gains[Articulation.SIDESTICK] += rng.uniform(-8, 1)
        return Balance(gains)


@dataclass(frozen=True)
class Spread:
    """How far kit instances differ in size: 0.2 is a fifth up or down. Nothing in songs to measure.

    Cymbals vary one by one, but the hats of a pair alike; so do all toms of a kit.
    """

    cymbals: float = 0.0
    toms: float = 0.0


def tune(
    sounds: Mapping[Articulation, Layers],
    balance: Balance,
    rng: np.random.Generator,
    spread: Spread | None = None,
) -> dict[Articulation, Voice]:
    """Make a kit instance: every articulation tuned, damped, darkened and levelled its own way."""
    spread = spread or Spread()
    voices: dict[Articulation, Voice] = {}
    room = rng.uniform(0.94, 1.06)
    hats = _size(spread.cymbals, rng)
    toms = _size(spread.toms, rng)
    for articulation, layers in sounds.items():
        # Toms keep their intervals: some kits tune them only a tone apart.
        own = 0.015 if int(articulation) in _TOMS else 0.06
        speed = room * rng.uniform(1 - own, 1 + own)
        if int(articulation) in _HATS:
            speed *= hats
        elif int(articulation) in _TOMS:
            speed *= toms
        elif articulation >= Articulation.CRASH_1:
            speed *= _size(spread.cymbals, rng)
        decays_s = _decays_s(articulation, spread.cymbals > 0, rng)
        voicing = None
        if spread.cymbals > 0 and articulation >= Articulation.HIHAT_CLOSED:
            voicing = draw_voicing(rng) if rng.random() < _VOICED_SHARE else None
        manner = _Manner(speed, decays_s, voicing)
        shaped = tuple(_Shaped(robins, manner) for robins in layers)
        gain = 10 ** (balance.gains_db[articulation] / 20)
        muffled = rng.uniform(0.2, 0.9) if rng.random() < 0.25 else 0.0
        voices[articulation] = Voice(shaped, float(gain), float(muffled))
    return voices


def _size(spread: float, rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(-spread, spread))) if spread else 1.0


def _decays_s(
    articulation: Articulation, varied: bool, rng: np.random.Generator
) -> tuple[float, float] | None:
    """How fast treble and the rest of a drum are damped, None for not at all."""
    # A crash damped like a hat would be a hat.
    shortest = 0.5 if articulation >= Articulation.CRASH_1 and varied else 0.08
    decay_s = float(np.exp(rng.uniform(np.log(shortest), np.log(3.0))))
    damped = rng.random() < 0.3
    # A cymbal's wash and its shimmer need not die together.
    wash = float(np.exp(rng.uniform(-0.9, 0.9))) if varied else 1.0
    return (decay_s, decay_s * wash) if damped else None


@dataclass(frozen=True, eq=False)
class _Manner:
    """How the one-shots of an articulation are shaped; see :func:`_shape`."""

    speed: float
    decays_s: tuple[float, float] | None
    voicing: Float64Array | None


class _Shaped:
    """Robins, each shaped when it is first struck: a clip has few of a kit's many."""

    def __init__(self, samples: tuple[Float32Array, ...], manner: _Manner) -> None:
        self._samples = samples
        self._manner = manner
        self._sounds: dict[int, Sound] = {}

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int, /) -> Sound:
        if index not in self._sounds:
            self._sounds[index] = _shape(self._samples[index], self._manner)
        return self._sounds[index]

    def __iter__(self) -> Iterator[Sound]:
        return (self[index] for index in range(len(self)))


def _shape(sample: Float32Array, manner: _Manner) -> Sound:
    """Resample by ``speed``, equalise, damp treble and the rest, and add the dark version a soft
    stroke blends towards.
    """
    tuned = resample_by(sample, manner.speed)
    if manner.voicing is not None:
        tuned = scipy.signal.sosfilt(manner.voicing, tuned).astype(np.float32)
    dark = scipy.signal.lfilter(*_DARK, tuned).astype(np.float32)
    if manner.decays_s is not None:
        treble, rest = (_decay(len(tuned), decay_s * SAMPLE_RATE) for decay_s in manner.decays_s)
        tuned = (tuned - dark) * treble + dark * rest
        dark *= rest
    return tuned, dark


def _decay(length: int, samples: float) -> Float32Array:
    """``length`` samples of a fall to a third in every ``samples`` of them."""
    return np.asarray(np.exp(np.arange(length, dtype=np.float32) * np.float32(-1 / samples)))


def render(
    take: Performance,
    voices: Mapping[Articulation, Voice],
    length_s: float,
    rng: np.random.Generator,
) -> tuple[Float32Array, Performance]:
    """Play ``take`` on ``voices``.

    Returns:
        audio ``[length_s * 22050]`` and the strokes that sound in it (those of instruments that
        no kit offers are dropped).
    """
    buses, heard = render_buses(take, voices, length_s, rng)
    return buses.sum(axis=0), heard


def bus_of(articulations: Int64Array) -> IndexArray:
    """The bus (row of :func:`render_buses`) that each articulation is mixed on."""
    return np.searchsorted(_BUSES, articulations, side="right") - 1


def render_buses(
    take: Performance,
    voices: Mapping[Articulation, Voice],
    length_s: float,
    rng: np.random.Generator,
) -> tuple[Float32Array, Performance]:
    """Like :func:`render`, but one row of audio for each group of drums, ``[buses, N]``."""
    buses = np.zeros((len(_BUSES), int(length_s * SAMPLE_RATE)), np.float32)
    bus = bus_of(take.articulations)
    fade = rng.uniform(0.01, 0.06) * SAMPLE_RATE  # of a hat, once the next one is struck
    pre_roll = round(_PRE_ROLL_S * SAMPLE_RATE)
    starts = np.round(take.times_s * SAMPLE_RATE).astype(np.int64)
    until_hat = _until_next_hat(starts, take.articulations)
    sounding = np.zeros(len(starts), bool)
    for index, (start, art) in enumerate(zip(starts.tolist(), take.articulations, strict=True)):
        voice = voices.get(Articulation(int(art)))
        if voice is None or start >= buses.shape[1]:
            continue
        sounding[index] = True
        begin, held = start - pre_roll, int(until_hat[index])
        most = min(buses.shape[1] - begin, held + int(_GONE * fade))
        sample = _strike(voice, float(take.velocities[index]), most, rng)
        if held < len(sample):
            sample[held:] *= _decay(len(sample) - held, fade)
        skip = max(-begin, 0)
        buses[bus[index], begin + skip : begin + len(sample)] += sample[skip:]
    return buses, take.only(sounding)


def _until_next_hat(starts: Int64Array, articulations: Int64Array) -> Int64Array:
    """Samples from each stroke of a hat to the next one, which chokes it; endless for all else."""
    until = np.full(len(starts), _ENDLESS)
    hats = np.flatnonzero(np.isin(articulations, list(_HATS)))
    later = np.searchsorted(starts[hats], starts[hats], side="right")
    choked = hats[later < len(hats)]
    until[choked] = starts[hats[later[later < len(hats)]]] - starts[choked]
    return until


def _strike(voice: Voice, velocity: float, most: int, rng: np.random.Generator) -> Float32Array:
    """Up to ``most`` samples of a stroke: the layer of its velocity, a random round robin."""
    count = len(voice.layers)
    place = velocity * count + rng.normal(0, 0.15)
    layer = min(max(int(place), 0), count - 1)
    robins = voice.layers[layer]
    bright, dark = robins[int(rng.integers(len(robins)))]
    # Within a layer the gain follows velocity; a single layer must span the whole range itself.
    relative = velocity / ((layer + 1) / count)
    gain = voice.gain * min(relative, 1.3) ** 1.3 * 10 ** (rng.normal(0, 0.8) / 20)
    softness = min(max((1 - relative) * 0.9 + rng.normal(0, 0.08), voice.muffled), 0.95)
    sample = bright[:most] * np.float32(gain * (1 - softness))
    sample += dark[:most] * np.float32(gain * softness)
    return sample
