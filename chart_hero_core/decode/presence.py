"""Whether drums are playing at all: a stroke counts only with confident strokes near it.

Music without drums contains sounds that occasionally pass for drums (a palm-muted guitar for a
kick, a strum for a hi-hat), and the model gives them some confidence; where drums do play, it is
confident about many strokes. So a stroke is judged by its neighbours, not on its own.
"""

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array, IndexArray
from chart_hero_core.base.drums import DrumClass

# Neighbours are counted this far to both sides of a stroke, within the song: longer than a bar of
# slow music, shorter than an introduction.
REACH_S = 10.0
# The least rate of confident strokes: one every four seconds. Slow ballads have several a bar.
_RATE_PER_S = 0.25
# The drums that other music is mistaken for. Rides, crashes and toms hardly ever are, and a drummer
# of jazz may play the ride alone for minutes.
_MISTAKEN_FOR = (DrumClass.KICK, DrumClass.SNARE, DrumClass.HIHAT)


def has_confident_neighbours(
    drum: IndexArray,
    time_s: Float64Array,
    confidence: Float64Array,
    level: float,
    start_s: float,
    end_s: float,
) -> BoolArray:
    """Which of N strokes have enough confident strokes around them (counting themselves), ``[N]``.

    Strokes of rides, crashes and toms count as neighbours, but need none themselves.

    Args:
        drum, time_s, confidence: of all strokes that might be hits, in any order.
        level: the confidence from which a stroke counts as confident. Raising it only ever removes
            strokes; at 0 all of them pass.
        start_s, end_s: of the song, in seconds; no strokes are expected outside it.
    """
    if level <= 0.0:
        return np.ones(time_s.shape, dtype=np.bool_)
    sure_s = np.sort(time_s[confidence >= level])
    # Refinement may place a stroke a little outside the song.
    inside_s = np.clip(time_s, start_s, end_s)
    first_s = np.maximum(inside_s - REACH_S, start_s)
    last_s = np.minimum(inside_s + REACH_S, end_s)
    found = np.searchsorted(sure_s, time_s + REACH_S, side="right") - np.searchsorted(
        sure_s, time_s - REACH_S
    )
    enough: BoolArray = found >= _RATE_PER_S * (last_s - first_s)
    return enough | ~np.isin(drum, _MISTAKEN_FOR)
