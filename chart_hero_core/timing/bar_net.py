"""How bars sound in drum strokes, heard in musical time: a small network over sixteenths.

Once a pulse is known, strokes are put on its sixteenths and the network sees bars of the same
shape at every tempo. It says of each sixteenth how likely it is a beat, and a bar line.
"""

from collections.abc import Sequence

import numpy as np

from chart_hero_core.base.drums import DRUM_COUNT, FloatArray, Hit
from chart_hero_core.timing.beat_path import BeatRow
from chart_hero_core.timing.hit_beats import LOUDEST_FRAME, HitBeatNet, stroke_weights
from chart_hero_core.timing.map_fit import Floats

PULSES_PER_BEAT = 4
# Inputs: one row per drum, and the tempo.
FEATURES = DRUM_COUNT + 1
# A sixteenth at 120 BPM; the tempo is given in octaves from there.
_MIDDLE_PULSE_S = 0.125


def pulse_features(hits: Sequence[Hit], places: Floats, lengths_s: Floats) -> FloatArray:
    """The network's input, ``[9, pulses]``.

    Args:
        hits: the strokes.
        places: where each lies, in pulses.
        lengths_s: how long each pulse lasts, ``[pulses]``.
    """
    count = len(lengths_s)
    found = np.zeros((FEATURES, count + 1), dtype=np.float32)
    if hits:
        drum = np.array([int(hit.drum) for hit in hits])
        weight = stroke_weights(hits)
        first = np.floor(places).astype(np.int64)
        inside = (first >= 0) & (first < count)
        drum, first, weight = drum[inside], first[inside], weight[inside]
        share = places[inside] - first
        np.add.at(found, (drum, first), weight * (1 - share))
        np.add.at(found, (drum, first + 1), weight * share)
    found = np.minimum(found[:, :count], np.float32(LOUDEST_FRAME))
    found[DRUM_COUNT] = np.log2(np.maximum(lengths_s, 1e-3) / _MIDDLE_PULSE_S)
    return found


def pulse_times(row: BeatRow) -> Floats:
    """The sixteenths of a row of beats, ``[pulses + 1]``: four to a beat, two to a half one."""
    parts = np.where(row.half[:-1], PULSES_PER_BEAT // 2, PULSES_PER_BEAT)
    places = np.concatenate([[0], np.cumsum(parts)])
    found: Floats = np.interp(np.arange(places[-1] + 1), places, row.times_s)
    return found


def bar_log_odds(row: BeatRow, hits: Sequence[Hit], net: HitBeatNet) -> tuple[Floats, Floats]:
    """The sixteenths of a row and the log odds of beat and bar line at each, ``[2, pulses]``."""
    times = pulse_times(row)
    inside = [h for h in hits if times[0] <= h.time_s < times[-1]]
    places = np.interp([h.time_s for h in inside], times, np.arange(len(times), dtype=np.float64))
    odds = net.log_odds(pulse_features(inside, places, np.diff(times)))
    return times[:-1], odds.astype(np.float64)
