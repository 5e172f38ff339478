"""THE definition of the model's input, used alike by training and inference.

Audio at 22.05 kHz becomes log-mel channels on one frame grid: a long window (1024 samples) that
separates pitches, a short one (384) that places attacks, and a very short one (192, 8.7 ms) that
tells the strokes of a roll apart (older checkpoints lack it). Frame ``i`` is centred on sample
``i * hop``; what lies outside the audio counts as silence, so frames do not depend on how the
audio is cut into chunks. Everything is float32 numpy: no torch, no threads, deterministic.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.features.mel_scale import hz_of_mel, mel_of_hz

SAMPLE_RATE = 22050
HOP = 128  # 5.8 ms
MICRO_HOP = 64  # 2.9 ms
# Whole-song loudness (RMS) the features expect; -14 LUFS music lies close to it.
REFERENCE_RMS = 0.15
_CHUNK_FRAMES = 2048
# log1p(GAIN * x) is linear below 1/GAIN: -80 dB re full scale, the floor of 16-bit masters.
LOG_GAIN = 1e4
LOG_SCALE = 0.2  # brings log1p(1e4) = 9.2 to about 2, a comfortable range for the network


@dataclass(frozen=True, slots=True)
class LogMelSettings:
    """How audio is framed. ``windows`` are the lengths of the channels in samples."""

    hop: int = HOP
    windows: tuple[int, ...] = (1024, 384, 192)
    bands: int = 96
    low_hz: float = 30.0
    high_hz: float = 11000.0
    sample_rate: int = SAMPLE_RATE

    @property
    def hop_s(self) -> float:
        """Seconds between frames."""
        return self.hop / self.sample_rate

    def frame_count(self, samples: int) -> int:
        """Frames that ``samples`` of audio give: one per hop, and one for the end."""
        return samples // self.hop + 1


def log_mel(
    samples: Float32Array,
    settings: LogMelSettings | None = None,
    first_frame: int = 0,
    frames: int | None = None,
) -> Float32Array:
    """Log-mel features, shape ``[windows, frames, bands]``, of mono audio at 22.05 kHz.

    Args:
        samples: mono float audio, shape ``[N]``.
        settings: framing; the baseline (hop 128) when None.
        first_frame: first frame wanted; frame ``i`` is the same whatever range it is asked in.
        frames: how many; up to the end of the audio when None.
    """
    settings = settings or LogMelSettings()
    if frames is None:
        frames = max(settings.frame_count(len(samples)) - first_frame, 0)
    out = np.empty((len(settings.windows), frames, settings.bands), np.float32)
    for start in range(0, frames, _CHUNK_FRAMES):
        count = min(_CHUNK_FRAMES, frames - start)
        for channel, window in enumerate(settings.windows):
            framed = _frames(samples, window, settings.hop, first_frame + start, count)
            out[channel, start : start + count] = _band_levels(framed, window, settings)
    return out


def _frames(samples: Float32Array, window: int, hop: int, first: int, count: int) -> Float32Array:
    """Windows centred on frames ``first … first+count-1``, zeros outside the audio."""
    begin = first * hop - window // 2
    end = begin + (count - 1) * hop + window
    inside = samples[max(begin, 0) : max(min(end, len(samples)), 0)]
    before = max(-begin, 0)
    if before or begin + len(inside) + before < end:
        padded = np.zeros(end - begin, np.float32)
        padded[before : before + len(inside)] = inside
        inside = padded
    return np.lib.stride_tricks.sliding_window_view(np.asarray(inside, np.float32), window)[::hop]


def _band_levels(framed: Float32Array, window: int, settings: LogMelSettings) -> Float32Array:
    """Compressed mel magnitudes of windowed frames, ``[frames, bands]``."""
    size = 1 << (window - 1).bit_length()
    spectrum = scipy.fft.rfft(framed * _hann(window), n=size, axis=1)
    magnitude = np.abs(spectrum)
    levels = magnitude @ _filterbank(size, settings)
    return np.asarray(np.log1p(levels * np.float32(LOG_GAIN)) * np.float32(LOG_SCALE))


@lru_cache(maxsize=8)
def _hann(window: int) -> Float32Array:
    """A periodic Hann window scaled so that a full-scale sine has magnitude 1 at its bin."""
    phase = 2 * np.pi * np.arange(window) / window
    hann = 0.5 - 0.5 * np.cos(phase)
    return np.asarray(hann * (2.0 / hann.sum()), np.float32)


@lru_cache(maxsize=8)
def _filterbank(size: int, settings: LogMelSettings) -> Float32Array:
    """Triangular filters ``[size // 2 + 1, bands]`` equally spaced on the HTK mel scale.

    A filter is never narrower than one bin to either side, so that the lowest bands (closer
    together than the bins of a short window) interpolate between bins instead of being empty.
    Each filter's weights sum to one: a band reads as a mean magnitude.
    """
    bin_hz = settings.sample_rate / size
    edges = hz_of_mel(
        np.linspace(mel_of_hz(settings.low_hz), mel_of_hz(settings.high_hz), settings.bands + 2)
    )
    bins = np.arange(size // 2 + 1)[:, None] * bin_hz
    centre = edges[1:-1]
    rise = np.maximum(centre - edges[:-2], bin_hz)
    fall = np.maximum(edges[2:] - centre, bin_hz)
    weights = np.maximum(0.0, np.minimum(1 - (centre - bins) / rise, 1 - (bins - centre) / fall))
    return np.asarray(weights / weights.sum(axis=0), np.float32)
