"""Playing slower or faster with the pitch kept.

What rings goes through a phase vocoder with phases locked around peaks (Laroche & Dolson, 1999);
what strikes is overlapped and added in short windows, so that attacks stay where they belong and
sharp (Driedger, Müller & Ewert, 2014). Output sample ``n`` always shows the song at
``start + n * speed``; there is no drift and no delay.
"""

import numpy as np
from numpy.typing import NDArray

from chart_hero_app.playback.separation import Floats, Read, Separated

VOCODER_WINDOW = 2048
VOCODER_HOP = VOCODER_WINDOW // 4
# Half a window ahead of an attack lets it be heard early by (1 / speed - 1) times that: 2.9 ms at
# half speed. Below that half the window keeps it under 4.4 ms.
STRIKE_WINDOW = 256
SLOW_STRIKE_WINDOW = 128
SLOW = 0.5

_VOCODER = np.hanning(VOCODER_WINDOW + 1)[:-1].astype(np.float32)
# Squared Hann windows a quarter apart add up to 1.5.
_VOCODER_SUM = 1.5


class Stretcher:
    """One source at one speed from one place on; a jump or another speed takes a new one."""

    def __init__(self, read: Read, channels: int, start: float, speed: float) -> None:
        """``start`` is the first sample of the source to play, ``speed`` samples per sample."""
        self._parts = Separated(read)
        self._start = start
        self._speed = speed
        self._channels = channels
        window = SLOW_STRIKE_WINDOW if speed < SLOW else STRIKE_WINDOW
        self._strike = np.hanning(window + 1)[:-1].astype(np.float32)
        self._frame = -(VOCODER_WINDOW // VOCODER_HOP) + 1
        self._phases: NDArray[np.complex128] | None = None
        self._tail = np.zeros((VOCODER_WINDOW, channels), dtype=np.float32)
        self._tail_at = (self._frame * VOCODER_HOP) - VOCODER_WINDOW // 2
        self._made = 0
        self._pending = np.zeros((0, channels), dtype=np.float32)

    def render(self, count: int) -> Floats:
        """The next ``count`` samples, ``[count, channels]``."""
        while len(self._pending) < count:
            ringing = self._next_ringing()
            if len(ringing):
                striking = self._striking(self._made, len(ringing))
                self._made += len(ringing)
                self._pending = np.concatenate([self._pending, ringing + striking])
        out, self._pending = self._pending[:count], self._pending[count:]
        return out

    def _source_at(self, made: float) -> int:
        return round(self._start + made * self._speed)

    def _next_ringing(self) -> Floats:
        """One vocoder frame further: the samples that no later frame will add to."""
        centre = self._frame * VOCODER_HOP
        first = self._source_at(centre) - VOCODER_WINDOW // 2
        joined = self._parts.ringing(first - VOCODER_HOP, VOCODER_WINDOW + VOCODER_HOP)
        before = np.fft.rfft(joined[:VOCODER_WINDOW] * _VOCODER[:, None], axis=0)
        here = np.fft.rfft(joined[VOCODER_HOP:] * _VOCODER[:, None], axis=0)
        shown = self._propagate(before, here)
        piece = np.fft.irfft(shown, n=VOCODER_WINDOW, axis=0) * (_VOCODER[:, None] / _VOCODER_SUM)
        self._tail += piece.astype(np.float32)
        done = self._tail[:VOCODER_HOP].copy()
        self._tail[:-VOCODER_HOP] = self._tail[VOCODER_HOP:]
        self._tail[-VOCODER_HOP:] = 0.0
        begins = self._tail_at
        self._tail_at += VOCODER_HOP
        self._frame += 1
        return done[max(-begins, 0) :] if begins > -VOCODER_HOP else done[:0]

    def _propagate(
        self, before: NDArray[np.complex128], here: NDArray[np.complex128]
    ) -> NDArray[np.complex128]:
        """Turn this frame's phases so that every partial goes on from the frame before.

        The source is looked at twice, one output hop apart, so the turn of a partial over a hop
        is measured and never has to be guessed. Bins around a peak turn together with it; all
        channels turn alike, which keeps the stereo image.
        """
        level = np.abs(here.sum(axis=1))
        if self._phases is None:
            turned = here
        else:
            peaks = _peaks(level)
            summed_before, summed = before.sum(axis=1)[peaks], here.sum(axis=1)[peaks]
            advance = summed * np.conj(summed_before)
            goal = self._phases[peaks] * _unit(advance)
            rotation = goal * np.conj(_unit(summed))
            turned = here * _spread(rotation, peaks, len(level))[:, None]
        self._phases = _unit(turned.sum(axis=1))
        return turned

    def _striking(self, first: int, count: int) -> Floats:
        """Output samples ``first..first+count`` of what strikes."""
        window = len(self._strike)
        hop = window // 2
        start = first // hop - 1
        frames = -(-(first + count) // hop) - start + 1
        centres = (np.arange(frames) + start) * hop
        sources = np.round(self._start + centres * self._speed).astype(np.int64)
        low = int(sources[0]) - hop
        block = self._parts.striking(low, int(sources[-1]) + hop - low)
        picks = (sources - hop - low)[:, None] + np.arange(window)
        pieces = block[picks] * self._strike[:, None]  # [frames, window, channels]
        halves = pieces.reshape(frames, 2, hop, self._channels)
        joined = halves[1:, 0] + halves[:-1, 1]
        flat = joined.reshape(-1, self._channels)
        # Between the centres of frame 0 and 1 lies output sample ``start * hop``.
        offset = first - start * hop
        return np.asarray(flat[offset : offset + count])


def _peaks(level: NDArray[np.float64]) -> NDArray[np.int64]:
    """Bins higher than two neighbours at either side."""
    padded = np.pad(level, 2)
    around = [padded[0:-4], padded[1:-3], padded[3:-1], padded[4:]]
    high = np.ones(len(level), dtype=bool)
    for neighbour in around:
        high &= level >= neighbour
    found = np.flatnonzero(high)
    return found if len(found) else np.array([0])


def _spread(
    rotation: NDArray[np.complex128], peaks: NDArray[np.int64], bins: int
) -> NDArray[np.complex128]:
    """Give every bin the rotation of the peak nearest to it."""
    borders = (peaks[1:] + peaks[:-1] + 1) // 2
    lengths = np.diff(np.concatenate([[0], borders, [bins]]))
    return np.repeat(rotation, lengths)


def _unit(values: NDArray[np.complex128]) -> NDArray[np.complex128]:
    size = np.abs(values)
    return np.asarray(np.where(size > 1e-12, values / np.maximum(size, 1e-12), 1.0))
