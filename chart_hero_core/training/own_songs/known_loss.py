"""Partial labels of a song as targets and weights, and the loss."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own idiom
from torch import Tensor

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.training.clips.targets import draw_stroke
from chart_hero_core.training.own_songs.known_strokes import KnownStrokes, within

ROWS = DRUM_COUNT + 1  # the classes and any onset
# The slopes of the targets and the shape of the loss are those of the shipped weights, so that
# thresholds keep their meaning.
_WIDTH_FRAMES = 2.5
_GAMMA = 1.5
_POSITIVE_WEIGHT = 3.0
HARD_NEGATIVE = 3.0  # what a rejected suggestion weighs


def targets(known: KnownStrokes, first: int, frames: int, hop_s: float) -> Float32Array:
    """Triangles about the strokes, ``[9, frames]`` from frame ``first`` on: classes, any onset."""
    out = np.zeros((ROWS, frames), np.float32)
    places = known.times_s / hop_s - first
    near = (places > -_WIDTH_FRAMES) & (places < frames + _WIDTH_FRAMES)
    for place, drum in zip(places[near], known.drums[near], strict=True):
        for row in (int(drum), DRUM_COUNT):
            draw_stroke(out[row], place, _WIDTH_FRAMES)
    return out


def weights(known: KnownStrokes, first: int, frames: int, hop_s: float) -> Float32Array:
    """The weight of each frame of each row, ``[9, frames]``: 1 where reviewed, more where rejected.

    Outside reviewed passages only rejected suggestions have a weight, for their drum.
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


def weighted_loss(logits: Tensor, soft: Tensor, weight: Tensor) -> Tensor:
    """Quality focal loss (Li et al. 2020) of classes and onset, per stroke; all ``[N, 9, T]``."""
    entropy = F.binary_cross_entropy_with_logits(logits, soft, reduction="none")
    miss = (soft - logits.sigmoid()).abs()
    loss = entropy * miss.pow(_GAMMA) * (1 + (_POSITIVE_WEIGHT - 1) * soft) * weight
    strokes = (soft[:, :DRUM_COUNT] * weight[:, :DRUM_COUNT]).sum() / _WIDTH_FRAMES
    return loss.sum() / strokes.clamp(min=1.0)


def as_batch(values: Float32Array) -> Tensor:
    """One example ``[rows, T]`` as a batch ``[1, rows, T]``."""
    return torch.from_numpy(values)[None]
