"""Sounds with drum-like attacks that are not the kit: percussion, strums, picks, consonants.

Made up, or strokes of rendered percussion and strummed chords where a :class:`Band` is at hand.
"""

import numpy as np
import scipy.signal

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.augment import resample_by
from chart_hero_core.synthesis.band import Band
from chart_hero_core.synthesis.rattles import rattle

DISTRACTORS_RMS = 0.03
_SCALE = np.float32(1 / 32767)
# How many decoys are played on rendered or recorded sounds where there are any, and how many of the
# made-up ones rattle: two soundfonts hold two tambourines, and no two tambourines sound alike.
_RENDERED_SHARE = 0.55
_RATTLE_SHARE, _CHUG_SHARE = 0.4, 0.15
# How often each kind of the band's percussion is drawn: tambourines, shakers and acoustic guitars
# keep time in songs.
_KINDS = {
    "tambourine": 0.3,
    "shaker": 0.2,
    "bells": 0.08,
    "clap": 0.1,
    "wood": 0.08,
    "metal": 0.08,
    "skin": 0.11,
    "scrape": 0.05,
    "strum": 0.15,
}


def distractors(
    rng: np.random.Generator,
    length: int,
    beats_s: Float64Array | None = None,
    band: Band | None = None,
) -> Float32Array:
    """One or two kinds of decoys, RMS about :data:`DISTRACTORS_RMS`.

    Args:
        length: in samples at 22.05 kHz.
        beats_s: in time with these (as percussion is), ``[beats]``; on a loose grid of their own
            when None.
        band: where about half of the decoys take their sounds from.
    """
    out = np.zeros(length, np.float32)
    for _ in range(int(rng.integers(1, 3))):
        sounds = (
            _rendered(band, rng)
            if band is not None and rng.random() < _RENDERED_SHARE
            else _made(rng)
        )
        level = np.float32(rng.uniform(0.3, 1.0))
        for start in _distractor_places(rng, length, beats_s):
            begin = min(max(int(start + rng.normal(0, 0.004 * SAMPLE_RATE)), 0), length - 1)
            sound = sounds[int(rng.integers(3))] * (level * np.float32(rng.uniform(0.4, 1.0)))
            end = min(begin + len(sound), length)
            out[begin:end] += sound[: end - begin]
    return np.asarray(out * (DISTRACTORS_RMS / (np.std(out) + 1e-9)), np.float32)


def _made(rng: np.random.Generator) -> list[Float32Array]:
    kind = rng.random()
    if kind < _RATTLE_SHARE:
        return rattle(rng)
    if kind < _RATTLE_SHARE + _CHUG_SHARE:
        return _chugs(rng)
    makers = (_clap, _strum, _pick, _sequence, _consonant, _consonant)
    maker = makers[int(rng.integers(len(makers)))]
    return [maker(rng) for _ in range(3)]


def _rendered(band: Band, rng: np.random.Generator) -> list[Float32Array]:
    """Three strokes of one percussion instrument, tuned alike; jingles often to and fro."""
    kinds = [kind for kind in _KINDS if kind in band.percussion]
    weights = np.array([_KINDS[kind] for kind in kinds])
    kind = kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]
    fonts = band.percussion[kind]
    strokes = fonts[int(rng.integers(len(fonts)))]
    # Three velocities of one key lie side by side.
    first = 3 * int(rng.integers(len(strokes) // 3))
    speed = float(np.exp(rng.uniform(-0.25, 0.25)))
    sounds = [resample_by(strokes[first + i] * _SCALE, speed) for i in range(3)]
    if kind in ("tambourine", "shaker", "bells") and rng.random() < 0.4:
        gap = int(rng.uniform(0.05, 0.14) * SAMPLE_RATE)
        back = np.float32(rng.uniform(0.2, 0.8))
        for sound in sounds:
            sound[gap:] += sound[:-gap] * back
    decay_s = rng.uniform(0.05, 0.6)
    fade = np.exp(-np.arange(len(sounds[0])) / (decay_s * SAMPLE_RATE)).astype(np.float32)
    return [np.asarray(sound * fade[: len(sound)], np.float32) for sound in sounds]


def _consonant(rng: np.random.Generator) -> Float32Array:
    """A singer's s or t: a swell of high noise, or a short burst."""
    if rng.random() < 0.5:
        return _noise_burst(rng, rng.uniform(0.02, 0.06), rng.uniform(0.03, 0.08), 4000, 10500)
    return _noise_burst(rng, 0.001, rng.uniform(0.006, 0.02), rng.uniform(1500, 4000), 9500)


def _distractor_places(
    rng: np.random.Generator, length: int, beats_s: Float64Array | None
) -> Float64Array:
    """Sample positions: every, every other, or each half or quarter of a beat; some left out."""
    if beats_s is None or len(beats_s) < 3:
        places = np.arange(rng.uniform(0, 0.3), length / SAMPLE_RATE, rng.uniform(0.09, 0.6))
    else:
        parts = int(rng.choice([1, 2, 2, 4]))
        index = np.arange(0, len(beats_s) - 1, 1 / parts)
        places = np.interp(index, np.arange(len(beats_s)), beats_s)
        if rng.random() < 0.4:
            places = places[int(rng.integers(2)) :: 2]
    kept = rng.random(len(places)) < rng.uniform(0.6, 1.0)
    return np.asarray(places[kept] * SAMPLE_RATE)


def _noise_burst(
    rng: np.random.Generator, attack_s: float, decay_s: float, low_hz: float, high_hz: float
) -> Float32Array:
    length = int((attack_s + decay_s * 4) * SAMPLE_RATE)
    time_s = np.arange(length) / SAMPLE_RATE
    envelope = np.minimum(time_s / attack_s, 1) * np.exp(
        -np.maximum(time_s - attack_s, 0) / decay_s
    )
    band = scipy.signal.butter(2, [low_hz, high_hz], "bandpass", fs=SAMPLE_RATE, output="sos")
    noise = scipy.signal.sosfilt(band, rng.normal(0, 1, length))
    return np.asarray(noise * envelope, np.float32)


def _clap(rng: np.random.Generator) -> Float32Array:
    low_hz = rng.uniform(500, 1500)
    return _noise_burst(rng, 0.002, rng.uniform(0.02, 0.09), low_hz, low_hz * rng.uniform(2, 5))


def _harmonics(time_s: Float64Array, root_hz: float, count: int, damping: float) -> Float64Array:
    """A decaying tone whose upper harmonics are softer and die sooner; ``damping`` per second."""
    # Harmonics are powers of the first, fading one: a polynomial in it.
    first = np.exp(time_s * complex(-damping, 2 * np.pi * root_hz))
    tone = np.zeros_like(first)
    for order in range(count, 0, -1):
        tone += 1 / order
        tone *= first
    return np.asarray(tone.imag)


def _strum(rng: np.random.Generator) -> Float32Array:
    """A plucked chord: decaying harmonics with a scraped attack, strings 5-20 ms apart."""
    length = int(0.5 * SAMPLE_RATE)
    time_s = np.arange(length) / SAMPLE_RATE
    out = np.zeros(length)
    gap = int(rng.uniform(0.003, 0.02) * SAMPLE_RATE)
    root_hz = rng.uniform(80, 330)
    for string, ratio in enumerate((1, 1.5, 2, 2.5, 3, 4)[: int(rng.integers(3, 7))]):
        tone = _harmonics(time_s, root_hz * ratio, 11, 4.0)
        out[string * gap :] += tone[: length - string * gap]
    scrape = _noise_burst(rng, 0.003, 0.015, 2000, 9000) * rng.uniform(0.2, 2.0)
    out[: len(scrape)] += scrape[:length]
    return np.asarray(out, np.float32)


def _chugs(rng: np.random.Generator) -> list[Float32Array]:
    """Palm-muted power chords of one distorted guitar: their thump lies where kicks lie."""
    root_hz = float(np.exp(rng.uniform(np.log(50), np.log(125))))
    drive = float(np.exp(rng.uniform(np.log(2), np.log(40))))
    muting_s = rng.uniform(0.025, 0.13)
    cabinet = scipy.signal.butter(
        3, [rng.uniform(50, 110), rng.uniform(2500, 6000)], "bandpass", fs=SAMPLE_RATE, output="sos"
    )
    length = int(min(muting_s * 5, 0.4) * SAMPLE_RATE)
    time_s = np.arange(length) / SAMPLE_RATE
    sounds = []
    for interval in (1.0, 1.0, float(rng.choice([1.0, 1.06, 1.19, 1.33]))):
        strings = sum(
            _harmonics(time_s, root_hz * interval * ratio, 14, 1 / (muting_s * 3))
            for ratio in (1.0, 1.5, 2.0)
        )
        pick = rng.normal(0, rng.uniform(0.1, 0.8), length) * np.exp(-time_s / 0.004)
        played = (strings + pick) * np.exp(-time_s / muting_s)
        amplified = scipy.signal.sosfilt(cabinet, np.tanh(drive * played))
        amplified[-200:] *= np.linspace(1, 0, 200)
        sounds.append(np.asarray(amplified * np.exp(-time_s / (muting_s * 1.5)), np.float32))
    return sounds


def _sequence(rng: np.random.Generator) -> Float32Array:
    """A note of a synthesiser's bass or arpeggio: a saw or square whose filter snaps shut."""
    length = int(rng.uniform(0.1, 0.35) * SAMPLE_RATE)
    time_s = np.arange(length) / SAMPLE_RATE
    root_hz = float(np.exp(rng.uniform(np.log(40), np.log(500))))
    order = np.arange(1, int(min(9000 / root_hz, 40)) + 1)[:, None]
    if rng.random() < 0.4:
        order = order[::2]
    snap = np.exp(-time_s / rng.uniform(0.01, 0.12)) * order[-1] * rng.uniform(0.3, 1.0) + 1.5
    waves = np.sin(2 * np.pi * root_hz * order * time_s) / order / (1 + (order / snap) ** 4)
    fade = np.exp(-time_s / rng.uniform(0.05, 0.3)) * np.minimum(time_s / 0.001, 1)
    return np.asarray(waves.sum(axis=0) * fade, np.float32)


def _pick(rng: np.random.Generator) -> Float32Array:
    """A picked bass note: low harmonics and a click."""
    length = int(rng.uniform(0.15, 0.4) * SAMPLE_RATE)
    time_s = np.arange(length) / SAMPLE_RATE
    root_hz = rng.uniform(35, 110)
    out = _harmonics(time_s, root_hz, 15, 2.0)
    click = _noise_burst(rng, 0.001, 0.006, 800, 5000) * rng.uniform(0.2, 1.5)
    out[: len(click)] += click[:length]
    return np.asarray(out, np.float32)
