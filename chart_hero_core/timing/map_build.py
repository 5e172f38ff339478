"""From fitted beats to a tempo map that files can hold: bars, a lead-in, storable tempos.

Tick 0 is the start of the audio in every chart, while music rarely starts on a beat there. The
lead-in is made of whole beats (some editors snap to ticks counted from 0), at a tempo close to the
song's own where there is room, if need be with a short opening bar, so that the first bar line of
the music is a bar line of the map. Where less than half a beat is left, it is a bar of a part of a
beat (editors snap from the time signature that ends it): a whole one would race.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array
from chart_hero_core.timing.map_fit import TempoLine
from chart_hero_core.timing.tempo_map import (
    DEFAULT_RESOLUTION,
    TempoChange,
    TempoMap,
    TimeSignature,
)

# Rounding may move no beat by more than this.
DRIFT_LIMIT_US = 900.0
# Tempos are tried from plain to fine, in units of 0.001 BPM, the precision of a .chart.
_PLAIN_MILLIBPM = (1000, 500, 100, 50, 10, 1)
# A lead-in at 0.8 to 1.25 times the song's tempo does not need a short opening bar.
_LEAD_RATIO = 1.25
# A first beat this close to the start of the audio is put there.
_NO_LEAD_S = 0.012
# A song of one tempo may be moved by this much as a whole to start with a beat.
_MOVABLE_S = 0.002
_STROKE_BEFORE_S = 0.03
_SHORTEST_SPLIT_QUARTERS = 8
# Openings shorter than a beat, in ticks: an eighth, a sixteenth, a 32nd, a 64th.
_PARTS = tuple(DEFAULT_RESOLUTION // part for part in (2, 4, 8, 16))
_WHOLE_FROM = 0.5  # of a beat: from here on a whole one is at most twice as fast


@dataclass(frozen=True, slots=True)
class Grid:
    """Beats and bars of a song before they are put on ticks.

    Attributes:
        line: time against beats, beat 0 at or before the first stroke.
        beats: the beats, ascending by 1, or by 0.5 after half a beat, ``[B]``, two or more.
        bar_lines: which of them start a bar, ``[B]``.
        quarters_per_beat: 1, or 1.5 where a beat is a dotted quarter.
    """

    line: TempoLine
    beats: Float64Array
    bar_lines: BoolArray
    quarters_per_beat: float = 1.0


def build_map(grid: Grid, first_stroke_s: float = 0.0) -> TempoMap:
    """The tempo map of ``grid``, at 480 ticks a quarter; the first stroke is at ``first_stroke_s``.

    Every beat at or after the start of the audio stands within 1 ms of its line, whether tempos
    are stored as microseconds per quarter (.mid) or as thousandths of a BPM (.chart). Only where
    the first beat lies within 12 ms of the start of the audio the first bar takes that up.
    """
    beats, bar_lines = _from_start(grid)
    bars = np.flatnonzero(bar_lines)
    usual = _usual_bar(beats, bars)
    pickup = float(beats[bars[0]] - beats[0]) if bars.size else 0.0
    lead = _lead_ticks(grid, beats, pickup, usual, first_stroke_s)
    per_beat = DEFAULT_RESOLUTION * grid.quarters_per_beat
    knots = _knots(grid.line, beats)
    if not lead:
        knots = _with_first_bar(knots, grid.line, beats, usual)
    knot_ticks = [round(lead + float(k - beats[0]) * per_beat) for k in knots]
    knot_times = [float(t) for t in grid.line.times_at(knots)]
    if lead:
        knot_ticks, knot_times = [0, *knot_ticks], [0.0, *knot_times]
    elif len(knots) == 2:
        knot_times = [time_s - knot_times[0] for time_s in knot_times]
    else:
        knot_times[0] = 0.0
    bar_ticks = [round(lead + float(beats[b] - beats[0]) * per_beat) for b in bars]
    if lead in _PARTS and lead not in bar_ticks:
        bar_ticks = [lead, *bar_ticks]  # the pickup keeps its own bar, in whole beats
    return TempoMap(
        DEFAULT_RESOLUTION,
        tuple(_tempos(knot_ticks, knot_times, round(usual * per_beat))),
        tuple(_signatures(bar_ticks, round(usual * per_beat), grid.quarters_per_beat > 1)),
    )


def _from_start(grid: Grid) -> tuple[Float64Array, BoolArray]:
    """The beats and bar lines at or after the start of the audio."""
    inside = grid.line.times_at(grid.beats) > -_NO_LEAD_S
    # At least two beats are needed to speak of a tempo.
    first = min(int(np.argmax(inside)), len(grid.beats) - 2) if inside.any() else 0
    return grid.beats[first:], grid.bar_lines[first:]


def _usual_bar(beats: Float64Array, bars: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> float:
    """The most common bar length in beats."""
    if bars.size < 2:
        return 4.0
    lengths, counts = np.unique(np.diff(beats[bars]), return_counts=True)
    return float(lengths[counts.argmax()])


def _lead_ticks(
    grid: Grid, beats: Float64Array, pickup: float, usual: float, first_stroke_s: float
) -> int:
    """Ticks from the start of the audio to the first beat."""
    start_s, next_s = (float(time_s) for time_s in grid.line.times_at(beats[:2]))
    if start_s <= _NO_LEAD_S:
        return 0
    per_beat = DEFAULT_RESOLUTION * grid.quarters_per_beat
    # The first step may be half a beat.
    exact = start_s * float(beats[1] - beats[0]) / (next_s - start_s)
    whole = max(round(exact), 1)
    if first_stroke_s < start_s - _STROKE_BEFORE_S:
        # Strokes in the lead-in want the true tempo: as near as sixteenths allow.
        sixteenth = DEFAULT_RESOLUTION // 4
        return max(round(exact * per_beat / sixteenth), 1) * sixteenth
    if exact < _WHOLE_FROM:
        return min(_PARTS, key=lambda part: abs(math.log(part / (exact * per_beat))))
    full = [
        n
        for n in range(1, math.ceil(exact * _LEAD_RATIO) + 1)
        if exact / _LEAD_RATIO <= n <= exact * _LEAD_RATIO and _is_whole((n + pickup) / usual)
    ]
    best = min(full, key=lambda n: abs(math.log(n / exact)), default=whole)
    return round(best * per_beat)


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6


def _knots(line: TempoLine, beats: Float64Array) -> Float64Array:
    """The knots of the line from the first beat on."""
    inner = line.beats[(line.beats > beats[0] + 1e-6) & (line.beats < beats[-1] - 1e-6)]
    return np.concatenate([beats[:1], inner, beats[-1:]])


def _with_first_bar(
    knots: Float64Array, line: TempoLine, beats: Float64Array, usual: float
) -> Float64Array:
    """A knot after the first bar, when the song's first beat has to move to the start."""
    first_bar = beats[0] + usual
    movable = len(knots) == 2 and abs(float(line.times_at(beats[:1])[0])) <= _MOVABLE_S
    if movable or knots[1] <= first_bar + 1e-6:
        return knots
    return np.concatenate([knots[:1], [first_bar], knots[1:]])


def _tempos(ticks: Sequence[int], times_s: Sequence[float], bar_ticks: int) -> list[TempoChange]:
    """Storable tempos through the places given; the error never builds up."""
    found: list[TempoChange] = []
    places = list(zip(ticks, times_s, strict=True))
    drift = (0.0, 0.0)  # of the map as .mid and as .chart stores it, in microseconds
    if len(places) > 2 and (one := _one_tempo(ticks[:3], times_s[:3])) is not None:
        found.append(one)
        drift, places = _drift_after(one, *places[2]), places[2:]
    for (tick, time_s), (next_tick, next_s) in itertools.pairwise(places):
        exact = (next_s - time_s) * 1e6 * DEFAULT_RESOLUTION / (next_tick - tick)
        for start, end in _pieces(tick, next_tick, exact, drift, bar_ticks):
            us, drift = _storable(exact, (end - start) / DEFAULT_RESOLUTION, drift)
            if not found or found[-1].us_per_quarter != us:
                found.append(TempoChange(start, us))
    return found


def _one_tempo(ticks: Sequence[int], times_s: Sequence[float]) -> TempoChange | None:
    """One tempo for the opening and the music after it, where both files keep every place."""
    quarters = ticks[-1] / DEFAULT_RESOLUTION
    us, _ = _storable(times_s[-1] * 1e6 / quarters, quarters, (0.0, 0.0))
    for stored in (us, 6e10 / round(6e10 / us)):
        for tick, time_s in zip(ticks, times_s, strict=True):
            if abs(tick / DEFAULT_RESOLUTION * stored - time_s * 1e6) > DRIFT_LIMIT_US:
                return None
    return TempoChange(0, us)


def _drift_after(tempo: TempoChange, tick: int, time_s: float) -> tuple[float, float]:
    """How far both files are from ``time_s`` at ``tick`` by one tempo from the start."""
    stored = (tempo.us_per_quarter, 6e10 / round(6e10 / tempo.us_per_quarter))
    in_mid, in_chart = (tick / DEFAULT_RESOLUTION * us - time_s * 1e6 for us in stored)
    return in_mid, in_chart


def _pieces(
    start: int, end: int, exact: float, drift: tuple[float, float], bar_ticks: int
) -> list[tuple[int, int]]:
    """One piece, or as many halves (on bar lines) as keep the rounding below the limit."""
    quarters = (end - start) / DEFAULT_RESOLUTION
    _, after = _storable(exact, quarters, drift)
    if max(map(abs, after)) <= DRIFT_LIMIT_US or quarters < _SHORTEST_SPLIT_QUARTERS:
        return [(start, end)]
    middle = start + max(round((end - start) / 2 / bar_ticks), 1) * bar_ticks
    if not start < middle < end:
        return [(start, end)]
    first = _pieces(start, middle, exact, drift, bar_ticks)
    for piece_start, piece_end in first:
        _, drift = _storable(exact, (piece_end - piece_start) / DEFAULT_RESOLUTION, drift)
    return first + _pieces(middle, end, exact, drift, bar_ticks)


def _storable(
    exact_us: float, quarters: float, drift: tuple[float, float]
) -> tuple[float, tuple[float, float]]:
    """The plainest tempo that keeps both files on time, else the one that keeps them best."""
    aim = max(exact_us - (drift[0] + drift[1]) / 2 / quarters, 1.0)
    # Short pieces leave little behind, so that long ones after them can stay plain.
    enough = min(max(8 * quarters, 50.0), DRIFT_LIMIT_US / 2)
    best, least = drift, math.inf
    chosen = round(aim)
    for candidates in _tempos_near(aim):
        for us in candidates:
            in_chart = 6e10 / round(6e10 / us)
            after = (
                drift[0] + (us - exact_us) * quarters,
                drift[1] + (in_chart - exact_us) * quarters,
            )
            if (worst := max(map(abs, after))) < least:
                chosen, best, least = us, after, worst
        if least <= enough:
            break
    return float(chosen), best


def _tempos_near(us: float) -> Iterator[list[int]]:
    """Whole microseconds per quarter around ``us``: first those of plain BPM, then the nearest."""
    for unit in _PLAIN_MILLIBPM:
        wanted = 6e10 / us / unit
        multiples = [m for m in (math.floor(wanted), math.ceil(wanted)) if m > 0]
        yield [round(6e10 / (multiple * unit)) for multiple in multiples]
    yield [max(math.floor(us), 1), math.ceil(us)]


def _signatures(bar_ticks: Sequence[int], usual: int, compound: bool) -> list[TimeSignature]:
    """Time signatures for bars that start at ``bar_ticks``; bars of ``usual`` length follow."""
    lines = list(bar_ticks)
    if not lines:
        return [_signature(0, usual, compound)]
    opening = _opening_bars(lines[0], usual)
    lines = [*opening, *lines]
    lengths = [b - a for a, b in itertools.pairwise(lines)] + [usual]
    found: list[TimeSignature] = []
    for tick, length in zip(lines, lengths, strict=True):
        signature = _signature(tick, length, compound)
        last = found[-1] if found else None
        if last is None or (last.numerator, last.denominator) != (
            signature.numerator,
            signature.denominator,
        ):
            found.append(signature)
    return found


def _opening_bars(first: int, usual: int) -> list[int]:
    """Bar lines before the first: a short bar where needed, then usual ones."""
    found = list(range(first - usual, -1, -usual))[::-1]
    if first > 0 and (not found or found[0] > 0):
        found = [0, *found]
    return found


def _signature(tick: int, length: int, compound: bool) -> TimeSignature:
    """The signature of a bar of ``length`` ticks, with the plainest denominator that fits."""
    for denominator in (8, 16, 32, 64) if compound else (4, 8, 16, 32, 64):
        numerator, rest = divmod(length * denominator, DEFAULT_RESOLUTION * 4)
        if rest == 0 and numerator >= 1:
            return TimeSignature(tick, numerator, denominator)
    raise AssertionError(f"a bar of {length} ticks is no whole number of 64ths")
