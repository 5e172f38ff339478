"""The building blocks of modelled kits: decaying partials, noise washes, clicks, and spectra.

Modal synthesis after Adrien, "The Missing Link: Modal Synthesis" (Representations of Musical
Signals, 1991); the noise beside it is what is left of a sound without its partials (Serra and
Smith, "Spectral Modeling Synthesis", Computer Music Journal 14(4), 1990).
"""

from dataclasses import dataclass

import numpy as np
import scipy.signal

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.features.logmel import SAMPLE_RATE

Range = tuple[float, float]

# Strokes begin this many samples (0.5 ms) after their sounds do, as in the sampled kits.
PRE_ROLL = 11
# How hard the strokes of three layers are.
THREE_FORCES = (0.0, 0.55, 1.0)
# Samples of a frame of noise, within which its colour does not change.
NOISE_FRAME = 256
_FADE_IN = 4
# How loud a stroke is, is told by its peak and by the RMS of this much of it.
_LOUDNESS = int(0.05 * SAMPLE_RATE)
_TAIL_DB = -58.0
_MOST_PEAK = 0.97
# Points of a colour's ripples, from here on one an octave.
_RIPPLES_FROM_HZ, _RIPPLES = 43.0, 9


@dataclass(frozen=True, eq=False)
class Partials:
    """Decaying sines, ``[M]`` each; ``rises_s`` is how slowly they grow (0: at once)."""

    frequencies_hz: Float64Array
    gains: Float64Array
    decays_s: Float64Array
    rises_s: Float64Array
    phases: Float64Array


@dataclass(frozen=True, eq=False)
class Colour:
    """A smooth spectral envelope.

    Attributes:
        low_hz, low_db: how far the bass falls with every octave under ``low_hz``.
        tilt_db: what every octave adds.
        high_hz, roll_db: what every octave above ``high_hz`` takes.
        ripples_db: random deviations, one an octave.
    """

    low_hz: float
    low_db: float
    tilt_db: float
    high_hz: float
    roll_db: float
    ripples_db: Float64Array

    def gains(self, frequencies_hz: Float64Array, darker_db: float = 0.0) -> Float64Array:
        """Amplitudes at ``frequencies_hz``; ``darker_db`` an octave less from 800 Hz up."""
        hertz = np.maximum(frequencies_hz, 20.0)
        octaves = np.log2(hertz / _RIPPLES_FROM_HZ)
        gain_db = (
            self.tilt_db * np.log2(hertz / 1000)
            - self.low_db * np.maximum(np.log2(self.low_hz / hertz), 0)
            - self.roll_db * np.maximum(np.log2(hertz / self.high_hz), 0)
            - darker_db * np.maximum(np.log2(hertz / 800), 0)
            + np.interp(octaves, np.arange(_RIPPLES), self.ripples_db)
        )
        return np.asarray(10 ** (gain_db / 20))


def draw_colour(
    rng: np.random.Generator, low_hz: Range, tilt_db: Range, high_hz: Range, roll_db: Range
) -> Colour:
    """A colour within these ranges, with ripples of some 2.5 dB."""
    return Colour(
        low_hz=spread(rng, low_hz),
        low_db=float(rng.uniform(4, 14)),
        tilt_db=float(rng.uniform(*tilt_db)),
        high_hz=spread(rng, high_hz),
        roll_db=float(rng.uniform(*roll_db)),
        ripples_db=rng.normal(0, 2.5, _RIPPLES),
    )


def spread(rng: np.random.Generator, limits: Range) -> float:
    """A number between ``limits``, even on a logarithmic scale."""
    return float(np.exp(rng.uniform(np.log(limits[0]), np.log(limits[1]))))


def ring(partials: Partials, length: int) -> Float64Array:
    """The sum of ``partials`` over ``length`` samples.

    A decaying sine at sample ``b * B + n`` is its value at ``b * B`` times that at ``n``: the sum
    of hundreds of them is one product of two matrices.
    """
    turns = 2j * np.pi * partials.frequencies_hz / SAMPLE_RATE
    poles = turns - 1 / (partials.decays_s * SAMPLE_RATE)
    weights = partials.gains * np.exp(1j * partials.phases)
    slow = partials.rises_s > 0
    # What grows is the sine less one that fades as fast as it grows.
    poles = np.append(poles, poles[slow] - 1 / (partials.rises_s[slow] * SAMPLE_RATE))
    weights = np.append(weights, -weights[slow])
    block = int(np.ceil(np.sqrt(length)))
    inner = np.exp(poles[:, None] * np.arange(block))
    outer = weights[:, None] * np.exp(poles[:, None] * (block * np.arange(block)))
    left = np.concatenate((outer.imag, outer.real)).astype(np.float32)
    right = np.concatenate((inner.real, inner.imag)).astype(np.float32)
    return np.asarray((left.T @ right).reshape(-1)[:length], np.float64)


def wash(
    rng: np.random.Generator,
    colour: Float64Array,
    decays_s: Float64Array,
    rises_s: Float64Array,
    length: int,
) -> Float64Array:
    """``length`` samples of noise whose bands fade (and grow) at their own rates.

    Args:
        rng: the source of randomness.
        colour: amplitude of each of the bins of a short-time spectrum, ``[bins]``.
        decays_s: after which a bin has fallen to 1/e, ``[bins]``.
        rises_s: how slowly it grows, ``[bins]``.
        length: in samples.
    """
    size = 2 * (len(colour) - 1)
    hop = size // 2
    count = length // hop + 2
    # The first frame is half over when the stroke comes.
    time_s = np.arange(count)[:, None] * (hop / SAMPLE_RATE)
    shape = np.exp(-time_s / decays_s) * -np.expm1(-(time_s + hop / 4 / SAMPLE_RATE) / rises_s)
    bins = rng.normal(0, 1, (2, count, len(colour))).astype(np.float32)
    spectra = (bins[0] + 1j * bins[1]) * (shape * colour).astype(np.float32)
    window = np.sqrt(scipy.signal.windows.hann(size, sym=False))
    frames = np.fft.irfft(spectra, axis=1) * window
    out = np.zeros((count + 1, hop))
    out[:-1] += frames[:, :hop]
    out[1:] += frames[:, hop:]
    return np.asarray(out.reshape(-1)[hop : hop + length])


def bins_hz(size: int) -> Float64Array:
    """The frequencies of the bins that :func:`wash` takes, for frames of ``size`` samples."""
    return np.asarray(np.fft.rfftfreq(size, 1 / SAMPLE_RATE))


def click(rng: np.random.Generator, band_hz: Range, decay_s: float, length: int) -> Float64Array:
    """A short burst of noise in a band: a stick, a beater. RMS 1 while it lasts."""
    span = min(int(8 * decay_s * SAMPLE_RATE) + 64, length)
    high_hz = min(band_hz[1], 0.47 * SAMPLE_RATE)
    band = scipy.signal.butter(1, (band_hz[0], high_hz), "bandpass", fs=SAMPLE_RATE, output="sos")
    noise = rng.normal(0, 1, span) * np.exp(-np.arange(span) / (decay_s * SAMPLE_RATE))
    out = np.zeros(length)
    out[:span] = scipy.signal.sosfilt(band, noise)
    return out / (rms(out[: max(int(decay_s * SAMPLE_RATE), 8)]) + 1e-12)


def rms(samples: Float64Array) -> float:
    """Root mean square of samples ``[N]``."""
    return float(np.sqrt(np.mean(samples**2)))


def unit(samples: Float64Array) -> Float64Array:
    """``samples`` at RMS 1 over the first 0.1 s, so that parts can be mixed in dB."""
    return samples / (rms(samples[: 2 * _LOUDNESS]) + 1e-12)


def finished(samples: Float64Array, peak: float, early_rms: float, gain_db: float) -> Float32Array:
    """A stroke as kits hold them: float32 at 22.05 kHz with its pre-roll, its tail cut.

    Args:
        samples: the stroke from its onset on.
        peak, early_rms: what a hard stroke has (the RMS that of its first 50 ms); where it can't
            have both, it lies between.
        gain_db: what this one has less.
    """
    here = np.abs(samples).max(), rms(samples[:_LOUDNESS])
    gain = np.sqrt(peak / here[0] * early_rms / here[1])
    gain = min(gain, _MOST_PEAK / here[0]) * 10 ** (gain_db / 20)
    tail = float(here[0]) * 10 ** (_TAIL_DB / 20)
    end = int(np.flatnonzero(np.abs(samples) > tail)[-1]) + 1
    out = np.zeros(PRE_ROLL + end, np.float32)
    out[PRE_ROLL:] = samples[:end] * gain
    out[PRE_ROLL : PRE_ROLL + _FADE_IN] *= np.linspace(0.4, 1, _FADE_IN, dtype=np.float32)
    fade = min(end // 4, 400)
    out[len(out) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return out
