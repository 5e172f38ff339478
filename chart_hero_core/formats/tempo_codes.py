"""Tempos as the whole numbers that chart files hold, without a drift from rounding."""

import math
from collections.abc import Callable
from itertools import zip_longest

from chart_hero_core.base.errors import ChartError
from chart_hero_core.timing.edits import SLOWEST_US_PER_QUARTER
from chart_hero_core.timing.tempo_map import US_PER_MINUTE, TempoMap, TimeSignature

_US_PER_MILLIBEAT = 1000 * US_PER_MINUTE
# A fiftieth of what charters feel; below it the rounder tempo is worth more than the microseconds.
_UNHEARD_DRIFT_US = 100.0
_EXACT = 1e-4  # closer to a whole number than any rounding of floats takes a read value away


def quarter_lengths_us(tempo_map: TempoMap) -> list[int]:
    """Microseconds per quarter of every tempo change, for a .mid.

    Raises:
        ChartError: a tempo is too slow for the 24 bits of a .mid (below about 3.58 BPM).
    """
    codes = _carried(tempo_map, lambda us: us, float)
    if max(codes) > SLOWEST_US_PER_QUARTER:
        raise ChartError("A .mid cannot hold a tempo below 3.58 BPM; make it faster first.")
    return codes


def millibeats_per_minute(tempo_map: TempoMap) -> list[int]:
    """Thousandths of a BPM of every tempo change, for a .chart."""

    def convert(value: float) -> float:
        return _US_PER_MILLIBEAT / value

    return _carried(tempo_map, convert, convert)


def quarter_us_of_millibeats(code: int) -> float:
    """Microseconds per quarter of a .chart tempo."""
    return _US_PER_MILLIBEAT / code


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


def _carried(
    tempo_map: TempoMap,
    code_of: Callable[[float], float],
    us_of: Callable[[int], float],
) -> list[int]:
    """The nearest codes, or the second nearest where the nearest would add up to a drift."""
    tempos = tempo_map.tempos
    codes: list[int] = []
    late_us = 0.0  # written minus true time at the change
    for change, following in zip_longest(tempos, tempos[1:]):
        exact = code_of(change.us_per_quarter)
        quarters = 0.0
        if following is not None:
            quarters = (following.tick - change.tick) / tempo_map.resolution
        best: tuple[float, float, int] | None = None
        for choice in _choices(exact):
            error_us = late_us + (us_of(choice) - change.us_per_quarter) * quarters
            drift_us = max(abs(error_us) - _UNHEARD_DRIFT_US, 0.0)
            candidate = (drift_us, abs(choice - exact), choice)
            best = candidate if best is None else min(best, candidate)
        assert best is not None
        codes.append(best[2])
        late_us += (us_of(best[2]) - change.us_per_quarter) * quarters
    return codes


def _choices(exact: float) -> tuple[int, ...]:
    if abs(exact - round(exact)) < _EXACT:
        return (max(round(exact), 1),)
    return (max(math.floor(exact), 1), max(math.ceil(exact), 1))
