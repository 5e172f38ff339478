"""Audio augmentation of rendered drums: rooms, equalisation, dynamics, mastering, noise.

Samples are mono ``[N]`` at 22.05 kHz, float32; what is given is never changed.
"""

import functools

import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.typing import NDArray

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.features.logmel import SAMPLE_RATE

# Where the points of a drawn equaliser lie, in octaves above 20 Hz.
_TONE_OCTAVES = np.linspace(0, 10.1, 9)
# How far an equaliser is taken to reach to both sides; that leaves an error of -72 dB at most.
_TONE_REACH = 8192
_VOICING_DB = 5.0  # deviation of the gain of a bell
_LONGEST_ROOM_S, _LATEST_ROOM_S = 1.5, 0.03
_ROOM_REACH = int((_LONGEST_ROOM_S + _LATEST_ROOM_S) * SAMPLE_RATE)
# So many pieces are filtered side by side, in a third of the time that one long piece takes; longer
# ones than this would not stay in the processor's cache.
_PIECES, _LONGEST_PIECE = 4, 1 << 17


def shape_tone(
    samples: Float32Array,
    rng: np.random.Generator,
    strength_db: float = 5.0,
    tilt_db: tuple[float, float] = (-0.6, 0.3),
) -> Float32Array:
    """A random smooth equaliser (minimal ripple: 9 points over 10 octaves), zero phase.

    ``tilt_db`` an octave is added to it: masters fall towards the treble.
    """
    size = _piece_size(len(samples), 2 * _TONE_REACH)
    gain = _draw_tone(size, rng, strength_db, tilt_db)
    return _filtered(samples, gain, _TONE_REACH, _TONE_REACH)


def _piece_size(length: int, overlap: int) -> int:
    """What ``length`` samples are filtered in, a size quickly transformed."""
    count = _PIECES * -(-length // (_PIECES * _LONGEST_PIECE))
    units = (length // count + overlap) // 128 + 1
    return 128 * int(scipy.fft.next_fast_len(units, real=True))


def _filtered(
    samples: Float32Array, gain: NDArray[np.inexact], before: int, after: int
) -> Float32Array:
    """``samples`` through the filter of ``gain`` ``[F]``, in pieces of ``2 * (F - 1)`` samples.

    They overlap by the filter's reach: what comes out at a sample depends on as many samples
    ``before`` and ``after`` it.
    """
    size = 2 * (len(gain) - 1)
    hop = size - before - after
    padded = np.zeros(-(-len(samples) // hop) * hop + before + after, np.float32)
    padded[before : before + len(samples)] = samples
    spectra = scipy.fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, size)[::hop])
    spectra *= gain
    pieces = scipy.fft.irfft(spectra, size)[:, before : before + hop]
    return np.asarray(pieces.reshape(-1)[: len(samples)], np.float32)


def _draw_tone(
    size: int, rng: np.random.Generator, strength_db: float, tilt_db: tuple[float, float]
) -> Float32Array:
    """Gains of the frequencies of ``size`` samples."""
    octave, bells = _octaves(size)
    points = np.cumsum(rng.normal(0, strength_db / 2.2, len(_TONE_OCTAVES)))
    points += rng.uniform(*tilt_db) * _TONE_OCTAVES - points.mean()
    # Not as a matrix product, which may start threads: a process renders on every core already.
    gain_db = np.einsum("p,pf->f", points.astype(np.float32), bells)
    if rng.random() < 0.15:  # an old tape, a phone, a low-rate codec
        cut = np.log2(rng.uniform(4000, 10000) / 20)
        gain_db -= np.maximum(octave - np.float32(cut), 0) * 60
    if rng.random() < 0.15:
        low = np.log2(rng.uniform(40, 140) / 20)
        gain_db -= np.maximum(np.float32(low) - octave, 0) * 18
    return np.asarray(np.exp(np.clip(gain_db, -60, 18) * np.float32(np.log(10) / 20)))


@functools.lru_cache(maxsize=8)
def _octaves(size: int) -> tuple[Float32Array, Float32Array]:
    """Octaves above 20 Hz of each bin ``[F]``, and the share each point has in them ``[9, F]``."""
    hertz = np.arange(size // 2 + 1) * SAMPLE_RATE / size
    octave = np.log2(np.maximum(hertz, 20) / 20)
    shares = [np.interp(octave, _TONE_OCTAVES, one) for one in np.eye(len(_TONE_OCTAVES))]
    return octave.astype(np.float32), np.array(shares, np.float32)


def draw_voicing(rng: np.random.Generator) -> Float64Array:
    """Three random bells of 300 Hz to 9 kHz as second-order sections for ``sosfilt``, ``[3, 6]``.

    Peaking filters after Bristow-Johnson's "Cookbook formulae for audio EQ biquad filters".
    """
    sections = np.empty((3, 6))
    for row in sections:
        gain = 10 ** (np.clip(rng.normal(0, _VOICING_DB), -15, 12) / 40)
        turn = 2 * np.pi * np.exp(rng.uniform(np.log(300), np.log(9000))) / SAMPLE_RATE
        width = np.sin(turn) / (2 * rng.uniform(0.5, 2.0))
        up, down = width * gain, width / gain
        row[:] = (1 + up, -2 * np.cos(turn), 1 - up, 1 + down, -2 * np.cos(turn), 1 - down)
        row /= row[3]
    return sections


def add_room(samples: Float32Array, rng: np.random.Generator) -> Float32Array:
    """A room common to the whole kit: early reflections and a coloured, decaying tail."""
    decay_s = float(np.exp(rng.uniform(np.log(0.1), np.log(1.2))))
    length = int(min(decay_s * 1.5, _LONGEST_ROOM_S) * SAMPLE_RATE)
    tail = rng.normal(0, 1, length) * np.exp(-np.arange(length) * 6.9 / (decay_s * SAMPLE_RATE))
    tail = scipy.ndimage.uniform_filter1d(tail, int(rng.integers(1, 6)))
    delay = int(rng.uniform(0.001, _LATEST_ROOM_S) * SAMPLE_RATE)
    response = np.zeros(length + delay)
    response[delay:] = tail
    for _ in range(int(rng.integers(0, 6))):
        response[int(rng.integers(10, max(length // 4, 20)))] += rng.normal(0, 2.5)
    response *= 10 ** (rng.uniform(-22, -5) / 20) / np.sqrt(np.sum(response**2) + 1e-9)
    response[0] += 1.0
    size = _piece_size(len(samples), _ROOM_REACH)
    return _filtered(samples, scipy.fft.rfft(response.astype(np.float32), size), _ROOM_REACH, 0)


def compress(
    samples: Float32Array,
    rng: np.random.Generator,
    ratio_range: tuple[float, float] = (1.5, 8.0),
) -> Float32Array:
    """A bus compressor: level followed over 1-6 ms up, 30-300 ms down, gain above a threshold."""
    block = 32
    padded = np.pad(samples, (0, -len(samples) % block))
    level = np.sqrt((padded.reshape(-1, block) ** 2).mean(axis=1)) + 1e-6
    release = np.exp(-block / (rng.uniform(0.03, 0.3) * SAMPLE_RATE))
    attack = np.exp(-block / (rng.uniform(0.001, 0.006) * SAMPLE_RATE))
    followed = np.array(_followed(level.tolist(), 1 - float(attack), 1 - float(release)))
    threshold = np.percentile(followed, rng.uniform(30, 85))
    slope = 1 - 1 / rng.uniform(*ratio_range)
    gain = np.minimum(1.0, (threshold / followed)) ** slope
    smooth = joined(np.pad(gain, 1, mode="edge"), block)[block // 2 :]
    return np.asarray(samples * smooth[: len(samples)], np.float32)


def _followed(levels: list[float], attack: float, release: float) -> list[float]:
    """``levels`` smoothed, by one share of each step upwards and another downwards."""
    # Plain numbers in a list: arrays of one are many times slower.
    state = levels[0]
    return [
        state := state + (attack if level > state else release) * (level - state)
        for level in levels
    ]


def saturate(
    samples: Float32Array, rng: np.random.Generator, most_db: float = 12.0
) -> Float32Array:
    """Soft clipping (tanh, or a limiter's harder knee), driven 0-``most_db`` into it."""
    peak = float(np.percentile(np.abs(samples), 99.8)) + 1e-6
    driven = samples / peak * 10 ** (rng.uniform(-6, most_db) / 20)
    if rng.random() < 0.5:
        clipped = np.tanh(driven)
    else:
        knee = rng.uniform(2, 8)
        clipped = driven / (1 + np.abs(driven) ** knee) ** (1 / knee)
    return np.asarray(clipped * peak, np.float32)


def brighten(samples: Float32Array, rng: np.random.Generator) -> Float32Array:
    """An exciter: harmonics of the upper middle, for backing that is dark above 7 kHz."""
    high = np.diff(samples, prepend=np.float32(0))
    harmonics = np.abs(high) * np.sign(high) * np.abs(high)
    scale = np.std(samples) / (np.std(harmonics) + 1e-9)
    harmonics = np.diff(harmonics, prepend=np.float32(0)) * scale
    return np.asarray(samples + harmonics * 10 ** (rng.uniform(-26, -8) / 20), np.float32)


def add_noise(samples: Float32Array, rng: np.random.Generator) -> Float32Array:
    """Hiss or hum floor 30-70 dB under the programme."""
    noise = rng.normal(0, 1, len(samples)).astype(np.float32)
    if rng.random() < 0.5:
        noise = scipy.ndimage.uniform_filter1d(noise, int(rng.integers(2, 12)))
    level = np.std(samples) * 10 ** (rng.uniform(-70, -30) / 20)
    return np.asarray(samples + noise * (level / (np.std(noise) + 1e-9)), np.float32)


def resample_by(samples: Float32Array, speed: float) -> Float32Array:
    """Play ``speed`` times as fast (pitch follows), linear interpolation."""
    places = np.arange(0, len(samples) - 1, speed)
    index = places.astype(np.intp)
    places -= index
    steps = np.diff(samples, append=samples[-1:])
    played = steps.take(index, mode="clip")
    played *= places  # in place: new arrays would cost more than the sums
    played += samples.take(index, mode="clip")
    return np.asarray(played, np.float32)


def joined(points: Float64Array, steps: int) -> Float64Array:
    """Straight lines through evenly spaced ``points``, ``steps`` samples from one to the next."""
    ramp = np.arange(steps) / steps
    ends = np.stack([points[:-1], points[1:]])
    return np.asarray(np.einsum("ep,es->ps", ends, np.stack([1 - ramp, ramp])).ravel())
