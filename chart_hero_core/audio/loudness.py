"""Measuring the loudness of songs, and normalising it."""

import math

import numpy as np
import pyloudnorm

from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.arrays import Float32Array, Float64Array

REFERENCE_LUFS = -14.0  # what streaming services play at; the model is trained on it

_BLOCK_S = 0.4  # the gating blocks of ITU-R BS.1770-4 and their step
_STEP_S = 0.1
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_PIECE_S = 60.0  # measured in pieces: the weighting filters work in float64 and copy their input
_RUN_UP_S = 1.0  # the 38 Hz high-pass has forgotten its start after that


def integrated_lufs(clip: AudioClip) -> float:
    """The integrated loudness of ``clip`` by ITU-R BS.1770-4 (K-weighting from pyloudnorm).

    Sound shorter than one gating block (0.4 s) is measured as if it went on repeating. Returns
    ``-inf`` for silence and for anything below the absolute gate of -70 LUFS.
    """
    block = math.ceil(_BLOCK_S * clip.sample_rate)
    samples = clip.samples
    if len(samples) < block:
        samples = np.resize(samples, block)  # repeats; of nothing it makes zeros
    return _gated_mean(_block_loudness(samples, clip.sample_rate))


def _block_loudness(samples: Float32Array, sample_rate: int) -> Float32Array:
    """The loudness in LUFS of all gating blocks, ``[N]``."""
    piece = round(_PIECE_S * sample_rate)
    run_up = round(_RUN_UP_S * sample_rate)
    overlap = round((_BLOCK_S - _STEP_S) * sample_rate)
    found: list[Float32Array] = []
    for start in range(0, max(len(samples) - overlap, 1), piece):
        first = max(start - run_up, 0)
        part = samples[first : start + piece + overlap]
        if len(part) - (start - first) <= overlap:
            break
        meter = pyloudnorm.Meter(sample_rate, block_size=_BLOCK_S)
        meter.integrated_loudness(part.astype(np.float64))
        skip = round((start - first) / sample_rate / _STEP_S)
        found.append(np.asarray(meter.blockwise_loudness[skip:], dtype=np.float32))
    return np.concatenate(found)


def _gated_mean(blocks_lufs: Float32Array) -> float:
    audible = blocks_lufs[blocks_lufs >= _ABSOLUTE_GATE_LUFS].astype(np.float64)
    if not len(audible):
        return -math.inf
    gate = _mean_lufs(audible) + _RELATIVE_GATE_LU
    return _mean_lufs(audible[audible > gate])


def _mean_lufs(blocks_lufs: Float64Array) -> float:
    return 10.0 * math.log10(float(np.mean(10.0 ** (blocks_lufs / 10.0))))


def normalise_loudness(clip: AudioClip) -> AudioClip:
    """``clip`` brought to :data:`REFERENCE_LUFS`; silence stays as it is.

    Peaks may go beyond full scale: float samples do not clip.
    """
    lufs = integrated_lufs(clip)
    if not math.isfinite(lufs):
        return clip
    gain = np.float32(10.0 ** ((REFERENCE_LUFS - lufs) / 20.0))
    return AudioClip(clip.samples * gain, clip.sample_rate, clip.warnings)
