"""Statistics of spectral peaks that tell drums alone from a whole mix.

Drums ring, but each of their few tones falls from the stroke on, and they are the same tones all
along. Music holds its tones, and changes them. So peaks of the spectrum are sorted into those that
hold their level for 0.2 s and those that fall, and the ones that hold are compared between seconds.
"""

from collections.abc import Iterator

import numpy as np
import scipy.fft
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array
from chart_hero_core.features.logmel import SAMPLE_RATE

WINDOW_S = 10.0
# Windows spread over a song are enough, and bound the time it takes.
MOST_WINDOWS = 12
_SIZE = 4096  # bins of 5.4 Hz
_HOP = 512  # 23 ms
_BIN_HZ = SAMPLE_RATE / _SIZE
_TOP_BIN = int(4200 / _BIN_HZ)
_NEIGHBOURS = 41  # bins a peak is compared with: about 220 Hz
_LATER, _HALFWAY = 8, 4  # frames over which a tone holds or falls: 0.19 s and half of that
_SECOND = SAMPLE_RATE // _HOP

_BANDS_HZ = ((60, 250), (250, 1000), (1000, 4000))
_CHANGE_BANDS_HZ = ((250, 1000), (100, 2500))
_HEIGHTS = (2.5, 5.0)  # times the mean of its neighbourhood
# A tone's level after 0.19 s, as a share of what it was: two ways of holding, one of falling.
_HOLDS = ((0.36, 1 / 0.36), (0.7, 1 / 0.7))
_FALLS = (0.0, 0.45)


def windows_of(samples: Float32Array) -> Iterator[Float32Array]:
    """Up to twelve stretches of 10 s spread over a song (mono, 22.05 kHz), silent ones left out.

    A shorter song is one window.
    """
    size = round(WINDOW_S * SAMPLE_RATE)
    count = max(min(len(samples) // size, MOST_WINDOWS), 1)
    for start in np.linspace(0, max(len(samples) - size, 0), count).astype(int):
        window = samples[start : start + size]
        if len(window) >= 2 * SAMPLE_RATE and float(np.abs(window).max()) > 1e-4:
            yield np.asarray(window, np.float32)


def peak_statistics(window: Float32Array) -> Float64Array:
    """What the spectral peaks of a window are like, ``[92]``; does not depend on its level."""
    levels = _levels(window)
    near = maximum_filter1d(levels, 3, axis=1)
    around = uniform_filter1d(levels, _NEIGHBOURS, axis=1)
    now = levels[:-_LATER]
    found: list[float] = []
    for height in _HEIGHTS:
        peaks = ((levels >= near) & (levels > height * around) & (levels > 1e-4))[:-_LATER]
        for low, high in _HOLDS:
            holding = peaks & _goes(near, now, low, high)
            found += _amounts(now, holding)
            found += _changes(now, holding)
        falls_on = (near[_HALFWAY:-_HALFWAY] < _FALLS[1] * now) & (near[_LATER:] < _FALLS[1] * now)
        found += _amounts(now, peaks & falls_on)
    return np.array([*found, *_quiet(levels, 0, _TOP_BIN), *_quiet(levels, *_bins(250, 1000))])


def _levels(window: Float32Array) -> Float32Array:
    """Magnitudes ``[frames, bins]`` up to 4.2 kHz, scaled to a mean frame power of 1."""
    framed = np.lib.stride_tricks.sliding_window_view(window, _SIZE)[::_HOP]
    spectrum = scipy.fft.rfft(framed * np.hanning(_SIZE).astype(np.float32), axis=1)
    levels = np.abs(spectrum[:, :_TOP_BIN]).astype(np.float32)
    power = float((levels**2).sum(axis=1).mean())
    return np.asarray(levels / np.float32(np.sqrt(power) + 1e-9), np.float32)


def _goes(near: Float32Array, now: Float32Array, low: float, high: float) -> BoolArray:
    """Where a level goes to between ``low`` and ``high`` times itself, half of it by halfway."""
    halfway, later = near[_HALFWAY:-_HALFWAY], near[_LATER:]
    steady = (halfway > low**0.5 * now) & (halfway < high**0.5 * now)
    return np.asarray(steady & (later > low * now) & (later < high * now))


def _bins(low_hz: float, high_hz: float) -> tuple[int, int]:
    return int(low_hz / _BIN_HZ), int(high_hz / _BIN_HZ)


def _amounts(now: Float32Array, chosen: BoolArray) -> list[float]:
    """By band: the chosen peaks' share of the energy, how many, in how many frames they matter."""
    found: list[float] = []
    for band in _BANDS_HZ:
        first, last = _bins(*band)
        energy, mask = now[:, first:last] ** 2, chosen[:, first:last]
        theirs = (energy * mask).sum(axis=1)
        share = theirs.sum() / (energy.sum() + 1e-9)
        found.append(float(np.log10(share + 1e-3)))
        found.append(float(np.log10(mask.sum(axis=1).mean() + 0.05)))
        found.append(float(np.mean(theirs / (energy.sum(axis=1) + 1e-7) > 0.2)))
    return found


def _changes(now: Float32Array, chosen: BoolArray) -> list[float]:
    """By band: whether the seconds have the same chosen tones, and how many there are."""
    found: list[float] = []
    for band in _CHANGE_BANDS_HZ:
        first, last = _bins(*band)
        tones = uniform_filter1d(now[:, first:last] * chosen[:, first:last], 3, axis=1)
        whole = len(tones) // _SECOND
        seconds = tones[: whole * _SECOND].reshape(whole, _SECOND, -1).sum(axis=1)
        amount = seconds.sum(axis=1)
        unit = seconds / (np.linalg.norm(seconds, axis=1, keepdims=True) + 1e-6)
        one, other = np.triu_indices(whole, 2)
        weight = np.sqrt(amount[one] * amount[other])
        alike = (unit[one] * unit[other]).sum(axis=1)
        variety = _entropy(seconds.sum(axis=0))
        each = sum(a * _entropy(second) for a, second in zip(amount, seconds, strict=True))
        passing = (seconds.max(axis=0) - np.median(seconds, axis=0)).sum()
        found.append(float((alike * weight).sum() / (weight.sum() + 1e-6)))
        found.append(float(variety - each / (amount.sum() + 1e-9)))
        found.append(float(variety))
        found.append(float(np.log10(passing / (now[:, first:last].sum() + 1e-9) + 1e-3)))
    return found


def _entropy(amounts: Float32Array) -> float:
    """In nats; ``exp`` of it is the number of tones that matter."""
    shares = amounts / (amounts.sum() + 1e-9)
    return float(-(shares * np.log(shares + 1e-12)).sum())


def _quiet(levels: Float32Array, first: int, last: int) -> list[float]:
    """How far quiet frames lie under loud ones, in dB: between strokes drums leave silence."""
    db = 10 * np.log10((levels[:, first:last] ** 2).sum(axis=1) + 1e-5)
    low, lower, middle, loud = np.percentile(db, [10, 30, 50, 95])
    return [float(low - loud), float(lower - loud), float(middle - loud)]
