"""Hits of development songs matched to true strokes, and what is fitted to them per class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from chart_hero_core.base.arrays import BoolArray, Float64Array, IndexArray
from chart_hero_core.base.drums import Activations, DrumClass, Hit

# Hits this far from a stroke are right; half of what charters' games forgive, and sharp enough
# to fit timing to.
TOLERANCE_S = 0.025
# Fewer strokes of a class are too few to fit to.
FEWEST_STROKES = 20
# No threshold is lower than this.
LOWEST = 0.05


@dataclass(frozen=True, eq=False)
class CalibrationSong:
    """One development song: activations and true strokes.

    ``masked`` strokes are inaudible (known in rendered songs): neither finding nor missing one
    counts, as in songs that people annotate. None: all are audible.
    """

    activations: Activations
    times_s: Float64Array
    drums: IndexArray
    masked: BoolArray | None = None

    def audible(self, drum: DrumClass) -> Float64Array:
        """Times of the audible strokes of ``drum``, in seconds, ``[M]``."""
        chosen = self.drums == int(drum)
        if self.masked is not None:
            chosen = chosen & ~self.masked
        return np.asarray(self.times_s[chosen])

    def excused(self, drum: DrumClass, times_s: Float64Array) -> BoolArray:
        """Which hits ``[N]`` lie on a masked stroke of ``drum`` and on no audible one."""
        if self.masked is None:
            return np.zeros(len(times_s), bool)
        masked = self.times_s[(self.drums == int(drum)) & self.masked]
        return _near(times_s, masked) & ~_near(times_s, self.audible(drum))


@dataclass(frozen=True, eq=False)
class MatchedHits:
    """All hits of one class over all songs.

    Attributes:
        heights: ``[N]``, of their peaks, 0..1.
        right: ``[N]``, whether a stroke within the tolerance belongs to each.
        late_s: ``[N]``, seconds after that stroke; NaN for wrong hits.
        strokes: how many audible ones there were.
    """

    heights: Float64Array
    right: BoolArray
    late_s: Float64Array
    strokes: int

    @property
    def enough(self) -> bool:
        """Whether there are enough hits to fit to."""
        return int(self.right.sum()) >= FEWEST_STROKES


def match_hits(
    songs: Sequence[CalibrationSong], hits_of: Sequence[list[Hit]], drum: DrumClass
) -> MatchedHits:
    """Match the hits of one drum to its audible strokes, song by song.

    Each stroke matches one hit at most, the most confident; hits on masked strokes are left out.
    """
    heights: list[Float64Array] = []
    right: list[BoolArray] = []
    late: list[Float64Array] = []
    for song, hits in zip(songs, hits_of, strict=True):
        times = np.array([hit.time_s for hit in hits if hit.drum == drum])
        levels = np.array([hit.confidence for hit in hits if hit.drum == drum])
        counted = ~song.excused(drum, times)
        times, levels = times[counted], levels[counted]
        truth = song.audible(drum)
        partner = _partners(times, levels, truth)
        matched = partner >= 0
        heights.append(levels)
        right.append(matched)
        late.append(np.where(matched, times - truth[partner] if len(truth) else 0.0, np.nan))
    total = sum(len(song.audible(drum)) for song in songs)
    return MatchedHits(np.concatenate(heights), np.concatenate(right), np.concatenate(late), total)


def _near(times_s: Float64Array, others_s: Float64Array) -> BoolArray:
    """Which times have one of the sorted ``others_s`` within the tolerance."""
    if not len(others_s):
        return np.zeros(len(times_s), bool)
    low = np.searchsorted(others_s, times_s - TOLERANCE_S)
    high = np.searchsorted(others_s, times_s + TOLERANCE_S, side="right")
    return np.asarray(high > low)


def _partners(times: Float64Array, levels: Float64Array, truth: Float64Array) -> IndexArray:
    """For each hit the matching stroke, -1 for none; more confident hits choose first."""
    partner = np.full(len(times), -1, np.intp)
    taken = np.zeros(len(truth), bool)
    for index in np.argsort(-levels, kind="stable"):
        low = np.searchsorted(truth, times[index] - TOLERANCE_S)
        high = np.searchsorted(truth, times[index] + TOLERANCE_S, side="right")
        free = [place for place in range(int(low), int(high)) if not taken[place]]
        if free:
            best = min(free, key=lambda place: abs(truth[place] - times[index]))
            partner[index] = best
            taken[best] = True
    return partner


def platt(matched: MatchedHits) -> tuple[float, float]:
    """Scale and bias of the logit (Platt 1999); the identity where too little is known."""
    if min(matched.right.sum(), (~matched.right).sum()) < FEWEST_STROKES:
        return 1.0, 0.0
    p = np.clip(matched.heights, 1e-6, 1 - 1e-6)
    logit = np.log(p / (1 - p))[:, None]
    model = LogisticRegression(C=1e3).fit(logit, matched.right)
    scale, bias = float(model.coef_[0, 0]), float(model.intercept_[0])
    return (scale, bias) if scale > 0.05 else (1.0, 0.0)


def offset_ms(matched: MatchedHits) -> float:
    """What to add to the times: minus the median lateness of confident right hits."""
    confident = matched.right & (matched.heights >= 0.3)
    if confident.sum() < FEWEST_STROKES:
        return 0.0
    return float(np.clip(-1000 * np.median(matched.late_s[confident]), -30, 30))


def best_threshold(matched: MatchedHits, beta: float) -> float:
    """The peak height at which F-beta is best, within bounds; 0.5 where too little is known."""
    if not matched.enough:
        return 0.5
    order = np.argsort(-matched.heights)
    right = np.cumsum(matched.right[order])
    wrong = np.cumsum(~matched.right[order])
    weight = beta**2
    f = (1 + weight) * right / ((1 + weight) * right + weight * (matched.strokes - right) + wrong)
    # The curve is jagged: take the middle of the stretch within a hair of its best.
    good = np.flatnonzero(f >= f.max() - 0.0005)
    level = matched.heights[order][int(np.median(good))]
    return float(np.clip(level, LOWEST, 0.95))
