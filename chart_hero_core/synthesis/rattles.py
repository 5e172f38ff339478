"""Tambourines, sleigh bells and shakers, modelled as many small colliding parts.

Physically informed stochastic event modelling (Cook, "Physically Informed Sonic Modeling (PhISM):
Synthesis of Percussive Sounds", Computer Music Journal 21(3), 1997): a stroke gives the system
energy that drains away; while it lasts, things collide at random times, each collision as strong as
the energy left; collisions sound as short bursts of noise in the resonances of jingle or shell.
"""

from dataclasses import dataclass

import numpy as np
import scipy.signal

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.features.logmel import SAMPLE_RATE

_STROKE_S = 0.5


@dataclass(frozen=True, eq=False)
class _Rattle:
    """One instrument.

    Attributes:
        resonances_hz, rings_s, gains: what rings at a collision, ``[R]`` each.
        collisions_hz: how many a second.
        drains_s: until the energy of a stroke has fallen to a third.
        shaken: strokes swell, as of something shaken; otherwise they start at once.
    """

    resonances_hz: Float64Array
    rings_s: Float64Array
    gains: Float64Array
    collisions_hz: float
    drains_s: float
    shaken: bool


def rattle(rng: np.random.Generator) -> list[Float32Array]:
    """Three strokes of an instrument nobody has built, float32 at 22.05 kHz, peak 1."""
    draw = (_tambourine, _sleigh_bells, _shaker)[int(rng.choice(3, p=[0.6, 0.1, 0.3]))]
    instrument = draw(rng)
    to_and_fro_s = rng.uniform(0.05, 0.14) if rng.random() < 0.35 else 0.0
    early_s = rng.uniform(0.01, 0.06) if rng.random() < 0.4 else 0.0
    return [_stroke(instrument, rng, to_and_fro_s, early_s) for _ in range(3)]


def _tambourine(rng: np.random.Generator) -> _Rattle:
    count = int(rng.integers(4, 14))
    centres = rng.choice([2300.0, 5600.0, 8100.0, 9500.0], count) * rng.uniform(0.75, 1.3)
    return _Rattle(
        resonances_hz=np.clip(centres * rng.uniform(0.85, 1.15, count), 1500, 10700),
        rings_s=np.exp(rng.uniform(np.log(0.002), np.log(0.09), count)),
        gains=rng.uniform(0.2, 1.0, count),
        collisions_hz=float(np.exp(rng.uniform(np.log(150), np.log(3000)))),
        drains_s=float(np.exp(rng.uniform(np.log(0.015), np.log(0.12)))),
        shaken=bool(rng.random() < 0.4),
    )


def _sleigh_bells(rng: np.random.Generator) -> _Rattle:
    count = int(rng.integers(5, 20))
    return _Rattle(
        resonances_hz=rng.uniform(2300, 10500, count),
        rings_s=np.exp(rng.uniform(np.log(0.02), np.log(0.15), count)),
        gains=rng.uniform(0.2, 1.0, count),
        collisions_hz=float(rng.uniform(100, 800)),
        drains_s=float(rng.uniform(0.04, 0.15)),
        shaken=True,
    )


def _shaker(rng: np.random.Generator) -> _Rattle:
    count = int(rng.integers(1, 4))
    return _Rattle(
        resonances_hz=rng.uniform(2500, 9000, count),
        rings_s=np.exp(rng.uniform(np.log(0.00008), np.log(0.001), count)),
        gains=rng.uniform(0.4, 1.0, count),
        collisions_hz=float(np.exp(rng.uniform(np.log(800), np.log(12000)))),
        drains_s=float(rng.uniform(0.01, 0.06)),
        shaken=bool(rng.random() < 0.8),
    )


def _stroke(
    instrument: _Rattle, rng: np.random.Generator, to_and_fro_s: float, early_s: float
) -> Float32Array:
    """One stroke; its jingles may move ``early_s`` before it and fall back after it."""
    push = np.zeros(int(_STROKE_S * SAMPLE_RATE))
    at = int(early_s * SAMPLE_RATE)
    push[at] = 1.0
    if early_s:
        push[0] = rng.uniform(0.05, 0.4)
    if to_and_fro_s:
        push[at + int(to_and_fro_s * SAMPLE_RATE)] = rng.uniform(0.2, 0.9)
    if instrument.shaken:
        swell = np.hanning(int(rng.uniform(0.02, 0.09) * SAMPLE_RATE))
        push = scipy.signal.fftconvolve(push, swell / swell.sum())[: len(push)]
    energy = _drained(push, instrument.drains_s)
    collided = rng.random(len(push)) < instrument.collisions_hz / SAMPLE_RATE
    burst = _drained(collided * energy * rng.uniform(0.3, 1.0, len(push)), 0.0012)
    out = np.zeros(len(push))
    parts = zip(instrument.resonances_hz, instrument.rings_s, instrument.gains, strict=True)
    for frequency_hz, ring_s, gain in parts:
        # Each jingle meets its own collisions, or all would beat as one.
        noise = burst * rng.normal(0, 1, len(push))
        out += gain * _resonated(noise, float(frequency_hz), float(ring_s))
    if not instrument.shaken and rng.random() < 0.5:
        out[at:] += _slap(rng, len(push) - at) * np.abs(out).max()
    out[-400:] *= np.linspace(1, 0, 400)
    return np.asarray(out / (np.abs(out).max() + 1e-9), np.float32)


def _drained(pushes: Float64Array, time_s: float) -> Float64Array:
    return np.asarray(scipy.signal.lfilter([1], [1, -np.exp(-1 / (time_s * SAMPLE_RATE))], pushes))


def _resonated(noise: Float64Array, frequency_hz: float, ring_s: float) -> Float64Array:
    """A resonance of two poles, of about the same loudness however long it rings."""
    radius = np.exp(-1 / (ring_s * SAMPLE_RATE))
    turn = 2 * np.pi * frequency_hz / SAMPLE_RATE
    poles = [1, -2 * radius * np.cos(turn), radius**2]
    return np.asarray(scipy.signal.lfilter([np.sqrt(1 - radius)], poles, noise))


def _slap(rng: np.random.Generator, length: int) -> Float64Array:
    """The hand on the skin or the frame, peak below 1."""
    time_s = np.arange(length) / SAMPLE_RATE
    tone = np.sin(2 * np.pi * rng.uniform(150, 900) * time_s) + rng.normal(0, 0.5, length)
    return np.asarray(tone * np.exp(-time_s / rng.uniform(0.004, 0.03)) * rng.uniform(0.1, 0.5))
