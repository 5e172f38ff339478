"""Where the harmony of a song changes: new chords mostly come with a bar line.

What sounds on (a moving minimum over time drops strokes) is folded into the twelve pitch classes,
the bass apart from the rest, and at each moment the half second that follows is compared with the
half second before. That chords change on bar lines is the oldest cue for them where drums leave it
open (Goto, An audio-based real-time beat tracking system, 2001).
"""

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.drums import FloatArray
from chart_hero_core.features.logmel import SAMPLE_RATE

_FFT, _HOP = 4096, 1024  # 186 ms tell low notes apart; one frame every 46 ms
_TOP_HZ = 2200.0
# Centre and width in octaves above 27.5 Hz of what is listened to: chords, and the bass.
_CHORDS, _BASS = (6.0, 1.2), (3.2, 0.7)
_BASS_WEIGHT = 1.5
# Frames: a stroke's sound is gone within so many, a chord's is not.
_STROKE_FRAMES = 5
_LOG_GAIN = 2.0
_REACH_FRAMES = round(0.5 * SAMPLE_RATE / _HOP)
_SILENCE = 1e-5
_PIECE_FRAMES = 256

_Array = NDArray[np.float64]


def harmony_changes(samples: FloatArray, hop_s: float, frames: int) -> FloatArray:
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


def _sustained(samples: FloatArray) -> _Array:
    """Magnitudes up to 2.2 kHz that last longer than a stroke, ``[bins, T]``."""
    # Only here: it brings numba along, which takes a second.
    import librosa
    from scipy.ndimage import minimum_filter1d

    frames = len(samples) // _HOP + 1
    kept = np.empty((_kept_bins(), frames), np.float32)
    padded = np.pad(np.asarray(samples, np.float32), _FFT // 2)
    # Piece by piece: most of a spectrum is above what is kept.
    for first in range(0, frames, _PIECE_FRAMES):
        last = min(first + _PIECE_FRAMES, frames)
        piece = padded[first * _HOP : (last - 1) * _HOP + _FFT]
        spectrum = librosa.stft(piece, n_fft=_FFT, hop_length=_HOP, center=False)
        kept[:, first:last] = np.abs(spectrum[: len(kept)])
    return np.asarray(minimum_filter1d(kept, _STROKE_FRAMES, axis=1), np.float64)


def _kept_bins() -> int:
    return int(_TOP_HZ * _FFT / SAMPLE_RATE) + 1


def _pitch_classes() -> tuple[_Array, _Array]:
    """What each bin says about the pitch classes of the chords and of the bass, ``[12, bins]``."""
    from librosa.filters import chroma

    chords, bass = (
        chroma(sr=SAMPLE_RATE, n_fft=_FFT, tuning=0.0, ctroct=centre, octwidth=width)
        for centre, width in (_CHORDS, _BASS)
    )
    kept = _kept_bins()
    return np.asarray(chords[:, :kept], np.float64), np.asarray(bass[:, :kept], np.float64)


def _change(classes: _Array) -> _Array:
    """One minus the cosine between what follows and what came before each frame, ``[T]``."""
    count = classes.shape[1]
    total = np.concatenate([np.zeros((len(classes), 1)), np.cumsum(classes, axis=1)], axis=1)
    here = np.arange(count)
    after = total[:, np.minimum(here + _REACH_FRAMES, count)] - total[:, here]
    before = total[:, here] - total[:, np.maximum(here - _REACH_FRAMES, 0)]
    norm = np.sqrt((after**2).sum(axis=0) * (before**2).sum(axis=0))
    same = np.where(norm > 0, (after * before).sum(axis=0) / np.maximum(norm, 1e-12), 1.0)
    found: _Array = 1 - same
    return found


def _scaled(curve: _Array) -> _Array:
    found: _Array = (curve - curve.mean()) / max(float(curve.std()), 1e-9)
    return found
