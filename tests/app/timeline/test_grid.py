"""Beats in time, and snapping."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_app.timeline.grid import BeatGrid, fade, snap_tick, thinning
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature
from tests.app.timeline.fakes import RES, fake_map


def test_beats_of_a_song() -> None:
    tempo_map = TempoMap(
        480,
        (TempoChange(0, 500_000.0),),
        (TimeSignature(0, 3, 4), TimeSignature(480 * 6, 2, 2)),
    )
    grid = BeatGrid.of(tempo_map, 5.0)
    assert grid.beats[:8].tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert grid.bars[:8].tolist() == [0, 0, 0, 1, 1, 1, 2, 2]
    np.testing.assert_allclose(grid.times_s[:8], [0, 0.5, 1, 1.5, 2, 2.5, 3, 4])
    assert grid.times_s[-1] >= 5.0
    seen = grid.visible(1.0, 2.0)
    assert grid.times_s[seen].tolist() == [0.5, 1.0, 1.5, 2.0, 2.5]


def test_snapping() -> None:
    tempo_map = TempoMap(480, signatures=(TimeSignature(0), TimeSignature(1000, 4, 4)))
    assert snap_tick(tempo_map, 130.0, 16) == 120
    assert snap_tick(tempo_map, -5.0, 16) == 0
    assert snap_tick(tempo_map, 990.0, 4) == 1000  # the next signature's start
    assert snap_tick(tempo_map, 1130.0, 16) == 1120  # counted from there
    assert snap_tick(tempo_map, 100.0, 28) == 69  # sevenths: 68.57 ticks each


@given(st.floats(0, 50_000), st.sampled_from([1, 4, 12, 16, 20, 28, 192]))
def test_snapping_twice_changes_nothing(tick: float, division: int) -> None:
    tempo_map = fake_map()
    once = snap_tick(tempo_map, tick, division)
    assert snap_tick(tempo_map, once, division) == once
    assert abs(once - tick) <= RES * 2 / division + 1 or once > RES * 30


def test_lines_fade_in_and_thin_out() -> None:
    assert fade(2.0) == 0.0
    assert fade(40.0) == 1.0
    assert 0 < fade(9.0) < 1
    assert thinning(50.0, 44.0) == 1
    assert thinning(12.0, 44.0) == 4
