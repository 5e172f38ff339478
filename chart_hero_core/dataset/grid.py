"""Strokes on a frame grid: labels for training frame by frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.features.logmel import SAMPLE_RATE

HOPS = (128, 64)


@dataclass(frozen=True, slots=True)
class GridSettings:
    """How strokes are drawn: ``hop`` in samples; ``dilation`` frames to either side count too."""

    hop: int = 128
    dilation: int = 2

    @property
    def hop_s(self) -> float:
        """Seconds between frames."""
        return self.hop / SAMPLE_RATE


@dataclass(frozen=True, slots=True, eq=False)
class LabelGrid:
    """Labels of ``T`` frames, frame ``i`` centred at ``i * settings.hop_s`` seconds.

    Attributes:
        frames: the frame of each stroke, int32 ``[M]``.
        classes: 1 on the frames of a class's strokes and their neighbours, uint8 ``[8, T]``.
        onset_any: the same for any class, uint8 ``[T]``.
    """

    settings: GridSettings
    frames: NDArray[np.int32]
    classes: NDArray[np.uint8]
    onset_any: NDArray[np.uint8]


def draw_grid(
    times_s: Float64Array, drums: NDArray[np.int8], samples: int, settings: GridSettings
) -> LabelGrid:
    """Draw the strokes at ``times_s`` [M] of ``drums`` [M] on the frames of ``samples`` samples.

    Strokes outside the audio keep their frame number but are not drawn.
    """
    total = samples // settings.hop + 1
    frames = np.round(times_s / settings.hop_s).astype(np.int32)
    classes = np.zeros((DRUM_COUNT, total), np.uint8)
    for shift in range(-settings.dilation, settings.dilation + 1):
        places = frames + shift
        inside = (places >= 0) & (places < total)
        classes[drums[inside], places[inside]] = 1
    return LabelGrid(settings, frames, classes, classes.max(axis=0))
