"""Recall and precision by how fast strokes follow each other, and by where they sit in the bar."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chart_hero_core.base.arrays import IndexArray, Int64Array
from chart_hero_core.evaluation.matching import Matched, match_times
from chart_hero_core.evaluation.strokes import Strokes, Times
from chart_hero_core.timing.tempo_map import TempoMap

# Upper edges in ms, inclusive; the last bin is everything slower, single strokes included.
IOI_EDGES_MS = (10, 20, 30, 40, 60, 80, 120, 200)
IOI_BINS = (*(f"<= {edge} ms" for edge in IOI_EDGES_MS), "> 200 ms")
IOI_KINDS = ("same class", "any class")
# Different drums struck within this are one chord, not a fast sequence: people spread chords by
# 2-5 ms, and the fastest notes that are charted (128ths at 240 BPM) are 7.8 ms apart.
CHORD_S = 0.005
_MICROSECOND = 1e-6

# Lines per quarter note, coarsest first: a note belongs to the coarsest line it sits on.
SUBDIVISIONS: tuple[tuple[str, int], ...] = (
    ("quarter", 1),
    ("8th", 2),
    ("8th triplet", 3),
    ("16th", 4),
    ("16th triplet", 6),
    ("32nd", 8),
    ("32nd triplet", 12),
    ("64th", 16),
    ("64th triplet", 24),
    ("128th", 32),
)
OFF_GRID = "off grid"
SUBDIVISION_NAMES = (*(name for name, _ in SUBDIVISIONS), OFF_GRID)
# A note sits on a line when it is within 5 ms of it and within a quarter of a 128th note (2 ms at
# 240 BPM): wider, and 128ths next to a triplet line would count as triplets.
SUBDIVISION_WINDOW_S = 0.005
SUBDIVISION_WINDOW_QUARTERS = 1 / 128
PLAYED_WITHIN_S = 0.050
BPM_EDGES = (80, 120, 160, 180, 200, 220, 240)
BPM_BANDS = (
    "under 80",
    *(f"{low}-{high}" for low, high in itertools.pairwise(BPM_EDGES)),
    "240 and over",
)


@dataclass(frozen=True, slots=True, eq=False)
class TempoPlaces:
    """Where times lie on a tempo map: quarter notes from its start, and the tempo there (BPM)."""

    quarters: Times
    bpm: Times


def places_on(tempo_map: TempoMap, times_s: Times) -> TempoPlaces:
    """Where each of ``times_s`` ``[N]`` lies on the map, in quarters, and the tempo there."""
    ticks = tempo_map.ticks_array(times_s)
    change_ticks = np.array([change.tick for change in tempo_map.tempos])
    bpm = np.array([change.bpm for change in tempo_map.tempos])
    index = np.maximum(np.searchsorted(change_ticks, ticks + 1e-6, side="right") - 1, 0)
    return TempoPlaces(ticks / tempo_map.resolution, bpm[index])


def same_class_gaps(times_s: Times) -> Times:
    """Seconds to the nearest stroke before or after each, infinite for a single one.

    ``times_s`` ``[N]`` ascend and are of one class; ``[N]`` comes back.
    """
    steps = np.concatenate([[np.inf], np.diff(times_s), [np.inf]])
    gaps: Times = np.minimum(steps[:-1], steps[1:]) if times_s.size else np.empty(0)
    return gaps


def any_class_gaps(times_s: Times, everything_s: Times) -> Times:
    """Seconds from each stroke of one class to the nearest stroke of its own class, or of any class
    more than :data:`CHORD_S` away, ``[N]``. Both arrays, ``[N]`` and ``[M]`` in seconds, ascend;
    ``everything_s`` holds all classes."""
    if not times_s.size:
        return np.empty(0)
    padded = np.concatenate([[-np.inf], everything_s, [np.inf]])
    after = padded[np.searchsorted(everything_s, times_s + CHORD_S, side="right") + 1] - times_s
    before = times_s - padded[np.searchsorted(everything_s, times_s - CHORD_S, side="left")]
    gaps: Times = np.minimum(np.minimum(after, before), same_class_gaps(times_s))
    return gaps


def ioi_bin(gaps_s: Times) -> IndexArray:
    """The index into :data:`IOI_BINS` of each gap ``[N]`` (to the microsecond; edges inclusive)."""
    edges = np.array(IOI_EDGES_MS) / 1000 + _MICROSECOND
    return np.searchsorted(edges, gaps_s, side="left")


def ioi_counts(matches: tuple[Matched, ...], reference: Strokes, estimate: Strokes) -> Int64Array:
    """Strokes and hits by interval, shape ``[classes, kinds, bins, 4]``.

    The last axis holds references, references found, estimates, estimates right. References are
    binned by their own intervals (recall), estimates by theirs (precision).
    """
    counts = np.zeros((len(matches), len(IOI_KINDS), len(IOI_BINS), 4), np.int64)
    for code, match in enumerate(matches):
        sides = (
            (match.ref_times_s, reference.times_s, match.ref_found, 0),
            (match.est_times_s, estimate.times_s, match.est_right, 2),
        )
        for times, everything, hit, column in sides:
            for kind, gaps in enumerate(
                (same_class_gaps(times), any_class_gaps(times, everything))
            ):
                bins = ioi_bin(gaps)
                counts[code, kind, :, column] = np.bincount(bins, minlength=len(IOI_BINS))
                counts[code, kind, :, column + 1] = np.bincount(bins[hit], minlength=len(IOI_BINS))
    return counts


def subdivision_of(places: TempoPlaces) -> IndexArray:
    """The index into :data:`SUBDIVISION_NAMES` of each place ``[N]``, the last for none."""
    found = np.full(places.quarters.shape, len(SUBDIVISIONS), np.intp)
    window = np.minimum(SUBDIVISION_WINDOW_S * places.bpm / 60.0, SUBDIVISION_WINDOW_QUARTERS)
    for index, (_, lines) in reversed(list(enumerate(SUBDIVISIONS))):
        distance = np.abs(places.quarters - np.round(places.quarters * lines) / lines)
        found[distance <= window + 1e-9] = index
    return found


def bpm_band(bpm: Times) -> IndexArray:
    """The index into :data:`BPM_BANDS` of each tempo ``[N]``; a band includes its lower edge (to a
    millionth)."""
    return np.searchsorted(np.array(BPM_EDGES) - 1e-6, bpm, side="right")


def written_times(played_s: Times, written_s: Times) -> Times:
    """Each played stroke's time in the chart: that of the written note it plays, else its own.

    People play up to a few hundredths of a second beside the lines, far more than tells a 64th from
    a triplet. Both arrays, ``[N]`` and ``[M]`` in seconds, ascend and hold one class; ``[N]`` comes
    back.
    """
    played, written = match_times(played_s, written_s, PLAYED_WITHIN_S)
    times = played_s.copy()
    times[played] = written_s[written]
    return times


def subdivision_counts(
    matches: tuple[Matched, ...], times_s: Sequence[Times], tempo_map: TempoMap
) -> Int64Array:
    """References by where they sit, shape ``[classes, subdivisions, bands, 2]``.

    The last axis holds references and references found. ``times_s`` are those of the references
    of each class, as written (see :func:`written_times`).
    """
    shape = (len(SUBDIVISION_NAMES), len(BPM_BANDS))
    counts = np.zeros((len(matches), *shape, 2), np.int64)
    for code, match in enumerate(matches):
        places = places_on(tempo_map, times_s[code])
        cell = subdivision_of(places) * shape[1] + bpm_band(places.bpm)
        size = shape[0] * shape[1]
        counts[code, ..., 0] = np.bincount(cell, minlength=size).reshape(shape)
        counts[code, ..., 1] = np.bincount(cell[match.ref_found], minlength=size).reshape(shape)
    return counts
