"""Partial labels of a song: strokes, and the passages in which there are no others."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import BoolArray, Float64Array
from chart_hero_core.base.drums import Activations

Span = tuple[float, float]
# A lower peak does not show where a stroke sounds.
_LEAST_HEIGHT = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class KnownStrokes:
    """Strokes of a song, and the passages in which there are no others.

    Attributes:
        times_s: in seconds of the audio, ``[N]``.
        drums: their classes, ``[N]``.
        reviewed_s: ``(start, end)`` of the passages a person has gone through.
        rejected_times_s, rejected_drums: suggestions a person threw away, wherever they lie.
    """

    times_s: Float64Array
    drums: NDArray[np.int8]
    reviewed_s: tuple[Span, ...]
    rejected_times_s: Float64Array = field(default_factory=lambda: np.zeros(0))
    rejected_drums: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))

    @property
    def inside(self) -> BoolArray:
        """Which strokes lie in a reviewed passage, ``[M]``."""
        return within(self.times_s, self.reviewed_s)

    def snapped(self, activations: Activations, reach_s: float = 0.025) -> "KnownStrokes":
        """The strokes moved to the model's onset within ``reach_s``.

        A chart lies on the grid, a drummer beside it; the label is which drum it was, not where
        the grid is.
        """
        times = self.times_s.copy()
        reach = max(round(reach_s / activations.hop_s), 1)
        for index, (time_s, drum) in enumerate(zip(self.times_s, self.drums, strict=True)):
            centre = round((time_s - activations.start_s) / activations.hop_s)
            first, last = max(centre - reach, 0), min(centre + reach + 1, activations.frames)
            if first >= last:
                continue
            # The onset gives the time, whatever the drum was taken for.
            height = np.maximum(
                activations.onset[first:last], activations.classes[drum, first:last]
            )
            frame = first + int(height.argmax())
            if height.max() >= _LEAST_HEIGHT:
                shift = (
                    float(activations.offset[drum, frame])
                    if activations.offset is not None
                    else 0.0
                )
                times[index] = activations.start_s + (frame + shift) * activations.hop_s
        return replace(self, times_s=times)


def within(times_s: Float64Array, spans_s: Sequence[Span]) -> BoolArray:
    """Which times ``[M]`` lie in one of the spans (the end excluded), ``[M]``."""
    inside = np.zeros(len(times_s), np.bool_)
    for start_s, end_s in spans_s:
        inside |= (times_s >= start_s) & (times_s < end_s)
    return inside


def known_until(known: KnownStrokes, end_s: float) -> KnownStrokes:
    """The same with no passage after the end of the sound."""
    spans = ((start_s, min(stop_s, end_s)) for start_s, stop_s in known.reviewed_s)
    return replace(known, reviewed_s=tuple(span for span in spans if span[0] < span[1]))
