"""Notes as arrays."""

import numpy as np

from chart_hero_app.timeline.notes import NoteTable
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.song import Note
from chart_hero_core.timing.tempo_map import TempoMap

MAP = TempoMap.constant(120.0)  # 960 ticks a second
NOTES = (
    Note(0, Lane.KICK),
    Note(480, Lane.YELLOW, cymbal=True, heard_s=0.51),
    Note(480, Lane.GREEN),
    Note(960, Lane.YELLOW, cymbal=False),
    Note(1453, Lane.RED),
)


def test_what_lies_where() -> None:
    table = NoteTable(NoteColumns.of(NOTES), MAP)
    assert list(table.between(0.5, 1.0)) == [1, 2, 3]
    assert table.inside(0.0, 1.0, range(Lane.YELLOW, Lane.GREEN + 1)) == NOTES[1:4]
    assert table.nearest(0.52, Lane.GREEN, 0.05) is NOTES[2]
    assert table.nearest(0.6, Lane.GREEN, 0.05) is None
    np.testing.assert_allclose(table.times_of(DrumClass.HIHAT), [0.51])
    np.testing.assert_allclose(table.times_of(DrumClass.TOM_HIGH), [1.0])
    np.testing.assert_allclose(table.times_of(DrumClass.SNARE), [1453 / 960])


def test_off_the_grid() -> None:
    late = NoteTable(NoteColumns.of(NOTES), MAP).off_grid_s(16)
    np.testing.assert_allclose(late[:4], 0.0)
    np.testing.assert_allclose(late[4], 13 / 960)


def test_nothing() -> None:
    table = NoteTable()
    assert len(table) == 0
    assert table.typical_gap_s() == 1.0
    assert len(table.off_grid_s(16)) == 0
