"""The sentences of the export proof."""

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Note, Song
from chart_hero_core.formats.proof import compare_songs
from chart_hero_core.timing.tempo_map import TempoMap
from tests.core.chart.songs import song_of


def test_a_place_just_before_a_full_minute_is_told_as_that_minute() -> None:
    fine = TempoMap.constant(120, 10_000)
    song = song_of(Note(1_199_992, Lane.KICK), tempo_map=fine)  # 59.9996 s
    assert compare_songs(song, Song(tempo_map=fine)) == [
        "Expert, 1:00.000 (bar 30): kick is missing."
    ]
