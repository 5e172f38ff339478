"""A synthetic singer: harmonics with glides and vibrato under moving formants, and consonants.

Little freely licensed singing is at hand, yet most songs are sung, and its consonants and slides
are what drums are confused with. Source and filter in the manner of Klatt 1980, additive.
"""

import numpy as np
import scipy.signal

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array, Int64Array
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.augment import joined

# Harmonics above half of this are left to the consonants.
_RATE = SAMPLE_RATE // 2
_CONTROL_HZ = 105  # a whole number of samples (also 105) from one control point to the next
_HARMONICS = 24
# Formants (Hz) of a, e, i, o, u, schwa: averages of men and women (Peterson and Barney 1952).
_VOWELS = np.array(
    [
        (790, 1150, 2650),
        (570, 1950, 2700),
        (290, 2500, 3150),
        (580, 860, 2550),
        (330, 900, 2400),
        (520, 1500, 2500),
    ],
    float,
)


def sing(
    starts_s: Float64Array, keys: Float64Array, length: int, rng: np.random.Generator
) -> Float32Array:
    """``length`` samples of a voice that sings MIDI ``keys`` from ``starts_s`` on, RMS about 0.1.

    A key of 0 is a breath. Notes last until the next one starts.
    """
    points = int(np.ceil(length / SAMPLE_RATE * _CONTROL_HZ)) + 2
    time_s = np.arange(points) / _CONTROL_HZ
    note = np.clip(np.searchsorted(starts_s, time_s, side="right") - 1, 0, len(keys) - 1)
    voiced = _smooth((keys[note] > 0) & (time_s >= starts_s[0]), rng.uniform(0.02, 0.06))
    pitch = _pitch(keys, note, time_s, rng)
    vowel = _VOWELS[rng.integers(len(_VOWELS), size=len(keys))] * rng.uniform(0.9, 1.2)
    formants = np.stack([_smooth(row, 0.05) for row in vowel[note].T])
    samples = _harmonics(pitch, voiced, formants, length, rng)
    out = np.zeros(length, np.float32)
    out[: len(samples)] = samples[:length]
    out *= np.float32(0.1 / (float(np.std(out)) + 1e-6))
    return _with_consonants(out, starts_s[keys > 0], rng)


def _pitch(
    keys: Float64Array, note: Int64Array, time_s: Float64Array, rng: np.random.Generator
) -> Float64Array:
    """Hertz at each control point: slides into notes, vibrato, and a little drift."""
    sung = np.where(keys > 0, keys, np.median(keys[keys > 0]) if (keys > 0).any() else 60.0)
    line = _smooth(sung[note], rng.uniform(0.02, 0.1))
    depth = rng.uniform(0.0, 0.5)
    line = line + depth * np.sin(2 * np.pi * rng.uniform(4.5, 6.5) * time_s + rng.uniform(0, 6))
    line = line + _smooth(rng.normal(0, 0.5, len(time_s)), 0.2)
    return np.asarray(440 * 2 ** ((line - 69) / 12))


def _harmonics(
    pitch: Float64Array,
    voiced: Float64Array,
    formants: Float64Array,
    length: int,
    rng: np.random.Generator,
) -> Float32Array:
    count = int(np.ceil(length / 2)) + 1
    step = _RATE // _CONTROL_HZ
    phase = np.cumsum(joined(pitch, step)[:count]) * (2 * np.pi / _RATE)
    # sin(n + 1) = 2 cos(1) sin(n) - sin(n - 1): one sine for all harmonics.
    lower, sine, twice = np.zeros(count), np.sin(phase), 2 * np.cos(phase)
    tilt = rng.uniform(0.7, 1.5)
    width_hz = rng.uniform(80, 160)
    out = np.zeros(count)
    for order in range(1, _HARMONICS + 1):
        hertz = pitch * order
        gain = sum(
            level / (1 + ((hertz - formant) / width_hz) ** 2)
            for formant, level in zip(formants, (1.0, 0.7, 0.4), strict=True)
        )
        gain = (gain + 0.02) * order**-tilt * voiced * (hertz < _RATE * 0.47)
        if gain.max() > 1e-4:
            out += sine * joined(gain, step)[:count]
        lower, sine = sine, twice * sine - lower
    return np.asarray(scipy.signal.resample_poly(out, 2, 1), np.float32)


def _with_consonants(
    voice: Float32Array, starts_s: Float64Array, rng: np.random.Generator
) -> Float32Array:
    """Hisses and bursts before some notes: s, sh, t, k."""
    out = voice.copy()
    odds, loudness = rng.uniform(0.2, 0.8), rng.uniform(0.02, 0.25)
    for start_s in starts_s[rng.random(len(starts_s)) < odds]:
        hiss = rng.random() < 0.5
        swell_s, fade_s = (0.03, 0.05) if hiss else (0.001, rng.uniform(0.005, 0.02))
        span = int((swell_s + 4 * fade_s) * SAMPLE_RATE)
        time_s = np.arange(span) / SAMPLE_RATE
        shape = np.minimum(time_s / swell_s, 1) * np.exp(-np.maximum(time_s - swell_s, 0) / fade_s)
        low_hz = rng.uniform(3000, 5500) if hiss else rng.uniform(1200, 4000)
        band = scipy.signal.butter(2, [low_hz, 10500], "bandpass", fs=SAMPLE_RATE, output="sos")
        noise = scipy.signal.sosfilt(band, rng.normal(0, 1, span)) * shape
        begin = int((start_s - rng.uniform(0.03, 0.1)) * SAMPLE_RATE)
        end = min(begin + span, len(out))
        if begin >= 0 and end > begin:
            out[begin:end] += (noise * (loudness / (np.std(noise) + 1e-9)))[: end - begin]
    return out


def _smooth(values: Float64Array | BoolArray, time_s: float) -> Float64Array:
    """Rounded over about ``time_s`` seconds, without delay."""
    width = max(int(time_s * _CONTROL_HZ * 2) | 1, 3)
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(values.astype(float), width // 2, mode="edge")
    return np.asarray(np.convolve(padded, window / window.sum(), mode="valid"))
