"""How beats, bar lines and the tempo sound in drum strokes: a second network, with a longer view.

It looks at the strokes in frames of 20, 40 and 80 ms, through dilated convolutions (after Böck,
Davies, "Deconstruct, analyse, reconstruct", ISMIR 2020) that reach some twenty seconds to either
side, and says how likely each moment is a beat and a bar line, and what the tempo is, which is
what chooses between a tempo and its half. The weights were trained on the strokes and tempo maps
of real charts and of recorded drummers by ``chart-hero train-beats``. It runs in numpy.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.base.files import resource_path
from chart_hero_core.timing.hit_beats import convolve

# Tempo is told every so many frames, among beat lengths a twelfth of an octave apart.
TEMPO_STEP = 4
TEMPO_CLASSES = 32
_SLOWEST_BPM, _CLASSES_PER_OCTAVE = 50.0, 12

Block = tuple[Float32Array, Float32Array, Float32Array, Float32Array]
Layer = tuple[Float32Array, Float32Array]


@dataclass(frozen=True, slots=True)
class HitTempoNet:
    """The network's weights, batch normalisation folded in.

    It looks at frames of 20, then 40, then 80 ms (pairs of frames become one), and goes back up,
    at each size adding what it knew there before.

    Attributes:
        stem: a convolution ``[taps, in, out]`` and its bias.
        middle, coarse: of each block at 40 and 80 ms the dilated ``[taps, in, out]``, its bias,
            the pointwise ``[in, out]`` and its bias; dilations lie beside. The last block at 40 ms
            comes after those at 80 ms.
        last: the block at 20 ms, at the end.
        layers: the others by name, ``[in, out]`` and bias.
    """

    stem: Layer
    middle: tuple[Block, ...]
    coarse: tuple[Block, ...]
    last: Block
    layers: dict[str, Layer]
    dilations: tuple[tuple[int, ...], tuple[int, ...]]

    @staticmethod
    def load(path: Path | None = None) -> "HitTempoNet":
        """Read the weights that ship with the program (or ``path``).

        Raises:
            StorageError: the program is incomplete.
        """
        return HitTempoNet.of(load_file(path or resource_path("timing", "hit_tempo.safetensors")))

    @staticmethod
    def of(arrays: dict[str, Float32Array]) -> "HitTempoNet":
        """From arrays by name, in half or full precision."""
        wide = {
            name: values if values.dtype == np.int64 else values.astype(np.float32)
            for name, values in arrays.items()
        }

        def layer(name: str) -> Layer:
            return wide[name], wide[f"{name}_bias"]

        def block(name: str) -> Block:
            return (wide[f"{name}.dilated"], wide[f"{name}.bias"],
                    wide[f"{name}.pointwise"], wide[f"{name}.pointwise_bias"])  # fmt: skip

        middle, coarse = (
            tuple(int(d) for d in arrays[f"{part}_dilations"]) for part in ("middle", "coarse")
        )
        names = ("down", "down_again", "up", "up_again", "tempo", "head")
        return HitTempoNet(
            layer("stem"),
            tuple(block(f"middle.{i}") for i in range(len(middle))),
            tuple(block(f"coarse.{i}") for i in range(len(coarse))),
            block("last"),
            {name: layer(name) for name in names},
            (middle, coarse),
        )

    def log_odds(self, strokes: Float32Array) -> tuple[Float32Array, Float32Array]:
        """What each moment says of beats, and of the tempo.

        Args:
            strokes: what ``hit_beats.raster`` gives, ``[8, frames]``.

        Returns:
            Log odds of a beat and of a downbeat at each frame, ``[2, frames]``, and of each tempo
            class (:func:`tempo_classes`) at every fourth, ``[frames / 4, TEMPO_CLASSES]``, the
            last of which may be a partial one.
        """
        frames = strokes.shape[1]
        x = np.pad(strokes.T, ((0, -frames % TEMPO_STEP), (0, 0)))
        fine = np.maximum(convolve(x, *self.stem, dilation=1), 0)
        middle = self._through("down", _joined(fine))
        for block, dilation in zip(self.middle[:-1], self.dilations[0][:-1], strict=True):
            middle = _after(block, middle, dilation)
        coarse = self._through("down_again", _joined(np.maximum(middle, 0)))
        for block, dilation in zip(self.coarse, self.dilations[1], strict=True):
            coarse = _after(block, coarse, dilation)
        coarse = np.maximum(coarse, 0)
        middle = middle + _split(self._through("up", coarse))
        middle = np.maximum(_after(self.middle[-1], middle, self.dilations[0][-1]), 0)
        fine = _after(self.last, fine + _split(self._through("up_again", middle)), 1)
        beats: Float32Array = self._through("head", np.maximum(fine, 0))[:frames].T
        tempo = self._through("tempo", coarse)
        total = np.logaddexp.reduce(tempo, axis=1, keepdims=True)
        return beats, np.asarray(tempo - total, np.float32)

    def _through(self, name: str, x: Float32Array) -> Float32Array:
        weights, bias = self.layers[name]
        found: Float32Array = x @ weights + bias
        return found


def _joined(x: Float32Array) -> Float32Array:
    """Every two frames side by side: ``[frames, width]`` to ``[frames / 2, 2 width]``."""
    return x.reshape(len(x) // 2, -1)


def _split(x: Float32Array) -> Float32Array:
    """Every frame becomes two: ``[frames, 2 width]`` to ``[2 frames, width]``."""
    return x.reshape(len(x) * 2, -1)


def _after(block: Block, x: Float32Array, dilation: int) -> Float32Array:
    """``x`` with what a block adds to it."""
    dilated, bias, pointwise, pointwise_bias = block
    inner: Float32Array = np.maximum(convolve(x, dilated, bias, dilation), 0)
    added: Float32Array = inner @ pointwise + pointwise_bias
    return x + added


def tempo_classes(periods_s: NDArray[np.floating[Any]]) -> Float64Array:
    """The (fractional) tempo class of beats of some lengths, within the classes there are.

    ``periods_s`` has any shape, which is that of the classes.
    """
    found = np.log2(60 / np.asarray(periods_s) / _SLOWEST_BPM) * _CLASSES_PER_OCTAVE
    within: Float64Array = np.clip(found, 0, TEMPO_CLASSES - 1)
    return within
