"""Which takes and clips a run learns from: rare drums, tempos and intervals more often, close
strokes later than wide ones.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chart_hero_core.base.arrays import Float64Array, Int64Array
from chart_hero_core.base.drums import DRUM_COUNT
from chart_hero_core.synthesis.articulations import CLASS_OF, Articulation
from chart_hero_core.synthesis.clips import Materials
from chart_hero_core.synthesis.performances import Performance

# Upper edges of the bins that are to be equally common: strokes of one drum by their interval,
# beats by their tempo.
_IOI_EDGES_S = (0.03, 0.06, 0.12, 0.2, 0.4)
_TEMPO_EDGES_BPM = (90.0, 120.0, 150.0, 180.0, 210.0)
# One odd take must not fill every clip, and none may vanish.
_FACTOR_BOUNDS = (0.2, 6.0)
# How often a chart of average weight stands in the list charts are drawn from.
_CHART_COPIES = 4
# The curriculum begins with strokes of one drum no closer than a 16th at 75 BPM and ends below
# 128ths at 240 BPM.
_FIRST_IOI_S = 0.2
_LAST_IOI_S = 0.0075
_DRUM_OF = np.array([int(CLASS_OF[a]) for a in Articulation])


def balanced(materials: Materials, strength: float) -> Materials:
    """Materials from which takes with rare drums, tempos and intervals are drawn more often.

    Each take is weighed by how rare its strokes' drums, its same-drum intervals and its tempo are
    in the whole (importance weights against equal bins, their geometric mean).

    Args:
        strength: 0 leaves everything as it is, 1 balances fully.
    """
    if strength == 0:
        return materials
    takes = [*materials.grooves, *materials.charts]
    # What is drawn today: grooves by their weights, charts equally.
    chart_share = np.full(len(materials.charts), 1 / max(len(materials.charts), 1))
    drawn = np.concatenate([materials.weights, chart_share])
    factors = rarity(takes, drawn) ** strength
    grooves, charts = np.split(factors, [len(materials.grooves)])
    result = replace(materials, charts=_repeated(materials.charts, charts))
    weights = materials.weights * grooves
    result.weights = weights / weights.sum()
    return result


def _repeated(charts: Sequence[Performance], factors: Float64Array) -> list[Performance]:
    """The charts, each as many times as its factor says, as they are drawn evenly."""
    if not len(charts):
        return []
    copies = np.clip(np.round(factors / factors.mean() * _CHART_COPIES), 1, None).astype(int)
    return [chart for chart, count in zip(charts, copies, strict=True) for _ in range(count)]


def rarity(takes: Sequence[Performance], drawn: Float64Array) -> Float64Array:
    """How much more often each take should be drawn, ``[N]``, clipped; 1 is as often as now."""
    factors = np.ones(len(takes))
    for describe in (_drum_shares, _interval_shares, _tempo_shares):
        shares = np.stack([describe(take) for take in takes])
        common = (shares * (drawn / drawn.sum())[:, None]).sum(axis=0)
        seen = common > 0
        wanted = 1 / max(int(seen.sum()), 1)
        weights = np.where(seen, wanted / np.where(seen, common, 1.0), 0.0)
        factors *= np.where(shares.sum(axis=1) > 0, shares @ weights, 1.0)
    return np.clip(np.cbrt(factors), *_FACTOR_BOUNDS)


def _drum_shares(take: Performance) -> Float64Array:
    return _shares(_DRUM_OF[take.articulations], DRUM_COUNT)


def _interval_shares(take: Performance) -> Float64Array:
    return _shares(np.digitize(same_drum_intervals_s(take), _IOI_EDGES_S), len(_IOI_EDGES_S) + 1)


def _tempo_shares(take: Performance) -> Float64Array:
    beats_s = np.diff(take.beats_s)
    bpm = 60 / beats_s[beats_s > 0.05]
    return _shares(np.digitize(bpm, _TEMPO_EDGES_BPM), len(_TEMPO_EDGES_BPM) + 1)


def _shares(bins: Int64Array, count: int) -> Float64Array:
    found = np.bincount(bins, minlength=count)
    return np.asarray(found / max(found.sum(), 1), np.float64)


def same_drum_intervals_s(take: Performance) -> Float64Array:
    """Seconds from each stroke to the next one of its drum, ``[M]``, in no particular order."""
    drums = _DRUM_OF[take.articulations]
    parts = [np.diff(np.sort(take.times_s[drums == drum])) for drum in range(DRUM_COUNT)]
    return np.concatenate(parts)


def closest_allowed_s(progress: float) -> float:
    """The shortest same-drum interval a clip may have, ``progress`` (0..1) into the curriculum."""
    if progress >= 1:
        return 0.0
    return float(_FIRST_IOI_S * (_LAST_IOI_S / _FIRST_IOI_S) ** max(progress, 0.0))


def closeness_s(take: Performance) -> float:
    """The shortest same-drum interval of a clip, a stray one in fifty aside; inf without any."""
    intervals_s = same_drum_intervals_s(take)
    return float(np.quantile(intervals_s, 0.02)) if len(intervals_s) else float("inf")
