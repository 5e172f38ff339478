"""Beat tracking: from drum strokes (and beat activations, if any) to ranked tempo maps.

What each moment says about beats (``hit_beats.py``, and the model's beat heads where given) goes
through the search for the best row of beats and bars (``beat_path.py``); lines are fitted to the
strokes (``map_fit.py``) and put on ticks (``map_build.py``). The best reading comes with the
others that a listener might mean: half and double time, other bar lines, other metres.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from chart_hero_core.base.drums import FloatArray, Hit
from chart_hero_core.timing.beat_path import (
    HOP_S,
    BeatRow,
    PathOptions,
    find_bars,
    find_beats,
)
from chart_hero_core.timing.hit_beats import FRAME_S, HitBeatNet, raster
from chart_hero_core.timing.map_build import Grid, build_map
from chart_hero_core.timing.map_fit import Floats, TempoLine, fit_line
from chart_hero_core.timing.tempo_map import TempoMap

DEFAULT_BPM = 120.0
# Beyond this the last tempo is simply continued.
MAX_TRACKED_S = 7_200.0
ON_GRID_S = 0.015
_FEWEST_HITS = 4
_MAX_LOG_ODDS = 6.0
# Weights of the two witnesses when both are there; they partly say the same.
_HITS_WEIGHT, _AUDIO_WEIGHT = 0.6, 0.6
# A tempo hint is a prior of 5 % spread, this strong per second.
_HINT_SPREAD, _HINT_PRIOR = 0.05, 2.0
_TERNARY_SHARE = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class BeatActivations:
    """Probabilities of a beat and of a first beat of a bar, ``[T]``; frame ``i`` is at
    ``start_s + i * hop_s``."""

    beat: FloatArray
    downbeat: FloatArray
    hop_s: float
    start_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TempoCandidate:
    """One reading of a song's tempo.

    Attributes:
        tempo_map: the map.
        score: log likelihood ratio per second against "no beats"; higher is better.
        label: for people: "120 BPM, 4/4", "half time, 60 BPM", "bars shifted by one beat" …
        bpm: quarters per minute of the music's most common tempo.
        error_ms: median distance of the strokes to the nearest 16th or 8th triplet.
        on_grid: share of the strokes within 15 ms of such a line.
        markers: number of tempo changes in the map.
    """

    tempo_map: TempoMap
    score: float
    label: str
    bpm: float
    error_ms: float
    on_grid: float
    markers: int


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Log odds every ``HOP_S``: of a beat, and of a bar line given a beat."""

    beat: Floats
    downbeat: Floats
    first: int
    last: int

    def at(self, times_s: Floats) -> tuple[Floats, Floats]:
        """The evidence at some times; nothing speaks for or against beats outside."""
        frames = np.rint(times_s / HOP_S).astype(np.int64)
        inside = (frames >= 0) & (frames < len(self.beat))
        frames = np.clip(frames, 0, len(self.beat) - 1)
        zero = 0.0
        return np.where(inside, self.beat[frames], zero), np.where(
            inside, self.downbeat[frames], zero
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to hear the song, before it becomes a map."""

    label: str
    grid: Grid
    score: float


def tempo_candidates(
    onsets: Sequence[Hit],
    duration_s: float,
    *,
    beat: BeatActivations | None = None,
    hint_bpm: float | None = None,
    options: PathOptions | None = None,
) -> list[TempoCandidate]:
    """Tempo maps for a song, the likeliest first; never empty.

    Args:
        onsets: the drum strokes, in any order.
        duration_s: length of the audio.
        beat: the model's beat activations, if it has them.
        hint_bpm: what a person says about the tempo (within some 10 %).
        options: the price list of the search.
    """
    hits = sorted((h for h in onsets if math.isfinite(h.time_s)), key=lambda h: h.time_s)
    hits = [h for h in hits if 0 <= h.time_s <= max(duration_s, 0) + 1]
    options = _with_hint(options or PathOptions(), hint_bpm)
    tracked = [h for h in hits if h.time_s <= MAX_TRACKED_S]
    if len(tracked) < _FEWEST_HITS and beat is None:
        return [_plain_candidate(hits, hint_bpm)]
    evidence = _evidence(tracked, min(duration_s, MAX_TRACKED_S), beat)
    row = find_beats(evidence.beat, evidence.downbeat, evidence.first, evidence.last, options)
    if len(row.times_s) < 3:
        return [_plain_candidate(hits, hint_bpm)]
    strokes_s = np.array([h.time_s for h in tracked])
    readings = _readings(row, evidence, tracked, options)
    return [_candidate(reading, strokes_s) for reading in readings]


def _with_hint(options: PathOptions, hint_bpm: float | None) -> PathOptions:
    if hint_bpm is None or not hint_bpm > 0:
        return options
    return replace(options, centre_bpm=hint_bpm, spread=_HINT_SPREAD, prior=_HINT_PRIOR)


def _plain_candidate(hits: Sequence[Hit], hint_bpm: float | None) -> TempoCandidate:
    """A steady tempo with a bar line at the first stroke, for want of anything to go by."""
    bpm = hint_bpm if hint_bpm is not None and hint_bpm > 0 else DEFAULT_BPM
    start_s = hits[0].time_s if hits else 0.0
    beats = np.arange(9.0)
    line = TempoLine(beats[[0, -1]], start_s + beats[[0, -1]] * 60 / bpm, 0.01)
    grid = Grid(line, beats, beats % 4 == 0)
    reading = _Reading(f"{bpm:.4g} BPM, 4/4", grid, 0.0)
    return _candidate(reading, np.array([h.time_s for h in hits]))


@lru_cache(maxsize=1)
def _net() -> HitBeatNet:
    return HitBeatNet.load()


def _evidence(hits: Sequence[Hit], duration_s: float, beat: BeatActivations | None) -> _Evidence:
    end_s = max(hits[-1].time_s if hits else 0.0, duration_s if beat is not None else 0.0) + 1.0
    times = np.arange(int(end_s / HOP_S) + 1) * HOP_S
    log_odds = np.zeros((2, len(times)))
    if hits:
        own = _net().log_odds(raster(hits, int(end_s / FRAME_S) + 2)).astype(np.float64)
        weight = 1.0 if beat is None else _HITS_WEIGHT
        frames = np.arange(own.shape[1]) * FRAME_S
        log_odds += weight * np.stack([np.interp(times, frames, row) for row in own])
    if beat is not None:
        frames = beat.start_s + np.arange(len(beat.beat)) * beat.hop_s
        rows = np.stack([beat.beat, beat.downbeat]).astype(np.float64)
        limit = 1 / (1 + math.exp(_MAX_LOG_ODDS))
        rows = np.clip(np.nan_to_num(rows), limit, 1 - limit)
        weight = _AUDIO_WEIGHT if hits else 1.0
        heard = [np.interp(times, frames, row) for row in np.log(rows / (1 - rows))]
        log_odds += weight * np.stack(heard)
    beat_p, downbeat_p = 1 / (1 + np.exp(-log_odds))
    given_beat = np.clip(downbeat_p / np.maximum(beat_p, 1e-9), 0.01, 0.99)
    first = 0 if beat is not None and not hits else int(hits[0].time_s / HOP_S)
    last = int((end_s - 1.0) / HOP_S)
    return _Evidence(log_odds[0], np.log(given_beat / (1 - given_beat)), first, last)


def _readings(
    row: BeatRow, evidence: _Evidence, hits: Sequence[Hit], options: PathOptions
) -> list[_Reading]:
    """The best reading and its rivals, best first."""
    beats = np.concatenate([[0.0], np.cumsum(np.where(row.half[:-1], 0.5, 1.0))])
    _, downbeat = evidence.at(row.times_s)
    bar_lines = find_bars(downbeat, row.half, options)
    strokes, weights = _weighted_strokes(row.times_s, hits)
    line = fit_line(row.times_s, beats, bar_lines, strokes, weights)
    ternary = _is_ternary(line, beats, np.array([h.time_s for h in hits]))
    best = Grid(line, beats, bar_lines, 1.0)
    short_bars = _usual_length(best) in (2, 3)
    if ternary and short_bars:
        best = replace(best, quarters_per_beat=1.5)
    rivals = list(_rivals(best, row, downbeat, ternary, options))
    found = [_Reading("", best, _score(best, evidence, options))]
    found += [_Reading(label, grid, _score(grid, evidence, options)) for label, grid in rivals]
    # The search has weighed tempo changes too: its own reading stays first among equals.
    return [found[0], *sorted(found[1:], key=lambda r: -r.score)]


def _weighted_strokes(beat_times: Floats, hits: Sequence[Hit]) -> tuple[Floats, Floats]:
    """Strokes with weights; where there are none the beats themselves speak, softly."""
    times = np.array([h.time_s for h in hits])
    weights = np.array([h.confidence * (0.5 + 0.5 * (h.velocity or 1.0)) for h in hits])
    if not hits:
        return beat_times, np.full(len(beat_times), 0.5)
    gap = np.median(np.diff(beat_times)) * 1.5
    nearest = np.clip(np.searchsorted(times, beat_times), 1, max(len(times) - 1, 1))
    near = np.minimum(
        np.abs(times[nearest - 1] - beat_times),
        np.abs(times[np.minimum(nearest, len(times) - 1)] - beat_times),
    )
    lonely = beat_times[near > gap]
    times = np.concatenate([times, lonely])
    weights = np.concatenate([weights, np.full(len(lonely), 0.1)])
    order = np.argsort(times, kind="stable")
    return times[order], weights[order]


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


def _rivals(
    best: Grid, row: BeatRow, downbeat: Floats, ternary: bool, options: PathOptions
) -> Iterator[tuple[str, Grid]]:
    """Other readings of the same strokes."""
    usual = _usual_length(best)
    for phase in (0, 1):
        yield "half time", _halved(best, phase)
    yield "double time", _doubled(best)
    for shift, word in ((1, "one beat"), (2, "two beats"), (3, "three beats")):
        if shift < usual:
            moved = np.roll(best.bar_lines, shift)
            moved[:shift] = False
            yield f"bars shifted by {word}", replace(best, bar_lines=moved)
    for count in (4, 3, 2, 5, 7):
        if count != usual or not _steady(best):
            only = replace(options, bar_prior=_only(count))
            yield f"{count}/4", replace(best, bar_lines=find_bars(downbeat, row.half, only))
    if ternary or best.quarters_per_beat > 1:
        plain = best.quarters_per_beat > 1
        label = "triplets instead of 6/8" if plain else "6/8 instead of triplets"
        yield label, replace(best, quarters_per_beat=1.0 if plain else 1.5)


def _only(count: int) -> tuple[float, ...]:
    return tuple(0.0 if length == count else -1e6 for length in (2, 3, 4, 5, 6, 7))


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


def _score(grid: Grid, evidence: _Evidence, options: PathOptions) -> float:
    """What the evidence says about a reading, per second."""
    times = grid.line.times_at(grid.beats)
    beat, downbeat = evidence.at(times)
    gain = np.clip(beat, options.floor, options.ceiling).sum()
    bars = np.where(grid.bar_lines, -np.logaddexp(0, -downbeat), -np.logaddexp(0, downbeat)).sum()
    lengths = np.diff(times)
    deviation = np.log(60 / lengths / options.centre_bpm) / options.spread
    prior = -0.5 * options.prior * (deviation**2 * lengths).sum()
    return float((gain + bars + prior) / max(times[-1] - times[0], 1.0))


def _candidate(reading: _Reading, strokes_s: Floats) -> TempoCandidate:
    first_s = float(strokes_s[0]) if strokes_s.size else 0.0
    tempo_map = build_map(reading.grid, first_s)
    bpm = _usual_bpm(tempo_map, strokes_s)
    label = reading.label or f"{bpm:.4g} BPM, {_usual_signature(tempo_map)}"
    if reading.label in ("half time", "double time"):
        label = f"{reading.label}, {bpm:.4g} BPM"
    distance = _distances_s(tempo_map, strokes_s)
    return TempoCandidate(
        tempo_map,
        reading.score,
        label,
        bpm,
        float(np.median(distance)) * 1e3 if distance.size else 0.0,
        float(np.mean(distance <= ON_GRID_S)) if distance.size else 1.0,
        len(tempo_map.tempos),
    )


def _usual_bpm(tempo_map: TempoMap, strokes_s: Floats) -> float:
    """The tempo at the median stroke by tempo: half of the strokes are played slower."""
    if not strokes_s.size:
        return tempo_map.tempos[-1].bpm
    ticks = tempo_map.ticks_array(strokes_s)
    return float(np.median([tempo_map.tempo_at(float(tick)).bpm for tick in ticks]))


def _usual_signature(tempo_map: TempoMap) -> str:
    ends = [*(s.tick for s in tempo_map.signatures[1:]), None]
    lengths: dict[str, float] = {}
    for signature, end in zip(tempo_map.signatures, ends, strict=True):
        name = f"{signature.numerator}/{signature.denominator}"
        ticks = 100_000.0 if end is None else end - signature.tick
        lengths[name] = lengths.get(name, 0.0) + ticks
    return max(lengths, key=lambda name: lengths[name])


def _distances_s(tempo_map: TempoMap, strokes_s: Floats) -> Floats:
    """Distance of each stroke to the nearest 16th or 8th triplet, in seconds."""
    ticks = tempo_map.ticks_array(strokes_s)
    found = [
        np.abs(tempo_map.seconds_array(np.rint(ticks / step) * step) - strokes_s)
        for step in (tempo_map.resolution / 4, tempo_map.resolution / 3)
    ]
    nearest: Floats = np.minimum(*found)
    return nearest
