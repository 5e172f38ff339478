"""Beats and bars for a row of beats: counted straight on, or in the bars that its eighths form."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array
from chart_hero_core.base.drums import Hit
from chart_hero_core.timing.bar_net import BarNet, BarPrediction, bar_features, predict_bars
from chart_hero_core.timing.bar_path import (
    BarOptions,
    PulseObservations,
    count_bars,
    pulse_beats,
)
from chart_hero_core.timing.beat_path import HOP_S, BeatRow, PathOptions, find_bars
from chart_hero_core.timing.map_build import Grid
from chart_hero_core.timing.map_fit import FitOptions, TempoLine, fit_line
from chart_hero_core.timing.observations import BeatObservations
from chart_hero_core.timing.repetition import repeats, strokes_on_slots

# Above this share of thirds among the divided beats, beats are divided by three.
_TERNARY_SHARE = 0.7
# A stroke this much before its beat still belongs to it.
_EARLY_STROKE_S = 0.04
# Activations place a beat less exactly than strokes do.
_ACTIVATION_SPREAD_S = 0.012
_SURE_BEAT_LOG_ODDS = 0.0
_BARS = BarOptions()


def straight_grid(
    row: BeatRow, observations: BeatObservations, hits: Sequence[Hit], options: PathOptions
) -> tuple[Grid, bool]:
    """Bars and fitted lines for a row of beats, and whether its beats are divided by three."""
    _, downbeat = observations.at(row.times_s)
    beats = np.concatenate([[0.0], np.cumsum(np.where(row.half[:-1], 0.5, 1.0))])
    bar_lines = find_bars(downbeat, row.half, options)
    kept = slice(_first_needed(row.times_s, hits), None)
    times, beats, bar_lines = row.times_s[kept], beats[kept] - beats[kept][0], bar_lines[kept]
    grid = _fitted(times, beats, bar_lines, hits, observations)
    ternary = _is_ternary(grid.line, beats, np.array([h.time_s for h in hits]))
    if ternary and usual_length(grid) in (2, 3):
        grid = replace(grid, quarters_per_beat=1.5)
    return grid, ternary


def best_grid(
    row: BeatRow, observations: BeatObservations, hits: Sequence[Hit], options: PathOptions
) -> tuple[Grid, Grid, bool]:
    """The likeliest beats and bars of a row, those that are counted straight on, and whether beats
    are divided by three."""
    straight, ternary = straight_grid(row, observations, hits, options)
    best = straight if ternary else counted_grid(straight, observations, hits)
    return best, straight, ternary


def counted_grid(grid: Grid, observations: BeatObservations, hits: Sequence[Hit]) -> Grid:
    """The beats and bars of the likeliest chain of bars on the eighths of ``grid``."""
    pulses = pulse_beats(grid.beats)
    bars = count_bars(bar_observations(grid, pulses, observations, hits)[2], _BARS)
    beats, lines = pulses[bars.at], bars.lines
    if bars.at[0] > 0:  # the first stroke has a beat at or before it
        beats, lines = np.append(beats[0] - 1, beats), np.append(False, lines)
    unchanged = len(beats) == len(grid.beats) and np.allclose(beats, grid.beats)
    if unchanged and (lines == grid.bar_lines).all():
        return grid
    times = grid.line.times_at(beats)
    return _fitted(times, beats - beats[0], lines, hits, observations)


def bar_observations(
    grid: Grid, pulses: Float64Array, observations: BeatObservations, hits: Sequence[Hit]
) -> tuple[BarPrediction, Float64Array, PulseObservations]:
    """The networks' predictions for the eighths ``pulses``, what repeats after bars of each length
    ``[pulses, lengths]``, and both combined with the beat observations there."""
    beat, downbeat = observations.at(grid.line.times_at(pulses))
    strokes = strokes_on_slots(grid.line, grid.beats, len(pulses), hits)
    predicted = predict_bars(_nets(), bar_features(strokes, beat, downbeat))
    gain = _BARS.beat * np.clip(beat, _BARS.floor, _BARS.ceiling) + _BARS.net_beat * predicted.beat
    # Of a bar line: as heard, if there is a beat, and by the networks, in any case.
    heard, net = _BARS.line, _BARS.net_line
    line = gain - heard * np.logaddexp(0, -downbeat) - net * np.logaddexp(0, -predicted.line)
    no_line = net * np.logaddexp(0, predicted.line)
    other = gain - heard * np.logaddexp(0, downbeat) - no_line
    again = np.stack([repeats(strokes, eighths) for eighths in _BARS.eighths], axis=1)
    lengths = _BARS.repeat * again + _BARS.net_length * predicted.lengths[:, list(_BARS.eighths)]
    return predicted, again, PulseObservations(line, other, -no_line, lengths)


@lru_cache(maxsize=1)
def _nets() -> tuple[BarNet, ...]:
    return BarNet.load()


def _fitted(
    times: Float64Array,
    beats: Float64Array,
    lines: BoolArray,
    hits: Sequence[Hit],
    observations: BeatObservations,
) -> Grid:
    """Beats about some times, with lines fitted to the strokes."""
    strokes, weights = _weighted_strokes(times, hits, observations)
    fit = FitOptions() if hits else FitOptions(tightest_s=_ACTIVATION_SPREAD_S)
    return Grid(fit_line(times, beats, lines, strokes, weights, fit), beats, lines)


def _first_needed(times: Float64Array, hits: Sequence[Hit]) -> int:
    """The last beat before the first stroke: the beats before it are guesses about silence."""
    if not hits:
        return 0
    before = np.flatnonzero(times <= hits[0].time_s + _EARLY_STROKE_S)
    return min(int(before[-1]), len(times) - 3) if before.size else 0


def _weighted_strokes(
    beat_times: Float64Array, hits: Sequence[Hit], observations: BeatObservations
) -> tuple[Float64Array, Float64Array]:
    """Strokes with weights; where there are none the beats themselves speak, softly."""
    times = np.array([h.time_s for h in hits])
    loudness = np.array([1.0 if h.velocity is None else h.velocity for h in hits])
    weights = np.array([h.confidence for h in hits]) * (0.5 + 0.5 * loudness)
    beats = _refined(beat_times, observations)
    if not hits:
        return beats, np.ones(len(beats))
    gap = float(np.median(np.diff(beat_times))) * 1.5
    after = np.searchsorted(times, beats)
    near = np.minimum(
        np.abs(times[np.maximum(after - 1, 0)] - beats),
        np.abs(times[np.minimum(after, len(times) - 1)] - beats),
    )
    lonely = beats[near > gap]
    times = np.concatenate([times, lonely])
    weights = np.concatenate([weights, np.full(len(lonely), 0.1)])
    order = np.argsort(times, kind="stable")
    return times[order], weights[order]


def _refined(beat_times: Float64Array, observations: BeatObservations) -> Float64Array:
    """Each beat at the centre of the log odds within 40 ms, where they favour a beat."""
    offsets = np.arange(-4, 5) * HOP_S
    around = beat_times[:, None] + offsets
    log_odds, _ = observations.at(around)
    weight = 1 / (1 + np.exp(-log_odds))
    centre = (weight * around).sum(axis=1) / weight.sum(axis=1)
    sure = log_odds.max(axis=1) > _SURE_BEAT_LOG_ODDS
    return np.where(sure, centre, beat_times)


def _is_ternary(line: TempoLine, beats: Float64Array, strokes: Float64Array) -> bool:
    """Whether beats are divided by three rather than by two."""
    times = line.times_at(beats)
    position = np.interp(strokes, times, beats)
    index = np.clip(np.searchsorted(beats, position, side="right") - 1, 0, len(beats) - 1)
    phase = position - beats[index]
    period = float(np.median(np.diff(times)))
    three = np.minimum(np.abs(phase - 1 / 3), np.abs(phase - 2 / 3)) * period < 0.03
    two = np.minimum(np.abs(phase - 1 / 2), np.abs(np.abs(phase - 1 / 2) - 0.25)) * period < 0.03
    return bool(three.sum() > _TERNARY_SHARE * max((three | two).sum(), 1))


def usual_length(grid: Grid) -> float:
    """The most common length of its bars, in beats; 4 where there is no whole bar."""
    lines = grid.beats[grid.bar_lines]
    if len(lines) < 2:
        return 4.0
    lengths, counts = np.unique(np.diff(lines), return_counts=True)
    return float(lengths[counts.argmax()])
