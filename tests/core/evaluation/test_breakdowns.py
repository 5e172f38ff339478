"""Intervals, subdivisions and tempo bands: every edge by hand."""

import numpy as np
import pytest

from chart_hero_core.evaluation.breakdowns import (
    BPM_BANDS,
    IOI_BINS,
    IOI_KINDS,
    SUBDIVISION_NAMES,
    any_class_gaps,
    bpm_band,
    ioi_bin,
    ioi_counts,
    places_on,
    same_class_gaps,
    subdivision_counts,
    subdivision_of,
    written_times,
)
from chart_hero_core.evaluation.matching import match_song
from chart_hero_core.evaluation.strokes import EMPTY, Strokes
from chart_hero_core.evaluation.views import EIGHT
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap

KICK, SNARE, HIHAT = 0, 1, 5


@pytest.mark.parametrize(
    ("gap_ms", "name"),
    [
        (0.0, "<= 10 ms"),
        (10.0, "<= 10 ms"),
        (10.01, "<= 20 ms"),
        (20.0, "<= 20 ms"),
        (20.01, "<= 30 ms"),
        (30.0, "<= 30 ms"),
        (40.0, "<= 40 ms"),
        (40.01, "<= 60 ms"),
        (60.0, "<= 60 ms"),
        (80.0, "<= 80 ms"),
        (80.01, "<= 120 ms"),
        (120.0, "<= 120 ms"),
        (200.0, "<= 200 ms"),
        (200.01, "> 200 ms"),
        (np.inf, "> 200 ms"),
    ],
)
def test_every_edge_of_the_interval_bins(gap_ms: float, name: str) -> None:
    assert IOI_BINS[int(ioi_bin(np.array([gap_ms / 1000]))[0])] == name


def test_edges_survive_subtraction_of_times() -> None:
    # 0.51 - 0.5 is a little more than 0.01 in floating point.
    assert ioi_bin(same_class_gaps(np.array([0.5, 0.51]))).tolist() == [0, 0]


def test_a_stroke_is_as_fast_as_its_nearest_neighbour() -> None:
    gaps = same_class_gaps(np.array([1.0, 1.1, 1.15, 2.0]))
    np.testing.assert_allclose(gaps, [0.1, 0.05, 0.05, 0.85])


def test_a_single_stroke_is_infinitely_slow() -> None:
    assert same_class_gaps(np.array([1.0])).tolist() == [np.inf]
    assert same_class_gaps(np.empty(0)).size == 0
    assert any_class_gaps(np.empty(0), np.array([1.0])).size == 0


def test_chords_are_no_fast_sequence_but_flams_are() -> None:
    everything = np.array([1.0, 1.004, 1.1, 1.106])
    # The kick at 1.0 has a hi-hat 4 ms later (a chord) and the next stroke 100 ms later.
    np.testing.assert_allclose(any_class_gaps(np.array([1.0]), everything), [0.1])
    # 6 ms between two drums is a sequence; 4 ms on one drum is a sequence too.
    np.testing.assert_allclose(any_class_gaps(np.array([1.106]), everything), [0.006])
    np.testing.assert_allclose(any_class_gaps(np.array([1.0, 1.004]), everything), [0.004, 0.004])


def test_recall_is_counted_by_reference_intervals_and_precision_by_estimated_ones() -> None:
    reference = Strokes.of([1.0, 1.05, 3.0], [KICK] * 3)
    estimate = Strokes.of([1.0, 3.0, 3.015], [KICK, KICK, SNARE])
    counts = ioi_counts(match_song(reference, estimate, EIGHT, 0.025), reference, estimate)
    assert counts.shape == (8, len(IOI_KINDS), len(IOI_BINS), 4)
    same, anything = counts[KICK]
    assert same[IOI_BINS.index("<= 60 ms")].tolist() == [2, 1, 0, 0]
    assert same[IOI_BINS.index("> 200 ms")].tolist() == [1, 1, 2, 2]
    # The estimated snare is 15 ms after the second kick.
    assert anything[IOI_BINS.index("<= 20 ms")].tolist() == [0, 0, 1, 1]
    assert anything[IOI_BINS.index("> 200 ms")].tolist() == [1, 1, 1, 1]
    assert counts[SNARE, 0, IOI_BINS.index("> 200 ms")].tolist() == [0, 0, 1, 0]
    assert counts[HIHAT].sum() == 0


def subdivision(quarters: float, bpm: float = 120.0) -> str:
    tempo_map = TempoMap.constant(bpm)
    places = places_on(tempo_map, np.array([quarters * 60 / bpm]))
    return SUBDIVISION_NAMES[int(subdivision_of(places)[0])]


@pytest.mark.parametrize("bpm", [60.0, 120.0, 180.0, 240.0])
@pytest.mark.parametrize(
    ("quarters", "name"),
    [
        (0.0, "quarter"),
        (7.0, "quarter"),
        (0.5, "8th"),
        (1 / 3, "8th triplet"),
        (2 / 3, "8th triplet"),
        (0.25, "16th"),
        (3.75, "16th"),
        (1 / 6, "16th triplet"),
        (0.125, "32nd"),
        (0.875, "32nd"),
        (1 / 12, "32nd triplet"),
        (1 / 16, "64th"),
        (1 / 24, "64th triplet"),
        (1 / 32, "128th"),
        (3 / 32, "128th"),
        (0.2, "off grid"),
    ],
)
def test_a_note_belongs_to_the_coarsest_line_it_sits_on(
    quarters: float, name: str, bpm: float
) -> None:
    assert subdivision(quarters, bpm) == name


def test_the_window_is_five_milliseconds_or_a_quarter_of_a_128th() -> None:
    # At 60 BPM a quarter of a 128th is 7.8 ms, so 5 ms count; at 240 BPM it is 1.95 ms.
    assert subdivision(1 + 0.0049, 60.0) == "quarter"
    assert subdivision(1 + 0.0052, 60.0) == "off grid"
    assert subdivision(1 + 0.0019 * 4, 240.0) == "quarter"
    assert subdivision(1 + 0.0021 * 4, 240.0) == "off grid"


@pytest.mark.parametrize(
    ("bpm", "band"),
    [
        (79.99, "under 80"),
        (80.0, "80-120"),
        (119.99, "80-120"),
        (120.0, "120-160"),
        (160.0, "160-180"),
        (180.0, "180-200"),
        (200.0, "200-220"),
        (220.0, "220-240"),
        (239.99, "220-240"),
        (240.0, "240 and over"),
    ],
)
def test_a_tempo_band_includes_its_lower_edge(bpm: float, band: str) -> None:
    tempo_map = TempoMap.constant(bpm)
    assert BPM_BANDS[int(bpm_band(places_on(tempo_map, np.array([1.0])).bpm)[0])] == band


def test_notes_count_at_the_tempo_where_they_stand() -> None:
    # Four quarters at 100 BPM (2.4 s), then 200 BPM.
    tempo_map = TempoMap(480, (TempoChange(0, 600_000.0), TempoChange(4 * 480, 300_000.0)))
    times = np.array([0.6, 2.4, 2.4 + 0.3 / 8])
    places = places_on(tempo_map, times)
    np.testing.assert_allclose(places.quarters, [1.0, 4.0, 4.125])
    np.testing.assert_allclose(places.bpm, [100.0, 200.0, 200.0])
    reference = Strokes.of(times, [KICK, KICK, SNARE])
    matches = match_song(reference, Strokes.of([2.4], [KICK]), EIGHT, 0.025)
    counts = subdivision_counts(matches, [m.ref_times_s for m in matches], tempo_map)
    quarter, band = SUBDIVISION_NAMES.index("quarter"), BPM_BANDS.index("200-220")
    assert counts[KICK, quarter, BPM_BANDS.index("80-120")].tolist() == [1, 0]
    assert counts[KICK, quarter, band].tolist() == [1, 1]
    assert counts[SNARE, SUBDIVISION_NAMES.index("32nd"), band].tolist() == [1, 0]
    assert counts[..., 0].sum() == 3


def test_a_played_stroke_counts_where_it_is_written() -> None:
    played = np.array([0.98, 1.51, 3.0])
    written = np.array([1.0, 1.5, 2.9])
    assert written_times(played, written).tolist() == [1.0, 1.5, 3.0]
    assert played.tolist() == [0.98, 1.51, 3.0]


def test_an_empty_song_counts_nothing() -> None:
    matches = match_song(EMPTY, EMPTY, EIGHT, 0.025)
    assert ioi_counts(matches, EMPTY, EMPTY).sum() == 0
    empty = [m.ref_times_s for m in matches]
    assert subdivision_counts(matches, empty, TempoMap()).sum() == 0
