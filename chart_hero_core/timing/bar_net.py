"""How bars look on the eighths of a song: a small network over strokes and what comes again.

It looks at eighths, not at time: which drums are struck on each, the log odds of beats from
the networks over time (``hit_beats.py``, ``hit_tempo.py``), and how well those 2 to 16 eighths
before predict the strokes (``repetition.py``). Dilated convolutions that reach some sixteen bars to
either side predict whether each eighth is a beat and a bar line, and how long its bar is. Several
networks, trained alike from different beginnings, are averaged. The weights were trained on the
strokes and bars of real charts and of recorded drummers by ``chart-hero train-bars``. It runs in
numpy.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array
from chart_hero_core.base.files import resource_path
from chart_hero_core.timing.hit_beats import convolve
from chart_hero_core.timing.repetition import SLOTS, copied

# A bar of more eighths is of no length that is repetition.
LONGEST = 16
DILATIONS = (1, 2, 4, 8, 16, 32, 1)
_LAGS = tuple(range(2, LONGEST + 1))
_SMOOTHED = 17  # eighths
# Where log odds and surprises are clipped, and what they are divided by.
_LARGEST_LOG_ODDS, _SURPRISE = (6.0, 5.0), (5.0, 3.0)
_EPSILON = 1e-5

Layer = tuple[Float32Array, Float32Array]


@dataclass(frozen=True, slots=True)
class BarPrediction:
    """Log odds of a beat and of a bar line at each eighth, ``[eighths]``, and log probabilities
    of the lengths of its bar, ``[eighths, LONGEST + 1]`` (column 0: of none of these)."""

    beat: Float64Array
    line: Float64Array
    lengths: Float64Array


@dataclass(frozen=True, slots=True)
class BarNet:
    """The weights of one network.

    Attributes:
        stem: ``[features, width]`` and its bias.
        blocks: of each block the gain and bias of its normalisation over channels, the dilated
            ``[5, width, width]`` and its bias, the pointwise ``[width, width]`` and its bias.
        head: gain and bias of the last normalisation, ``[width, 2 + LONGEST + 1]`` and its bias.
    """

    stem: Layer
    blocks: tuple[tuple[Layer, Layer, Layer], ...]
    head: tuple[Layer, Layer]

    @staticmethod
    def load(path: Path | None = None) -> tuple["BarNet", ...]:
        """Read the networks that ship with the program (or those in ``path``)."""
        arrays = load_file(path or resource_path("timing", "bars.safetensors"))
        count = 1 + max(int(name.split(".")[0]) for name in arrays)
        return tuple(BarNet.of(arrays, f"{number}.") for number in range(count))

    @staticmethod
    def of(arrays: dict[str, Float32Array], prefix: str) -> "BarNet":
        """From arrays whose names begin with ``prefix``, in half or full precision."""

        def layer(name: str) -> Layer:
            weights, bias = arrays[f"{prefix}{name}"], arrays[f"{prefix}{name}_bias"]
            return weights.astype(np.float32), bias.astype(np.float32)

        blocks = tuple(
            (layer(f"norm{i}"), layer(f"dilated{i}"), layer(f"pointwise{i}"))
            for i in range(len(DILATIONS))
        )
        return BarNet(layer("stem"), blocks, (layer("norm"), layer("head")))

    def logits(self, features: Float32Array) -> Float32Array:
        """Of beat, bar line and lengths, ``[eighths, 2 + LONGEST + 1]``, from
        :func:`bar_features`."""
        x = features @ self.stem[0] + self.stem[1]
        for (norm, dilated, pointwise), dilation in zip(self.blocks, DILATIONS, strict=True):
            inner = np.maximum(convolve(_normalised(x, norm), *dilated, dilation), 0)
            x = x + inner @ pointwise[0] + pointwise[1]
        norm, head = self.head
        found: Float32Array = _normalised(x, norm) @ head[0] + head[1]
        return found


def predict_bars(nets: tuple[BarNet, ...], features: Float32Array) -> BarPrediction:
    """The mean prediction of the networks for the eighths of a song."""
    logits = np.mean([net.logits(features) for net in nets], axis=0).astype(np.float64)
    lengths = logits[:, 2:]
    total = np.logaddexp.reduce(lengths, axis=1, keepdims=True)
    return BarPrediction(logits[:, 0], logits[:, 1], lengths - total)


def bar_features(strokes: BoolArray, beat: Float64Array, downbeat: Float64Array) -> Float32Array:
    """The networks' input, ``[eighths, features]``.

    Args:
        strokes: of ``repetition.strokes_on_slots``, ``[2 eighths, 8]``.
        beat, downbeat: log odds of a beat, and of a bar line if it is one, ``[eighths]``.
    """
    count = len(beat)
    observations = (
        np.clip(np.stack([beat, downbeat], axis=1), -_LARGEST_LOG_ODDS[0], _LARGEST_LOG_ODDS[0])
        / _LARGEST_LOG_ODDS[1]
    )
    repetition = np.stack([copied(strokes, SLOTS * lag) for lag in _LAGS], axis=1)
    repetition = repetition.reshape(count, SLOTS, len(_LAGS)).sum(axis=1)
    repetition = np.clip(repetition, -_SURPRISE[0], _SURPRISE[0]) / _SURPRISE[1]
    around = np.stack([_smoothed(row) for row in repetition.T], axis=1)
    struck = strokes.reshape(count, -1)
    return np.concatenate([struck, observations, repetition, around], axis=1).astype(np.float32)


def _smoothed(row: Float64Array) -> Float64Array:
    reach = _SMOOTHED // 2
    total = np.cumsum(np.pad(row, (reach + 1, reach)))
    found: Float64Array = (total[_SMOOTHED:] - total[:-_SMOOTHED]) / _SMOOTHED
    return found


def _normalised(x: Float32Array, norm: Layer) -> Float32Array:
    """Every row to mean 0 and deviation 1, then scaled and moved."""
    centred = x - x.mean(axis=1, keepdims=True)
    deviation = np.sqrt(np.mean(centred**2, axis=1, keepdims=True) + np.float32(_EPSILON))
    found: Float32Array = centred / deviation * norm[0] + norm[1]
    return found
