"""How good an estimated tempo map is: beats, tempo, grid, and the usual mistakes by name."""

from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.evaluation.beat_files import MAX_BEATS
from chart_hero_core.evaluation.breakdowns import places_on
from chart_hero_core.evaluation.matching import match_times
from chart_hero_core.evaluation.scores import prf
from chart_hero_core.evaluation.strokes import Times
from chart_hero_core.timing.tempo_map import TempoMap

BEAT_TOLERANCE_S = 0.070  # the customary window of beat tracking (Davies et al., 2009)
GRID_TOLERANCE_S = 0.015
GRID_LINES = (4, 3)  # 16ths and 8th triplets, lines per quarter note

# Ratios of tempo that are a way of counting rather than a wrong speed, and how far from them still
# has that name (people drift by a few per cent).
_RATIOS: tuple[tuple[float, str], ...] = (
    (2.0, "double tempo"),
    (0.5, "half tempo"),
    (3.0, "triple tempo"),
    (1 / 3, "a third of the tempo"),
    (1.5, "three beats for two"),
    (2 / 3, "two beats for three"),
    (4 / 3, "four beats for three"),
    (0.75, "three beats for four"),
)
_RATIO_SLACK = 0.04
_PHASE_FOUND = 0.5  # F that a shifted count must reach to be called the truth


@dataclass(frozen=True, slots=True)
class TempoMapScore:
    """Figures of one estimated tempo map.

    ``mean_tempo_error_percent`` is the mean over time of the distance between the tempos of a bar.
    The two ``on_grid`` shares are of reference strokes within 15 ms of a 16th or 8th-triplet
    line, None without strokes. ``octave`` and ``phase`` name a mistake, or are empty.
    """

    beat_f: float
    downbeat_f: float
    mean_tempo_error_percent: float
    on_grid_estimate: float | None
    on_grid_reference: float | None
    markers_estimate: int
    markers_reference: int
    octave: str
    phase: str


def score_tempo_map(
    reference: TempoMap,
    estimate: TempoMap,
    strokes_s: Times,
    duration_s: float,
    beats_from_s: float = 0.0,
) -> TempoMapScore:
    """Compare two tempo maps from 0 to ``duration_s``; ``strokes_s`` ``[N]`` are the true onsets.

    Beats before ``beats_from_s`` are left out on both sides: annotations may begin late.

    Raises:
        EvaluationError: the duration is not positive, or a map has absurdly many beats in it.
    """
    if not 0 < duration_s < float("inf"):
        raise EvaluationError("A tempo map can only be scored over a positive duration.")
    first_s = beats_from_s - BEAT_TOLERANCE_S if beats_from_s else 0.0
    true_beats, true_downs = (
        times[times >= beats_from_s - 1e-6] for times in beat_times(reference, duration_s)
    )
    beats, downs = (times[times >= first_s] for times in beat_times(estimate, duration_s))
    beat_f = _f(true_beats, beats)
    octave = octave_error(reference, estimate, duration_s)
    ratios, lengths = _tempo_ratios(reference, estimate, duration_s, beats_from_s)
    return TempoMapScore(
        beat_f=beat_f,
        downbeat_f=_f(true_downs, downs),
        mean_tempo_error_percent=100 * float(np.average(np.abs(ratios - 1), weights=lengths)),
        on_grid_estimate=share_on_grid(estimate, strokes_s),
        on_grid_reference=share_on_grid(reference, strokes_s),
        markers_estimate=len(estimate.tempos),
        markers_reference=len(reference.tempos),
        octave=octave,
        phase="" if octave else _phase_error(true_beats, true_downs, beats, downs, beat_f),
    )


def beat_times(tempo_map: TempoMap, duration_s: float) -> tuple[Times, Times]:
    """Seconds of the beats (notes of the signature's denominator) before the end, and of the
    downbeats among them, ``[beats]`` and ``[bars]``.

    Raises:
        EvaluationError: there are absurdly many.
    """
    end = tempo_map.tick_at(duration_s)
    fewest = min(tempo_map.ticks_per_beat(signature) for signature in tempo_map.signatures)
    if end / fewest > MAX_BEATS:
        raise EvaluationError(f"The tempo map has more than {MAX_BEATS} beats.")
    beats = tempo_map.beats(0, int(np.ceil(end)))
    times = np.array([tempo_map.seconds(beat.tick) for beat in beats], np.float64)
    down = np.array([beat.beat == 0 for beat in beats], np.bool_)
    return times, times[down]


def share_on_grid(tempo_map: TempoMap, strokes_s: Times) -> float | None:
    """The share (0..1) of strokes ``[N]`` within 15 ms of a 16th or 8th-triplet line of the map."""
    if not strokes_s.size:
        return None
    places = places_on(tempo_map, strokes_s)
    distances = [
        np.abs(places.quarters - np.round(places.quarters * lines) / lines) for lines in GRID_LINES
    ]
    distance_s = np.minimum.reduce(distances) * 60.0 / places.bpm
    return float(np.mean(distance_s <= GRID_TOLERANCE_S + 1e-9))


def octave_error(reference: TempoMap, estimate: TempoMap, duration_s: float) -> str:
    """The name of the ratio between the tempos (their median over time), empty when it is 1."""
    ratios, weights = _tempo_ratios(reference, estimate, duration_s)
    order = np.argsort(ratios)
    half = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
    ratio = float(ratios[order][min(half, ratios.size - 1)])
    near = [name for value, name in _RATIOS if abs(ratio / value - 1) <= _RATIO_SLACK]
    return near[0] if near else ""


def _tempo_ratios(
    reference: TempoMap, estimate: TempoMap, duration_s: float, from_s: float = 0.0
) -> tuple[Times, Times]:
    """Estimated over true tempo in each true bar, and the bars' lengths in seconds.

    Bars, since annotated beats jitter by a hundredth of a second or more, which is no tempo.
    """
    downs = beat_times(reference, duration_s)[1]
    inside = downs[(downs > from_s + 1e-6) & (downs < duration_s - 1e-6)]
    edges = np.concatenate([[min(from_s, duration_s)], inside, [duration_s]])
    lengths = np.diff(edges)
    true, found = (
        np.diff(tempo_map.ticks_array(edges)) / tempo_map.resolution
        for tempo_map in (reference, estimate)
    )
    return found / true, lengths


def _f(true: Times, found: Times) -> float:
    pairs, _ = match_times(true, found, BEAT_TOLERANCE_S)
    return float(prf(np.array([pairs.size, true.size, found.size]))[2])


def _phase_error(
    true_beats: Times, true_downs: Times, beats: Times, downs: Times, beat_f: float
) -> str:
    """Whether the beats fall between the true ones, or the count of the bar starts late."""
    between = (beats[:-1] + beats[1:]) / 2
    shifted_f = _f(true_beats, between)
    if shifted_f > beat_f and shifted_f >= _PHASE_FOUND:
        return "off by half a beat"
    if beats.size < 2 or downs.size < 2 or true_downs.size < 2:
        return ""
    per_bar = round(float(np.median(np.diff(np.searchsorted(beats, downs - 1e-6)))))
    first = np.searchsorted(beats, downs - 1e-6)
    scores = [_f(true_downs, downs)]
    for shift in range(1, per_bar):
        moved = first - shift
        scores.append(_f(true_downs, beats[moved[moved >= 0]]))
    best = int(np.argmax(scores))
    if best == 0 or scores[best] < _PHASE_FOUND:
        return ""
    return f"bars start {best} beat{'s' if best > 1 else ''} late"
