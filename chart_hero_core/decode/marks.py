"""Likely markings of strokes (ghosts, accents, double kicks, rolls), from the strokes alone.

They are suggestions with a confidence, for a person to accept. Nothing is changed: suggestions
refer to hits by their index in the given list, which must be sorted by time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.base.drums import CYMBALS, DrumClass, Hit
from chart_hero_core.decode.double_kicks import shipped_double_kicks


class Mark(Enum):
    """What a chart can mark on a stroke, or on a run of them."""

    GHOST = "ghosts"
    ACCENT = "accents"
    DOUBLE_KICK = "double kicks"
    ROLL = "rolls"  # on one drum, or on two cymbals in turn


@dataclass(frozen=True, slots=True)
class MarkSuggestion:
    """A likely mark of the hits ``indices`` (one, or all of a roll); ``confidence`` is 0..1."""

    mark: Mark
    indices: tuple[int, ...]
    confidence: float


def suggest_marks(
    hits: Sequence[Hit], in_beat: Float64Array, wanted: Collection[Mark] = tuple(Mark)
) -> list[MarkSuggestion]:
    """All suggestions for ``hits``, in order of time.

    Args:
        hits: sorted by time.
        in_beat: the position of each within its beat, 0 to below 1, ``[hits]``.
        wanted: the kinds to look for.
    """
    found: list[MarkSuggestion] = []
    if Mark.GHOST in wanted or Mark.ACCENT in wanted:
        found += [one for one in suggest_dynamics(hits) if one.mark in wanted]
    if Mark.DOUBLE_KICK in wanted:
        found += suggest_double_kicks(hits, in_beat)
    if Mark.ROLL in wanted:
        found += suggest_rolls(hits)
    return sorted(found, key=lambda one: one.indices)


# --- ghosts and accents -------------------------------------------------------------------------

# Fewer strokes of a drum say nothing about how it is usually played.
MIN_STROKES = 8
# The usual loudness is that of the louder strokes: in a busy groove ghosts are the majority.
_USUAL_PERCENTILE = 70
# In parts of the usual velocity, set by hand. How often they are right, and what follows from the
# shares below, is measured by benchmarks/marks.py.
_GHOST_FROM, _GHOST_SURE = 0.65, 0.35
# An accent stands out from the spread of the other strokes, by at least this much of full scale.
_ACCENT_STEP = 0.1
_ACCENT_SPREADS_FROM, _ACCENT_SPREADS_SURE = 2.5, 5.0
_LEAST_SPREAD = 0.03
_LEAST_CONFIDENCE = 0.3


def suggest_dynamics(hits: Sequence[Hit]) -> list[MarkSuggestion]:
    """Ghosts and accents, from each stroke's loudness relative to its drum in this song.

    Kicks are left out (charts show no dynamics on them), and so are hits without velocity.
    """
    found: list[MarkSuggestion] = []
    for drum in DrumClass:
        if drum == DrumClass.KICK:
            continue
        own = [(i, h.velocity) for i, h in enumerate(hits) if h.drum == drum]
        index = [i for i, velocity in own if velocity is not None]
        loudness = np.array([velocity for _, velocity in own if velocity is not None])
        if len(index) >= MIN_STROKES:
            found += _emphasised(index, loudness.astype(np.float64))
    return sorted(found, key=lambda one: one.indices)


def _emphasised(index: list[int], loudness: Float64Array) -> list[MarkSuggestion]:
    usual = float(np.percentile(loudness, _USUAL_PERCENTILE))
    if usual <= 0.0:
        return []
    trust = loudness.size / (loudness.size + MIN_STROKES)
    ghost = trust * _ramp(loudness / usual, _GHOST_FROM, _GHOST_SURE)
    normal = loudness[loudness > _GHOST_FROM * usual]
    middle = float(np.median(normal))
    spread = max(1.4826 * float(np.median(np.abs(normal - middle))), _LEAST_SPREAD)
    accent = trust * _ramp((loudness - middle) / spread, _ACCENT_SPREADS_FROM, _ACCENT_SPREADS_SURE)
    accent[loudness - middle < _ACCENT_STEP] = 0.0
    found: list[MarkSuggestion] = []
    for mark, sure in ((Mark.GHOST, ghost), (Mark.ACCENT, accent)):
        found += [
            MarkSuggestion(mark, (index[i],), float(sure[i]))
            for i in np.flatnonzero(sure >= _LEAST_CONFIDENCE).tolist()
        ]
    return found


def _ramp(values: Float64Array, none: float, sure: float) -> Float64Array:
    """0 at ``none``, 1 at ``sure`` and beyond, straight between."""
    ramp: Float64Array = np.clip((values - none) / (sure - none), 0.0, 1.0)
    return ramp


# --- double kicks -------------------------------------------------------------------------------


def suggest_double_kicks(hits: Sequence[Hit], in_beat: Float64Array) -> list[MarkSuggestion]:
    """Kicks played by the second foot (``double_kicks.py``).

    The confidence is the probability that charters mark such a kick; ``in_beat`` is as for
    :func:`suggest_marks`.

    Of two kicks in a row only the likelier one is suggested.
    """
    kicks = [i for i, hit in enumerate(hits) if hit.drum == DrumClass.KICK]
    if not kicks:
        return []
    times_s = np.array([hits[i].time_s for i in kicks])
    chance = shipped_double_kicks().chances(times_s, in_beat[kicks])
    before, behind = np.append(0.0, chance[:-1]), np.append(chance[1:], 0.0)
    found = (chance >= _LEAST_CONFIDENCE) & (chance > before) & (chance >= behind)
    return [
        MarkSuggestion(Mark.DOUBLE_KICK, (kicks[place],), float(chance[place]))
        for place in np.flatnonzero(found).tolist()
    ]


# --- rolls --------------------------------------------------------------------------------------

# Strokes of a roll lane are at most this far apart in 99 % of 423 roll lanes.
ROLL_GAP_S = 0.13
# How often charters put a roll lane over an unbroken run of so many strokes on one drum, with no
# other hand stroke among them, in 122 charts that use roll lanes.
_ROLL_COUNT = np.array([4.0, 6.0, 12.0, 24.0])
_ROLL_CONFIDENCE = {
    DrumClass.SNARE: np.array([0.0, 0.02, 0.07, 0.21]),
    DrumClass.TOM_HIGH: np.array([0.0, 0.03, 0.43, 0.80]),
    DrumClass.TOM_MID: np.array([0.0, 0.03, 0.43, 0.80]),
    DrumClass.TOM_LOW: np.array([0.0, 0.03, 0.43, 0.80]),
    DrumClass.HIHAT: np.array([0.0, 0.03, 0.13, 0.52]),
    DrumClass.CRASH: np.array([0.0, 0.40, 0.98, 1.0]),
    DrumClass.RIDE: np.array([0.0, 0.22, 0.90, 0.90]),
}
# The same for two cymbals in turn; on other pairs double roll lanes are hardly ever written.
_DOUBLE_ROLL_CONFIDENCE = np.array([0.0, 0.06, 0.36, 0.82])
_LEAST_ROLL_CONFIDENCE = 0.15
# Hand strokes closer than this are one stroke of both hands.
_TOGETHER_S = 0.015


def suggest_rolls(
    hits: Sequence[Hit], minimum: float = _LEAST_ROLL_CONFIDENCE
) -> list[MarkSuggestion]:
    """Long unbroken runs on one drum, or alternating between two cymbals; kicks are ignored.

    The confidence is the share of such runs that have a roll lane in charts; none is below
    ``minimum``.
    """
    hands = [i for i, hit in enumerate(hits) if hit.drum != DrumClass.KICK]
    found: list[MarkSuggestion] = []
    for run in (*_single_runs(hits, hands), *_double_runs(hits, hands)):
        drums = tuple(sorted({hits[i].drum for i in run}))
        shares = _ROLL_CONFIDENCE[drums[0]] if len(drums) == 1 else _DOUBLE_ROLL_CONFIDENCE
        confidence = float(np.interp(len(run), _ROLL_COUNT, shares))
        if confidence >= minimum:
            found.append(MarkSuggestion(Mark.ROLL, tuple(run), confidence))
    return sorted(found, key=lambda roll: roll.indices)


def _single_runs(hits: Sequence[Hit], hands: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for index in hands:
        hit = hits[index]
        last = hits[runs[-1][-1]] if runs[-1] else hit
        if hit.drum != last.drum or hit.time_s - last.time_s > ROLL_GAP_S:
            runs.append([])
        runs[-1].append(index)
    return runs


def _double_runs(hits: Sequence[Hit], hands: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for index in hands:
        run, hit = runs[-1], hits[index]
        if run and not _continues(hits, run, hit):
            # The last stroke may begin the next pair.
            last = hits[run[-1]]
            near = last.drum != hit.drum and _apart(last, hit) and hit.drum in CYMBALS
            run = [run[-1]] if near and last.drum in CYMBALS else []
            runs.append(run)
        if hit.drum in CYMBALS:
            run.append(index)
    return [run for run in runs if len({hits[i].drum for i in run}) == 2]


def _continues(hits: Sequence[Hit], run: Sequence[int], hit: Hit) -> bool:
    """Whether ``hit`` is the other of the two cymbals, in turn."""
    last = hits[run[-1]]
    in_turn = hit.drum != last.drum and (len(run) < 2 or hit.drum == hits[run[-2]].drum)
    return in_turn and _apart(last, hit) and hit.drum in CYMBALS


def _apart(earlier: Hit, later: Hit) -> bool:
    return _TOGETHER_S < later.time_s - earlier.time_s <= ROLL_GAP_S
