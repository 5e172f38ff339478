"""Onsets of the audio in three bands, with which charts are aligned.

The envelope is spectral flux: how much the level (log-compressed) of each band rises from frame to
frame, half-wave rectified (S. Dixon, "Onset Detection Revisited", DAFx 2006), at a hop of 2.9 ms.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.ndimage import uniform_filter1d

from chart_hero_core.base.arrays import BoolArray, Float32Array
from chart_hero_core.features.logmel import MICRO_HOP, SAMPLE_RATE, LogMelSettings, log_mel
from chart_hero_core.features.mel_scale import hz_of_mel, mel_of_hz

HOP_S = MICRO_HOP / SAMPLE_RATE
_SETTINGS = LogMelSettings(hop=MICRO_HOP, windows=(512,), bands=48)
_STEP = 2  # frames between the two levels compared: half a window
_EDGES_HZ = (30.0, 160.0, 3500.0, 11_000.0)
BANDS = len(_EDGES_HZ) - 1
# Loud strokes say no more about when than soft ones: the flux saturates at a few deviations.
_SATURATION = 3.0
_LOCAL_S = 0.4  # the local mean is taken away, so that dense passages do not outweigh sparse ones


@dataclass(frozen=True, slots=True, eq=False)
class OnsetEnvelope:
    """``values`` float32 ``[BANDS, T]``: flux of low, middle and high sound with mean 0 and
    deviation about 1; frame ``i`` stands for ``i * hop_s`` seconds."""

    values: Float32Array
    hop_s: float = HOP_S


def onset_envelope(samples: Float32Array) -> OnsetEnvelope:
    """The envelope of mono sound at 22.05 kHz, ``[N]``."""
    mel = log_mel(samples, _SETTINGS)[0]
    rise = np.zeros_like(mel)
    rise[_STEP // 2 : -(_STEP // 2)] = np.maximum(mel[_STEP:] - mel[:-_STEP], 0.0)
    bands = np.stack([rise[:, rows].mean(axis=1) for rows in _band_rows()])
    return OnsetEnvelope(np.stack([_levelled(band) for band in bands]))


def _band_rows() -> list[BoolArray]:
    """Which mel bands belong to the low, middle and high band, by their centres."""
    low, high = mel_of_hz(_SETTINGS.low_hz), mel_of_hz(_SETTINGS.high_hz)
    hz = hz_of_mel(np.linspace(low, high, _SETTINGS.bands + 2)[1:-1])
    return [(hz >= a) & (hz < b) for a, b in pairwise(_EDGES_HZ)]


def _levelled(band: Float32Array) -> Float32Array:
    """Flux against its surroundings, saturated, with mean 0 and deviation 1."""
    spread = float(band.std())
    if spread <= 0:
        return np.zeros_like(band)
    local = uniform_filter1d(band, round(_LOCAL_S / HOP_S), mode="nearest")
    level = np.tanh((band - local) / (_SATURATION * spread))
    level -= level.mean()
    return np.asarray(level / max(float(level.std()), 1e-9), np.float32)
