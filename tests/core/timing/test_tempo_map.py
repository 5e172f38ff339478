"""The tempo map: exact both ways, and bars and beats that agree with each other."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.timing.tempo_map import BarBeat, TempoChange, TempoMap, TimeSignature
from tests.core.timing.maps import tempo_maps

MICROSECOND = 1e-6


def exact_seconds(tempo_map: TempoMap, tick: int) -> Fraction:
    """The time of ``tick`` in exact arithmetic, change by change."""
    total = Fraction(0)
    changes = [*tempo_map.tempos, None]
    for now, then in itertools.pairwise(changes):
        assert now is not None
        end = tick if then is None else min(tick, then.tick)
        if end > now.tick:
            total += Fraction(end - now.tick) * Fraction(now.us_per_quarter)
    return total / tempo_map.resolution / 1_000_000


def test_hand_computed_times() -> None:
    tempo_map = TempoMap(480, (TempoChange(0, 500_000), TempoChange(960, 250_000)))
    assert tempo_map.seconds(0) == 0
    assert tempo_map.seconds(480) == 0.5
    assert tempo_map.seconds(960) == 1.0
    assert tempo_map.seconds(1440) == 1.25
    assert tempo_map.seconds(-480) == -0.5
    assert tempo_map.tick_at(1.25) == 1440
    assert tempo_map.tick_at(-0.5) == -480
    assert tempo_map.tempo_at(959).bpm == 120
    assert tempo_map.tempo_at(960).bpm == 240


@given(tempo_maps(), st.integers(0, 200_000))
def test_seconds_equal_exact_arithmetic(tempo_map: TempoMap, tick: int) -> None:
    assert abs(tempo_map.seconds(tick) - float(exact_seconds(tempo_map, tick))) < MICROSECOND / 100


@given(tempo_maps(), st.integers(-5_000, 500_000))
def test_tick_at_inverts_seconds(tempo_map: TempoMap, tick: int) -> None:
    again = tempo_map.tick_at(tempo_map.seconds(tick))
    assert abs(again - tick) < 1e-5
    assert abs(tempo_map.seconds(again) - tempo_map.seconds(tick)) < MICROSECOND / 100


@given(tempo_maps(), st.floats(-10, 3600))
def test_seconds_invert_tick_at(tempo_map: TempoMap, time_s: float) -> None:
    assert abs(tempo_map.seconds(tempo_map.tick_at(time_s)) - time_s) < MICROSECOND / 100


@given(tempo_maps(), st.floats(0, 600), st.floats(0, 600))
def test_time_never_runs_backwards(tempo_map: TempoMap, one: float, other: float) -> None:
    early, late = sorted((one, other))
    assert tempo_map.tick_at(early) <= tempo_map.tick_at(late)


@given(tempo_maps(), st.lists(st.integers(-1_000, 100_000), min_size=1, max_size=30))
def test_arrays_equal_single_values(tempo_map: TempoMap, ticks: list[int]) -> None:
    times = [tempo_map.seconds(t) for t in ticks]
    assert np.allclose(tempo_map.seconds_array(ticks), times, rtol=0, atol=1e-12)
    again = [tempo_map.tick_at(t) for t in times]
    assert np.allclose(tempo_map.ticks_array(times), again, rtol=0, atol=1e-9)


def test_a_long_map_of_many_changes_stays_exact() -> None:
    changes = tuple(TempoChange(i * 1_001, 300_000.0 + (i * 7_919) % 400_000) for i in range(2_000))
    tempo_map = TempoMap(480, changes)
    for tick in (1, 999_999, 2_001_999, 3_000_000):
        error_s = tempo_map.seconds(tick) - float(exact_seconds(tempo_map, tick))
        assert abs(error_s) < MICROSECOND


def test_bars_and_beats_by_hand() -> None:
    tempo_map = TempoMap(
        480, signatures=(TimeSignature(0, 3, 4), TimeSignature(1440, 7, 8), TimeSignature(4000))
    )
    assert tempo_map.beats(0, 1441) == [
        BarBeat(0, 0, 0),
        BarBeat(0, 1, 480),
        BarBeat(0, 2, 960),
        BarBeat(1, 0, 1440),
    ]
    assert tempo_map.bar_beat(1439) == (0, 2, pytest.approx(479 / 480))
    assert tempo_map.bar_beat(1440 + 1680) == (2, 0, 0.0)
    # 1440 + 7/8 (1680) = 3120, the next bar is cut short at 4000 and counts as one.
    assert tempo_map.bar_beat(4000) == (3, 0, 0.0)
    assert tempo_map.bar_start(3) == 4000
    assert tempo_map.bar_start(2) == 3120
    assert tempo_map.bar_beat(-240) == (-1, 2, 0.5)
    assert tempo_map.bar_start(-1) == -1440
    # Beats of an eighth from 1440 on; a beat to the quarter before.
    nearest = [tempo_map.nearest_beat(tick) for tick in (-300, 230, 1000, 1500, 1570, 4300)]
    assert nearest == [0, 0, 960, 1440, 1680, 4480]
    assert tempo_map.signature_at(1439).numerator == 3
    assert tempo_map.signature_at(1440).numerator == 7


@given(tempo_maps(), st.integers(0, 20_000), st.integers(0, 20_000))
def test_beats_agree_with_bar_beat(tempo_map: TempoMap, one: int, other: int) -> None:
    start, end = sorted((one, other))
    beats = tempo_map.beats(start, end)
    assert all(start <= beat.tick < end for beat in beats)
    for beat in beats:
        bar, count, fraction = tempo_map.bar_beat(beat.tick)
        assert (bar, count) == (beat.bar, beat.beat)
        assert fraction < 1e-9
    everything = tempo_map.beats(0, end)
    assert [b for b in everything if b.tick >= start] == beats


@given(tempo_maps(), st.integers(0, 60))
def test_bar_start_is_the_first_beat_of_its_bar(tempo_map: TempoMap, bar: int) -> None:
    assert tempo_map.bar_beat(tempo_map.bar_start(bar))[:2] == (bar, 0)


def test_absurd_signatures_do_not_hang() -> None:
    tempo_map = TempoMap(480, signatures=(TimeSignature(0, 1, 2**200),))
    assert len(tempo_map.beats(0, 1_000)) == 1_000


@pytest.mark.parametrize(
    ("tempos", "signatures"),
    [
        ((), (TimeSignature(0),)),
        ((TempoChange(1, 500_000),), (TimeSignature(0),)),
        ((TempoChange(0, 1.0), TempoChange(0, 2.0)), (TimeSignature(0),)),
        ((TempoChange(0, 0.0),), (TimeSignature(0),)),
        ((TempoChange(0, float("nan")),), (TimeSignature(0),)),
        ((TempoChange(0, 500_000),), (TimeSignature(0, 0, 4),)),
        ((TempoChange(0, 500_000),), (TimeSignature(0), TimeSignature(0))),
    ],
)
def test_broken_maps_are_refused(
    tempos: tuple[TempoChange, ...], signatures: tuple[TimeSignature, ...]
) -> None:
    with pytest.raises(ValueError, match="must be"):
        TempoMap(480, tempos, signatures)
