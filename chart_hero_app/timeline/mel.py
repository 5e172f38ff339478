"""The mel spectrogram for the eye: levels as bytes, computed piece by piece, at several scales.

It is no input of the model (that is ``features/logmel.py``): the window is shorter, so that onsets
stand sharp.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.features.mel_scale import hz_of_mel, mel_of_hz

Bytes = NDArray[np.uint8]

BANDS = 96
LOWEST_HZ = 40.0
HIGHEST_HZ = 16_000.0
SPAN_DB = (-100.0, 0.0)  # what bytes 0..255 stand for
WINDOW_S = 0.023
HOP_S = 0.0058
CHUNK_FRAMES = 2048  # a little under 12 s: some 60 ms of work
SCALES = 8  # each holds every two frames of the one before as their louder


class MelPicture:
    """Levels of a whole song as bytes ``[BANDS, frames]``, lowest band first, in chunks.

    :meth:`fill` may run in another thread than the readers: a chunk is written before it is
    marked as done, and nothing is ever written twice.
    """

    def __init__(self, samples: Float32Array, sample_rate: int) -> None:
        self._samples = samples
        self._rate = sample_rate
        self.hop = max(round(HOP_S * sample_rate), 1)
        self._window = np.hanning(max(round(WINDOW_S * sample_rate), 16)).astype(np.float32)
        self._fft = 1 << (2 * len(self._window) - 1).bit_length()
        self.highest_hz = min(HIGHEST_HZ, sample_rate / 2)
        self._filters = _filters(self._fft, sample_rate, self.highest_hz)
        self.frames = max(-(-len(samples) // self.hop), 1)
        self._scales = [
            np.zeros((BANDS, -(-self.frames // (1 << level))), dtype=np.uint8)
            for level in range(SCALES)
        ]
        self.done = np.zeros(self.chunks, dtype=bool)

    @property
    def chunks(self) -> int:
        """The number of pieces :meth:`fill` works in."""
        return -(-self.frames // CHUNK_FRAMES)

    @property
    def hop_s(self) -> float:
        """Seconds between frames at scale 0."""
        return self.hop / self._rate

    def position(self, hz: float) -> float:
        """Where a frequency lies between the lowest (0) and the highest (1) band."""
        low, high = mel_of_hz(LOWEST_HZ), mel_of_hz(self.highest_hz)
        return float((mel_of_hz(hz) - low) / (high - low))

    def hz_at(self, position: float) -> float:
        """The frequency at a height; the inverse of :meth:`position`."""
        low, high = mel_of_hz(LOWEST_HZ), mel_of_hz(self.highest_hz)
        return float(hz_of_mel(low + (high - low) * position))

    def scale_for(self, frames_per_pixel: float) -> int:
        """The scale whose frames are about as wide as a pixel."""
        level = int(np.floor(np.log2(max(frames_per_pixel, 1.0))))
        return min(level, SCALES - 1)

    def scale(self, level: int) -> Bytes:
        """The picture with ``2 ** level`` frames in one; zeros where nothing was computed yet."""
        return self._scales[level]

    def order(self, first_s: float) -> Iterator[int]:
        """Chunks still to do, the one at ``first_s`` first, then to the end, then the rest."""
        start = min(max(int(first_s / self.hop_s) // CHUNK_FRAMES, 0), self.chunks - 1)
        for chunk in [*range(start, self.chunks), *range(start)]:
            if not self.done[chunk]:
                yield chunk

    def fill(self, chunk: int) -> tuple[float, float]:
        """Compute one chunk; returns its start and end in seconds."""
        first = chunk * CHUNK_FRAMES
        last = min(first + CHUNK_FRAMES, self.frames)
        levels = self._levels(first, last)
        self._scales[0][:, first:last] = levels
        for level in range(1, SCALES):
            if levels.shape[1] % 2:
                levels = np.concatenate([levels, levels[:, -1:]], axis=1)
            levels = np.maximum(levels[:, ::2], levels[:, 1::2])
            start = first >> level
            self._scales[level][:, start : start + levels.shape[1]] = levels
        self.done[chunk] = True
        return first * self.hop_s, last * self.hop_s

    def _levels(self, first: int, last: int) -> Bytes:
        """Frames ``first..last`` as bytes; frame ``i`` is centred at sample ``i * hop``."""
        width = len(self._window)
        start = first * self.hop - width // 2
        wanted = (last - first - 1) * self.hop + width
        padded = np.zeros(wanted, dtype=np.float32)
        source = self._samples[max(start, 0) : max(start + wanted, 0)]
        offset = max(-start, 0)
        padded[offset : offset + len(source)] = source
        frames = np.lib.stride_tricks.sliding_window_view(padded, width)[:: self.hop]
        spectrum = np.fft.rfft(frames * self._window, n=self._fft)
        # A sine of full scale is at 0 dB.
        power = (np.abs(spectrum) / (self._window.sum() / 2)) ** 2
        level_db = 10.0 * np.log10(self._filters @ power.T + 1e-12)
        share = (level_db - SPAN_DB[0]) / (SPAN_DB[1] - SPAN_DB[0])
        return np.asarray(np.clip(share * 255.0, 0.0, 255.0), dtype=np.uint8)


def _filters(fft: int, sample_rate: int, highest_hz: float) -> NDArray[np.float64]:
    """Triangles of peak 1, evenly spaced in mel, at least a bin wide, shape ``[BANDS, bins]``."""
    edges = hz_of_mel(np.linspace(mel_of_hz(LOWEST_HZ), mel_of_hz(highest_hz), BANDS + 2))
    bins = np.arange(fft // 2 + 1) * sample_rate / fft
    bin_hz = sample_rate / fft
    centre = edges[1:-1, None]
    below = np.maximum(centre - edges[:-2, None], bin_hz)
    above = np.maximum(edges[2:, None] - centre, bin_hz)
    rising = 1.0 - (centre - bins) / below
    falling = 1.0 - (bins - centre) / above
    return np.clip(np.minimum(rising, falling), 0.0, 1.0)
