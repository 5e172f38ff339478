"""Loudness of the model's input: every song at the same level, however it was mastered."""

import numpy as np

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.features.logmel import REFERENCE_RMS, SAMPLE_RATE

_BLOCK = SAMPLE_RATE // 5
# Blocks this far under the loudest one (in power) count as silence.
_GATE = 0.01


def active_rms(samples: Float32Array) -> float:
    """RMS over the 0.2 s blocks of ``samples`` ``[N]`` (mono, 22.05 kHz) that are not near-silent.

    0 for silence.
    """
    whole = len(samples) // _BLOCK * _BLOCK
    power = (samples[:whole].reshape(-1, _BLOCK) ** 2).mean(axis=1, dtype=np.float64)
    if whole < len(samples):
        rest = samples[whole:]
        power = np.append(power, np.sum(rest**2, dtype=np.float64) / _BLOCK)
    active = power[power > power.max(initial=0.0) * _GATE]
    return float(np.sqrt(active.mean())) if len(active) else 0.0


def to_reference_level(samples: Float32Array) -> Float32Array:
    """Samples ``[N]`` scaled to the level the model was trained at; silence stays silence."""
    level = active_rms(samples)
    if level < 1e-6:
        return samples
    return np.asarray(samples * np.float32(REFERENCE_RMS / level))
