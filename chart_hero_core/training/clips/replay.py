"""Replay of earlier clips with altered timbre, for when training is faster than rendering.

A graphics card takes several steps in the time in which one batch is rendered. The steps between
draw from the clips of before, kept where they are learned from, through a random equaliser.
"""

import torch
from torch import Tensor

from chart_hero_core.features.logmel import LOG_SCALE

# The random equaliser: its spread, and the points it is drawn at across the bands.
_TONE_DB, _POINTS = 4.0, 8
# One more gain for the whole clip.
_GAIN_DB = 2.0


class Replays:
    """The last ``size`` clips, on the device they came on. Not part of a run's state."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._features = torch.empty(0)
        self._targets = torch.empty(0)
        self._seen = 0

    def __len__(self) -> int:
        return min(self._seen, self._size)

    def remember(self, features: Tensor, targets: Tensor) -> None:
        """Keep the clips of a batch, ``[N, channels, T, bands]`` and ``[N, rows, T]``."""
        if not self._seen:
            self._features = features.new_empty((self._size, *features.shape[1:]))
            self._targets = targets.new_empty((self._size, *targets.shape[1:]))
        places = (self._seen + torch.arange(len(features))) % self._size
        places = places.to(features.device)
        self._features[places] = features
        self._targets[places] = targets
        self._seen += len(features)

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """Features ``[count, channels, T, bands]``, each in another tone, and their targets."""
        chosen = torch.randint(len(self), (count,), device=self._features.device)
        return in_another_tone(self._features[chosen]), self._targets[chosen]


def in_another_tone(features: Tensor) -> Tensor:
    """Features ``[N, channels, T, bands]`` as of the same audio through smooth equalisers.

    Each clip gets a random one of its own; float32.
    """
    count, _, _, bands = features.shape
    points = torch.randn(count, 1, _POINTS, device=features.device) * _TONE_DB
    tone = torch.nn.functional.interpolate(points, size=bands, mode="linear", align_corners=True)
    gain = torch.randn(count, 1, 1, device=features.device) * _GAIN_DB
    decibels = (tone - tone.mean(dim=2, keepdim=True) + gain)[:, :, None, :]
    # Back from the logarithm: what an equaliser multiplies are the bands' magnitudes.
    levels = torch.expm1(features.float() / LOG_SCALE) * 10 ** (decibels / 20)
    return torch.log1p(levels) * LOG_SCALE
