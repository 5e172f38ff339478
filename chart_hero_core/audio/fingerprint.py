"""Recognising the same recording again: re-encoded, trimmed, louder or softer, or inside a mix.

Spectral peaks are paired and hashed as by A. Wang, "An Industrial-Strength Audio Search
Algorithm" (ISMIR 2003): two recordings are the same where many hashes agree on one time shift.
A recording at another speed or pitch, or played anew, is not the same.
"""

from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.arrays import Float32Array, Int64Array

# Among 780 pairs of different recordings the highest similarity measured was 0.003. Copies in mp3
# and Opus down to 32 kbit/s, at 8 kHz, with noise at 20 dB, and 5 s from the middle stayed above
# 0.24; a recording under another at nearly the same loudness had 0.20 in the median.
SAME_RECORDING = 0.05

_RATE = 11025  # nothing above 5.5 kHz survives every encoder
_WINDOW = 1024
_HOP = 128
_HOP_S = _HOP / _RATE
_LOWEST_BIN = 4
_PEAK_BINS = 21  # a peak is the highest point within so many bins …
_PEAK_FRAMES = 31  # … and frames (0.36 s)
_FLOOR_DB = 60.0  # below the loudest point of the piece: noise that encoders rewrite
_PEAKS_PER_S = 12
_PARTNERS = 5  # later peaks that each peak is paired with
_REACH_FRAMES = 127  # 1.5 s
_MAX_REPEATS = 64  # occurrences of one hash that are paired up
_PIECE_FRAMES = 4096  # 48 s are analysed at once


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """Landmarks of a recording: ``hashes`` uint32 ``[N]`` in ascending order, and the ``frames``
    int32 ``[N]`` at which they stand (``_HOP_S`` seconds each). About 500 bytes a second."""

    hashes: NDArray[np.uint32]
    frames: NDArray[np.int32]
    duration_s: float


@dataclass(frozen=True, slots=True)
class Match:
    """How alike two recordings are, 0..1, and when the second one begins in the first."""

    similarity: float
    offset_s: float


def fingerprint(clip: AudioClip) -> Fingerprint:
    """The landmarks of ``clip``; silence has none."""
    samples = soxr.resample(clip.samples, clip.sample_rate, _RATE) if len(clip.samples) else []
    bins, frames = _peaks(np.asarray(samples, dtype=np.float32))
    hashes, places = _landmarks(bins, frames)
    order = np.argsort(hashes, kind="stable")
    return Fingerprint(hashes[order], places[order], clip.duration_s)


def similarity(first: Fingerprint, second: Fingerprint) -> float:
    """The share of the shorter recording's landmarks that the other has too, in the same order
    and spacing: near 1 for a copy, above ``SAME_RECORDING`` for the same recording, near 0 else.
    """
    return match(first, second).similarity


def match(first: Fingerprint, second: Fingerprint) -> Match:
    """Find the time shift at which most landmarks agree."""
    shared_first, shared_second = _equal_pairs(first.hashes, second.hashes)
    smaller = min(len(first.hashes), len(second.hashes))
    if not len(shared_first):
        return Match(0.0, 0.0)
    shifts = first.frames[shared_first] - second.frames[shared_second]
    lowest = int(shifts.min())
    votes = np.append(np.bincount(shifts - lowest), 0)
    # A shift that is no whole number of frames splits its votes between two neighbours.
    joined = votes[:-1] + votes[1:]
    best = int(joined.argmax())
    shift = best + lowest + float(votes[best + 1] / joined[best])
    return Match(min(float(joined[best]) / smaller, 1.0), shift * _HOP_S)


def _peaks(samples: Float32Array) -> tuple[Int64Array, Int64Array]:
    """Bins and frames of the spectral peaks, in time order."""
    if len(samples) < _WINDOW:
        samples = np.pad(samples, (0, _WINDOW - len(samples)))
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    taper = np.hanning(_WINDOW).astype(np.float32)
    margin = _PEAK_FRAMES // 2
    all_bins, all_frames = [], []
    for start in range(0, len(windows), _PIECE_FRAMES):
        first = max(start - margin, 0)
        part = windows[first : start + _PIECE_FRAMES + margin]
        level_db = 10.0 * np.log10(np.abs(np.fft.rfft(part * taper)) ** 2 + 1e-12)
        bins, frames = _piece_peaks(level_db.astype(np.float32))
        frames += first
        inside = (frames >= start) & (frames < start + _PIECE_FRAMES)
        all_bins.append(bins[inside])
        all_frames.append(frames[inside])
    return np.concatenate(all_bins), np.concatenate(all_frames)


def _piece_peaks(level_db: Float32Array) -> tuple[Int64Array, Int64Array]:
    """Local maxima of ``level_db [frames, bins]``, the strongest of each second."""
    highest = maximum_filter(level_db, size=(_PEAK_FRAMES, _PEAK_BINS))
    floor = max(float(level_db.max()) - _FLOOR_DB, -80.0)
    frames, bins = np.nonzero((level_db == highest) & (level_db > floor))
    audible = bins >= _LOWEST_BIN
    frames, bins = frames[audible], bins[audible]
    second = (frames * _HOP_S).astype(np.int64)
    order = np.lexsort((-level_db[frames, bins], second))
    begins = np.searchsorted(second[order], second[order])
    kept = np.sort(order[np.arange(len(order)) - begins < _PEAKS_PER_S])
    return bins[kept], frames[kept]


def _landmarks(
    bins: Int64Array, frames: Int64Array
) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Each peak paired with the next few: hash of both bins and the frames between, and frame."""
    hashes, places = [], []
    for step in range(1, _PARTNERS + 1):
        gap = frames[step:] - frames[:-step]
        near = (gap > 0) & (gap <= _REACH_FRAMES)
        word = (bins[:-step] >> 1 << 16) | (bins[step:] >> 1 << 6) | (gap >> 2)
        hashes.append(word[near].astype(np.uint32))
        places.append(frames[:-step][near].astype(np.int32))
    return np.concatenate(hashes), np.concatenate(places)


def _equal_pairs(
    first: NDArray[np.uint32], second: NDArray[np.uint32]
) -> tuple[Int64Array, Int64Array]:
    """Indices ``(i, j)`` of all pairs with ``first[i] == second[j]``; both are sorted.

    A hash that repeats all the time (a drum loop) says little and would pair up without end: of
    each hash only a few occurrences are paired.
    """
    low = np.searchsorted(second, first, side="left")
    counts = np.minimum(np.searchsorted(second, first, side="right") - low, _MAX_REPEATS)
    index_first = np.repeat(np.arange(len(first)), counts)
    within = np.arange(len(index_first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return index_first, np.repeat(low, counts) + within
