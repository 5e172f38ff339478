"""Beat tracking: from drum strokes (and beat activations, if any) to ranked tempo maps.

The log odds of beats at each moment (``hit_beats.py``, ``hit_tempo.py``, and the model's beat heads
where given) go through the search for the best row of beats and bars (``beat_path.py``); lines
are fitted to the strokes (``map_fit.py``) and put on ticks (``map_build.py``). The best hypothesis
comes with the others that a listener might mean: half and double time, other bar lines, other
metres.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from chart_hero_core.base.arrays import Float32Array, Float64Array
from chart_hero_core.base.drums import Activations, Hit
from chart_hero_core.timing.beat_path import (
    HOP_S,
    PathOptions,
    TempoObservations,
)
from chart_hero_core.timing.grids import best_grid
from chart_hero_core.timing.hit_beats import FRAME_S, HitBeatNet, raster
from chart_hero_core.timing.hit_tempo import TEMPO_STEP, HitTempoNet
from chart_hero_core.timing.hypotheses import TempoHypothesis, tempo_hypotheses
from chart_hero_core.timing.map_build import Grid, build_map
from chart_hero_core.timing.map_fit import TempoLine
from chart_hero_core.timing.observations import BeatObservations, likeliest_row
from chart_hero_core.timing.quantise import beat_cells
from chart_hero_core.timing.tempo_choice import chosen_row
from chart_hero_core.timing.tempo_map import TempoMap

DEFAULT_BPM = 120.0
# Beyond this the last tempo is simply continued.
MAX_TRACKED_S = 7_200.0
ON_GRID_S = 0.015
_FEWEST_HITS = 4
# The classifier of tempos was fitted to no songs of fewer strokes.
_FEWEST_FOR_A_CHOICE = 40
_MAX_LOG_ODDS, _LARGEST_LOGIT = 6.0, 30.0
# Weights where there are both: of the strokes, and of the model's log odds of beats and of bar
# lines (docs/experiments.md).
_STRUCK, _AUDIO_BEAT, _AUDIO_LINE = 0.7, 1.0, 2.0
# Percentiles of a beat curve: on beats, and anywhere.
_ON_BEATS, _ANYWHERE = 97, 50
# A tempo hint is a prior of 5 % spread, this strong per second.
_HINT_SPREAD, _HINT_PRIOR = 0.05, 2.0
# This far from any stroke their weight begins to fade; at twice as far it is gone.
_SILENCE_S = 1.0
_SLOWEST_HINT, _FASTEST_HINT = 20.0, 500.0


@dataclass(frozen=True, slots=True, eq=False)
class BeatActivations:
    """Probabilities of a beat and of a first beat of a bar, ``[T]``; frame ``i`` is at
    ``start_s + i * hop_s``. ``harmony``: how much it changes, in standard deviations, ``[T]``."""

    beat: Float32Array
    downbeat: Float32Array
    hop_s: float
    start_s: float = 0.0
    harmony: Float32Array | None = None


def beat_activations(heard: Activations) -> BeatActivations | None:
    """The model's beat and downbeat curves in the form the tracker takes, if it has them."""
    if heard.beat is None or heard.downbeat is None:
        return None
    return BeatActivations(
        beat=np.asarray(heard.beat, np.float64),
        downbeat=np.asarray(heard.downbeat, np.float64),
        hop_s=heard.hop_s,
        harmony=heard.harmony,
    )


@dataclass(frozen=True, slots=True)
class TempoCandidate:
    """One hypothesis about a song's tempo.

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
    hits = _sorted(onsets, duration_s)
    if hint_bpm is not None:
        hint_bpm = min(max(hint_bpm, _SLOWEST_HINT), _FASTEST_HINT) if hint_bpm > 0 else None
    options = _with_hint(options or PathOptions(), hint_bpm)
    tracked = [h for h in hits if h.time_s <= MAX_TRACKED_S]
    observations = _observations_if_any(tracked, duration_s, beat)
    row = None if observations is None else likeliest_row(observations, options)
    if observations is None or row is None or len(row.times_s) < 3:
        return [_plain_candidate(hits, hint_bpm)]
    if hint_bpm is None and len(tracked) >= _FEWEST_FOR_A_CHOICE:
        row = chosen_row(row, observations, tracked, options)
    strokes_s = np.array([h.time_s for h in tracked])
    found = tempo_hypotheses(row, observations, tracked, options)
    if len(tracked) < _FEWEST_HITS and found[0].score < 0:
        # The best row is worse than none: in silence it would be noise of the model.
        return [_plain_candidate(hits, hint_bpm)]
    return [_candidate(hypothesis, strokes_s) for hypothesis in found]


def rough_map(
    onsets: Sequence[Hit], duration_s: float, beat: BeatActivations | None = None
) -> TempoMap:
    """The map of the likeliest row of beats alone, in less than half the time.

    For those who ask where strokes lie in their bars, whatever the tempo is called: no rivals,
    no choice between tempos (see :func:`tempo_candidates` for the arguments).
    """
    hits = _sorted(onsets, duration_s)
    tracked = [h for h in hits if h.time_s <= MAX_TRACKED_S]
    observations = _observations_if_any(tracked, duration_s, beat)
    row = None if observations is None else likeliest_row(observations, PathOptions())
    if observations is None or row is None or len(row.times_s) < 3 or len(tracked) < _FEWEST_HITS:
        return tempo_candidates(onsets, duration_s, beat=beat)[0].tempo_map
    grid = best_grid(row, observations, tracked, PathOptions())[0]
    return build_map(grid, tracked[0].time_s)


def _sorted(onsets: Sequence[Hit], duration_s: float) -> list[Hit]:
    hits = sorted((h for h in onsets if math.isfinite(h.time_s)), key=lambda h: h.time_s)
    return [h for h in hits if 0 <= h.time_s <= max(duration_s, 0) + 1]


def _observations_if_any(
    tracked: Sequence[Hit], duration_s: float, beat: BeatActivations | None
) -> BeatObservations | None:
    if beat is not None and not len(beat.beat):
        beat = None
    if len(tracked) < _FEWEST_HITS and beat is None:
        return None
    return observations_of(tracked, min(duration_s, MAX_TRACKED_S), beat)


def _with_hint(options: PathOptions, hint_bpm: float | None) -> PathOptions:
    if hint_bpm is None:
        return options
    return replace(
        options,
        slowest_bpm=min(options.slowest_bpm, hint_bpm / 1.2),
        fastest_bpm=max(options.fastest_bpm, hint_bpm * 1.2),
        centre_bpm=hint_bpm,
        spread=_HINT_SPREAD,
        prior=_HINT_PRIOR,
    )


def _plain_candidate(hits: Sequence[Hit], hint_bpm: float | None) -> TempoCandidate:
    """A steady tempo with a bar line at the first stroke, for want of anything to go by."""
    bpm = hint_bpm or DEFAULT_BPM
    start_s = hits[0].time_s if hits else 0.0
    beats = np.arange(9.0)
    line = TempoLine(beats[[0, -1]], start_s + beats[[0, -1]] * 60 / bpm, 0.01)
    grid = Grid(line, beats, beats % 4 == 0)
    hypothesis = TempoHypothesis(f"{bpm:.4g} BPM, 4/4", grid, 0.0)
    return _candidate(hypothesis, np.array([h.time_s for h in hits]))


@lru_cache(maxsize=1)
def _nets() -> tuple[HitBeatNet, HitTempoNet]:
    return HitBeatNet.load(), HitTempoNet.load()


def _from_strokes(hits: Sequence[Hit], frames: int) -> tuple[Float64Array, TempoObservations]:
    """Predictions of both networks from strokes: log odds of beat and bar line, and the tempo."""
    strokes = raster(hits, frames)
    one, other = _nets()
    beat, downbeat = one.log_odds(strokes).astype(np.float64)
    found, classes = other.log_odds(strokes)
    # The older network still predicts better which beats start a bar (docs/experiments.md).
    share = np.minimum(_probability(downbeat) / _probability(beat), 1.0)
    beat = (beat + found[0]) / 2
    downbeat_p = share * _probability(beat)
    return np.stack([beat, np.log(downbeat_p / (1 - downbeat_p))]), _tempo(classes)


def _probability(log_odds: Float64Array) -> Float64Array:
    found: Float64Array = 1 / (1 + np.exp(-np.clip(log_odds, -_LARGEST_LOGIT, _LARGEST_LOGIT)))
    return found


def observations_of(
    hits: Sequence[Hit], duration_s: float, beat: BeatActivations | None
) -> BeatObservations:
    """The observations from strokes (sorted) and the model's beat activations, if any."""
    end_s = max(hits[-1].time_s if hits else 0.0, duration_s if beat is not None else 0.0) + 1.0
    times = np.arange(int(end_s / HOP_S) + 1, dtype=np.float64) * HOP_S
    log_odds = np.zeros((2, len(times)))
    tempo: TempoObservations | None = None
    if hits:
        own, tempo = _from_strokes(hits, int(end_s / FRAME_S) + 2)
        frames = np.arange(own.shape[1]) * FRAME_S
        near = _nearness(times, hits)
        weight = 1.0 if beat is None else _STRUCK
        log_odds += weight * near * np.stack([np.interp(times, frames, row) for row in own])
    harmony: Float64Array | None = None
    if beat is not None:
        audio = _audio_log_odds(beat, times)
        log_odds += _beside_strokes(audio) if hits else audio
        if beat.harmony is not None:
            frames = beat.start_s + np.arange(len(beat.harmony)) * beat.hop_s
            harmony = np.interp(times, frames, np.nan_to_num(beat.harmony).astype(np.float64))
    beat_p, downbeat_p = 1 / (1 + np.exp(-log_odds))
    given_beat = np.clip(downbeat_p / np.maximum(beat_p, 1e-9), 0.01, 0.99)
    first = 0 if beat is not None and not hits else int(hits[0].time_s / HOP_S)
    last = int((end_s - 1.0) / HOP_S)
    downbeat = np.log(given_beat / (1 - given_beat))
    return BeatObservations(log_odds[0], downbeat, first, last, tempo, harmony)


def _audio_log_odds(beat: BeatActivations, times: Float64Array) -> Float64Array:
    """The model's log odds of a beat and of a bar line at some times, ``[2, times]``."""
    frames = beat.start_s + np.arange(len(beat.beat)) * beat.hop_s
    rows = np.stack([beat.beat, beat.downbeat]).astype(np.float64)
    limit = 1 / (1 + math.exp(_MAX_LOG_ODDS))
    rows = np.clip(np.nan_to_num(rows), limit, 1 - limit)
    odds = np.log(rows / (1 - rows))
    return np.stack([np.interp(times, frames, row) for row in odds])


def _beside_strokes(audio: Float64Array) -> Float64Array:
    """The model's log odds, centred, for use beside those of strokes.

    They then tell where beats are, not whether there are any: uncentred, those of an uncertain
    model would favour few and long beats.
    """
    beat, downbeat = audio
    usual = np.percentile(beat, (_ON_BEATS, _ANYWHERE)).mean()
    return np.stack([_AUDIO_BEAT * (beat - usual), _AUDIO_LINE * downbeat])


def _tempo(classes: Float32Array) -> TempoObservations:
    """The network's word on the tempo, never surer than it has a right to be."""
    ratio = np.asarray(classes - classes.max(axis=1, keepdims=True), np.float64)
    step_frames = round(TEMPO_STEP * FRAME_S / HOP_S)
    return TempoObservations(np.maximum(ratio, -_MAX_LOG_ODDS), step_frames)


def _nearness(times: Float64Array, hits: Sequence[Hit]) -> Float64Array:
    """1 near strokes, falling to 0: silence is neutral about beats."""
    strokes = np.array([h.time_s for h in hits])
    after = np.clip(np.searchsorted(strokes, times), 1, max(len(strokes) - 1, 1))
    before = strokes[after - 1]
    distance = np.minimum(
        np.abs(times - before), np.abs(strokes[np.minimum(after, len(strokes) - 1)] - times)
    )
    found: Float64Array = np.clip(2 - distance / _SILENCE_S, 0.0, 1.0)
    return found


def _candidate(hypothesis: TempoHypothesis, strokes_s: Float64Array) -> TempoCandidate:
    first_s = float(strokes_s[0]) if strokes_s.size else 0.0
    tempo_map = build_map(hypothesis.grid, first_s)
    bpm = _usual_bpm(tempo_map, strokes_s)
    label = hypothesis.label or f"{bpm:.4g} BPM, {_usual_signature(tempo_map)}"
    if hypothesis.label in ("half time", "double time", "one tempo"):
        label = f"{hypothesis.label}, {bpm:.4g} BPM"
    if hypothesis.detail:
        label = f"{label}, {hypothesis.detail}"
    distance = _distances_s(tempo_map, strokes_s)
    return TempoCandidate(
        tempo_map,
        hypothesis.score,
        label,
        bpm,
        float(np.median(distance)) * 1e3 if distance.size else 0.0,
        float(np.mean(distance <= ON_GRID_S)) if distance.size else 1.0,
        len(tempo_map.tempos),
    )


def _usual_bpm(tempo_map: TempoMap, strokes_s: Float64Array) -> float:
    """The tempo at the median stroke by tempo: half of the strokes are played slower."""
    changes = np.array([change.tick for change in tempo_map.tempos])
    if not strokes_s.size:
        strokes_s = np.linspace(0, tempo_map.seconds(int(changes[-1])) + 10, 101)
    # A stroke on a change, however rounded, belongs to the tempo that starts there.
    index = np.searchsorted(changes, tempo_map.ticks_array(strokes_s) + 0.1, side="right") - 1
    bpms = np.array([change.bpm for change in tempo_map.tempos])
    return float(np.median(bpms[np.maximum(index, 0)]))


def _usual_signature(tempo_map: TempoMap) -> str:
    ends = [*(s.tick for s in tempo_map.signatures[1:]), None]
    lengths: dict[str, float] = {}
    for signature, end in zip(tempo_map.signatures, ends, strict=True):
        name = f"{signature.numerator}/{signature.denominator}"
        ticks = 100_000.0 if end is None else end - signature.tick
        lengths[name] = lengths.get(name, 0.0) + ticks
    return max(lengths, key=lambda name: lengths[name])


def _distances_s(tempo_map: TempoMap, strokes_s: Float64Array) -> Float64Array:
    """Distance of each stroke to the nearest 16th or 8th triplet, in seconds."""
    if not strokes_s.size:
        return strokes_s
    ticks = tempo_map.ticks_array(strokes_s)
    starts, _ = beat_cells(ticks, tempo_map)
    found = []
    for step in (tempo_map.resolution / 4, tempo_map.resolution / 3):
        lines = starts + np.rint((ticks - starts) / step) * step
        found.append(np.abs(tempo_map.seconds_array(lines) - strokes_s))
    nearest: Float64Array = np.minimum(*found)
    return nearest
