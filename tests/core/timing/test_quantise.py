"""Quantisation: the subdivision that was played, order kept, nothing merged that is apart."""

import itertools
import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.timing.quantise import SAME_STROKE_MS, quantise
from chart_hero_core.timing.tempo_map import TempoMap, TimeSignature
from tests.core.timing.maps import tempo_maps

MAP = TempoMap.constant(120)  # 960 ticks a second


def times_of(ticks: list[int], tempo_map: TempoMap = MAP, jitter_ms: float = 0.0) -> list[float]:
    noise = np.random.default_rng(5).normal(0, jitter_ms / 1e3, len(ticks))
    return [max(tempo_map.seconds(t) + n, 0.0) for t, n in zip(ticks, noise, strict=True)]


def ticks_of(times: list[float]) -> list[int]:
    return [place.tick for place in quantise(times, MAP)]


def test_nothing_gives_nothing() -> None:
    assert quantise([], MAP) == []


def test_residuals_say_how_late_a_stroke_was() -> None:
    places = quantise([0.0, 0.506, 0.994], MAP)
    assert [p.tick for p in places] == [0, 480, 960]
    assert [p.residual_ms for p in places] == pytest.approx([0, 6, -6])
    assert {p.division for p in places} == {4}


@pytest.mark.parametrize("division", [4, 8, 16, 32, 64, 128, 12, 24, 48, 96, 20])
def test_every_subdivision_survives(division: int) -> None:
    step = 1920 // division
    ticks = list(range(0, 3840, step))
    places = quantise(times_of(ticks, jitter_ms=1.0), MAP)
    assert [p.tick for p in places] == ticks
    assert {p.division for p in places} == {division}


@pytest.mark.parametrize("parts", [5, 7])
def test_a_beat_of_quintuplets_or_septuplets_among_sixteenths(parts: int) -> None:
    odd = [round(480 * slot / parts) for slot in range(parts)]
    ticks = [*range(0, 3840, 120), *(3840 + tick for tick in odd), *range(4320, 7680, 120)]
    places = quantise(times_of(ticks, jitter_ms=2.0), MAP)
    assert [p.tick for p in places] == ticks
    assert {p.division for p in places} == {16, 4 * parts}


def test_loose_sixteenths_stay_sixteenths() -> None:
    ticks = list(range(0, 7680, 120))
    assert ticks_of(times_of(ticks, jitter_ms=8.0)) == ticks


def test_a_roll_in_one_half_of_a_beat_keeps_its_grid() -> None:
    ticks = [0, 240, 480, 720, 960, 1080, 1200, 1240, 1280, 1320, 1360, 1400, 1440, 1680]
    places = quantise(times_of(ticks, jitter_ms=2.0), MAP)
    assert [p.tick for p in places] == ticks
    assert 48 in {p.division for p in places}


@pytest.mark.parametrize("stray", [290, 310])  # late for one sixteenth, early for the next
def test_one_stray_stroke_does_not_spoil_its_beat(stray: int) -> None:
    ticks = [0, 120, 240, 360, 480, 600, 720, 840]
    times = [*times_of(ticks, jitter_ms=3.0), MAP.seconds(stray)]
    places = quantise(times, MAP)
    assert [p.tick for p in places[:-1]] == ticks
    assert abs(places[-1].tick - stray) <= 15


def test_halves_of_a_beat_take_grids_of_their_own_only_for_a_price() -> None:
    ticks = list(range(0, 1920, 120))
    right = 0
    for seed in range(40):
        noise = np.random.default_rng(seed).normal(0, 0.008, len(ticks))
        right += (
            ticks_of([max(MAP.seconds(t) + n, 0) for t, n in zip(ticks, noise, strict=True)])
            == ticks
        )
    assert right >= 37


@pytest.mark.parametrize("seed", [3, 11, 13])
def test_two_strokes_of_a_lane_on_one_tick_speak_for_a_finer_grid(seed: int) -> None:
    fast = TempoMap.constant(240)
    ticks = sorted([*range(0, 1920, 120), 60, 1140])
    noise = np.random.default_rng(seed).normal(0, 0.004, len(ticks))
    times = [max(fast.seconds(t) + n, 0) for t, n in zip(ticks, noise, strict=True)]
    assert [p.tick for p in quantise(times, fast, [0] * len(times))] == ticks


def test_a_grace_note_nearer_to_the_line_than_its_stroke_still_leads_to_it() -> None:
    times = times_of([*range(0, 480, 120), *range(600, 3840, 120)], jitter_ms=5.0)
    places = quantise([*times, 0.494, 0.510], MAP, [0] * (len(times) + 2))
    assert [p.tick for p in places[-2:]] == [465, 480]


def test_unsnapped_strokes_stay_where_they_were_heard() -> None:
    times = [0.0, 0.1234567, 0.4994, 17.003]
    places = quantise(times, MAP, snap=False)
    assert [p.tick for p in places] == [0, 119, 479, 16323]
    assert all(abs(p.residual_ms) <= 0.53 and p.division == 0 for p in places)


def test_bars_of_eighths_restart_the_grid() -> None:
    tempo_map = TempoMap(480, signatures=(TimeSignature(0, 7, 8),))
    # Triplets counted from each bar line: the second bar starts in the middle of a quarter.
    ticks = [bar * 1680 + beat * 480 + part * 160 for bar in (0, 1) for beat in (0, 1, 2)
             for part in (0, 1, 2)]  # fmt: skip
    places = quantise(times_of(ticks, tempo_map, 2.0), tempo_map)
    assert [p.tick for p in places] == ticks


def test_strokes_of_one_lane_keep_apart_and_coinciding_ones_do_not() -> None:
    times = [1.0, 1.018, 2.0, 2.004]
    places = quantise(times, MAP, lanes=[1, 1, 1, 1])
    assert places[0].tick < places[1].tick
    assert places[2].tick == places[3].tick == 1920
    with pytest.raises(ValueError, match="lanes"):
        quantise(times, MAP, lanes=[1])


def test_times_before_the_song_go_to_its_start() -> None:
    assert [p.tick for p in quantise([-0.3, -0.001], MAP)] == [0, 0]


STROKES = st.lists(st.tuples(st.floats(-0.5, 30), st.integers(0, 4)), max_size=60)


@given(tempo_maps(), STROKES, st.booleans())
def test_lanes_keep_their_order(
    tempo_map: TempoMap, strokes: list[tuple[float, int]], snap: bool
) -> None:
    times, lanes = [t for t, _ in strokes], [lane for _, lane in strokes]
    places = quantise(times, tempo_map, lanes, snap=snap)
    assert len(places) == len(strokes)
    assert all(p.tick >= 0 for p in places)
    for lane in set(lanes):
        own = sorted((t, p.tick) for (t, at), p in zip(strokes, places, strict=True) if at == lane)
        for (early, tick), (late, next_tick) in itertools.pairwise(own):
            assert tick <= next_tick
            if max(late, 0) - max(early, 0) > SAME_STROKE_MS / 1e3:
                assert tick < next_tick


@given(tempo_maps(), st.lists(st.floats(0, 60), max_size=40))
def test_places_explain_their_times(tempo_map: TempoMap, times: list[float]) -> None:
    for time_s, place in zip(times, quantise(times, tempo_map), strict=True):
        heard = tempo_map.seconds(place.tick) + place.residual_ms / 1e3
        assert heard == pytest.approx(time_s, abs=1e-9)


@given(tempo_maps(), st.lists(st.floats(0, 60), max_size=40), st.randoms())
def test_the_order_of_input_does_not_matter(
    tempo_map: TempoMap, times: list[float], random: Random
) -> None:
    shuffled = list(times)
    random.shuffle(shuffled)
    one = dict(zip(times, quantise(times, tempo_map), strict=True))
    assert dict(zip(shuffled, quantise(shuffled, tempo_map), strict=True)) == one


@pytest.mark.parametrize("time_s", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("snap", [True, False])
def test_times_that_are_no_numbers_are_refused(time_s: float, snap: bool) -> None:
    with pytest.raises(ValueError, match="finite"):
        quantise([0.5, time_s], MAP, snap=snap)


def test_no_stroke_is_put_past_the_bar_line_that_cuts_its_beat_short() -> None:
    cut = TempoMap(480, signatures=(TimeSignature(0, 4, 4), TimeSignature(700, 4, 4)))
    places = quantise(times_of([480, 600, 700, 820], cut), cut)
    assert [p.tick for p in places] == [480, 600, 700, 820]
    early = quantise([cut.seconds(697)], cut)
    assert early[0].tick == 700


@pytest.mark.parametrize("cut", [467, 461, 103, 7])
def test_a_beat_cut_off_the_grid_keeps_its_strokes(cut: int) -> None:
    late = 1920 + 480 + cut  # inside the third bar's second beat; nothing divides the rest of it
    tempo_map = TempoMap(480, signatures=(TimeSignature(0), TimeSignature(late)))
    ticks = list(range(0, late, 120)) + [late + 120 * k for k in range(8)]
    places = quantise([tempo_map.seconds(tick) for tick in ticks], tempo_map)
    assert [place.tick for place in places] == ticks


def test_a_stray_stroke_stays_in_a_beat_that_only_quintuplets_fill() -> None:
    tempo_map = TempoMap(480, signatures=(TimeSignature(0), TimeSignature(1920 + 480 + 96)))
    heard_s = tempo_map.seconds(1920 + 480 + 45)
    (place,) = quantise([heard_s], tempo_map)
    assert abs(tempo_map.seconds(place.tick) - heard_s) < 0.01


@pytest.mark.parametrize(
    ("stray", "place"),
    [
        (307, 300),  # a 32nd, though a 128th is as near
        (403, 400),  # a triplet sixteenth
        (290, 300),  # 10 ms from a 32nd and from a 32nd triplet: the coarser one
    ],
)
def test_a_stray_stroke_goes_where_people_chart(stray: int, place: int) -> None:
    ticks = [tick for tick in range(0, 3840, 120) if tick not in (240, 360)]
    times = [*times_of([*ticks, 240, 360], jitter_ms=3.0), MAP.seconds(stray)]
    assert quantise(times, MAP)[-1].tick == place
