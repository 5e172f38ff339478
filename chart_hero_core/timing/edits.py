"""Edits of a tempo map: pure functions that take a map and give back another.

Notes are not touched here; whoever owns them decides whether they keep their place on the grid
(their tick) or their place in the audio. An anchored change (``TempoChange.anchor_us``) keeps its
time through every edit before it: the tempo that leads up to it gives way.
"""

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chart_hero_core.base.errors import ChartError
from chart_hero_core.timing.tempo_map import US_PER_MINUTE, TempoChange, TempoMap, TimeSignature

# What both file formats can hold: 24 bits of microseconds (3.6 BPM) and BPM x 1000 as an integer.
SLOWEST_US_PER_QUARTER = float(2**24 - 1)
FASTEST_US_PER_QUARTER = 1_000.0
MAX_NUMERATOR = 255
MAX_DENOMINATOR = 64
# A pause longer than this starts a new row of taps.
TAP_PAUSE_S = 2.5
# Two taps closer than this are one bounce of the key.
BOUNCE_S = 0.05


def insert_tempo(tempo_map: TempoMap, tick: int, bpm: float) -> TempoMap:
    """Play at ``bpm`` from ``tick`` to the next change; a change already there is replaced.

    Raises:
        ChartError: the tick is negative or the tempo is outside what files can hold.
    """
    if not bpm > 0:
        raise ChartError("A tempo must be greater than zero.")
    _check_tick(tick)
    change = TempoChange(tick, _checked(US_PER_MINUTE / bpm), _anchor_at(tempo_map, tick))
    return _hold_anchors(replace(tempo_map, tempos=_with_tempo(tempo_map, change)))


def remove_tempo(tempo_map: TempoMap, tick: int) -> TempoMap:
    """Remove the change at ``tick``; the tempo before it continues.

    Raises:
        ChartError: there is no change at ``tick``, or it is the first.
    """
    if tick == 0:
        raise ChartError("The first tempo cannot be removed; change it instead.")
    kept = tuple(t for t in tempo_map.tempos if t.tick != tick)
    if len(kept) == len(tempo_map.tempos):
        raise ChartError("There is no tempo change at this place.")
    return _hold_anchors(replace(tempo_map, tempos=kept))


def insert_signature(
    tempo_map: TempoMap, tick: int, numerator: int, denominator: int = 4
) -> TempoMap:
    """Start a bar of ``numerator``/``denominator`` at ``tick`` (replacing one already there).

    Raises:
        ChartError: a negative tick, a numerator outside 1..255, a denominator that is not 1, 2,
            4 … 64.
    """
    _check_tick(tick)
    if not 1 <= numerator <= MAX_NUMERATOR:
        raise ChartError(f"A bar holds 1 to {MAX_NUMERATOR} beats, not {numerator}.")
    if not 1 <= denominator <= MAX_DENOMINATOR or denominator & (denominator - 1):
        raise ChartError(f"The lower number of a time signature is 1, 2, 4 … {MAX_DENOMINATOR}.")
    others = [s for s in tempo_map.signatures if s.tick != tick]
    bisect.insort(others, TimeSignature(tick, numerator, denominator), key=lambda s: s.tick)
    return replace(tempo_map, signatures=tuple(others))


def remove_signature(tempo_map: TempoMap, tick: int) -> TempoMap:
    """Remove the time signature that starts at ``tick``; the one before it continues.

    Raises:
        ChartError: the first one, without which bars could not be counted.
    """
    if tick <= 0:
        raise ChartError("The first time signature can be changed, not removed.")
    return replace(tempo_map, signatures=tuple(s for s in tempo_map.signatures if s.tick != tick))


def nearest_bar_line(tempo_map: TempoMap, tick: float) -> int:
    """The bar line nearest to ``tick``: where a time signature belongs."""
    bar, _, _ = tempo_map.bar_beat(max(tick, 0.0))
    before, after = tempo_map.bar_start(bar), tempo_map.bar_start(bar + 1)
    return before if tick - before <= after - tick else after


def drag_beat(tempo_map: TempoMap, tick: int, time_s: float, *, ripple: bool = False) -> TempoMap:
    """Move the beat at ``tick`` to ``time_s`` by bending the tempo up to it.

    What lies before the last change before ``tick`` stays. What follows the next change keeps its
    time; with ``ripple``, everything after ``tick`` keeps its tempo instead and moves along.

    Raises:
        ChartError: tick 0 (it is the start of the audio), or a tempo outside what files can hold.
    """
    if tick <= 0:
        raise ChartError("The first beat stands at the start of the audio and cannot be moved.")
    tempos = list(_with_tempo(tempo_map, _change_at(tempo_map, tick)))
    index = next(i for i, change in enumerate(tempos) if change.tick == tick)
    before = tempos[index - 1]
    start_s = tempo_map.seconds(before.tick)
    tempos[index - 1] = replace(
        before, us_per_quarter=_stretch(tempo_map, before.tick, tick, time_s - start_s)
    )
    anchored = tempos[index].anchor_us is not None
    tempos[index] = replace(tempos[index], anchor_us=round(time_s * 1e6) if anchored else None)
    if not ripple and index + 1 < len(tempos):
        after = tempos[index + 1]
        length_s = tempo_map.seconds(after.tick) - time_s
        us = _stretch(tempo_map, tick, after.tick, length_s)
        tempos[index] = replace(tempos[index], us_per_quarter=us)
    return _hold_anchors(replace(tempo_map, tempos=tuple(tempos)))


def anchor(tempo_map: TempoMap, tick: int, time_s: float | None = None) -> TempoMap:
    """Lock ``tick`` to ``time_s`` (where it stands now, when None): a change with an anchor.

    Raises:
        ChartError: as :func:`drag_beat`.
    """
    if tick > 0 and time_s is not None:
        tempo_map = drag_beat(tempo_map, tick, time_s)
    _check_tick(tick)
    anchor_us = round(tempo_map.seconds(tick) * 1e6)
    change = replace(_change_at(tempo_map, tick), anchor_us=anchor_us)
    return replace(tempo_map, tempos=_with_tempo(tempo_map, change))


def release(tempo_map: TempoMap, tick: int) -> TempoMap:
    """Unlock the change at ``tick``; nothing moves."""
    tempos = tuple(replace(t, anchor_us=None) if t.tick == tick else t for t in tempo_map.tempos)
    return replace(tempo_map, tempos=tempos)


def tap_tempo(taps_s: Sequence[float]) -> float | None:
    """The tempo of a row of taps in BPM, or None for fewer than two taps.

    Only the taps after the last pause count. A missed tap is bridged: the beats are numbered by
    the median gap, then a line is laid through them by least squares.
    """
    taps = np.unique(np.asarray(taps_s, dtype=np.float64))
    taps = taps[np.diff(taps, prepend=-np.inf) > BOUNCE_S]
    pauses = np.flatnonzero(np.diff(taps) > TAP_PAUSE_S)
    if pauses.size:
        taps = taps[pauses[-1] + 1 :]
    if taps.size < 2:
        return None
    gap = float(np.median(np.diff(taps)))
    steps = np.maximum(np.rint(np.diff(taps) / gap), 1)
    beats = np.concatenate([[0.0], np.cumsum(steps)])
    slope = float(np.polyfit(beats - beats.mean(), taps, 1)[0])
    return 60.0 / slope


def double_tempo(tempo_map: TempoMap) -> TempoMap:
    """Twice as many beats: every old beat becomes two; times stay, bars take half as long."""
    return _scaled(tempo_map, 2, 1)


def halve_tempo(tempo_map: TempoMap) -> TempoMap:
    """Half as many beats: two old beats become one; the changes keep their times.

    A change on an odd tick moves by half a tick on the grid, never in time.
    """
    return _scaled(tempo_map, 1, 2)


def shift_bar_lines(tempo_map: TempoMap, beats: int = 1) -> TempoMap:
    """Let every bar start ``beats`` beats later (earlier when negative); no beat moves in time.

    The opening becomes a short bar that takes up the difference; an existing short opening bar
    is made longer or shorter, and vanishes when the bars fit again. An opening of less than a
    beat stays before it, since beats count from its end.

    Raises:
        ChartError: a later time signature would run into the opening.
    """
    found, pickup, (body, *rest) = _openings(tempo_map)
    start = found[-1].tick + round(tempo_map.ticks_per_bar(found[-1])) if found else 0
    # Counted in the finer of the two notes, so that a pickup of half a beat keeps its half.
    unit = body.denominator if pickup is None else max(body.denominator, pickup.denominator)
    before = 0 if pickup is None else pickup.numerator * unit // pickup.denominator
    per_beat = unit // body.denominator
    opening = (before + beats * per_beat) % (body.numerator * per_beat)
    if opening:
        found.append(_plainest(start, opening, unit, body.denominator))
    found.append(replace(body, tick=start + round(opening * tempo_map.resolution * 4 / unit)))
    for signature in rest:
        moved = replace(
            signature, tick=signature.tick + round(beats * tempo_map.ticks_per_beat(body))
        )
        if moved.tick <= found[-1].tick:
            raise ChartError("There is no room to shift the bars; move the time signature first.")
        found.append(moved)
    return replace(tempo_map, signatures=tuple(found))


def _openings(
    tempo_map: TempoMap,
) -> tuple[list[TimeSignature], TimeSignature | None, list[TimeSignature]]:
    """A bar of a part of a beat and a pickup bar at the start, as far as there are any; the rest.

    The first goes before beats and bars are counted, see ``map_build``.
    """
    rest = list(tempo_map.signatures)
    parts: list[TimeSignature] = []
    if len(rest) > 1 and _fills(tempo_map, rest[0], rest[1], tempo_map.ticks_per_beat(rest[1])):
        parts.append(rest.pop(0))
    pickup = None
    if len(rest) > 1 and _fills(tempo_map, rest[0], rest[1], tempo_map.ticks_per_bar(rest[1])):
        pickup = rest.pop(0)
    return parts, pickup, rest


def _fills(tempo_map: TempoMap, first: TimeSignature, second: TimeSignature, less: float) -> bool:
    """Whether one bar of ``first`` leads up to ``second``, and is shorter than ``less`` ticks."""
    bar = tempo_map.ticks_per_bar(first)
    return bar < less and first.tick + round(bar) == second.tick


def _plainest(tick: int, numerator: int, denominator: int, least: int) -> TimeSignature:
    """A signature in the longest notes that fit, none longer than 1/``least``."""
    while numerator % 2 == 0 and denominator > least:
        numerator, denominator = numerator // 2, denominator // 2
    return TimeSignature(tick, numerator, denominator)


def shift_times(tempo_map: TempoMap, offset_s: float) -> TempoMap:
    """Move the whole grid later (earlier when negative) in the audio.

    Tick 0 stays at the start of the audio, so the opening takes it up: the beats up to the first
    later tempo change, or as many bars as it needs where that is too close, at another tempo.
    Half a beat's worth of seconds turns off-beats into beats.

    Raises:
        ChartError: there is not enough room before the first notes to take up the offset.
    """
    if offset_s == 0:
        return tempo_map
    if not math.isfinite(offset_s):
        raise ChartError("The offset must be a number of seconds.")
    for bar in range(1, 65):
        tick = tempo_map.bar_start(bar)
        end_s = tempo_map.seconds(tick)
        if tick > 0 and 0.5 * end_s <= end_s + offset_s <= 2.0 * end_s:
            change = replace(_change_at(tempo_map, tick), anchor_us=None)
            later = tuple(replace(t, anchor_us=None) for t in tempo_map.tempos if t.tick > tick)
            us = _stretch(tempo_map, 0, tick, end_s + offset_s)
            return replace(tempo_map, tempos=(TempoChange(0, us), change, *later))
    raise ChartError("The beat cannot be moved that far; drag a beat instead.")


def _check_tick(tick: int) -> None:
    if tick < 0:
        raise ChartError("The song starts at the first beat; choose a later place.")


def _checked(us_per_quarter: float) -> float:
    if not FASTEST_US_PER_QUARTER <= us_per_quarter <= SLOWEST_US_PER_QUARTER:
        raise ChartError("The tempo would leave the range of 3.6 to 60,000 BPM.")
    return us_per_quarter


def _stretch(tempo_map: TempoMap, start: int, end: int, length_s: float) -> float:
    """The tempo that lets ``start..end`` ticks last ``length_s`` seconds."""
    return _checked(length_s * 1e6 * tempo_map.resolution / (end - start))


def _change_at(tempo_map: TempoMap, tick: int) -> TempoChange:
    """The change at ``tick``, or a new one that changes nothing."""
    current = tempo_map.tempo_at(tick)
    return current if current.tick == tick else TempoChange(tick, current.us_per_quarter)


def _anchor_at(tempo_map: TempoMap, tick: int) -> int | None:
    current = tempo_map.tempo_at(tick)
    return current.anchor_us if current.tick == tick else None


def _with_tempo(tempo_map: TempoMap, change: TempoChange) -> tuple[TempoChange, ...]:
    others = [t for t in tempo_map.tempos if t.tick != change.tick]
    bisect.insort(others, change, key=lambda t: t.tick)
    return tuple(others)


def _hold_anchors(tempo_map: TempoMap) -> TempoMap:
    """Bend the tempo that leads up to each anchored change so that it stands at its time."""
    tempos = list(tempo_map.tempos)
    time_s = 0.0
    for index, (before, after) in enumerate(itertools.pairwise(tuple(tempos))):
        length = (after.tick - before.tick) / tempo_map.resolution
        if after.anchor_us is not None:
            us = after.anchor_us - time_s * 1e6
            if abs(us - length * before.us_per_quarter) > 1.0:
                tempos[index] = replace(before, us_per_quarter=_checked(us / length))
        time_s += length * tempos[index].us_per_quarter / 1e6
    return replace(tempo_map, tempos=tuple(tempos))


def _scaled(tempo_map: TempoMap, up: int, down: int) -> TempoMap:
    """Multiply every tick by ``up / down``; every change keeps its time."""
    # Of two changes that come to lie on one tick the later one counts.
    old = {change.tick * up // down: change for change in tempo_map.tempos}
    # The song begins with its first change, even where a later one counts from there.
    starts_s = [0.0, *(tempo_map.seconds(change.tick) for change in list(old.values())[1:])]
    tempos = []
    for index, ((tick, now), (next_tick, _)) in enumerate(itertools.pairwise(old.items())):
        length_s = starts_s[index + 1] - starts_s[index]
        us = _stretch(tempo_map, tick, next_tick, length_s)
        tempos.append(replace(now, tick=tick, us_per_quarter=us))
    tick, last = list(old.items())[-1]
    us = _checked(last.us_per_quarter * down / up)
    tempos.append(replace(last, tick=tick, us_per_quarter=us))
    tempos[0] = replace(tempos[0], anchor_us=tempo_map.tempos[0].anchor_us)
    signatures = {s.tick * up // down: s for s in tempo_map.signatures}
    return replace(
        tempo_map,
        tempos=tuple(tempos),
        signatures=tuple(replace(s, tick=tick) for tick, s in signatures.items()),
    )
