"""From times to grid positions: which subdivision every beat is played in, and what snapping costs.

Each beat takes the subdivision that describes its strokes most cheaply (minimum description
length, J. Rissanen, Automatica 1978): half the squared
residual over the jitter (the cost of Gaussian timing) plus the logarithm of the number of
slots per beat for every stroke (the cost of saying which slot it is), plus a price for unusual
subdivisions that is learned from the song itself in a first pass. So sixteenths played loosely
stay sixteenths, while 32nds, 64ths and triplets that are really there are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array, Int64Array
from chart_hero_core.timing.counting import is_compound
from chart_hero_core.timing.tempo_map import TempoMap

# Subdivisions by slots per whole note: 16 is sixteenths, 24 sixteenth triplets.
_DUPLE = (4, 8, 16, 32, 64, 128)
_TRIPLE = (12, 24, 48, 96, 192)
_ODD = (20, 28)  # quintuplets and septuplets of a quarter
_DIVISIONS = tuple(sorted((*_DUPLE, *_TRIPLE, *_ODD)))
_FINEST = _DUPLE[-1]
# Standard deviation of a player's (and the detector's) timing.
_JITTER_MS = 8.0
# A stroke that would be moved further leaves the grid of its beat: for one that people chart in
# which is this near, else for the coarsest that moves it less. They call a note that is off by a
# 128th a mistake.
_MOST_MOVED_MS = 25.0
_NEAR_MS = 10.0
_CHARTED = (4, 8, 12, 16, 24, 32, 48)
# Strokes of different lanes closer than this were meant together.
TOGETHER_MS = 12.0
# Strokes of one lane closer than this are one: a 128th at 220 BPM lasts 8.5 ms.
SAME_STROKE_MS = 6.0
# Prices in nats before the song has been looked at: about one note in a thousand is in quintuplets.
_PRICES = {**dict.fromkeys(_DUPLE, 0.0), **dict.fromkeys(_TRIPLE, 1.0), **dict.fromkeys(_ODD, 4.0)}
_FIRST_PRICE = np.array([_PRICES[division] for division in _DIVISIONS])
_SPLIT_PRICE = 1.5
_CLASH_PRICE = 4.0
# A residual never costs more than three standard deviations: one stray stroke must not force
# a finer grid on its neighbours.
_WORST_DEVIATIONS = 3.0
_UNREACHABLE = 1e9
# A ruff has three grace notes; longer runs are rolls.
_MOST_GRACES = 3
# No player is tighter than this, whatever the residuals of a song say.
_TIGHTEST_MS = 2.5
# Strokes deviate with heavier tails than a Gaussian of their median deviation.
_LOOSENESS = 1.6


@dataclass(frozen=True, slots=True)
class GridPlace:
    """Where a stroke was put.

    Attributes:
        tick: the place on the grid.
        residual_ms: heard minus grid; positive means that the stroke is later than the grid.
        division: slots per whole note of the grid (16 = sixteenths, 12 = eighth triplets,
            20 = quintuplets …),
            0 for a stroke left where it was heard.
    """

    tick: int
    residual_ms: float
    division: int


def quantise(
    times_s: Sequence[float],
    tempo_map: TempoMap,
    lanes: Sequence[int] | None = None,
    *,
    snap: bool = True,
) -> list[GridPlace]:
    """The place of every stroke, in the order given. Times before 0 go to tick 0.

    Strokes of a lane that fall on one tick are pulled apart by 128ths: flams, drags and ruffs to
    before the stroke that they lead to.

    Args:
        times_s: in seconds, in any order.
        lanes: one number per stroke: two strokes of a lane never share a tick unless they are
            within :data:`SAME_STROKE_MS` of each other, and never change their order.
        snap: False leaves every stroke at the tick nearest to where it was heard.

    Raises:
        ValueError: there are not as many lanes as times, or a time is not finite.
    """
    if lanes is not None and len(lanes) != len(times_s):
        raise ValueError(f"{len(lanes)} lanes do not fit {len(times_s)} times")
    if not len(times_s):
        return []
    times = np.asarray(times_s, dtype=np.float64)
    if not np.isfinite(times).all():
        raise ValueError("a stroke's time is not finite")
    order = np.argsort(times, kind="stable")
    ordered = np.maximum(times[order], 0.0)
    lane = np.arange(len(order)) if lanes is None else np.asarray(lanes, dtype=np.int64)[order]
    if snap:
        ticks, divisions = _snapped(ordered, lane, tempo_map)
    else:
        ticks = np.rint(tempo_map.ticks_array(ordered)).astype(np.int64)
        divisions = np.zeros(len(ticks), dtype=np.int64)
    if lanes is not None:
        _separate(ticks, divisions, ordered, lane, tempo_map, snap)
    residuals = (times[order] - tempo_map.seconds_array(ticks)) * 1e3
    places: list[GridPlace] = [GridPlace(0, 0.0, 0)] * len(order)
    for index, tick, residual, division in zip(order, ticks, residuals, divisions, strict=True):
        places[index] = GridPlace(int(tick), float(residual), int(division))
    return places


def _snapped(
    times: Float64Array, lane: Int64Array, tempo_map: TempoMap
) -> tuple[Int64Array, Int64Array]:
    ticks = tempo_map.ticks_array(times)
    beats = _Beats.of(ticks, tempo_map)
    targets = np.stack([_targets(ticks, beats, d, tempo_map) for d in _DIVISIONS])
    # A time signature off the grid cuts a beat to a length that nothing divides; its strokes are
    # counted from its start as in any other.
    open_targets = np.stack([_slots_within(ticks, beats, d, tempo_map) for d in _DIVISIONS])
    targets = np.where((targets < 0).all(axis=0), open_targets, targets)
    residuals = (times - tempo_map.seconds_array(targets)) * 1e3
    clashes = _clashes(times, lane, targets)
    fits = _fit_half_beats(beats, tempo_map)
    rows = np.arange(len(ticks))
    costs = _stroke_costs(residuals, _JITTER_MS, targets, clashes)
    choice = _cheapest(costs, beats, fits, _FIRST_PRICE)
    # Second pass: timing as tight as this song's, and what it plays often is cheap.
    spread = 1.4826 * float(np.median(np.abs(residuals[choice, rows])))
    jitter_ms = min(max(_LOOSENESS * spread, _TIGHTEST_MS), _JITTER_MS)
    counts = np.bincount(choice, minlength=len(_DIVISIONS)) + 0.5
    learned = np.minimum(0.5 * np.log(counts.max() / counts), 4.0) + 0.5 * _FIRST_PRICE
    costs = _stroke_costs(residuals, jitter_ms, targets, clashes)
    choice = _cheapest(costs, beats, fits, learned)
    found = targets[choice, rows]
    chosen = np.asarray(_DIVISIONS, dtype=np.int64)[choice]
    far = np.abs(residuals[choice, rows]) > _MOST_MOVED_MS
    stray, own = _stray_places(times[far], open_targets[:, far], tempo_map)
    found[far] = np.where(own > 0, stray, found[far])
    chosen[far] = np.where(own > 0, own, chosen[far])
    return found, chosen


def _stray_places(
    times: Float64Array, targets: Int64Array, tempo_map: TempoMap
) -> tuple[Int64Array, Int64Array]:
    """Where strokes go that their beat's grid would move too far, and on which subdivision.

    The coarsest that is near; else the coarsest of halves, quarters … that does not move them too
    far either. 0 for the subdivision where ticks are too coarse for all of them.
    """
    places = np.full(len(times), -1, dtype=np.int64)
    chosen = np.zeros(len(times), dtype=np.int64)
    nearness = [(division, _NEAR_MS) for division in _CHARTED]
    nearness += [(division, _MOST_MOVED_MS) for division in _DUPLE]
    for division, most_ms in [*nearness, (_FINEST, np.inf)]:
        target = targets[_DIVISIONS.index(division)]
        moved_ms = np.abs(times - tempo_map.seconds_array(target)) * 1e3
        taken = (chosen == 0) & (target >= 0) & (moved_ms <= most_ms)
        places[taken], chosen[taken] = target[taken], division
    return places, chosen


@dataclass(frozen=True, slots=True)
class _Beats:
    """The beats that strokes lie in.

    Attributes:
        starts, lengths: of the beat of each stroke, in ticks, ``[strokes]``.
        index: which beat, counting only beats that hold strokes, ``[strokes]``.
        second_half: whether the stroke lies in its beat's second half, ``[strokes]``.
        lengths_of_beats: ``[beats]``.
    """

    starts: Int64Array
    lengths: Int64Array
    index: Int64Array
    second_half: BoolArray
    lengths_of_beats: Int64Array

    @staticmethod
    def of(ticks: Float64Array, tempo_map: TempoMap) -> "_Beats":
        starts, lengths = beat_cells(ticks, tempo_map)
        _, first, index = np.unique(starts, return_index=True, return_inverse=True)
        second_half = (ticks - starts) * 2 >= lengths
        return _Beats(starts, lengths, index.astype(np.int64), second_half, lengths[first])


def beat_cells(ticks: Float64Array, tempo_map: TempoMap) -> tuple[Int64Array, Int64Array]:
    """Start and length, in ticks, of the beat each of ``ticks`` ``[N]`` lies in; both ``[N]``.

    A beat is a quarter counted from the bar line (the last one of a bar may be short), in 6/8,
    9/8 … a dotted quarter.
    """
    signature_ticks = np.array([s.tick for s in tempo_map.signatures], dtype=np.float64)
    index = np.maximum(np.searchsorted(signature_ticks, ticks, side="right") - 1, 0)
    bars = np.array([tempo_map.ticks_per_bar(s) for s in tempo_map.signatures])[index]
    compound = [is_compound(s) for s in tempo_map.signatures]
    quarter = tempo_map.resolution
    beat = np.where(np.array(compound)[index], quarter * 1.5, float(quarter))
    into = ticks - signature_ticks[index]
    bar_start = np.floor(into / bars) * bars
    beat_start = bar_start + np.floor((into - bar_start) / beat) * beat
    # The last bar before a time signature may be cut short, and with it its last beat.
    ends = np.append(signature_ticks[1:], np.inf)[index] - signature_ticks[index]
    length = np.minimum(beat, np.minimum(bar_start + bars, ends) - beat_start)
    starts = np.rint(signature_ticks[index] + beat_start).astype(np.int64)
    return starts, np.rint(length).astype(np.int64)


def places_in_beats(ticks: Float64Array | Int64Array, tempo_map: TempoMap) -> Float64Array:
    """How much of its beat (:func:`beat_cells`) has passed at each of ``ticks``: 0 to below 1,
    ``[N]``."""
    starts, lengths = beat_cells(np.asarray(ticks, np.float64), tempo_map)
    found: Float64Array = (np.asarray(ticks, np.float64) - starts) / np.maximum(lengths, 1)
    return found


def _targets(ticks: Float64Array, beats: _Beats, division: int, tempo_map: TempoMap) -> Int64Array:
    """The nearest slot of one subdivision; -1 where it does not fit the beat."""
    step = tempo_map.resolution * 4 / division
    slots = np.rint((ticks - beats.starts) / step)
    found = np.rint(beats.starts + slots * step).astype(np.int64)
    return np.where(_divides(step, beats.lengths) & (step >= 1), found, -1)


def _slots_within(
    ticks: Float64Array, beats: _Beats, division: int, tempo_map: TempoMap
) -> Int64Array:
    """The nearest slot of one subdivision, or the end of the beat where that is nearer; -1 where
    the subdivision is finer than ticks."""
    step = tempo_map.resolution * 4 / division
    ends = beats.starts + beats.lengths
    slots = beats.starts + np.rint((ticks - beats.starts) / step) * step
    found = np.where(np.abs(ticks - ends) <= np.abs(ticks - slots), ends, np.minimum(slots, ends))
    return np.where(step >= 1, np.rint(found), -1).astype(np.int64)


def _divides(step: float, lengths: Float64Array | Int64Array) -> BoolArray:
    found: BoolArray = np.abs(lengths / step - np.rint(lengths / step)) < 1e-6
    return found


def _stroke_costs(
    residuals_ms: Float64Array,
    jitter_ms: float,
    targets: Int64Array,
    clashes: BoolArray,
) -> Float64Array:
    """What it costs to put each stroke on each subdivision, in nats ``[divisions, strokes]``."""
    deviations = np.minimum(np.abs(residuals_ms) / jitter_ms, _WORST_DEVIATIONS)
    slots = np.log(np.asarray(_DIVISIONS, dtype=np.float64) / 4)[:, None]
    found: Float64Array = 0.5 * deviations**2 + slots + _CLASH_PRICE * clashes
    return np.where(targets < 0, _UNREACHABLE, found)


def _clashes(times: Float64Array, lane: Int64Array, targets: Int64Array) -> BoolArray:
    """Whether a stroke would fall on the tick of the one before it on its lane, as ``targets``."""
    previous = _previous_of_lane(lane)
    apart = (previous >= 0) & ((times - times[previous]) * 1e3 > SAME_STROKE_MS)
    found: BoolArray = apart & (targets == targets[:, previous])
    return found


def _previous_of_lane(lane: Int64Array) -> Int64Array:
    """For every stroke the index of the stroke before it on its lane, or -1."""
    order = np.argsort(lane, kind="stable")
    previous = np.full(len(lane), -1, dtype=np.int64)
    same = lane[order[1:]] == lane[order[:-1]]
    previous[order[1:][same]] = order[:-1][same]
    return previous


def _fit_half_beats(beats: _Beats, tempo_map: TempoMap) -> BoolArray:
    """Which subdivisions have a slot in the middle of each beat, ``[divisions, beats]``."""
    steps = [tempo_map.resolution * 4 / division for division in _DIVISIONS]
    return np.stack([_divides(step, beats.lengths_of_beats / 2) for step in steps])


def _cheapest(
    costs: Float64Array, beats: _Beats, fits: BoolArray, prices: Float64Array
) -> Int64Array:
    """The subdivision (its index) of every stroke: one per beat, or one per half beat."""
    halves = beats.index * 2 + beats.second_half
    sums = np.zeros((2 * len(beats.lengths_of_beats), len(costs)))
    np.add.at(sums, halves, costs.T)
    filled = np.bincount(halves, minlength=len(sums)) > 0
    whole = sums[0::2] + sums[1::2] + prices
    half = sums + prices + np.where(np.repeat(fits.T, 2, axis=0), 0.0, _UNREACHABLE)
    split_cost = np.where(filled, half.min(axis=1), 0.0).reshape(-1, 2).sum(axis=1)
    split = split_cost + _SPLIT_PRICE < whole.min(axis=1)
    best = np.where(np.repeat(split, 2), half.argmin(axis=1), np.repeat(whole.argmin(axis=1), 2))
    found: Int64Array = best.astype(np.int64)[halves]
    return found


def _separate(
    ticks: Int64Array,
    divisions: Int64Array,
    times: Float64Array,
    lane: Int64Array,
    tempo_map: TempoMap,
    snap: bool,
) -> None:
    """Pull strokes of one lane apart that ended on one tick though they do not coincide."""
    previous = _previous_of_lane(lane)
    step = max(round(tempo_map.resolution * 4 / _FINEST), 1) if snap else 1
    slots = tempo_map.ticks_array(times) / step  # where they were heard
    first_s = times.copy()  # of the strokes that share a tick
    for index, before in enumerate(previous):
        if before < 0 or ticks[index] > ticks[before]:
            continue
        if (times[index] - first_s[before]) * 1e3 <= SAME_STROKE_MS:
            ticks[index] = ticks[before]
            first_s[index] = first_s[before]
            continue
        after = max(round(slots[index] - ticks[before] / step), 1)
        moved = {index: int(ticks[before]) + after * step}
        tick_s = tempo_map.seconds(int(ticks[index]))
        if abs(times[index] - tick_s) < abs(times[before] - tick_s) + _JITTER_MS / 1e3:
            moved = _graces_before(index, ticks, slots, first_s < times, previous, step) or moved
        for stroke, tick in moved.items():
            ticks[stroke] = tick
            divisions[stroke] = _FINEST if snap else 0


def _graces_before(
    index: int,
    ticks: Int64Array,
    slots: Float64Array,
    shares: BoolArray,
    previous: Int64Array,
    step: int,
) -> dict[int, int]:
    """Ticks for the strokes in the way of one, before it: flams and drags lead to their stroke.

    Empty where they cannot be put there: at the start of the song, if more than an ornament has
    would move, or if strokes that share a tick would be torn apart.
    """
    found: dict[int, int] = {}
    tick, stroke = int(ticks[index]), int(previous[index])
    while stroke >= 0 and ticks[stroke] >= tick:
        tick -= max(round(tick / step - slots[stroke]), 1) * step
        if tick < 0 or shares[stroke] or len(found) == _MOST_GRACES:
            return {}
        found[stroke] = tick
        stroke = int(previous[stroke])
    return found
