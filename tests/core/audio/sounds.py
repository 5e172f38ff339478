"""Small sounds that the audio tests write and listen to."""

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def impulse(sample_rate: int, duration_s: float, at_s: float, channels: int = 1) -> Samples:
    """Silence with one full-scale sample, ``[T, channels]``."""
    sound = np.zeros((round(duration_s * sample_rate), channels), dtype=np.float32)
    sound[round(at_s * sample_rate)] = 1.0
    return sound


def noise(sample_rate: int, duration_s: float, level: float = 0.1, seed: int = 1) -> Samples:
    """White noise with the standard deviation ``level``, ``[T]``."""
    generator = np.random.default_rng(seed)
    values = generator.standard_normal(round(duration_s * sample_rate)) * level
    return values.astype(np.float32)


def tone(sample_rate: int, duration_s: float, frequency_hz: float, level: float = 0.5) -> Samples:
    """A sine, ``[T]``."""
    time_s = np.arange(round(duration_s * sample_rate)) / sample_rate
    return (level * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def write(path: Path, sound: Samples, sample_rate: int, subtype: str | None = None) -> Path:
    """Write ``sound`` in the format of the suffix; returns ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".opus":
        soundfile.write(path, sound, sample_rate, format="OGG", subtype="OPUS")
    else:
        soundfile.write(path, sound, sample_rate, subtype=subtype)
    return path


def peak_time_s(samples: Samples, sample_rate: int) -> float:
    """Where the highest peak lies, between samples by a parabola through its neighbours."""
    size = np.abs(samples.astype(np.float64))
    top = int(size.argmax())
    if not 0 < top < len(size) - 1:
        return top / sample_rate
    before, at, after = size[top - 1 : top + 2]
    return float(top + 0.5 * (before - after) / (before - 2 * at + after)) / sample_rate
