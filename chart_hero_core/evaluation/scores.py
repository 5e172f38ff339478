"""Precision, recall and F from counts, pooled in three ways, with bootstrap intervals over songs.

Counts have shape ``[songs, classes, 3]``: pairs, reference strokes, estimated strokes. *Micro*
pools all songs and classes, *macro* is the mean F of the classes that have references, *per song*
is the mean micro F of the songs that have references. Nothing to score gives 0, as in ``mir_eval``.
Intervals are those of the percentile bootstrap (B. Efron, The Annals of Statistics 1979).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import Float64Array, Int64Array

Counts = Int64Array

SAMPLES = 2000
SEED = 20
_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its 95 % interval (None with fewer than two songs)."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How well one class, or all, were found."""

    tp: int
    ref: int
    est: int
    precision: Figure
    recall: Figure
    f: Figure


def prf(counts: Counts | Float64Array) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Precision, recall and F of counts ``[..., 3]``, each of shape ``[...]``."""
    tp, ref, est = (np.asarray(counts[..., k], np.float64) for k in range(3))
    precision = np.divide(tp, est, out=np.zeros_like(tp), where=est > 0)
    recall = np.divide(tp, ref, out=np.zeros_like(tp), where=ref > 0)
    total = precision + recall
    f = np.divide(2 * precision * recall, total, out=np.zeros_like(tp), where=total > 0)
    return precision, recall, f


def micro_f(counts: Counts | Float64Array) -> Float64Array:
    """F of all classes pooled: ``[..., classes, 3]`` to ``[...]``."""
    return prf(counts.sum(axis=-2))[2]


def macro_f(counts: Counts | Float64Array) -> Float64Array:
    """Mean F of the classes with references: ``[..., classes, 3]`` to ``[...]``."""
    present = counts[..., 1] > 0
    number = present.sum(axis=-1)
    total = np.where(present, prf(counts)[2], 0.0).sum(axis=-1)
    mean: Float64Array = np.zeros_like(total)
    np.divide(total, number, out=mean, where=number > 0)
    return mean


class Bootstrap:
    """The same resamples of the songs for every figure, so that figures stay comparable.

    Args:
        songs: how many songs there are.
        samples: how many times they are drawn with replacement.
        seed: of the draws.
    """

    def __init__(self, songs: int, samples: int = SAMPLES, seed: int = SEED) -> None:
        self.songs = songs
        rng = np.random.default_rng(seed)
        draws = rng.multinomial(songs, np.full(songs, 1 / songs), samples) if songs > 1 else None
        self._weights: Float64Array | None = None if draws is None else draws.astype(np.float64)

    def pooled(self, per_song: Counts | Float64Array) -> Float64Array | None:
        """Sums over each resample: ``[songs, ...]`` to ``[samples, ...]``; None for one song."""
        if self._weights is None:
            return None
        flat = np.asarray(per_song, np.float64).reshape(self.songs, -1)
        pooled: Float64Array = (self._weights @ flat).reshape(-1, *per_song.shape[1:])
        return pooled

    def figure(
        self, per_song: Counts | Float64Array, measure: Callable[[Float64Array], Float64Array]
    ) -> Figure:
        """``measure`` of the summed songs, with the interval of what it gives on the resamples.

        Args:
            per_song: ``[songs, ...]``, to be summed over songs.
            measure: from sums ``[N, ...]`` to figures ``[N]``.
        """
        value = float(measure(np.asarray(per_song.sum(axis=0), np.float64)[np.newaxis])[0])
        pooled = self.pooled(per_song)
        return with_interval(value, None if pooled is None else measure(pooled))

    def mean(self, per_song: Float64Array) -> Figure:
        """The mean of figures ``[songs]`` (NaN: a song that has no say)."""
        known = np.isfinite(per_song)
        if not known.any():
            return Figure(float("nan"))
        parts = np.stack([np.where(known, per_song, 0.0), known.astype(np.float64)], axis=-1)
        return self.figure(parts, ratio)


def ratio(parts: Float64Array) -> Float64Array:
    """``parts[..., 0] / parts[..., 1]``, NaN where that is 0 / 0."""
    quotient: Float64Array = np.full(parts.shape[:-1], np.nan)
    np.divide(parts[..., 0], parts[..., 1], out=quotient, where=parts[..., 1] > 0)
    return quotient


def with_interval(value: float, samples: Float64Array | None) -> Figure:
    """``value`` with the 95 % percentile interval of ``samples`` ``[N]``; NaN does not count."""
    if samples is None:
        return Figure(value)
    known = samples[np.isfinite(samples)]
    if not known.size:
        return Figure(value)
    low, high = np.percentile(known, _PERCENTILES)
    return Figure(value, float(low), float(high))


def score(counts: Counts, bootstrap: Bootstrap) -> Score:
    """The score of ``[songs, 3]`` counts pooled over the songs.

    Resamples that hold nothing to score (no song with the class) do not count in the intervals.
    """
    tp, ref, est = (int(n) for n in counts.sum(axis=0))
    values = prf(counts.sum(axis=0))
    pooled = bootstrap.pooled(counts)
    samples = (None,) * 3 if pooled is None else _prf_if_any(pooled)
    figures = (with_interval(float(v), s) for v, s in zip(values, samples, strict=True))
    return Score(tp, ref, est, *figures)


def _prf_if_any(counts: Float64Array) -> tuple[Float64Array, Float64Array, Float64Array]:
    """:func:`prf`, NaN where there is nothing to find and nothing was found."""
    nothing = (counts[..., 1] == 0) & (counts[..., 2] == 0)
    precision, recall, f = (np.where(nothing, np.nan, values) for values in prf(counts))
    return precision, recall, f


def class_scores(counts: Counts, bootstrap: Bootstrap) -> tuple[Score, ...]:
    """The score of each class of ``[songs, classes, 3]`` counts."""
    return tuple(score(counts[:, code], bootstrap) for code in range(counts.shape[1]))


def micro(counts: Counts, bootstrap: Bootstrap) -> Score:
    """All classes and songs pooled; counts are ``[songs, classes, 3]``."""
    return score(counts.sum(axis=1), bootstrap)


def macro(counts: Counts, bootstrap: Bootstrap) -> Figure:
    """Mean F of the classes that have references; counts are ``[songs, classes, 3]``."""
    return bootstrap.figure(counts, macro_f)


def per_song(counts: Counts, bootstrap: Bootstrap) -> Figure:
    """Mean of the micro F of each song of ``[songs, classes, 3]`` that has references."""
    with_drums = counts[..., 1].sum(axis=-1) > 0
    return bootstrap.mean(np.where(with_drums, micro_f(counts), np.nan))
