"""Repetition a bar later, the clearest cue to the length of bars.

Drummers repeat bars, with changes. Strokes are predicted well by those one or two bars before, and
badly by those at any other lag: the surprise at the strokes, given those a
lag before, is lowest where the lag is a bar (after Foote, Uchihashi, "The beat spectrum", ICME
2001, with a model of copying in place of a distance).
"""

from collections.abc import Sequence

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array
from chart_hero_core.base.drums import DRUM_COUNT, Hit
from chart_hero_core.timing.map_fit import TempoLine

# A pulse is an eighth of two slots.
SLOTS = 2
_SLOTS_PER_BEAT = 4
_EARLY_S = 0.05  # a stroke this much before the first beat still belongs to it
# A stroke comes again with this probability (or by chance); where none was, so much less of chance.
_AGAIN, _NONE = 0.7, 0.4
_RAREST, _COMMONEST = 0.01, 0.9
# How likely the last bar, the one before it, and neither is what is copied.
_LAST, _BEFORE_LAST = 0.45, 0.35
# In nats: no pulse says more, and a surprise of all drums is no greater.
_MOST, _GREATEST = 3.8, 20.0


def strokes_on_slots(
    line: TempoLine, beats: Float64Array, pulses: int, hits: Sequence[Hit]
) -> BoolArray:
    """Which drums are struck on each sixteenth from the first beat on, ``[2 pulses, 8]``."""
    found = np.zeros((SLOTS * pulses, DRUM_COUNT), np.bool_)
    ends = np.append(beats, beats[-1] + 1)
    times = line.times_at(ends)
    struck = np.array([hit.time_s for hit in hits])
    place = np.interp(struck, times, ends) - beats[0]
    slot = np.rint(place * _SLOTS_PER_BEAT).astype(np.int64)
    inside = (struck >= times[0] - _EARLY_S) & (struck < times[-1]) & (slot < len(found))
    drums = np.array([int(hit.drum) for hit in hits], np.int64)
    found[slot[inside], drums[inside]] = True
    return found


def repeats(strokes: BoolArray, eighths: int) -> Float64Array:
    """How much better each pulse is predicted from bars of so many ``eighths`` before it, in nats.

    Args:
        strokes: of :func:`strokes_on_slots`.
        eighths: in a bar.

    Returns:
        log likelihood ratios against strokes at random, ``[pulses]``; 0 where no bar is before.
    """
    one, two = (copied(strokes, bars * eighths * SLOTS) for bars in (1, 2))
    share = _LAST * np.exp(one) + _BEFORE_LAST * np.exp(two) + (1 - _LAST - _BEFORE_LAST)
    found: Float64Array = np.log(share).reshape(-1, SLOTS).sum(axis=1)
    return np.clip(found, -_MOST, _MOST)


def copied(strokes: BoolArray, lag: int) -> Float64Array:
    """Log likelihood ratios of each slot's strokes, given those ``lag`` slots before, ``[slots]``.

    0 where there is none before.
    """
    gain = np.zeros(len(strokes))
    if lag >= len(strokes):
        return gain
    usual = np.clip(strokes.mean(axis=0), _RAREST, _COMMONEST)
    now, before = strokes[lag:], strokes[:-lag]
    expected = np.where(before, _AGAIN + (1 - _AGAIN) * usual, _NONE * usual)
    surprise = np.where(now, np.log(expected / usual), np.log((1 - expected) / (1 - usual)))
    gain[lag:] = np.clip(surprise.sum(axis=1), -_GREATEST, _GREATEST)
    return gain
