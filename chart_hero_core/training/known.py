"""What is known of a song: strokes, and where they are the whole truth."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own idiom
from numpy.typing import NDArray
from torch import Tensor

from chart_hero_core.base.drums import DRUM_COUNT, Activations, FloatArray

Span = tuple[float, float]
ROWS = DRUM_COUNT + 1  # the classes and any onset
# The slopes of the targets and the shape of the loss are those the shipped weights learned with:
# thresholds keep their meaning.
_WIDTH_FRAMES = 2.5
_GAMMA = 1.5
_POSITIVE_WEIGHT = 3.0
# A peak lower than this is no evidence of where a stroke sounds.
_HEARD = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class KnownStrokes:
    """Strokes of a song, and the passages in which there are no others.

    Attributes:
        times_s: in seconds of the audio, ``[N]``.
        drums: their classes, ``[N]``.
        reviewed_s: ``(start, end)`` of the passages a person has gone through.
        rejected_times_s, rejected_drums: suggestions a person threw away, wherever they lie.
    """

    times_s: NDArray[np.float64]
    drums: NDArray[np.int8]
    reviewed_s: tuple[Span, ...]
    rejected_times_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    rejected_drums: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which strokes lie in a reviewed passage."""
        return within(self.times_s, self.reviewed_s)

    def snapped(self, heard: Activations, reach_s: float = 0.025) -> "KnownStrokes":
        """The strokes moved to where the model heard an onset within ``reach_s``.

        A chart lies on the grid, a drummer beside it; what is to be learned is which drum it was,
        not where the grid is.
        """
        times = self.times_s.copy()
        reach = max(round(reach_s / heard.hop_s), 1)
        for index, (time_s, drum) in enumerate(zip(self.times_s, self.drums, strict=True)):
            centre = round((time_s - heard.start_s) / heard.hop_s)
            first, last = max(centre - reach, 0), min(centre + reach + 1, heard.frames)
            if first >= last:
                continue
            # Whatever drum it was taken for: the onset says when.
            sure = np.maximum(heard.onset[first:last], heard.classes[drum, first:last])
            frame = first + int(sure.argmax())
            if sure.max() >= _HEARD:
                shift = float(heard.offset[drum, frame]) if heard.offset is not None else 0.0
                times[index] = heard.start_s + (frame + shift) * heard.hop_s
        return replace(self, times_s=times)


def within(times_s: NDArray[np.float64], spans_s: Sequence[Span]) -> NDArray[np.bool_]:
    """Which times lie in one of the spans."""
    inside = np.zeros(len(times_s), np.bool_)
    for start_s, end_s in spans_s:
        inside |= (times_s >= start_s) & (times_s < end_s)
    return inside


def targets(known: KnownStrokes, first: int, frames: int, hop_s: float) -> FloatArray:
    """Triangles about the strokes, ``[9, frames]`` from frame ``first`` on: classes, any onset."""
    out = np.zeros((ROWS, frames), np.float32)
    places = known.times_s / hop_s - first
    near = (places > -_WIDTH_FRAMES) & (places < frames + _WIDTH_FRAMES)
    for place, drum in zip(places[near], known.drums[near], strict=True):
        begin = max(int(np.ceil(place - _WIDTH_FRAMES)), 0)
        end = min(int(np.floor(place + _WIDTH_FRAMES)) + 1, frames)
        if begin < end:
            slope = 1.0 - np.abs(np.arange(begin, end) - place) / _WIDTH_FRAMES
            for row in (int(drum), DRUM_COUNT):
                np.maximum(out[row, begin:end], slope, out=out[row, begin:end])
    return out


def weights(known: KnownStrokes, first: int, frames: int, hop_s: float) -> FloatArray:
    """What each frame of each row counts, ``[9, frames]``: 1 where reviewed, more where rejected.

    Outside reviewed passages only rejected suggestions say anything, and only of their drum.
    """
    out = np.zeros((ROWS, frames), np.float32)
    times_s = np.asarray((np.arange(frames) + first) * hop_s, np.float64)
    out[:, within(times_s, known.reviewed_s)] = 1.0
    for time_s, drum in zip(known.rejected_times_s, known.rejected_drums, strict=True):
        centre = round(time_s / hop_s) - first
        begin, end = max(centre - 3, 0), min(centre + 4, frames)
        if begin < end:
            out[int(drum), begin:end] = HARD_NEGATIVE
    return out


HARD_NEGATIVE = 3.0


def weighted_loss(logits: Tensor, soft: Tensor, weight: Tensor) -> Tensor:
    """Quality focal loss (Li et al. 2020) of classes and onset, per stroke; all ``[N, 9, T]``."""
    entropy = F.binary_cross_entropy_with_logits(logits, soft, reduction="none")
    miss = (soft - logits.sigmoid()).abs()
    loss = entropy * miss.pow(_GAMMA) * (1 + (_POSITIVE_WEIGHT - 1) * soft) * weight
    strokes = (soft[:, :DRUM_COUNT] * weight[:, :DRUM_COUNT]).sum() / _WIDTH_FRAMES
    return loss.sum() / strokes.clamp(min=1.0)


def as_batch(values: FloatArray) -> Tensor:
    """One example as a batch."""
    return torch.from_numpy(values)[None]
