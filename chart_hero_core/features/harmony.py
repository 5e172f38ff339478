"""Where the harmony of a song changes: new chords mostly come with a bar line.

What sounds on (a moving minimum over time drops strokes) is folded into the twelve pitch classes,
the bass apart from the rest, and at each moment the half second that follows is compared with the
half second before. That chords change on bar lines is the oldest cue for them where drums leave it
open (Goto, An audio-based real-time beat tracking system, 2001).
"""

from functools import lru_cache

import numpy as np
import scipy.fft
from scipy.ndimage import minimum_filter1d

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.features.logmel import SAMPLE_RATE

_FFT, _HOP = 4096, 1024  # 186 ms tell low notes apart; one frame every 46 ms
_BINS = 409  # up to 2.2 kHz
_BATCH = 256
# Centre and width in octaves above the lowest A of what is listened to: chords, and the bass.
_LOWEST_HZ = 27.5
_CHORDS, _BASS = (6.0, 1.2), (3.2, 0.7)
_BASS_WEIGHT = 1.5
# Frames: a stroke's sound is gone within so many, a chord's is not.
_STROKE_FRAMES = 5
_LOG_GAIN = 2.0
_REACH_FRAMES = round(0.5 * SAMPLE_RATE / _HOP)
_SILENCE = 1e-5


def harmony_changes(samples: Float32Array, hop_s: float, frames: int) -> Float32Array:
    """How much the harmony changes at each frame, in standard deviations over the song.

    Args:
        samples: mono, 22.05 kHz.
        hop_s: seconds between the frames asked for; frame ``i`` is at ``i * hop_s``.
        frames: how many of them.

    Returns:
        ``[frames]``, mean 0; all 0 where nothing changes or nothing sounds.
    """
    if len(samples) < 2 * _REACH_FRAMES * _HOP:
        return np.zeros(frames, np.float32)
    heard = _sustained(samples)
    usual = float(np.sqrt(np.mean(heard**2)))
    if usual < _SILENCE:
        return np.zeros(frames, np.float32)
    heard *= _LOG_GAIN / usual
    level = np.log1p(heard, out=heard)
    chords, bass = (_scaled(_change(weights @ level)) for weights in _pitch_classes())
    both = _scaled(chords + _BASS_WEIGHT * bass)
    times = np.arange(frames) * (hop_s * SAMPLE_RATE / _HOP)
    return np.asarray(np.interp(times, np.arange(len(both)), both), np.float32)


def _sustained(samples: Float32Array) -> Float64Array:
    """Magnitudes up to 2.2 kHz that last longer than a stroke, ``[bins, T]``."""
    padded = np.pad(np.asarray(samples, np.float32), _FFT // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP]
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)).astype(np.float32)
    found = np.empty((_BINS, len(windows)), np.float32)
    for first in range(0, len(windows), _BATCH):
        part = scipy.fft.rfft(windows[first : first + _BATCH] * hann, axis=1)
        found[:, first : first + _BATCH] = np.abs(part[:, :_BINS]).T
    return np.asarray(minimum_filter1d(found, _STROKE_FRAMES, axis=1), np.float64)


@lru_cache(maxsize=1)
def _pitch_classes() -> tuple[Float64Array, Float64Array]:
    """What each bin says about the pitch classes of the chords and of the bass, ``[12, bins]``.

    A bin counts for the classes within a semitone, or within its own width where that is more
    (Ellis, Chroma feature analysis and synthesis, 2007).
    """
    bins = np.arange(1, _BINS)
    octave = np.log2(bins * SAMPLE_RATE / _FFT / _LOWEST_HZ)
    width = np.maximum(12 * np.diff(np.log2(np.arange(1, _BINS + 1))), 1.0)
    distance = np.mod(12 * octave - np.arange(12)[:, None] + 6, 12) - 6
    near = np.exp(-0.5 * (2 * distance / width) ** 2)
    near /= np.linalg.norm(near, axis=0)
    chords, bass = (
        np.pad(near * np.exp(-0.5 * ((octave - centre) / spread) ** 2), ((0, 0), (1, 0)))
        for centre, spread in (_CHORDS, _BASS)
    )
    return chords, bass


def _change(classes: Float64Array) -> Float64Array:
    """One minus the cosine between what follows and what came before each frame, ``[T]``."""
    count = classes.shape[1]
    total = np.concatenate([np.zeros((len(classes), 1)), np.cumsum(classes, axis=1)], axis=1)
    here = np.arange(count)
    after = total[:, np.minimum(here + _REACH_FRAMES, count)] - total[:, here]
    before = total[:, here] - total[:, np.maximum(here - _REACH_FRAMES, 0)]
    norm = np.sqrt((after**2).sum(axis=0) * (before**2).sum(axis=0))
    same = np.where(norm > 0, (after * before).sum(axis=0) / np.maximum(norm, 1e-12), 1.0)
    found: Float64Array = 1 - same
    return found


def _scaled(curve: Float64Array) -> Float64Array:
    found: Float64Array = (curve - curve.mean()) / max(float(curve.std()), 1e-9)
    return found
