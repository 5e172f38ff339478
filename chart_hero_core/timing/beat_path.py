"""The most likely row of beats through frame-wise observations, and the bars they form.

Beats: a semi-Markov model over (time of a beat, length to the next one), solved exactly by
dynamic programming (after Krebs, Böck, Widmer, "An efficient state-space model for joint tempo
and meter tracking", ISMIR 2015, with observations at the beats only). A bar may end with half a
beat, as bars of 7/8 do. Bars: a second, small model over the beats found (bar length, place in the
bar).
"""

from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.arrays import BoolArray, Float32Array, Float64Array, Int64Array
from chart_hero_core.timing.hit_tempo import tempo_classes

HOP_S = 0.01
_NEVER = -1e30
BAR_LENGTHS = (2, 3, 4, 5, 6, 7)
# A bar length with a log prior below this is left out.
_EXCLUDED = -1e3


@dataclass(frozen=True, slots=True)
class PathOptions:
    """The price list of the two models, in nats.

    Attributes:
        slowest_bpm, fastest_bpm: no beat is longer or shorter.
        centre_bpm, spread: the tempo prior, a log-normal around ``centre_bpm``.
        prior: its weight per second of music.
        tempo: the weight per second of what is known of the tempo.
        change: price per unit of log tempo beyond what rounding to frames explains.
        jump: price of any tempo change at most.
        half_beat: price of a half beat at the end of a bar.
        floor, ceiling: the log odds of one frame are clipped to this range.
        home_bpm, octave_price: the song's tempo, where known, and what every second at twice or
            half of it costs: listeners stay with a tempo through half-time passages.
        new_bar_length: price of another number of beats per bar.
        bar_prior: log prior of the bar lengths in ``BAR_LENGTHS``.
    """

    slowest_bpm: float = 58.0
    fastest_bpm: float = 273.0
    centre_bpm: float = 125.0
    spread: float = 0.45
    prior: float = 0.05
    tempo: float = 1.0
    change: float = 60.0
    jump: float = 15.0
    half_beat: float = 3.0
    floor: float = -4.0
    ceiling: float = 5.0
    home_bpm: float | None = None
    octave_price: float = 0.5
    new_bar_length: float = 4.0
    bar_prior: tuple[float, ...] = (-1.5, -0.7, 0.0, -1.0, -1.0, -1.0)


@dataclass(frozen=True, slots=True)
class TempoObservations:
    """What is known of the tempo: how much less likely than the likeliest each class is.

    Attributes:
        log_ratio: of each tempo class every ``step_frames`` frames, ``[steps, TEMPO_CLASSES]``.
        step_frames: frames of ``HOP_S`` between two rows.
    """

    log_ratio: Float64Array
    step_frames: int

    def of_lengths(self, lengths_s: NDArray[np.floating[Any]]) -> Float64Array:
        """For beats of some lengths, at each step, ``[steps, lengths]``."""
        place = tempo_classes(lengths_s)
        below = np.minimum(place.astype(np.int64), self.log_ratio.shape[1] - 2)
        share = place - below
        found: Float64Array = (
            self.log_ratio[:, below] * (1 - share) + self.log_ratio[:, below + 1] * share
        )
        return found

    def at(self, times_s: Float64Array, lengths_s: Float64Array) -> Float64Array:
        """For beats of some lengths at some times, in pairs: all three of shape ``[beats]``."""
        step = np.clip(times_s / HOP_S / self.step_frames, 0, len(self.log_ratio) - 1)
        place = tempo_classes(lengths_s)
        return self.log_ratio[step.astype(np.int64), np.rint(place).astype(np.int64)]


@dataclass(frozen=True, slots=True)
class BeatRow:
    """A row of beats.

    Attributes:
        times_s: of the beats, ``[beats]``.
        half: whether only half a beat follows, ``[beats]``.
        score: the log likelihood ratio of the row per second.
    """

    times_s: Float64Array
    half: BoolArray
    score: float


def find_beats(
    beat: Float64Array,
    downbeat: Float64Array,
    first: int,
    last: int,
    options: PathOptions,
    tempo: TempoObservations | None = None,
) -> BeatRow:
    """The best row of beats.

    Args:
        beat: log odds of a beat at each frame, ``[frames]``, ``HOP_S`` apart.
        downbeat: log odds that a beat at each frame would start a bar, ``[frames]``.
        first, last: the frames of the first and last stroke; the row covers them.
        options: the price list.
        tempo: what is known of the tempo.
    """
    model = _TempoModel.of(options, tempo)
    gain = np.clip(beat, options.floor, options.ceiling)
    half_gain = np.minimum(downbeat, 0.0) - options.half_beat
    best = _forward(gain, half_gain, first, model)
    return _trace_back(best, gain, half_gain, first, last, model)


@dataclass(frozen=True, slots=True)
class _TempoModel:
    lengths: Int64Array
    halves: Int64Array
    prior: Float32Array
    step_frames: int
    change: Float64Array

    def prior_at(self, frames: Int64Array) -> Float32Array:
        """What to expect of the length before a beat at some frames, ``[frames, lengths]``."""
        found: Float32Array = self.prior[
            np.minimum(frames // self.step_frames, len(self.prior) - 1)
        ]
        return found

    @staticmethod
    def of(options: PathOptions, tempo: TempoObservations | None) -> "_TempoModel":
        lengths = _beat_lengths(options)
        bpm = 60 / (lengths * HOP_S)
        deviation = np.log(bpm / options.centre_bpm) / options.spread
        prior = -0.5 * deviation**2 * options.prior * lengths * HOP_S
        if options.home_bpm is not None:
            octaves = np.abs(np.log2(bpm / options.home_bpm))
            prior -= (
                np.where(np.abs(octaves - 1) < 0.25, options.octave_price, 0.0) * lengths * HOP_S
            )
        ratio = np.abs(np.log(lengths[:, None] / lengths[None, :]))
        # Rounding to frames makes a steady beat alternate between neighbouring lengths.
        rounding = np.maximum(1.3 / np.minimum(lengths[:, None], lengths[None, :]), 0.031)
        price = 0.1 + options.change * np.maximum(ratio - rounding, 0)
        change = -np.where(ratio > 0, np.minimum(price, options.jump), 0.0)
        halves = np.rint(lengths / 2).astype(np.int64)
        steps, table = 1, prior[None, :]
        if tempo is not None:
            known = tempo.of_lengths(lengths * HOP_S) * lengths * HOP_S
            steps, table = tempo.step_frames, table + options.tempo * known
        return _TempoModel(lengths, halves, table.astype(np.float32), steps, change)


def _beat_lengths(options: PathOptions) -> Int64Array:
    """The beat lengths considered, in frames: every length, but not closer than 3 %."""
    found = [max(round(60 / options.fastest_bpm / HOP_S), 2)]
    longest = 60 / options.slowest_bpm / HOP_S
    while found[-1] < longest:
        found.append(max(found[-1] + 1, round(found[-1] * 1.03)))
    return np.array(found, dtype=np.int64)


def _forward(
    gain: Float64Array, half_gain: Float64Array, first: int, model: _TempoModel
) -> Float32Array:
    """Best score of any row with a beat at each frame and each length after it."""
    pad, count = int(model.lengths[-1]), len(model.lengths)
    block = int(model.halves[0])
    frames = -(-len(gain) // block) * block
    best = np.full((frames + pad, count), _NEVER, dtype=np.float32)
    flat = best.reshape(-1)
    gain_f, half_gain_f = (_padded(row, frames) for row in (gain, half_gain))
    # Where in ``flat`` the rows come from that arrive in the first block, ``[lengths, block]``.
    here = np.arange(block) * count + np.arange(count)[:, None]
    full_at = (pad - model.lengths)[:, None] * count + here
    half_at = (pad - model.halves)[:, None] * count + here
    steps = np.minimum(np.arange(frames) // model.step_frames, len(model.prior) - 1)
    prior_of = np.ascontiguousarray(model.prior.T)
    changes = LengthChanges.of(model.change, block)
    for start in range(0, frames, block):
        end = start + block
        prior = prior_of.take(steps[start:end], axis=1)
        earlier = flat[start * count :]
        halved = earlier[half_at] + prior / 2 + half_gain_f[start:end]
        scores = changes.best_after(np.maximum(earlier[full_at] + prior, halved))
        if start <= first + pad:
            opening = scores[:, : first + pad + 1 - start]
            np.maximum(opening, 0.0, out=opening)
        np.add(scores.T, gain_f[start:end, None], out=best[start + pad : end + pad])
    return best[: len(gain) + pad]


def _padded(row: Float64Array, frames: int) -> Float32Array:
    return np.pad(row.astype(np.float32), (0, frames - len(row)))


@dataclass(frozen=True, slots=True)
class LengthChanges:
    """What each change of length costs, in a form that is quick to apply to blocks of frames.

    Beyond a few neighbouring lengths every change costs the same, and the best of all lengths
    serves. Shifts of the lengths against each other are rows of numbers side by side in memory,
    as numpy is many times faster with long rows.

    Attributes:
        arriving: by length and frame, with room for shifts to both sides.
        shifted: views of it, by shift, ``[shifts, lengths * block]``.
        price: of the same shape.
        farthest: what the change to a length further away adds.
    """

    arriving: Float32Array
    shifted: Float32Array
    price: Float32Array
    farthest: np.float32

    @staticmethod
    def of(change: Float64Array, block: int) -> "LengthChanges":
        """From what the change from each length to each adds, ``[lengths, lengths]``."""
        count, farthest = len(change), change.min()
        before, after = np.nonzero(change > farthest)
        reach = int(np.abs(before - after).max(initial=0))
        price = np.full((2 * reach + 1, count), farthest)
        price[before - after + reach, after] = change[before, after]
        arriving = np.full((count + 2 * reach, block), -np.inf, np.float32)
        shifted = np.lib.stride_tricks.sliding_window_view(arriving.reshape(-1), count * block)
        return LengthChanges(
            arriving,
            shifted[::block],
            np.repeat(price, block, axis=1).astype(np.float32),
            np.float32(farthest),
        )

    def best_after(self, arrive: Float32Array) -> Float32Array:
        """The best score of going on with each length, ``[lengths, block]``; as ``arrive``."""
        reach = (len(self.arriving) - len(arrive)) // 2
        self.arriving[reach : reach + len(arrive)] = arrive
        near = (self.shifted + self.price).max(axis=0).reshape(arrive.shape)
        found: Float32Array = np.maximum(near, arrive.max(axis=0) + self.farthest)
        return found


def _last_beat(
    best: Float32Array, last: int, frames: int, model: _TempoModel
) -> tuple[int, int, float]:
    """Frame, tempo and score of the last beat at or before the last stroke, at frame ``last``."""
    pad = int(model.lengths[-1])
    tails = np.arange(max(last - pad, 0), min(last + 1, frames))
    # Its length must reach past the stroke, or there would be one more beat before it.
    reach = tails[:, None] + model.lengths[None, :] > last
    ends = np.where(reach, best[tails + pad], _NEVER)
    row, state = divmod(int(np.argmax(ends)), ends.shape[1])
    return int(tails[row]), state, float(ends[row, state])


def _trace_back(
    best: Float32Array,
    gain: Float64Array,
    half_gain: Float64Array,
    first: int,
    last: int,
    model: _TempoModel,
) -> BeatRow:
    pad = int(model.lengths[-1])
    columns = np.arange(len(model.lengths))
    frame, state, total = _last_beat(best, last, len(gain), model)
    found, half = [frame], [False]
    while True:
        prior = model.prior_at(np.array([frame]))[0]
        full = best[frame + pad - model.lengths, columns] + prior
        halved = best[frame + pad - model.halves, columns] + prior / 2 + half_gain[frame]
        both = np.maximum(full, halved) + model.change[:, state]
        source = int(np.argmax(both))
        reached = both[source] > _NEVER / 2
        if not reached or (frame <= first + pad and both[source] <= 0):
            break
        short = bool(halved[source] > full[source])
        frame -= int(model.halves[source] if short else model.lengths[source])
        state = source
        found.append(frame)
        half.append(short)
    times = np.array(found[::-1], dtype=np.float64) * HOP_S
    seconds = max((last - first) * HOP_S, 1.0)
    return BeatRow(times, np.array(half[::-1], dtype=np.bool_), total / seconds)


def find_bars(downbeat: Float64Array, half: BoolArray, options: PathOptions) -> BoolArray:
    """Which beats start a bar: the likeliest path (Viterbi) through the places in bars.

    Args:
        downbeat: log odds that each beat starts a bar, ``[beats]``.
        half: whether only half a beat follows (then the next beat starts a bar), ``[beats]``.
        options: the price list.
    """
    model = _BarModel(options)
    log_yes, log_no = -np.logaddexp(0, -downbeat), -np.logaddexp(0, downbeat)
    score = np.where(model.starts, log_yes[0], log_no[0]) + model.prior
    back = np.zeros((len(downbeat), len(score)), dtype=np.int64)
    for index in range(1, len(downbeat)):
        scores = score[:, None] + (model.cut if half[index - 1] else model.step)
        back[index] = scores.argmax(axis=0)
        emission = np.where(model.starts, log_yes[index], log_no[index])
        score = scores.max(axis=0) + emission
    state = int(score.argmax())
    found = np.zeros(len(downbeat), dtype=np.bool_)
    for index in range(len(downbeat) - 1, -1, -1):
        found[index] = model.starts[state]
        state = int(back[index, state])
    return found


class _BarModel:
    """The states of :func:`find_bars`, each a bar length and a place in it, and their transitions.

    Attributes:
        starts: whether a state is the first beat of a bar, ``[states]``.
        prior: log prior of each state's bar length, ``[states]``.
        step: log weight of each state after each other one, ``[states, states]``.
        cut: the same after half a beat, which ends any bar.
    """

    def __init__(self, options: PathOptions) -> None:
        allowed = [p > _EXCLUDED for p in options.bar_prior]
        lengths = list(compress(BAR_LENGTHS, allowed))
        prior = np.array(list(compress(options.bar_prior, allowed)))
        states = [(length, place) for length in lengths for place in range(length)]
        bar = np.array([length for length, _ in states])
        self.starts = np.array([place == 0 for _, place in states])
        self.prior = np.repeat(prior, lengths)
        self.step = np.full((len(states), len(states)), _NEVER)
        for a, (length, place) in enumerate(states):
            if place + 1 < length:
                self.step[a, states.index((length, place + 1))] = 0.0
                continue
            for k, other in enumerate(lengths):
                price = 0.0 if other == length else -options.new_bar_length
                self.step[a, states.index((other, 0))] = price + prior[k]
        same = bar[:, None] == bar[None, self.starts]
        self.cut = np.full_like(self.step, _NEVER)
        self.cut[:, self.starts] = np.where(same, 0.0, -options.new_bar_length)
