"""Tempos as the whole numbers that chart files hold, without a drift from rounding."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from chart_hero_core.base.errors import ChartError
from chart_hero_core.timing.edits import SLOWEST_US_PER_QUARTER
from chart_hero_core.timing.tempo_map import (
    US_PER_MINUTE,
    TempoChange,
    TempoMap,
    TimeSignature,
)

_US_PER_MILLIBEAT = 1000 * US_PER_MINUTE
# A fiftieth of what charters feel; below it the rounder tempo is worth more than the microseconds.
_UNHEARD_DRIFT_US = 100.0
# What the proof of an export lets pass; only beyond it a tempo is said in several.
_FELT_DRIFT_US = 1000.0
_STEADY_DRIFT_US = 500.0  # what those several tempos keep to
# Bounds files with a stray note hours away; an hour at 60 BPM takes some 30.
_MOST_TEMPOS_ADDED = 500
_EXACT = 1e-4  # closer to a whole number than any rounding of floats takes a read value away


@dataclass(frozen=True, slots=True)
class _Scale:
    """The whole numbers that a format holds, from and to microseconds per quarter."""

    code_of: Callable[[float], float]
    us_of: Callable[[int], float]


def quarter_us_of_millibeats(code: int) -> float:
    """Microseconds per quarter of a .chart tempo."""
    return _US_PER_MILLIBEAT / code


_MICROSECONDS = _Scale(lambda us: us, float)
_MILLIBEATS = _Scale(lambda us: _US_PER_MILLIBEAT / us, quarter_us_of_millibeats)


def quarter_lengths_us(tempo_map: TempoMap) -> list[int]:
    """Microseconds per quarter of every tempo change, for a .mid.

    Raises:
        ChartError: a tempo is too slow for the 24 bits of a .mid (below about 3.58 BPM).
    """
    codes = _carried(tempo_map, _MICROSECONDS)
    if max(codes) > SLOWEST_US_PER_QUARTER:
        raise ChartError("A .mid cannot hold a tempo below 3.58 BPM; make it faster first.")
    return codes


def millibeats_per_minute(tempo_map: TempoMap) -> list[int]:
    """Thousandths of a BPM of every tempo change, for a .chart."""
    return _carried(tempo_map, _MILLIBEATS)


def steady_quarter_lengths(tempo_map: TempoMap, end_tick: int) -> list[tuple[int, int]]:
    """Ticks and microseconds per quarter of the tempos of a .mid, as :func:`steady_millibeats`.

    Raises:
        ChartError: as :func:`quarter_lengths_us`.
    """
    steady = _steady(tempo_map, quarter_lengths_us(tempo_map), end_tick, _MICROSECONDS)
    return [(tick, min(code, int(SLOWEST_US_PER_QUARTER))) for tick, code in steady]


def steady_millibeats(tempo_map: TempoMap, end_tick: int) -> list[tuple[int, int]]:
    """Ticks and thousandths of a BPM of the tempos of a .chart, its music in time up to the end.

    These are the tempo changes of the map, unless its music would come more than 1 ms early or
    late: a long stretch at one tempo drifts by the rounding of that. Then such a stretch goes to
    and fro between the codes above and below its tempo, and stays within 0.5 ms.

    Args:
        end_tick: where the music ends.
    """
    return _steady(tempo_map, millibeats_per_minute(tempo_map), end_tick, _MILLIBEATS)


def _steady(
    tempo_map: TempoMap, codes: list[int], end_tick: int, scale: _Scale
) -> list[tuple[int, int]]:
    plain = [(change.tick, code) for change, code in zip(tempo_map.tempos, codes, strict=True)]
    if _worst_drift_us(tempo_map, plain, end_tick, scale) <= _FELT_DRIFT_US:
        return plain
    steady: list[tuple[int, int]] = []
    late_us = 0.0
    ends = [change.tick for change in tempo_map.tempos[1:]]
    for change, end in zip(tempo_map.tempos, [*ends, max(end_tick, plain[-1][0])], strict=True):
        added, late_us = _steady_stretch(change, end, late_us, tempo_map.resolution, scale)
        steady += added
        if len(steady) > len(plain) + _MOST_TEMPOS_ADDED:
            return plain
    return steady


def _worst_drift_us(
    tempo_map: TempoMap, coded: list[tuple[int, int]], end_tick: int, scale: _Scale
) -> float:
    """How far the written tempos are from the map at most, which is at a change or the end."""
    written = TempoMap(
        tempo_map.resolution, tuple(TempoChange(tick, scale.us_of(code)) for tick, code in coded)
    )
    ticks = [*(change.tick for change in tempo_map.tempos), end_tick]
    return max(abs(written.seconds(tick) - tempo_map.seconds(tick)) for tick in ticks) * 1e6


def _steady_stretch(
    change: TempoChange, end_tick: int, late_us: float, resolution: int, scale: _Scale
) -> tuple[list[tuple[int, int]], float]:
    """The tempos of one stretch that begins ``late_us`` late, and how late its end is."""
    exact = scale.code_of(change.us_per_quarter)
    # Lateness gained in a quarter at each code; the nearer one first, it needs fewer changes.
    gains = {
        code: scale.us_of(code) - change.us_per_quarter
        for code in sorted(_choices(exact), key=lambda code: abs(code - exact))
    }
    tick, found = change.tick, list[tuple[int, int]]()
    while not found or (tick < end_tick and len(found) < _MOST_TEMPOS_ADDED + 2):
        code = _next_code(gains, late_us, found[-1][1] if found else None)
        found.append((tick, code))
        step = end_tick - tick
        if len(gains) > 1:
            step = min(step, _ticks_in_time(gains[code], late_us, resolution))
        late_us += gains[code] * step / resolution
        tick += step
    return found, late_us


def _next_code(gains: Mapping[int, float], late_us: float, before: int | None) -> int:
    """The other code than before; at first the nearer one unless it leads further from the time."""
    able = [code for code in gains if code != before] or list(gains)
    if abs(late_us) < _UNHEARD_DRIFT_US:
        return able[0]
    return min(able, key=lambda code: late_us * gains[code] > 0)


def _ticks_in_time(gain_us: float, late_us: float, resolution: int) -> int:
    """How long a code that gains so much a quarter keeps to the time; whole quarters if it can."""
    room_us = _STEADY_DRIFT_US - math.copysign(late_us, late_us * gain_us)
    quarters = max(room_us, 0.0) / abs(gain_us)
    if quarters < 1:
        return max(int(quarters * resolution), 1)
    return int(quarters) * resolution


def denominator_power(signature: TimeSignature) -> int:
    """The power of two that both formats hold in place of the denominator.

    Raises:
        ChartError: the signature cannot be written.
    """
    power = signature.denominator.bit_length() - 1
    if signature.denominator != 1 << power or signature.numerator > 255:
        raise ChartError(
            f"A time signature of {signature.numerator}/{signature.denominator} cannot be written; "
            "the lower number must be a power of two and the upper at most 255."
        )
    return power


def _carried(tempo_map: TempoMap, scale: _Scale) -> list[int]:
    """The nearest codes, or the second nearest where the nearest would add up to a drift."""
    tempos = tempo_map.tempos
    codes: list[int] = []
    late_us = 0.0  # written minus true time at the change
    for change, following in zip_longest(tempos, tempos[1:]):
        exact = scale.code_of(change.us_per_quarter)
        quarters = 0.0
        if following is not None:
            quarters = (following.tick - change.tick) / tempo_map.resolution
        best: tuple[float, float, int] | None = None
        for choice in _choices(exact):
            error_us = late_us + (scale.us_of(choice) - change.us_per_quarter) * quarters
            drift_us = max(abs(error_us) - _UNHEARD_DRIFT_US, 0.0)
            candidate = (drift_us, abs(choice - exact), choice)
            best = candidate if best is None else min(best, candidate)
        assert best is not None
        codes.append(best[2])
        late_us += (scale.us_of(best[2]) - change.us_per_quarter) * quarters
    return codes


def _choices(exact: float) -> tuple[int, ...]:
    if abs(exact - round(exact)) < _EXACT:
        return (max(round(exact), 1),)
    return (max(math.floor(exact), 1), max(math.ceil(exact), 1))
