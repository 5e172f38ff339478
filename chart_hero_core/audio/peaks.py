"""Minimum, maximum and RMS of stretches of sound, fast enough to draw an hour at every zoom."""

import math

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.arrays import Float32Array

Ranges = tuple[Float32Array, Float32Array, Float32Array]  # minimum, maximum, RMS: [columns] each

_BASE_BLOCK = 32  # samples: 1.5 ms at 22.05 kHz; closer than that the samples themselves are read
_INITIAL_BLOCKS = 4096
_LOWEST, _HIGHEST, _RMS = 0, 1, 2  # rows


class _Level:
    """One zoom level: rows minimum, maximum, RMS; float16 keeps an hour, all levels, at 30 MB."""

    def __init__(self) -> None:
        self._values = np.zeros((3, _INITIAL_BLOCKS), dtype=np.float16)
        self.count = 0

    @property
    def values(self) -> NDArray[np.float16]:
        """Rows minimum, maximum, RMS: ``[3, count]``."""
        return self._values[:, : self.count]

    def replace_from(self, index: int, values: Float32Array) -> None:
        """Set blocks ``index`` and following to ``values [3, n]``."""
        needed = index + values.shape[1]
        if needed > self._values.shape[1]:
            grown = np.zeros((3, max(needed, 2 * self._values.shape[1])), dtype=np.float16)
            grown[:, : self.count] = self.values
            self._values = grown
        self._values[:, index:needed] = values
        self.count = needed


class PeakPyramid:
    """Peaks of a sound at block sizes 32, 64, 128 … samples, built as the sound arrives.

    A column holds the blocks that begin in it, so its borders are exact to less than a column.
    ``append`` may go on while ``ranges`` is asked: what has arrived can be drawn.
    """

    def __init__(self, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.length = 0  # samples so far
        self._levels = [_Level()]
        self._tail = np.zeros(0, dtype=np.float32)  # the samples of the last, unfinished block
        self._clip: AudioClip | None = None

    @staticmethod
    def of(clip: AudioClip) -> "PeakPyramid":
        """The peaks of a whole clip; close up, ``ranges`` then shows its very samples."""
        pyramid = PeakPyramid(clip.sample_rate)
        for start in range(0, len(clip.samples), 1 << 20):
            pyramid.append(clip.samples[start : start + (1 << 20)])
        pyramid._clip = clip
        return pyramid

    @property
    def duration_s(self) -> float:
        """Seconds of sound so far."""
        return self.length / self.sample_rate

    def append(self, samples: Float32Array) -> None:
        """Add the next ``samples [n]``."""
        if not len(samples):
            return
        self._clip = None
        first = self.length // _BASE_BLOCK
        self.length += len(samples)
        waiting = np.concatenate([self._tail, samples]) if len(self._tail) else samples
        self._tail = waiting[len(waiting) // _BASE_BLOCK * _BASE_BLOCK :].copy()
        self._levels[0].replace_from(first, _blocks_of(waiting))
        self._rebuild_above(first)

    def _rebuild_above(self, first: int) -> None:
        """Bring the upper levels up to date from base block ``first`` on."""
        index = 0
        while self._levels[index].count > 1:
            first //= 2
            children = self._levels[index].values[:, first * 2 :].astype(np.float32)
            if index + 1 == len(self._levels):
                self._levels.append(_Level())
            self._levels[index + 1].replace_from(first, _pairs_of(children))
            index += 1

    def ranges(self, start_s: float, end_s: float, columns: int) -> Ranges:
        """Lowest, highest and RMS value in each of ``columns`` equal parts of a stretch.

        Outside the sound all three are 0. Cost depends on ``columns`` only, not on the length.
        """
        lowest, highest, rms = (np.zeros(columns, dtype=np.float32) for _ in range(3))
        edges = np.linspace(start_s, end_s, columns + 1) * self.sample_rate
        edges = edges.round(6)  # 0.7 s at 1000 Hz is sample 700, not 699.9999999
        inside = (edges[1:] > 0) & (edges[:-1] < self.length)
        if columns < 1 or end_s <= start_s or not inside.any():
            return lowest, highest, rms
        first, last = int(inside.argmax()), columns - int(inside[::-1].argmax())
        part, block, origin = self._part(edges[1] - edges[0], edges[first], edges[last])
        starts = np.floor(edges[first:last] / block).astype(np.int64) - origin
        at = np.clip(starts, 0, part.shape[1] - 1)
        lowest[first:last] = np.minimum.reduceat(part[_LOWEST], at)
        highest[first:last] = np.maximum.reduceat(part[_HIGHEST], at)
        counts = np.maximum(np.diff(at, append=part.shape[1]), 1)
        rms[first:last] = np.sqrt(np.add.reduceat(part[_RMS] ** 2, at) / counts)
        return lowest, highest, rms

    def _part(self, width: float, start: float, end: float) -> tuple[Float32Array, int, int]:
        """The blocks between two sample positions, of the coarsest level that still resolves
        columns of ``width`` samples: values ``[3, n]``, samples a block, index of the first."""
        if width < _BASE_BLOCK and self._clip is not None:
            origin = max(math.floor(start), 0)
            samples = self._clip.samples[origin : max(math.ceil(end), origin + 1)]
            return np.stack([samples, samples, samples]), 1, origin
        wanted = math.floor(math.log2(max(width / _BASE_BLOCK, 1.0)))
        level = min(wanted, len(self._levels) - 1)
        block = _BASE_BLOCK << level
        origin = max(math.floor(start / block), 0)
        stop = max(math.ceil(end / block), origin + 1)
        return self._levels[level].values[:, origin:stop].astype(np.float32), block, origin


def _blocks_of(samples: Float32Array) -> Float32Array:
    """Minimum, maximum, RMS of each base block of ``samples [n]``; the last may be short."""
    whole = len(samples) // _BASE_BLOCK
    blocks = samples[: whole * _BASE_BLOCK].reshape(whole, _BASE_BLOCK)
    found = np.empty((3, whole), dtype=np.float32)
    blocks.min(axis=1, out=found[_LOWEST])
    blocks.max(axis=1, out=found[_HIGHEST])
    np.sqrt(np.einsum("ij,ij->i", blocks, blocks) / _BASE_BLOCK, out=found[_RMS])
    rest = samples[whole * _BASE_BLOCK :]
    if not len(rest):
        return found
    last = [[rest.min()], [rest.max()], [math.sqrt(float(np.mean(rest**2)))]]
    return np.concatenate([found, np.asarray(last, dtype=np.float32)], axis=1)


def _pairs_of(blocks: Float32Array) -> Float32Array:
    """Blocks ``[3, n]`` joined two by two, ``[3, ceil(n / 2)]``; an odd last one stays alone."""
    if blocks.shape[1] % 2:
        blocks = np.concatenate([blocks, blocks[:, -1:]], axis=1)
    left, right = blocks[:, ::2], blocks[:, 1::2]
    joined = np.empty(left.shape, dtype=np.float32)
    np.minimum(left[_LOWEST], right[_LOWEST], out=joined[_LOWEST])
    np.maximum(left[_HIGHEST], right[_HIGHEST], out=joined[_HIGHEST])
    np.sqrt((left[_RMS] ** 2 + right[_RMS] ** 2) / 2, out=joined[_RMS])
    return joined
