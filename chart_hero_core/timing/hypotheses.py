"""Hypotheses about beats and bars: the likeliest, and alternatives that a listener might choose.

Half and double time, bars that start on another beat, other metres, and, where the likeliest row
of beats jumps between tempos, the best one that keeps to one.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chart_hero_core.base.arrays import Float64Array
from chart_hero_core.base.drums import Hit
from chart_hero_core.timing.bar_path import BarOptions, count_bars, of_one_length, pulse_beats
from chart_hero_core.timing.beat_path import BAR_LENGTHS, BeatRow, PathOptions, find_bars
from chart_hero_core.timing.grids import bar_observations, best_grid, straight_grid, usual_length
from chart_hero_core.timing.map_build import Grid
from chart_hero_core.timing.map_fit import TempoLine
from chart_hero_core.timing.observations import BeatObservations, steady_row

_METRES_SHOWN = 2
# Few bar lines are easily right: longer bars have to be clearly better, per second.
_COMMON_METRE, _UNUSUAL_METRE_PRICE = 4, 0.5
# Bars of odd eighths are offered where they are at most this much worse, per second.
_ODD_EIGHTHS, _ODD_MARGIN = (5, 7, 9, 11), 4.0


@dataclass(frozen=True, slots=True)
class TempoHypothesis:
    """One hypothesis about beats and bars, before it becomes a map.

    ``detail`` tells tempo_hypotheses of the same label apart.
    """

    label: str
    grid: Grid
    score: float
    detail: str = ""


def tempo_hypotheses(
    row: BeatRow, observations: BeatObservations, hits: Sequence[Hit], options: PathOptions
) -> list[TempoHypothesis]:
    """The best hypothesis and its alternatives, best first."""
    best, straight, ternary = best_grid(row, observations, hits, options)
    metres = [
        TempoHypothesis(f"{count}/4 throughout", grid, _score(grid, observations, options) - price)
        for count, price, grid in _other_metres(straight, row, observations, options)
    ]
    metres = sorted(metres, key=lambda hypothesis: -hypothesis.score)[:_METRES_SHOWN]
    rivals = list(_rivals(best, ternary))
    if best is not straight:
        rivals.append(("beats counted straight on", "", straight))
    steady = steady_row(row, observations, options)
    if steady is not None:
        rivals.append(("one tempo", "", straight_grid(steady, observations, hits, options)[0]))
    odd = _eighth_bars(best, observations, hits) if best.quarters_per_beat == 1 else None
    if odd is not None:
        rivals.append(odd)
    others = [
        TempoHypothesis(label, grid, _score(grid, observations, options), detail)
        for label, detail, grid in rivals
    ]
    first = TempoHypothesis("", best, _score(best, observations, options))
    # The search has weighed tempo changes too: its own hypothesis stays first.
    others = sorted([*metres, *others], key=lambda hypothesis: -hypothesis.score)
    return [first, *others]


def _rivals(best: Grid, ternary: bool) -> Iterator[tuple[str, str, Grid]]:
    """Other hypotheses for the same strokes: label, detail, grid."""
    if usual_length(best) % 2 == 1:
        yield "half time", "bars as they are", _halved_in_bars(best)
    first_line = int(np.argmax(best.bar_lines))  # 0 where there is none
    yield "half time", "", _halved(best, first_line % 2)
    yield "half time", "on the beats between", _halved(best, 1 - first_line % 2)
    yield "double time", "", _doubled(best)
    yield "beats shifted by half a beat", "", replace(best, beats=best.beats + 0.5)
    for shift, word in ((1, "one beat"), (2, "two beats"), (3, "three beats")):
        if shift < usual_length(best):
            moved = np.roll(best.bar_lines, shift)
            moved[:shift] = False
            yield f"bars shifted by {word}", "", replace(best, bar_lines=moved)
    if best.quarters_per_beat > 1:
        yield "triplets instead of 6/8", "", replace(best, quarters_per_beat=1.0)
    elif ternary:
        yield "6/8 instead of triplets", "", replace(best, quarters_per_beat=1.5)


def _other_metres(
    best: Grid, row: BeatRow, observations: BeatObservations, options: PathOptions
) -> Iterator[tuple[int, float, Grid]]:
    """The same beats in bars of one length throughout: the length, its price, the grid."""
    _, downbeat = observations.at(row.times_s)
    usual = usual_length(best)
    for count in BAR_LENGTHS:
        if (count == usual and _steady(best)) or (count != usual and _nested(count, usual)):
            continue
        lines = find_bars(downbeat, row.half, replace(options, bar_prior=_only(count)))
        kept = lines[len(lines) - len(best.beats) :]
        price = 0.0 if count <= _COMMON_METRE else _UNUSUAL_METRE_PRICE
        yield count, price, replace(best, bar_lines=kept)


def _eighth_bars(
    best: Grid, observations: BeatObservations, hits: Sequence[Hit]
) -> tuple[str, str, Grid] | None:
    """The likeliest bars of one odd number of eighths throughout, on the same pulse: label, detail,
    grid. None where bars of any length are clearly better, or the best are just these."""
    pulses = pulse_beats(best.beats)
    weighed = bar_observations(best, pulses, observations, hits)[2]
    found = [(count_bars(*of_one_length(weighed, count)), count) for count in _ODD_EIGHTHS]
    bars, count = max(found, key=lambda pair: pair[0].score)
    worse = count_bars(weighed, BarOptions()).score - bars.score
    first_s, last_s = best.line.times_at(pulses[[0, -1]])
    if worse > _ODD_MARGIN * (last_s - first_s):
        return None
    grid = Grid(best.line, pulses[bars.at], bars.lines)
    same = np.array_equal(grid.beats, best.beats)
    if same and np.array_equal(grid.bar_lines, best.bar_lines):
        return None
    return f"{count}/8 throughout", "", grid


def _nested(one: float, other: float) -> bool:
    """Whether bars of one length are bars of the other cut up."""
    return max(one, other) % min(one, other) == 0


def _only(count: int) -> tuple[float, ...]:
    return tuple(0.0 if length == count else -1e6 for length in BAR_LENGTHS)


def _steady(grid: Grid) -> bool:
    return len(np.unique(np.diff(grid.beats[grid.bar_lines]))) <= 1


def _halved(grid: Grid, phase: int) -> Grid:
    """Every other beat, from beat ``phase`` on; bars of the same number of (longer) beats."""
    kept = grid.beats[phase::2]
    if len(kept) < 2:
        kept = grid.beats[[0, -1]]
    beats = np.arange(len(kept), dtype=np.float64)
    old = grid.line.beats
    knots = np.concatenate(
        [kept[:1], old[(old > kept[0] + 1e-6) & (old < kept[-1] - 1e-6)], kept[-1:]]
    )
    line = TempoLine(np.interp(knots, kept, beats), grid.line.times_at(knots), grid.line.spread_s)
    return _rebarred(grid, line, kept, beats)


def _halved_in_bars(grid: Grid) -> Grid:
    """Every other beat of each bar: seven quarters become seven eighths."""
    lines = grid.beats[grid.bar_lines]
    edges = np.unique(np.concatenate([grid.beats[:1], lines, grid.beats[-1:]]))
    pairs = itertools.pairwise(edges)
    kept = np.concatenate([np.arange(start, end - 1e-6, 2.0) for start, end in pairs])
    line = TempoLine((grid.line.beats - kept[0]) / 2, grid.line.times_s, grid.line.spread_s)
    return Grid(line, (kept - kept[0]) / 2, np.isin(kept, lines), grid.quarters_per_beat)


def _doubled(grid: Grid) -> Grid:
    """A beat between every two."""
    kept = np.arange(grid.beats[0], grid.beats[-1] + 0.25, 0.5)
    line = TempoLine(grid.line.beats * 2, grid.line.times_s, grid.line.spread_s)
    return _rebarred(grid, line, kept, kept * 2)


def _rebarred(grid: Grid, line: TempoLine, kept: Float64Array, beats: Float64Array) -> Grid:
    """Bars of the usual length from the first old bar line that is a beat of the new row."""
    usual = max(int(usual_length(grid)), 1)
    old_lines = grid.beats[grid.bar_lines]
    start = int(np.argmax(np.isin(kept, old_lines))) if old_lines.size else 0
    bar_lines = (np.arange(len(beats)) - start) % usual == 0
    return Grid(line, beats, bar_lines, grid.quarters_per_beat)


def _score(grid: Grid, observations: BeatObservations, options: PathOptions) -> float:
    """The score of a hypothesis under the observations, per second."""
    times = grid.line.times_at(grid.beats)
    beat, downbeat = observations.at(times)
    gain = np.clip(beat, options.floor, options.ceiling).sum()
    bars = np.where(grid.bar_lines, -np.logaddexp(0, -downbeat), -np.logaddexp(0, downbeat)).sum()
    lengths = np.diff(times)
    deviation = np.log(60 / lengths / options.centre_bpm) / options.spread
    prior = -0.5 * options.prior * (deviation**2 * lengths).sum()
    if observations.tempo is not None:
        known = observations.tempo.at(times[:-1], lengths / np.diff(grid.beats))
        prior += options.tempo * (known * lengths).sum()
    return float((gain + bars + prior) / max(times[-1] - times[0], 1.0))
