"""Beats and bars together, on the eighths of a row of beats.

A row of beats found without bars in mind stumbles over bars of five, seven or nine eighths: it
counts quarters across the bar line, a half beat off in every other bar. Here the row gives only
its pulse (every beat and the middle between two), and the likeliest chain of bars on that pulse
determines which pulses are beats: quarters counted from each bar line. Keeping a bar length costs
less than changing it, so many bars of one length reinforce each other. Where 4/4 and 7/8 take
turns, the pair is what is kept.
"""

from dataclasses import dataclass, replace

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array, Int64Array

# So many eighths are two bars, of which the first is that long: one bar of fifteen eighths would
# be counted in dotted quarters, and is hardly ever written.
_TWO_BARS = {15: 8}
_LINE, _BEAT, _NEITHER = 0, 1, 2


@dataclass(frozen=True, slots=True)
class BarOptions:
    """The price list, in nats.

    Attributes:
        eighths: lengths of the bars considered, in eighths; 15 are a bar of 8 and one of 7.
        price: of a bar (or of the two) of each length.
        change: price of another length than the bar before had.
        beat, line: the weights of what is heard of beats and of bar lines.
        repeat: the weight of what comes again a bar later.
        net_beat, net_line, net_length: the weights of what ``bar_net.py`` emission.
        floor, ceiling: what is heard of a beat at one pulse is clipped to this range.
    """

    eighths: tuple[int, ...] = (4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    price: tuple[float, ...] = (2.9, 0.6, 1.3, 0.6, 0.0, 0.6, 1.3, 0.6, 1.8, 0.6, 1.3, 0.6)
    change: float = 8.0
    beat: float = 0.6
    line: float = 0.8
    repeat: float = 0.6
    net_beat: float = 0.4
    net_line: float = 0.5
    net_length: float = 0.03
    floor: float = -4.0
    ceiling: float = 5.0

    @staticmethod
    def only(eighths: int) -> "BarOptions":
        """Bars of one length throughout."""
        return BarOptions(eighths=(eighths,), price=(0.0,))


@dataclass(frozen=True, slots=True, eq=False)
class PulseObservations:
    """Log likelihoods at each pulse: of a bar line, of another beat, of neither, all ``[pulses]``;
    and of a bar of each of the options' lengths about it, ``[pulses, lengths]``, if known."""

    line: Float64Array
    beat: Float64Array
    neither: Float64Array
    lengths: Float64Array | None = None


def of_one_length(
    observations: PulseObservations, eighths: int
) -> tuple[PulseObservations, BarOptions]:
    """What :func:`count_bars` takes for bars of so many ``eighths`` throughout."""
    lengths = observations.lengths
    if lengths is not None:
        lengths = lengths[:, [BarOptions().eighths.index(eighths)]]
    return replace(observations, lengths=lengths), BarOptions.only(eighths)


@dataclass(frozen=True, slots=True)
class Bars:
    """Which pulses are beats, which of these start a bar (both ``[beats]``), and the score."""

    at: Int64Array
    lines: BoolArray
    score: float


def pulse_beats(beats: Float64Array) -> Float64Array:
    """The eighths of a row: its beats and the middles of whole ones, counted in beats.

    ``beats`` ``[B]`` ascend; so does what comes back, which holds them.
    """
    whole = beats[:-1][np.diff(beats) > 0.75]
    found: Float64Array = np.sort(np.concatenate([beats, whole + 0.5]))
    return found


def count_bars(observations: PulseObservations, options: BarOptions) -> Bars:
    """The likeliest bars over a pulse of eighths (A. J. Viterbi, IEEE Trans. Inf. Theory 1967).

    A state is a place in a bar of some length; only bar lines have a choice of where they come
    from.
    """
    lengths, price = np.array(options.eighths), np.array(options.price)
    first = np.concatenate([[0], np.cumsum(lengths)[:-1]])  # the state of each length's bar line
    last = first + lengths - 1
    place = np.concatenate([np.arange(length) for length in options.eighths])
    kind = np.concatenate([_kinds(length) for length in options.eighths])
    emission = _by_state(observations, kind, lengths)
    kinds = np.arange(len(lengths))
    score = emission[0] - np.repeat(price, lengths)
    before = np.zeros((len(emission), len(lengths)), dtype=np.int64)  # the length of the bar before
    for pulse in range(1, len(emission)):
        ended = score[last]
        other = int(ended.argmax())
        anew = ended[other] - options.change
        before[pulse] = np.where(ended >= anew, kinds, other)
        score[1:] = score[:-1]
        score[first] = np.maximum(ended, anew) - price
        score += emission[pulse]
    return _trace(score, before, (place, kind), (first, last))


def _kinds(length: int) -> Int64Array:
    """What each of ``length`` eighths is: quarters are counted from every bar line."""
    place = np.arange(length)
    if length in _TWO_BARS:
        place = np.where(place < _TWO_BARS[length], place, place - _TWO_BARS[length])
    found: Int64Array = np.where(place == 0, _LINE, np.where(place % 2 == 0, _BEAT, _NEITHER))
    return found


def _by_state(
    observations: PulseObservations, kind: Int64Array, lengths: Int64Array
) -> Float64Array:
    """Log likelihoods of every place in every bar at each pulse, ``[pulses, states]``."""
    kinds = np.stack([observations.line, observations.beat, observations.neither], axis=1)
    found: Float64Array = kinds[:, kind]
    if observations.lengths is not None:
        found = found + np.repeat(observations.lengths, lengths, axis=1)
    return found


def _trace(
    score: Float64Array,
    before: Int64Array,
    states: tuple[Int64Array, Int64Array],
    ends: tuple[Int64Array, Int64Array],
) -> Bars:
    """Back from the best end: ``states`` are the place and the kind of each, ``ends`` the first and
    the last state of each length."""
    place, kind = states
    first, last = ends
    state = int(score.argmax())
    length = int(np.searchsorted(first, state, side="right")) - 1
    at: list[int] = []
    lines: list[bool] = []
    for pulse in range(len(before) - 1, -1, -1):
        if kind[state] != _NEITHER:
            at.append(pulse)
            lines.append(kind[state] == _LINE)
        if place[state] == 0:
            length = int(before[pulse, length])
            state = int(last[length])
        else:
            state -= 1
    return Bars(np.array(at[::-1]), np.array(lines[::-1], dtype=np.bool_), float(score.max()))
