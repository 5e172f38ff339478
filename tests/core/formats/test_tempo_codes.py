"""Tempos as whole numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError
from chart_hero_core.chart.song import Difficulty, Note, Song, Track
from chart_hero_core.formats.dot_chart import read_chart, write_chart
from chart_hero_core.formats.midi import read_midi, write_midi
from chart_hero_core.formats.tempo_codes import (
    denominator_power,
    millibeats_per_minute,
    quarter_lengths_us,
    quarter_us_of_millibeats,
    steady_millibeats,
    steady_quarter_lengths,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature


def test_whole_values_stay_as_they_are() -> None:
    tempo_map = TempoMap(480, (TempoChange(0, 500_000.0), TempoChange(480, 60e9 / 97_531)))
    assert quarter_lengths_us(tempo_map)[0] == 500_000
    assert millibeats_per_minute(tempo_map) == [120_000, 97_531]


def test_rounding_does_not_add_up() -> None:
    """A thousand quarters of 100,000.4 us: always down would be 400 us early at the end."""
    changes = tuple(TempoChange(480 * index, 100_000.4) for index in range(1000))
    codes = quarter_lengths_us(TempoMap(480, changes))
    assert set(codes) == {100_000, 100_001}
    for count in range(1001):
        assert abs(sum(codes[:count]) - count * 100_000.4) <= 101


def test_tempos_stay_round_where_rounding_cannot_be_felt() -> None:
    """134.5 BPM in a .mid is 446,097 us, which is 134.49995 BPM."""
    changes = tuple(TempoChange(1920 * index, 446_097.0) for index in range(5))
    assert millibeats_per_minute(TempoMap(480, changes)) == [134_500] * 5


@given(
    st.lists(st.floats(1_000.0, 16_000_000.0), min_size=1, max_size=20),
    st.lists(st.integers(1, 5000), min_size=20, max_size=20),
)
def test_written_tempos_read_back_are_written_the_same(
    lengths: list[float], gaps: list[int]
) -> None:
    ticks = [sum(gaps[:index]) for index in range(len(lengths))]
    pairs = list(zip(ticks, lengths, strict=True))
    tempo_map = TempoMap(192, tuple(TempoChange(t - ticks[0], us) for t, us in pairs))
    codes = millibeats_per_minute(tempo_map)
    again = TempoMap(
        192,
        tuple(
            TempoChange(change.tick, quarter_us_of_millibeats(code))
            for change, code in zip(tempo_map.tempos, codes, strict=True)
        ),
    )
    assert millibeats_per_minute(again) == codes
    for change in tempo_map.tempos:
        late_s = again.seconds(change.tick) - tempo_map.seconds(change.tick)
        # The longest stretch (5000 ticks of 16 s / 192) at 0.0005 BPM of 3.75 BPM off, twice.
        assert abs(late_s) < 0.2


def _drifts_us(tempo_map: TempoMap, coded: list[tuple[int, int]], end_tick: int) -> list[float]:
    """Written minus true time at all written tempos and at the end."""
    changes = tuple(TempoChange(tick, quarter_us_of_millibeats(code)) for tick, code in coded)
    written = TempoMap(tempo_map.resolution, changes)
    ticks = [*(tick for tick, _ in coded), end_tick]
    return [(written.seconds(tick) - tempo_map.seconds(tick)) * 1e6 for tick in ticks]


def test_a_long_slow_tempo_is_said_in_two_that_keep_the_time() -> None:
    """40.0004 BPM, an hour long: 40.000 alone would be late by 0.0004 / 40 of it, 36 ms."""
    tempo_map = TempoMap.constant(40.0004)
    end_tick = 2400 * 480
    coded = steady_millibeats(tempo_map, end_tick)
    assert [code for _, code in coded[:4]] == [40_000, 40_001, 40_000, 40_001]
    drifts = _drifts_us(tempo_map, coded, end_tick)
    assert max(map(abs, drifts)) <= 500
    assert len(coded) < 60  # a round trip of 1 ms either way in each pair
    assert all(tick % 480 == 0 for tick, _ in coded)
    again = TempoMap(480, tuple(TempoChange(t, quarter_us_of_millibeats(c)) for t, c in coded))
    assert steady_millibeats(again, end_tick) == coded


def test_long_slow_music_is_in_time_to_its_last_note() -> None:
    """At 40.0004 BPM for half an hour, 40 BPM alone would have the last note 18 ms late."""
    tempo_map = TempoMap.constant(40.0004)
    notes = tuple(Note(480 * beat, Lane.RED) for beat in range(1200))
    song = Song(tempo_map=tempo_map, tracks={Difficulty.EXPERT: Track(notes)})
    found = read_chart(write_chart(song)).song
    assert found.expert.notes == notes
    ticks = [note.tick for note in notes]
    late_s = found.tempo_map.seconds_array(ticks) - tempo_map.seconds_array(ticks)
    assert np.abs(late_s).max() <= 0.0005
    assert write_chart(found) == write_chart(song)


def test_a_mid_keeps_the_time_as_well() -> None:
    """At 200.0001 BPM the 299,999.85 us of a quarter make 300,000: 1.8 ms late in an hour."""
    tempo_map = TempoMap.constant(200.0001)
    notes = tuple(Note(480 * beat, Lane.RED) for beat in range(0, 12_001, 48))
    song = Song(tempo_map=tempo_map, tracks={Difficulty.EXPERT: Track(notes)})
    found = read_midi(write_midi(song)).song
    assert found.expert.notes == notes
    late_s = found.tempo_map.seconds(notes[-1].tick) - tempo_map.seconds(notes[-1].tick)
    assert abs(late_s) <= 0.0005
    assert 1 < len(found.tempo_map.tempos) < 10
    assert write_midi(found) == write_midi(song)
    assert steady_quarter_lengths(tempo_map, 480 * 6000) == [(0, 300_000)]
    slowest = TempoMap(480, (TempoChange(0, 2**24 - 0.7),))
    assert max(us for _, us in steady_quarter_lengths(slowest, 480 * 9000)) == 2**24 - 1


def test_only_a_drift_that_can_be_felt_adds_tempos() -> None:
    """At 40.0004 BPM 66 quarters are 99 s, late by 0.99 ms in the end; 67 by more than 1 ms."""
    tempo_map = TempoMap.constant(40.0004)
    assert steady_millibeats(tempo_map, 66 * 480) == [(0, 40_000)]
    assert steady_millibeats(tempo_map, 67 * 480)[0] == (0, 40_000)
    assert len(steady_millibeats(tempo_map, 67 * 480)) == 2


def test_a_stray_note_hours_away_does_not_fill_the_file() -> None:
    assert steady_millibeats(TempoMap.constant(4.0004), 2**28 - 1) == [(0, 4000)]


@given(
    st.lists(st.floats(100_000.0, 16_000_000.0), min_size=1, max_size=8),
    st.lists(st.integers(1, 200_000), min_size=8, max_size=8),
)
def test_tempos_added_keep_any_map_in_time(lengths: list[float], gaps: list[int]) -> None:
    ticks = [sum(gaps[:index]) for index in range(len(lengths) + 1)]
    changes = [TempoChange(t, us) for t, us in zip(ticks[:-1], lengths, strict=True)]
    tempo_map = TempoMap(192, tuple(changes))
    coded = steady_millibeats(tempo_map, ticks[-1])
    assert set(ticks[:-1]) <= {tick for tick, _ in coded}
    if len(coded) > len(changes):
        assert max(map(abs, _drifts_us(tempo_map, coded, ticks[-1]))) <= 600


def test_what_no_file_can_hold_is_refused() -> None:
    with pytest.raises(ChartError, match=r"3\.58"):
        quarter_lengths_us(TempoMap.constant(3.5))
    assert quarter_lengths_us(TempoMap.constant(3.6)) == [16_666_667]
    assert denominator_power(TimeSignature(0, 6, 8)) == 3
    for signature in (TimeSignature(0, 4, 6), TimeSignature(0, 256, 4)):
        with pytest.raises(ChartError, match="cannot be written"):
            denominator_power(signature)
