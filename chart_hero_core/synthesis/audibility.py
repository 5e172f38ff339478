"""Which strokes are audible: not a hat far below a snare, nor any drum under a wall of guitars.

A network trained on inaudible strokes learns to invent them: hats with every kick, since hats are
often there. So the loss leaves such strokes out.
Simultaneous masking, band by band, in its plainest form.
"""

import numpy as np
import scipy.fft

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array, IndexArray
from chart_hero_core.features.logmel import SAMPLE_RATE

# What is looked at of each stroke: 3 ms before to 20 ms after it.
_BEFORE, _WINDOW = 64, 512
_HANN = np.hanning(_WINDOW).astype(np.float32)
# Edges of the bands in Hz, about half an octave wide.
_EDGES_HZ = (30, 90, 130, 180, 260, 370, 520, 740, 1050, 1500, 2100, 3000, 4200, 6000, 8500, 11025)
_EDGES = np.round(np.array(_EDGES_HZ) * _WINDOW / SAMPLE_RATE).astype(np.int64)
_FIRST_BINS = np.maximum.accumulate(np.maximum(_EDGES, np.arange(len(_EDGES))))[:-1]
# A stroke counts as audible where in two bands it holds this share of the energy (-10 dB).
AUDIBLE_SHARE = 0.1
_BANDS_NEEDED = 2
# Noise rises and falls by itself: only what clearly exceeds the energy before is new.
_RISE = 1.5


def stroke_shares(buses: Float32Array, bus: IndexArray, times_s: Float64Array) -> Float32Array:
    """How much of the drums' energy at each stroke is new and its own, ``[strokes, bands]``.

    What its group of drums still rings with from before is not new.

    Args:
        buses: audio of each group of drums, ``[buses, N]``.
        bus: the row each stroke is on.
    """
    if not len(times_s):
        return np.zeros((0, len(_EDGES_HZ) - 1), np.float32)
    everything, own, before = np.zeros((3, len(times_s), len(_EDGES_HZ) - 1), np.float32)
    earlier_s = times_s - _WINDOW / SAMPLE_RATE
    for index, row in enumerate(buses):
        if not row.any():
            continue
        energies = _band_energies(row, times_s)
        everything += energies
        on_it = bus == index
        own[on_it] = energies[on_it]
        before[on_it] = _band_energies(row, earlier_s[on_it])
    before[earlier_s * SAMPLE_RATE < -_BEFORE] = 0.0
    new = np.maximum(own - _RISE * before, 0.0)
    return np.asarray(new / (everything + 1e-12), np.float32)


def _band_energies(samples: Float32Array, times_s: Float64Array) -> Float32Array:
    """Energy in each band at each time, ``[times, bands]``."""
    padded = np.pad(samples, (_BEFORE, _WINDOW))
    starts = np.clip(np.round(times_s * SAMPLE_RATE).astype(np.int64), 0, len(samples))
    framed = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[starts]
    spectrum = scipy.fft.rfft(framed * _HANN, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    sums = np.add.reduceat(power, _FIRST_BINS, axis=1)
    return np.asarray(sums, np.float32)


def audible(
    shares: Float32Array,
    times_s: Float64Array,
    drums: Float32Array,
    music: Float32Array | None,
) -> BoolArray:
    """Which strokes are audible in ``drums`` (as processed) and ``music``, ``[strokes]``."""
    if not len(times_s):
        return np.zeros(0, bool)
    of_all = shares
    if music is not None:
        drum_energy = _band_energies(drums, times_s)
        of_all = shares * drum_energy / (drum_energy + _band_energies(music, times_s) + 1e-12)
    enough = (of_all >= AUDIBLE_SHARE).sum(axis=1) >= _BANDS_NEEDED
    return np.asarray(enough)
