"""Beats as people count them: the one definition that training, tracking and scoring share."""

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array, Int64Array
from chart_hero_core.timing.tempo_map import TempoMap, TimeSignature


def is_compound(signature: TimeSignature) -> bool:
    """Whether bars are counted in dotted quarters: 6/8, 9/8, 12/8 …"""
    return signature.denominator == 8 and signature.numerator % 3 == 0 and signature.numerator > 3


def counted_beats(tempo_map: TempoMap, end_tick: float) -> tuple[Int64Array, BoolArray]:
    """The ticks of the beats before ``end_tick``, and which of them start a bar, both ``[beats]``.

    A beat is a quarter counted from the bar line, whatever the denominator (the last one of a bar
    may be short); in 6/8, 9/8 … a dotted quarter. So 8/8 has the beats of 4/4.
    """
    signatures = tempo_map.signatures
    ticks: list[Float64Array] = []
    downs: list[BoolArray] = []
    for index, signature in enumerate(signatures):
        stop = end_tick
        if index + 1 < len(signatures):
            stop = min(stop, signatures[index + 1].tick)
        if stop <= signature.tick:
            continue
        bar = tempo_map.ticks_per_bar(signature)
        step = tempo_map.resolution * (1.5 if is_compound(signature) else 1.0)
        lines = np.arange(signature.tick, stop, bar)
        places = np.arange(0, bar - 1e-6, step)
        all_ticks = (lines[:, None] + places[None, :]).ravel()
        first = np.tile(np.arange(len(places)) == 0, len(lines))
        inside = all_ticks < stop
        ticks.append(all_ticks[inside])
        downs.append(first[inside])
    if not ticks:
        return np.zeros(0, np.int64), np.zeros(0, np.bool_)
    return np.rint(np.concatenate(ticks)).astype(np.int64), np.concatenate(downs)
