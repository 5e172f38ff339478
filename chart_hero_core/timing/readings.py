"""The ways to hear a song: its likeliest beats and bars, and the rivals a listener might mean.

Half and double time, bars that start on another beat, other metres, and, where the likeliest row
of beats jumps between tempos, the best one that keeps to one.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chart_hero_core.base.drums import Hit
from chart_hero_core.timing.bar_path import BarOptions, count_bars, pulse_beats
from chart_hero_core.timing.beat_path import (
    BAR_LENGTHS,
    HOP_S,
    BeatRow,
    PathOptions,
    TempoEvidence,
    find_bars,
    find_beats,
)
from chart_hero_core.timing.map_build import Grid
from chart_hero_core.timing.map_fit import Bools, FitOptions, Floats, TempoLine, fit_line
from chart_hero_core.timing.repetition import repeats, strokes_on_slots

# Above this share of thirds among the divided beats, beats are divided by three.
_TERNARY_SHARE = 0.7
# A reading that holds one tempo throughout may change it by this factor.
_STEADY_RANGE = 1.45
# … and is worth showing where the best one leaves that range for this share of the time.
_STRAYING_SHARE = 0.03
_METRES_SHOWN = 2
# Few bar lines are easily right: longer bars have to be clearly better, per second.
_COMMON_METRE, _UNUSUAL_METRE_PRICE = 4, 0.5
# Bars of odd eighths are offered where they are at most this much worse, per second.
_ODD_EIGHTHS, _ODD_MARGIN = (5, 7, 9, 11), 1.2
# A stroke this much before its beat still belongs to it.
_EARLY_STROKE_S = 0.04
# Activations place a beat less exactly than strokes do.
_ACTIVATION_SPREAD_S = 0.012
_SURE_BEAT_LOG_ODDS = 0.0
# What one standard deviation of a change of harmony adds to the log odds of a bar line.
_HARMONY_WEIGHT = 0.7
# Beats that differ by less than this (standard deviations over the song) say nothing.
_STILL_HARMONY = 0.1


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log odds every ``HOP_S``: of a beat, and of a bar line given a beat; and of the tempo.

    ``harmony`` is how much the harmony changes there, where there is music besides the drums.
    """

    beat: Floats
    downbeat: Floats
    first: int
    last: int
    tempo: TempoEvidence | None = None
    harmony: Floats | None = None

    def best_row(self, options: PathOptions) -> BeatRow:
        """The likeliest row of beats."""
        return find_beats(self.beat, self.downbeat, self.first, self.last, options, self.tempo)

    def at(self, times_s: Floats) -> tuple[Floats, Floats]:
        """Log odds of beats and of bar lines for a row of beats at ``times_s``, both ``[beats]``.

        Nothing speaks for or against beats outside the song.
        """
        frames = np.rint(times_s / HOP_S).astype(np.int64)
        inside = (frames >= 0) & (frames < len(self.beat))
        frames = np.clip(frames, 0, len(self.beat) - 1)
        beat, downbeat = (np.where(inside, row[frames], 0.0) for row in (self.beat, self.downbeat))
        if self.harmony is None:
            return beat, downbeat
        # Harmony changes on beats rather than between them: a bar line is where it changes more
        # than on the other beats.
        change = np.where(inside, self.harmony[frames], 0.0)
        change = (change - change.mean()) / max(float(change.std()), _STILL_HARMONY)
        return beat, downbeat + _HARMONY_WEIGHT * change


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to hear the song, before it becomes a map.

    ``detail`` tells readings of the same label apart.
    """

    label: str
    grid: Grid
    score: float
    detail: str = ""


def readings(
    row: BeatRow, evidence: Evidence, hits: Sequence[Hit], options: PathOptions
) -> list[Reading]:
    """The best reading and its rivals, best first."""
    straight, ternary = _grid(row, evidence, hits, options)
    best = straight if ternary else _counted(straight, evidence, hits)
    metres = [
        Reading(f"{count}/4 throughout", grid, _score(grid, evidence, options) - price)
        for count, price, grid in _other_metres(straight, row, evidence, options)
    ]
    metres = sorted(metres, key=lambda reading: -reading.score)[:_METRES_SHOWN]
    rivals = list(_rivals(best, ternary))
    if best is not straight:
        rivals.append(("beats counted straight on", "", straight))
    steady = _steady_row(row, evidence, options)
    if steady is not None:
        rivals.append(("one tempo", "", _grid(steady, evidence, hits, options)[0]))
    others = [
        Reading(label, grid, _score(grid, evidence, options), detail)
        for label, detail, grid in rivals
    ]
    first = Reading("", best, _score(best, evidence, options))
    odd = Reading(*_eighth_bars(best, evidence), 0.0)
    odd = replace(odd, score=_score(odd.grid, evidence, options))
    if best.quarters_per_beat == 1 and odd.score > first.score - _ODD_MARGIN:
        others.append(odd)
    # The search has weighed tempo changes too: its own reading stays first.
    others = sorted([*metres, *others], key=lambda reading: -reading.score)
    return [first, *others]


def _grid(
    row: BeatRow, evidence: Evidence, hits: Sequence[Hit], options: PathOptions
) -> tuple[Grid, bool]:
    """Bars and fitted lines for a row of beats, and whether its beats are divided by three."""
    _, downbeat = evidence.at(row.times_s)
    beats = np.concatenate([[0.0], np.cumsum(np.where(row.half[:-1], 0.5, 1.0))])
    bar_lines = find_bars(downbeat, row.half, options)
    kept = slice(_first_needed(row.times_s, hits), None)
    times, beats, bar_lines = row.times_s[kept], beats[kept] - beats[kept][0], bar_lines[kept]
    grid = _fitted(times, beats, bar_lines, hits, evidence)
    ternary = _is_ternary(grid.line, beats, np.array([h.time_s for h in hits]))
    if ternary and _usual_length(grid) in (2, 3):
        grid = replace(grid, quarters_per_beat=1.5)
    return grid, ternary


def _counted(grid: Grid, evidence: Evidence, hits: Sequence[Hit]) -> Grid:
    """The beats and bars of the likeliest chain of bars on the eighths of ``grid``."""
    pulses = pulse_beats(grid.beats)
    strokes = strokes_on_slots(grid.line, grid.beats, len(pulses), hits)
    options = BarOptions()
    again = np.stack([repeats(strokes, eighths) for eighths in options.eighths], axis=1)
    bars = count_bars(*evidence.at(grid.line.times_at(pulses)), options, again)
    beats, lines = pulses[bars.at], bars.lines
    if bars.at[0] > 0:  # the first stroke has a beat at or before it
        beats, lines = np.append(beats[0] - 1, beats), np.append(False, lines)
    unchanged = len(beats) == len(grid.beats) and np.allclose(beats, grid.beats)
    if unchanged and (lines == grid.bar_lines).all():
        return grid
    times = grid.line.times_at(beats)
    return _fitted(times, beats - beats[0], lines, hits, evidence)


def _fitted(
    times: Floats, beats: Floats, lines: Bools, hits: Sequence[Hit], evidence: Evidence
) -> Grid:
    """Beats about some times, with lines fitted to the strokes."""
    strokes, weights = _weighted_strokes(times, hits, evidence)
    fit = FitOptions() if hits else FitOptions(tightest_s=_ACTIVATION_SPREAD_S)
    return Grid(fit_line(times, beats, lines, strokes, weights, fit), beats, lines)


def _first_needed(times: Floats, hits: Sequence[Hit]) -> int:
    """The last beat before the first stroke: the beats before it are guesses about silence."""
    if not hits:
        return 0
    before = np.flatnonzero(times <= hits[0].time_s + _EARLY_STROKE_S)
    return min(int(before[-1]), len(times) - 3) if before.size else 0


def likeliest_row(evidence: Evidence, options: PathOptions) -> BeatRow:
    """The best row of beats; where it leaves its usual tempo by an octave, that has its price."""
    row = evidence.best_row(options)
    usual_s = _straying_from(row)
    if usual_s is None:
        return row
    at_home = replace(options, home_bpm=60 / usual_s)
    return evidence.best_row(at_home)


def _straying_from(row: BeatRow) -> float | None:
    """The usual beat length (s) of a row that leaves its neighbourhood, else None."""
    lengths = np.sort(np.diff(row.times_s))
    if not lengths.size:
        return None
    usual_s = float(lengths[np.searchsorted(np.cumsum(lengths), lengths.sum() / 2)])
    away = np.abs(np.log(lengths / usual_s)) > math.log(_STEADY_RANGE)
    return usual_s if lengths[away].sum() >= _STRAYING_SHARE * lengths.sum() else None


def _steady_row(row: BeatRow, evidence: Evidence, options: PathOptions) -> BeatRow | None:
    """The best row that never leaves the neighbourhood of one tempo, if it is another one."""
    usual_s = _straying_from(row)
    if usual_s is None:
        return None
    found: list[BeatRow] = []
    for factor in (1.0, 2.0, 0.5):
        bpm = 60 / usual_s * factor
        if not options.slowest_bpm <= bpm <= options.fastest_bpm:
            continue
        narrow = replace(options, slowest_bpm=bpm / _STEADY_RANGE, fastest_bpm=bpm * _STEADY_RANGE)
        other = evidence.best_row(narrow)
        same_count = abs(len(other.times_s) - len(row.times_s)) <= 0.02 * len(row.times_s)
        if len(other.times_s) >= 3 and not same_count:
            found.append(other)
    return max(found, key=lambda other: other.score, default=None)


def _weighted_strokes(
    beat_times: Floats, hits: Sequence[Hit], evidence: Evidence
) -> tuple[Floats, Floats]:
    """Strokes with weights; where there are none the beats themselves speak, softly."""
    times = np.array([h.time_s for h in hits])
    loudness = np.array([1.0 if h.velocity is None else h.velocity for h in hits])
    weights = np.array([h.confidence for h in hits]) * (0.5 + 0.5 * loudness)
    beats = _refined(beat_times, evidence)
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


def _refined(beat_times: Floats, evidence: Evidence) -> Floats:
    """Each beat at the centre of the evidence within 40 ms, where that is sure of a beat."""
    offsets = np.arange(-4, 5) * HOP_S
    around = beat_times[:, None] + offsets
    log_odds, _ = evidence.at(around)
    weight = 1 / (1 + np.exp(-log_odds))
    centre = (weight * around).sum(axis=1) / weight.sum(axis=1)
    sure = log_odds.max(axis=1) > _SURE_BEAT_LOG_ODDS
    return np.where(sure, centre, beat_times)


def _is_ternary(line: TempoLine, beats: Floats, strokes: Floats) -> bool:
    """Whether beats are divided by three rather than by two."""
    times = line.times_at(beats)
    position = np.interp(strokes, times, beats)
    index = np.clip(np.searchsorted(beats, position, side="right") - 1, 0, len(beats) - 1)
    phase = position - beats[index]
    period = float(np.median(np.diff(times)))
    three = np.minimum(np.abs(phase - 1 / 3), np.abs(phase - 2 / 3)) * period < 0.03
    two = np.minimum(np.abs(phase - 1 / 2), np.abs(np.abs(phase - 1 / 2) - 0.25)) * period < 0.03
    return bool(three.sum() > _TERNARY_SHARE * max((three | two).sum(), 1))


def _usual_length(grid: Grid) -> float:
    lines = grid.beats[grid.bar_lines]
    if len(lines) < 2:
        return 4.0
    lengths, counts = np.unique(np.diff(lines), return_counts=True)
    return float(lengths[counts.argmax()])


def _rivals(best: Grid, ternary: bool) -> Iterator[tuple[str, str, Grid]]:
    """Other readings of the same strokes: label, detail, grid."""
    if _usual_length(best) % 2 == 1:
        yield "half time", "bars as they are", _halved_in_bars(best)
    first_line = int(np.argmax(best.bar_lines))  # 0 where there is none
    yield "half time", "", _halved(best, first_line % 2)
    yield "half time", "on the beats between", _halved(best, 1 - first_line % 2)
    yield "double time", "", _doubled(best)
    yield "beats shifted by half a beat", "", replace(best, beats=best.beats + 0.5)
    for shift, word in ((1, "one beat"), (2, "two beats"), (3, "three beats")):
        if shift < _usual_length(best):
            moved = np.roll(best.bar_lines, shift)
            moved[:shift] = False
            yield f"bars shifted by {word}", "", replace(best, bar_lines=moved)
    if best.quarters_per_beat > 1:
        yield "triplets instead of 6/8", "", replace(best, quarters_per_beat=1.0)
    elif ternary:
        yield "6/8 instead of triplets", "", replace(best, quarters_per_beat=1.5)


def _other_metres(
    best: Grid, row: BeatRow, evidence: Evidence, options: PathOptions
) -> Iterator[tuple[int, float, Grid]]:
    """The same beats in bars of one length throughout: the length, its price, the grid."""
    _, downbeat = evidence.at(row.times_s)
    usual = _usual_length(best)
    for count in BAR_LENGTHS:
        if (count == usual and _steady(best)) or (count != usual and _nested(count, usual)):
            continue
        lines = find_bars(downbeat, row.half, replace(options, bar_prior=_only(count)))
        kept = lines[len(lines) - len(best.beats) :]
        price = 0.0 if count <= _COMMON_METRE else _UNUSUAL_METRE_PRICE
        yield count, price, replace(best, bar_lines=kept)


def _eighth_bars(best: Grid, evidence: Evidence) -> tuple[str, Grid]:
    """The likeliest bars of one odd number of eighths throughout, on the same pulse."""
    pulses = pulse_beats(best.beats)
    heard = evidence.at(best.line.times_at(pulses))
    found = [(count_bars(*heard, BarOptions.only(count)), count) for count in _ODD_EIGHTHS]
    bars, count = max(found, key=lambda pair: pair[0].score)
    return f"{count}/8 throughout", Grid(best.line, pulses[bars.at], bars.lines)


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


def _rebarred(grid: Grid, line: TempoLine, kept: Floats, beats: Floats) -> Grid:
    """Bars of the usual length from the first old bar line that is a beat of the new row."""
    usual = max(int(_usual_length(grid)), 1)
    old_lines = grid.beats[grid.bar_lines]
    start = int(np.argmax(np.isin(kept, old_lines))) if old_lines.size else 0
    bar_lines = (np.arange(len(beats)) - start) % usual == 0
    return Grid(line, beats, bar_lines, grid.quarters_per_beat)


def _score(grid: Grid, evidence: Evidence, options: PathOptions) -> float:
    """What the evidence says about a reading, per second."""
    times = grid.line.times_at(grid.beats)
    beat, downbeat = evidence.at(times)
    gain = np.clip(beat, options.floor, options.ceiling).sum()
    bars = np.where(grid.bar_lines, -np.logaddexp(0, -downbeat), -np.logaddexp(0, downbeat)).sum()
    lengths = np.diff(times)
    deviation = np.log(60 / lengths / options.centre_bpm) / options.spread
    prior = -0.5 * options.prior * (deviation**2 * lengths).sum()
    if evidence.tempo is not None:
        known = evidence.tempo.at(times[:-1], lengths / np.diff(grid.beats))
        prior += options.tempo * (known * lengths).sum()
    return float((gain + bars + prior) / max(times[-1] - times[0], 1.0))
