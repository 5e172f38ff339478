"""How beats and bar lines sound in drum strokes alone: a small network over the strokes.

A dilated convolutional network (after Böck, Davies, "Deconstruct, analyse, reconstruct", ISMIR
2020) that sees which drums are struck when, 20 ms at a time with their exact place in between,
and says how likely each moment is a beat, and a bar line. The weights were trained on the strokes
and tempo maps of real charts and of recorded drummers, by a script that is lost; the network of
``hit_tempo.py`` is younger, and each is better with the other. It runs in numpy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.base.drums import DRUM_COUNT, Hit
from chart_hero_core.base.files import resource_path

FRAME_S = 0.02
# A velocity of 0 still counts for this much: a stroke is a stroke.
SOFTEST = 0.3
LOUDEST_FRAME = 1.5


@dataclass(frozen=True, slots=True)
class HitBeatNet:
    """The network's weights, batch normalisation folded in.

    Attributes:
        stem: ``[5, 8, channels]`` and its bias ``[channels]``.
        blocks: of each block the dilated ``[5, channels, channels]``, its bias, the pointwise
            ``[channels, channels]`` and its bias; block ``i`` is dilated by ``2 ** i``.
        head: ``[channels, 2]`` and its bias: beat, downbeat.
    """

    stem: tuple[Float32Array, Float32Array]
    blocks: tuple[tuple[Float32Array, Float32Array, Float32Array, Float32Array], ...]
    head: tuple[Float32Array, Float32Array]

    @staticmethod
    def load(path: Path | None = None) -> "HitBeatNet":
        """Read the weights that ship with the program (or ``path``).

        Raises:
            StorageError: the program is incomplete.
        """
        arrays = load_file(path or resource_path("timing", "hit_beats.safetensors"))
        count = sum(name.endswith(".dilated") for name in arrays)
        names = ("dilated", "dilated_bias", "pointwise", "pointwise_bias")
        blocks = tuple(
            (arrays[f"{i}.{names[0]}"], arrays[f"{i}.{names[1]}"],
             arrays[f"{i}.{names[2]}"], arrays[f"{i}.{names[3]}"])
            for i in range(count)
        )  # fmt: skip
        return HitBeatNet(
            (arrays["stem"], arrays["stem_bias"]), blocks, (arrays["head"], arrays["head_bias"])
        )

    def log_odds(self, strokes: Float32Array) -> Float32Array:
        """Log odds of a beat and of a downbeat at each frame, ``[2, frames]``.

        Args:
            strokes: what :func:`raster` gives, ``[8, frames]``.
        """
        x = np.maximum(convolve(strokes.T, *self.stem, dilation=1), 0)
        for index, (dilated, bias, pointwise, pointwise_bias) in enumerate(self.blocks):
            inner = np.maximum(convolve(x, dilated, bias, dilation=2**index), 0)
            x = x + inner @ pointwise + pointwise_bias
        weights, bias = self.head
        found: Float32Array = (np.maximum(x, 0) @ weights + bias).T
        return found


def convolve(
    x: Float32Array, weights: Float32Array, bias: Float32Array, dilation: int
) -> Float32Array:
    """A centred convolution of ``x`` ``[frames, in]`` with ``[taps, in, out]``."""
    centre = len(weights) // 2
    found: Float32Array = x @ weights[centre] + bias
    for tap in range(len(weights)):
        shift = (tap - centre) * dilation
        if 0 < shift < len(x):
            found[:-shift] += x[shift:] @ weights[tap]
        elif -len(x) < shift < 0:
            found[-shift:] += x[:shift] @ weights[tap]
    return found


def stroke_weights(hits: Sequence[Hit]) -> Float64Array:
    """How much each stroke counts, ``[hits]``: by its confidence, and by half of its loudness."""
    loudness = np.array([1.0 if h.velocity is None else h.velocity for h in hits])
    confidence = np.array([h.confidence for h in hits])
    found: Float64Array = confidence * (SOFTEST + (1 - SOFTEST) * loudness)
    return found


def raster(hits: Sequence[Hit], frames: int) -> Float32Array:
    """The strokes as ``[8, frames]``: each shared between its two nearest frames by distance."""
    found = np.zeros((DRUM_COUNT, frames + 1), dtype=np.float32)
    if hits:
        place = np.array([hit.time_s for hit in hits]) / FRAME_S
        weight = stroke_weights(hits)
        drum = np.array([int(hit.drum) for hit in hits])
        frame = np.floor(place).astype(np.int64)
        inside = (frame >= 0) & (frame < frames)
        drum, frame, place, weight = drum[inside], frame[inside], place[inside], weight[inside]
        share = place - frame
        np.add.at(found, (drum, frame), weight * (1 - share))
        np.add.at(found, (drum, frame + 1), weight * share)
    return np.minimum(found[:, :frames], np.float32(LOUDEST_FRAME))
