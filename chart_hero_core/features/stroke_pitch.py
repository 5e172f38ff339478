"""Low-frequency spectra around single strokes, which tell the toms of a kit apart."""

import numpy as np
import scipy.fft

from chart_hero_core.base.arrays import Float32Array, Float64Array, Int64Array
from chart_hero_core.features.logmel import SAMPLE_RATE

# From below the lowest floor tom to its overtones, 12 steps an octave.
PITCHES_HZ: Float64Array = 40.0 * 2.0 ** (np.arange(48) / 12)
SPECTRA = 4
_SIZE, _FFT = 2048, 8192  # 93 ms, in bins of 2.7 Hz
# Samples: the first window begins after the click of the stick, the second where the tone is left
# alone, and the one before ends ahead of the stroke.
_SOON, _LATE, _BEFORE = 220, 1100, 64
_PAD = _SIZE + _LATE
_BATCH = 256
# Levels below this share of the loudest rise are all the same: silence.
_FLOOR = 0.01


def stroke_spectra(samples: Float32Array, times_s: Float64Array) -> Float32Array:
    """Log levels at ``PITCHES_HZ``: ``[N, 4, 48]``, relative to the strongest rise of each stroke.

    The rows are the rise over what sounded before, 10 ms and 50 ms after the stroke; the level
    10 ms after it; the level before it. 1 is as strong as the strongest rise, -1.3 silence.

    Args:
        samples: mono, 22.05 kHz.
        times_s: of the strokes, ``[N]``.
    """
    padded = np.pad(np.asarray(samples, np.float32), (_PAD, _PAD))
    starts = np.round(times_s * SAMPLE_RATE).astype(np.int64) + _PAD
    starts = np.clip(starts, _PAD, len(padded) - _PAD)
    found = np.zeros((len(starts), SPECTRA, len(PITCHES_HZ)), np.float32)
    for first in range(0, len(starts), _BATCH):
        batch = starts[first : first + _BATCH]
        soon, late = (_levels(padded, batch + after) for after in (_SOON, _LATE))
        before = _levels(padded, batch - _SIZE - _BEFORE)
        rise, later_rise = np.maximum(soon - before, 0), np.maximum(late - before, 0)
        strongest = np.maximum(rise.max(axis=1, keepdims=True), 1e-6)
        rows = np.stack([rise, later_rise, soon, before], axis=1) / strongest[:, None]
        found[first : first + _BATCH] = np.log(np.maximum(rows, _FLOOR)) / 2 + 1
    return found


def _levels(padded: Float32Array, starts: Int64Array) -> Float32Array:
    """Magnitudes at ``PITCHES_HZ``, between the bins of the spectrum."""
    windows = padded[starts[:, None] + np.arange(_SIZE)] * np.hanning(_SIZE).astype(np.float32)
    spectrum = np.abs(scipy.fft.rfft(windows, _FFT, axis=1))
    place = PITCHES_HZ * _FFT / SAMPLE_RATE
    below = place.astype(np.int64)
    share = (place - below).astype(np.float32)
    return np.asarray(spectrum[:, below] * (1 - share) + spectrum[:, below + 1] * share, np.float32)
