"""Tempos as whole numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.errors import ChartError
from chart_hero_core.formats.tempo_codes import (
    denominator_power,
    millibeats_per_minute,
    quarter_lengths_us,
    quarter_us_of_millibeats,
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


def test_what_no_file_can_hold_is_refused() -> None:
    with pytest.raises(ChartError, match=r"3\.58"):
        quarter_lengths_us(TempoMap.constant(3.5))
    assert quarter_lengths_us(TempoMap.constant(3.6)) == [16_666_667]
    assert denominator_power(TimeSignature(0, 6, 8)) == 3
    for signature in (TimeSignature(0, 4, 6), TimeSignature(0, 256, 4)):
        with pytest.raises(ChartError, match="cannot be written"):
            denominator_power(signature)
