"""The tempo map: ticks to seconds and back, immutable."""

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from chart_hero_core.base.arrays import Float64Array

DEFAULT_RESOLUTION = 480
DEFAULT_US_PER_QUARTER = 500_000.0
US_PER_MINUTE = 60_000_000.0


@dataclass(frozen=True, slots=True)
class TempoChange:
    """From ``tick`` on a quarter note lasts ``us_per_quarter`` microseconds.

    ``anchor_us`` is the time an editor has locked this change to (``A`` in a .chart), if any.
    """

    tick: int
    us_per_quarter: float
    anchor_us: int | None = None

    @property
    def bpm(self) -> float:
        """Quarter notes per minute."""
        return US_PER_MINUTE / self.us_per_quarter


@dataclass(frozen=True, slots=True)
class TimeSignature:
    """From ``tick`` on a bar holds ``numerator`` notes of 1/``denominator``."""

    tick: int
    numerator: int = 4
    denominator: int = 4


@dataclass(frozen=True, slots=True)
class BarBeat:
    """A place in the music: bar and beat count from 0; ``tick`` is where that beat starts."""

    bar: int
    beat: int
    tick: int


@dataclass(frozen=True)
class TempoMap:
    """Tempo and time-signature changes of a song.

    Both lists are in ascending order of distinct ticks and start at tick 0.
    ``seconds`` and ``tick_at`` are inverses of each other to well within a microsecond.

    Raises:
        ValueError: from the constructor when the lists break these rules.
    """

    resolution: int = DEFAULT_RESOLUTION
    tempos: tuple[TempoChange, ...] = (TempoChange(0, DEFAULT_US_PER_QUARTER),)
    signatures: tuple[TimeSignature, ...] = (TimeSignature(0),)
    _ticks: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _starts_s: tuple[float, ...] = field(init=False, repr=False, compare=False)
    _signature_ticks: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _first_bars: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.resolution <= 0:
            raise ValueError(f"resolution must be positive, not {self.resolution}")
        _check_ticks("tempo", [t.tick for t in self.tempos])
        _check_ticks("time signature", [s.tick for s in self.signatures])
        if any(not 0 < t.us_per_quarter < float("inf") for t in self.tempos):
            raise ValueError("tempos must be positive")
        if any(s.numerator <= 0 or s.denominator <= 0 for s in self.signatures):
            raise ValueError("time signatures must be positive")
        starts = [0.0]
        for before, after in zip(self.tempos, self.tempos[1:], strict=False):
            length = (after.tick - before.tick) * before.us_per_quarter / self.resolution / 1e6
            starts.append(starts[-1] + length)
        object.__setattr__(self, "_ticks", tuple(t.tick for t in self.tempos))
        object.__setattr__(self, "_starts_s", tuple(starts))
        bars = [0]
        for now, then in zip(self.signatures, self.signatures[1:], strict=False):
            # A bar cut short by the next time signature counts as a bar.
            length = (then.tick - now.tick) / self.ticks_per_bar(now)
            bars.append(bars[-1] + math.ceil(length - 1e-9))
        object.__setattr__(self, "_signature_ticks", tuple(s.tick for s in self.signatures))
        object.__setattr__(self, "_first_bars", tuple(bars))

    @staticmethod
    def constant(bpm: float, resolution: int = DEFAULT_RESOLUTION) -> "TempoMap":
        """A map of one tempo in 4/4."""
        return TempoMap(resolution, (TempoChange(0, US_PER_MINUTE / bpm),))

    def seconds(self, tick: float) -> float:
        """The time of ``tick`` in seconds; negative ticks extend the first tempo backwards."""
        index = max(bisect.bisect_right(self._ticks, tick) - 1, 0)
        change = self.tempos[index]
        ahead = (tick - change.tick) * change.us_per_quarter / self.resolution / 1e6
        return self._starts_s[index] + ahead

    def tick_at(self, time_s: float) -> float:
        """The (fractional) tick at ``time_s``; the exact inverse of :meth:`seconds`."""
        index = max(bisect.bisect_right(self._starts_s, time_s) - 1, 0)
        change = self.tempos[index]
        ahead_s = time_s - self._starts_s[index]
        return change.tick + ahead_s * 1e6 * self.resolution / change.us_per_quarter

    def seconds_array(self, ticks: ArrayLike) -> Float64Array:
        """:meth:`seconds` of many ticks at once, in the shape given."""
        at = np.asarray(ticks, dtype=np.float64)
        index = np.maximum(np.searchsorted(np.asarray(self._ticks), at, side="right") - 1, 0)
        us = np.array([t.us_per_quarter for t in self.tempos])[index]
        ahead = (at - np.asarray(self._ticks, dtype=np.float64)[index]) * us
        found: Float64Array = np.asarray(self._starts_s)[index] + ahead / (self.resolution * 1e6)
        return found

    def ticks_array(self, times_s: ArrayLike) -> Float64Array:
        """:meth:`tick_at` of many times at once, in the shape given."""
        at = np.asarray(times_s, dtype=np.float64)
        starts = np.asarray(self._starts_s)
        index = np.maximum(np.searchsorted(starts, at, side="right") - 1, 0)
        us = np.array([t.us_per_quarter for t in self.tempos])[index]
        ahead = (at - starts[index]) * 1e6 * self.resolution / us
        found: Float64Array = np.asarray(self._ticks, dtype=np.float64)[index] + ahead
        return found

    def tempo_at(self, tick: float) -> TempoChange:
        """The tempo in force at ``tick``."""
        return self.tempos[max(bisect.bisect_right(self._ticks, tick) - 1, 0)]

    def signature_at(self, tick: float) -> TimeSignature:
        """The time signature in force at ``tick``."""
        return self.signatures[self._signature_index(tick)]

    def _signature_index(self, tick: float) -> int:
        return max(bisect.bisect_right(self._signature_ticks, tick) - 1, 0)

    def ticks_per_beat(self, signature: TimeSignature) -> float:
        """Ticks of one beat, i.e. of one note of the signature's denominator; at least 1."""
        return max(self.resolution * 4 / signature.denominator, 1.0)

    def ticks_per_bar(self, signature: TimeSignature) -> float:
        """Ticks of one bar of ``signature``."""
        return self.ticks_per_beat(signature) * signature.numerator

    def beats(self, start_tick: int, end_tick: int) -> list[BarBeat]:
        """All beats whose tick lies in ``start_tick <= tick < end_tick``, none before tick 0."""
        found: list[BarBeat] = []
        for index in range(self._signature_index(start_tick), len(self.signatures)):
            signature, bar = self.signatures[index], self._first_bars[index]
            stop = end_tick
            if index + 1 < len(self.signatures):
                stop = min(stop, self.signatures[index + 1].tick)
            per_beat = self.ticks_per_beat(signature)
            count = max(0, int((start_tick - signature.tick) // per_beat))
            while (tick := round(signature.tick + count * per_beat)) < stop:
                if tick >= start_tick:
                    bars, beat = divmod(count, signature.numerator)
                    found.append(BarBeat(bar + bars, beat, tick))
                count += 1
            if stop == end_tick:
                break
        return found

    def bar_beat(self, tick: float) -> tuple[int, int, float]:
        """Bar and beat of ``tick`` (both from 0) and the fraction of the beat gone by.

        Before tick 0 the first bar is continued backwards: bar -1 and so on.
        """
        index = self._signature_index(tick)
        signature = self.signatures[index]
        beats = (tick - signature.tick) / self.ticks_per_beat(signature)
        whole = math.floor(beats)
        bars, beat = divmod(whole, signature.numerator)
        return self._first_bars[index] + bars, beat, beats - whole

    def nearest_beat(self, tick: float) -> int:
        """The tick of the beat nearest to ``tick``; the first one before the song."""
        signature = self.signature_at(tick)
        beat = self.ticks_per_beat(signature)
        return max(round(signature.tick + round((tick - signature.tick) / beat) * beat), 0)

    def bar_start(self, bar: int) -> int:
        """The tick at which ``bar`` (from 0; negative: before the song) starts."""
        index = max(bisect.bisect_right(self._first_bars, bar) - 1, 0)
        signature = self.signatures[index]
        ahead = (bar - self._first_bars[index]) * self.ticks_per_bar(signature)
        return signature.tick + round(ahead)


def _check_ticks(name: str, ticks: Sequence[int]) -> None:
    """Raise ``ValueError`` unless the changes begin at tick 0 and ascend."""
    if not ticks or ticks[0] != 0:
        raise ValueError(f"the first {name} change must be at tick 0")
    if any(a >= b for a, b in itertools.pairwise(ticks)):
        raise ValueError(f"{name} changes must be at ascending, distinct ticks")
