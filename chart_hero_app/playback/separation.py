"""Splits sound into what rings and what strikes, block by block, for stretching each its own way.

Median filtering of the spectrogram along time and along frequency (Fitzgerald, 2010) with a soft
mask; the mask is made from the sum of the channels, so that the stereo image stays.
"""

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Read = Callable[[int, int], Floats]  # first sample, count -> [count, channels], zeros outside

WINDOW = 1024
HOP = 256
BLOCK = 16384  # samples separated at once
# 17 frames of 5.8 ms: longer than a stroke's attack. 17 bins of 43 Hz: wider than a partial.
TIME_MEDIAN = 17
FREQUENCY_MEDIAN = 17
# Samples needed at either side so that a block comes out as if the whole song had been separated.
CONTEXT = (TIME_MEDIAN // 2 + WINDOW // HOP) * HOP
KEPT_BLOCKS = 6

_WINDOW = np.hanning(WINDOW + 1)[:-1].astype(np.float32)


class Separated:
    """A source seen as a ringing and a striking part whose sum is the source."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._blocks: OrderedDict[int, tuple[Floats, Floats]] = OrderedDict()

    def ringing(self, first: int, count: int) -> Floats:
        """Samples ``[count, channels]`` of the part that rings."""
        return self._part(first, count, 0)

    def striking(self, first: int, count: int) -> Floats:
        """Samples ``[count, channels]`` of the part that strikes."""
        return self._part(first, count, 1)

    def _part(self, first: int, count: int, part: int) -> Floats:
        pieces = []
        for index in range(first // BLOCK, (first + count - 1) // BLOCK + 1):
            start = index * BLOCK
            block = self._block(index)[part]
            pieces.append(block[max(first - start, 0) : first + count - start])
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def _block(self, index: int) -> tuple[Floats, Floats]:
        found = self._blocks.get(index)
        if found is None:
            start = index * BLOCK - CONTEXT
            found = separate(self._read(start, BLOCK + 2 * CONTEXT))
            found = (found[0][CONTEXT : CONTEXT + BLOCK], found[1][CONTEXT : CONTEXT + BLOCK])
            self._blocks[index] = found
            if len(self._blocks) > KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        return found


def separate(samples: Floats) -> tuple[Floats, Floats]:
    """Ringing and striking part of ``samples [n, channels]``; their sum is ``samples``."""
    count, channels = samples.shape
    frames = -(-(count + WINDOW) // HOP)
    padded = np.zeros((frames * HOP + WINDOW, channels), dtype=np.float32)
    padded[WINDOW // 2 : WINDOW // 2 + count] = samples
    view = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=0)[::HOP][:frames]
    spectra = np.fft.rfft(view * _WINDOW, axis=2)  # [frames, channels, bins]
    level = np.abs(spectra.sum(axis=1)).astype(np.float32)
    # Imported late: scipy would double the time until the window is there.
    from scipy.ndimage import median_filter

    rings = median_filter(level, size=(TIME_MEDIAN, 1)) ** 2
    strikes = median_filter(level, size=(1, FREQUENCY_MEDIAN)) ** 2
    mask = rings / np.maximum(rings + strikes, 1e-12)
    pieces = np.fft.irfft(spectra * mask[:, None, :], n=WINDOW, axis=2) * _WINDOW
    summed = np.zeros_like(padded)
    weight = np.zeros(len(padded), dtype=np.float32)
    for frame in range(frames):
        start = frame * HOP
        summed[start : start + WINDOW] += pieces[frame].T
        weight[start : start + WINDOW] += _WINDOW**2
    summed /= np.maximum(weight, 1e-3)[:, None]
    ringing = summed[WINDOW // 2 : WINDOW // 2 + count]
    return ringing, samples - ringing
