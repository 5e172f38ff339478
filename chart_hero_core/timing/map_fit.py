"""From a row of beats and the strokes around them to a sparse tempo map.

The map is a continuous chain of straight lines through (beat, time). Its knots are chosen by
dynamic programming: half the squared residuals of the strokes over their spread, plus a price
for every knot, so that a steady song gets one tempo and a drifting one a few (segmented least
squares, after R. Bellman, "On the approximation of curves by line segments using dynamic
programming", Communications of the ACM 1961). The times of the
knots are then fitted to the strokes by robust least squares, and the tempos rounded to values
that both file formats can hold.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_banded

from chart_hero_core.base.arrays import BoolArray, Float64Array, Int64Array

# Positions in a beat where strokes are expected: 32nds and 16th triplets.
_PLACES = np.unique(np.concatenate([np.arange(9) / 8, np.arange(7) / 6]))
# A plain number of BPM may cost this much of the fit, in nats (two standard deviations).
_PLAIN_PRICE = 2.0
_PRUNING_PASSES = 6
# What a stroke's place off the plain eighths costs, as a share of its weight.
_PLACE_WEIGHTS = np.array([1.0 if p in (0, 0.5, 1) else 0.5 for p in _PLACES])


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How closely the map follows the strokes.

    Attributes:
        knot_price: price of a tempo change on a bar line, in nats.
        off_bar_price: what a change elsewhere costs more.
        tightest_s, loosest_s: bounds of the spread of strokes around the grid.
        outlier_s: strokes further from the grid than this say nothing about it.
    """

    knot_price: float = 20.0
    off_bar_price: float = 6.0
    tightest_s: float = 0.004
    loosest_s: float = 0.015
    outlier_s: float = 0.035


@dataclass(frozen=True, slots=True)
class TempoLine:
    """The chain of lines: knot ``i`` stands at beat ``beats[i]`` and time ``times_s[i]``, ``[K]``.

    Beats are counted in beats of the row (0 is its first); a knot stands at the first and at the
    last beat. ``spread_s`` is the spread of the strokes around the grid.
    """

    beats: Float64Array
    times_s: Float64Array
    spread_s: float

    def times_at(self, beats: Float64Array) -> Float64Array:
        """The times in seconds of ``beats`` ``[N]``, the outer lines continued; ``[N]``."""
        index = np.clip(
            np.searchsorted(self.beats, beats, side="right") - 1, 0, self.beats.size - 2
        )
        slope = np.diff(self.times_s) / np.diff(self.beats)
        found: Float64Array = self.times_s[index] + (beats - self.beats[index]) * slope[index]
        return found


@dataclass(frozen=True, slots=True)
class _Observed:
    """The strokes that say something about the grid, ascending.

    Attributes:
        at: the place of each, in beats.
        times_s: when each was struck.
        trust: how much each says.
        spread_s: the spread of all around the grid.
    """

    at: Float64Array
    times_s: Float64Array
    trust: Float64Array
    spread_s: float


def fit_line(
    beat_times_s: Float64Array,
    beats: Float64Array,
    bar_lines: BoolArray,
    strokes_s: Float64Array,
    weights: Float64Array,
    options: FitOptions | None = None,
) -> TempoLine:
    """The sparse chain of lines through a row of at least two beats.

    Args:
        beat_times_s: of the beats, roughly (to some 20 ms), ascending, ``[B]``.
        beats: their number in beats, ``[B]``; steps of 1, or 0.5 after half a beat.
        bar_lines: which of them start a bar, ``[B]``.
        strokes_s, weights: the strokes and how much each says about the grid, ``[S]``.
        options: how closely the chain follows.
    """
    options = options or FitOptions()
    smooth = _smooth(beat_times_s, beats, strokes_s, weights, options)
    seen = _observed(smooth, beats, strokes_s, weights, options)
    price = options.knot_price + np.where(bar_lines, 0.0, options.off_bar_price)
    knots = _choose_knots(smooth, beats, seen, price)
    line = _fit_knots(beats[knots], smooth[knots], seen)
    for _ in range(_PRUNING_PASSES):
        kept = _needed(line, seen, options.knot_price)
        if kept.all():
            break
        line = _fit_knots(line.beats[kept], line.times_s[kept], seen)
    return _plainest(line, seen)


def _places_of(
    beat_times: Float64Array, beats: Float64Array, strokes: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """The nearest expected place of each stroke (in beats) and the weight of such a place."""
    position = np.interp(strokes, beat_times, beats)
    # Half beats shift the grid: count from the beat before the stroke.
    index = np.clip(np.searchsorted(beats, position, side="right") - 1, 0, len(beats) - 1)
    whole = beats[index]
    nearest = np.abs((position - whole)[:, None] - _PLACES).argmin(axis=1)
    return whole + _PLACES[nearest], _PLACE_WEIGHTS[nearest]


def _observed(
    beat_times: Float64Array,
    beats: Float64Array,
    strokes: Float64Array,
    weights: Float64Array,
    options: FitOptions,
) -> _Observed:
    """The strokes at their places, without outliers."""
    inside = (strokes >= beat_times[0] - 0.05) & (strokes <= beat_times[-1] + 0.05)
    strokes, weights = strokes[inside], weights[inside]
    at, place_weight = _places_of(beat_times, beats, strokes)
    residual = strokes - np.interp(at, beats, beat_times)
    good = np.abs(residual) < options.outlier_s
    at, strokes, trust = at[good], strokes[good], (weights * place_weight)[good]
    spread = 1.4826 * float(np.median(np.abs(residual[good]))) if good.any() else 0.0
    spread = min(max(spread, options.tightest_s), options.loosest_s)
    order = np.argsort(at, kind="stable")
    return _Observed(at[order], strokes[order], trust[order], spread)


def _smooth(
    beat_times: Float64Array,
    beats: Float64Array,
    strokes: Float64Array,
    weights: Float64Array,
    options: FitOptions,
) -> Float64Array:
    """Pull every beat to the strokes in its neighbourhood, by local straight lines."""
    found = beat_times.copy()
    for reach in (3.0, 2.0, 2.0):
        seen = _observed(found, beats, strokes, weights, options)
        residual = seen.times_s - np.interp(seen.at, beats, found)
        found = found + _local_lines(beats, seen.at, residual, seen.trust, reach)
        found = np.maximum.accumulate(found + np.arange(len(found)) * 1e-9)
    return found


def _local_lines(
    beats: Float64Array, at: Float64Array, residual: Float64Array, trust: Float64Array, reach: float
) -> Float64Array:
    """At each beat the value of the line fitted to the residuals within ``reach`` beats."""
    low = np.searchsorted(at, beats - reach)
    counts = np.searchsorted(at, beats + reach) - low
    ends = np.cumsum(counts)
    # All pairs of a beat and a stroke near it, beat by beat.
    stroke = np.arange(counts.sum()) + np.repeat(low - (ends - counts), counts)
    x = at[stroke] - np.repeat(beats, counts)
    w = trust[stroke] * (1 - (np.abs(x) / (reach + 1e-9)) ** 3) ** 3
    r = residual[stroke]
    terms = np.stack([w, w * x, w * x * x, w * r, w * x * r])
    sums = [
        terms[:, end - count : end].sum(axis=1) for end, count in zip(ends, counts, strict=True)
    ]
    s0, s1, s2, t0, t1 = np.array(sums).T
    # Ridge terms: with few strokes stay where the beat was found, with a flat slope.
    s0, s2 = s0 + 0.3, s2 + 1.0
    moved: Float64Array = (s2 * t0 - s1 * t1) / np.maximum(s0 * s2 - s1 * s1, 1e-9)
    return moved


def _choose_knots(
    smooth: Float64Array, beats: Float64Array, seen: _Observed, price: Float64Array
) -> Int64Array:
    """Indices of the beats between which the tempo is steady, first and last included.

    ``price`` is what a tempo change costs at each beat.
    """
    count = len(beats)
    # Against a common line the sums of squares keep their digits over an hour of music.
    slope, level = np.polyfit(beats, smooth, 1)
    level_at = seen.times_s - slope * seen.at - level
    level_knot = smooth - slope * beats - level
    sums = _RunningSums.of(seen.at, level_at, seen.trust, beats)
    best = np.zeros(count)
    back = np.zeros(count, dtype=np.int64)
    for end in range(1, count):
        starts = np.arange(max(0, end - _LONGEST_SEGMENT), end)
        rise = (level_knot[end] - level_knot[starts]) / (beats[end] - beats[starts])
        squares = sums.between(starts, end, level_knot[starts] - rise * beats[starts], rise)
        cost = best[starts] + 0.5 * squares / seen.spread_s**2 + price[starts]
        choice = int(cost.argmin())
        best[end], back[end] = cost[choice], starts[choice]
    knots = [count - 1]
    while knots[-1] > 0:
        knots.append(int(back[knots[-1]]))
    return np.array(knots[::-1], dtype=np.int64)


# Beats of one tempo at most; longer stretches are joined again by the fit's own rounding.
_LONGEST_SEGMENT = 4_000


@dataclass(frozen=True, slots=True)
class _RunningSums:
    """Running weighted sums of 1, x, y, xx, xy, yy over the strokes before each beat."""

    rows: Float64Array

    @staticmethod
    def of(
        x: Float64Array, y: Float64Array, w: Float64Array, beats: Float64Array
    ) -> "_RunningSums":
        terms = np.stack([w, w * x, w * y, w * x * x, w * x * y, w * y * y])
        running = np.concatenate([np.zeros((6, 1)), np.cumsum(terms, axis=1)], axis=1)
        return _RunningSums(running[:, np.searchsorted(x, beats - 1e-6)])

    def between(
        self, starts: Int64Array, end: int, level: Float64Array, rise: Float64Array
    ) -> Float64Array:
        """Squared residuals of the strokes from beat ``starts`` to ``end`` to their lines."""
        s, sx, sy, sxx, sxy, syy = self.rows[:, end, None] - self.rows[:, starts]
        found: Float64Array = (
            syy
            - 2 * rise * sxy
            - 2 * level * sy
            + rise * rise * sxx
            + 2 * level * rise * sx
            + level * level * s
        )
        return np.maximum(found, 0.0)


def _fit_knots(knots: Float64Array, start_times: Float64Array, seen: _Observed) -> TempoLine:
    """Times of the knots by least squares, held to where they were found.

    Far strokes count less (P. J. Huber, The Annals of Mathematical Statistics 1964).
    """
    at, spread = seen.at, seen.spread_s
    line = TempoLine(knots, start_times, spread)
    index = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(knots) - 2)
    share = (at - knots[index]) / np.diff(knots)[index]
    for _ in range(4):
        residual = seen.times_s - line.times_at(at)
        robust = seen.trust / np.maximum(np.abs(residual) / (1.5 * spread), 1.0)
        system = np.zeros((3, len(knots)))
        right = np.zeros(len(knots))
        np.add.at(system[1], index, robust * (1 - share) ** 2)
        np.add.at(system[1], index + 1, robust * share**2)
        np.add.at(system[0], index + 1, robust * share * (1 - share))
        system[2, :-1] = system[0, 1:]
        np.add.at(right, index, robust * (1 - share) * residual)
        np.add.at(right, index + 1, robust * share * residual)
        system[1] += 0.05  # knots without strokes stay
        line = TempoLine(knots, line.times_s + solve_banded((1, 1), system, right), spread)
    return line


def _needed(line: TempoLine, seen: _Observed, price: float) -> BoolArray:
    """Which knots are worth their price; of two neighbours at most one is found idle."""
    kept = np.ones(len(line.beats), dtype=np.bool_)
    for knot in range(1, len(line.beats) - 1):
        if kept[knot - 1] and _saving(line, knot, seen) < price:
            kept[knot] = False
    return kept


def _saving(line: TempoLine, knot: int, seen: _Observed) -> float:
    """What a knot saves of the fit's cost, when its neighbours may move in its absence."""
    low, high = max(knot - 2, 0), min(knot + 2, len(line.beats) - 1)
    beats = np.delete(line.beats[low : high + 1], knot - low)
    level = np.delete(line.times_s[low : high + 1], knot - low)
    span = slice(*np.searchsorted(seen.at, [line.beats[low], line.beats[high]]))
    x, y, weight = seen.at[span], seen.times_s[span], seen.trust[span]
    if not x.size:
        return 0.0
    now = y - line.times_at(x)
    weight = weight / np.maximum(np.abs(now) / (1.5 * line.spread_s), 1.0)
    left, right = knot - 1 - low, knot - low
    hats = np.stack([np.interp(x, beats, np.eye(len(beats))[i]) for i in (left, right)], axis=1)
    without = y - np.interp(x, beats, level)
    root = np.sqrt(weight)
    moved = np.linalg.lstsq(hats * root[:, None], without * root, rcond=None)[0]
    cost = float((weight * (without - hats @ moved) ** 2).sum())
    return 0.5 * (cost - float((weight * now**2).sum())) / line.spread_s**2


def _plainest(line: TempoLine, seen: _Observed) -> TempoLine:
    """A single tempo becomes a whole (else half, tenth) BPM where the strokes do not object."""
    at, times, trust = seen.at, seen.times_s, seen.trust
    if len(line.beats) > 2 or at.size < 2:
        return line
    beats, (start_s, end_s) = line.beats, line.times_s
    exact = 60 * float(beats[1] - beats[0]) / float(end_s - start_s)
    residual = times - line.times_at(at)
    weight = trust / np.maximum(np.abs(residual) / (1.5 * line.spread_s), 1.0)
    cost = float((weight * residual**2).sum())
    for unit in (1.0, 0.5, 0.1):
        bpm = round(exact / unit) * unit
        if bpm <= 0:
            continue
        free = times - (at - beats[0]) * 60 / bpm
        level = float((weight * free).sum() / max(weight.sum(), 1e-9))
        dearer = 0.5 * (float((weight * (free - level) ** 2).sum()) - cost) / line.spread_s**2
        if dearer < _PLAIN_PRICE:
            return TempoLine(beats, level + (beats - beats[0]) * 60 / bpm, line.spread_s)
    return line
