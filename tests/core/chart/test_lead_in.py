"""Silence before a song."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.lead_in import with_lead_in
from chart_hero_core.chart.song import (
    Difficulty,
    Foreign,
    ForeignItem,
    Metadata,
    Note,
    Section,
    Song,
    Track,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

# A bar of 3/4 at 120 BPM lasts 1.5 s; then 60 BPM, held at its time.
MAP = TempoMap(
    480,
    (TempoChange(0, 500_000.0), TempoChange(1440, 1_000_000.0, anchor_us=1_500_000)),
    (TimeSignature(0, 3, 4), TimeSignature(1440, 4, 4)),
)
SONG = Song(
    metadata=Metadata(
        name="T",
        length_ms=9_000,
        preview_start_ms=1_000,
        other=MappingProxyType({"video_start_time": "250", "icon": "me"}),
    ),
    tempo_map=MAP,
    tracks=MappingProxyType(
        {Difficulty.EXPERT: Track((Note(0, Lane.RED), Note(1440, Lane.KICK), Note(2000, Lane.RED)))}
    ),
    sections=(Section(1440, "Verse"),),
)


def test_whole_bars_come_before_it() -> None:
    later, silence_s = with_lead_in(SONG, 2.0)
    assert silence_s == 3.0
    assert [note.tick for note in later.expert.notes] == [2880, 4320, 4880]
    assert later.sections == (Section(4320, "Verse"),)
    assert later.tempo_map.bar_start(2) == 2880


@pytest.mark.parametrize("least_s", [0.1, 1.5, 2.0, 4.0])
def test_everything_sounds_later_by_the_silence(least_s: float) -> None:
    later, silence_s = with_lead_in(SONG, least_s)
    assert silence_s >= least_s
    for before, after in zip(SONG.expert.notes, later.expert.notes, strict=True):
        at_s = MAP.seconds(before.tick) + silence_s
        assert later.tempo_map.seconds(after.tick) == pytest.approx(at_s, abs=1e-6)


def test_what_song_ini_says_of_time_moves_along() -> None:
    data = with_lead_in(SONG, 2.0)[0].metadata
    assert (data.length_ms, data.preview_start_ms) == (12_000, 4_000)
    assert data.other == {"video_start_time": "-2750", "icon": "me"}
    ends = Metadata(preview_start_ms=1_000, other=MappingProxyType({"preview_end_time": "5000"}))
    other = with_lead_in(replace(SONG, metadata=ends), 2.0)[0].metadata.other
    assert other == {"preview_end_time": "8000", "video_start_time": "-3000"}


@pytest.mark.parametrize("unset", ["0", "-1"])
def test_a_preview_without_an_end_gets_none(unset: str) -> None:
    data = Metadata(other=MappingProxyType({"preview_end_time": unset}))
    later = with_lead_in(replace(SONG, metadata=data), 2.0)[0].metadata
    assert later.other["preview_end_time"] == unset


def test_what_is_not_known_stays_so() -> None:
    song = replace(SONG, metadata=Metadata(other=MappingProxyType({"video_start_time": "soon"})))
    data = with_lead_in(song)[0].metadata
    assert (data.length_ms, data.preview_start_ms) == (None, None)
    assert data.other == {"video_start_time": "soon"}


@pytest.mark.parametrize("pickup", [0, 480])
def test_the_filler_before_music_that_starts_at_once_gives_way(pickup: int) -> None:
    """40 ms of one beat at 1500 BPM, as beat tracking has to open such a map."""
    first = TimeSignature(0, 1 + pickup // 480, 4)
    tempos = (TempoChange(0, 40_000.0), TempoChange(480, 500_000.0))
    tempo_map = TempoMap(480, tempos, (first, TimeSignature(480 + pickup, 4, 4)))
    track = Track((Note(480, Lane.KICK), Note(480 + pickup + 1920, Lane.RED)))
    song = Song(tempo_map=tempo_map, tracks=MappingProxyType({Difficulty.EXPERT: track}))
    later, silence_s = with_lead_in(song, 2.0)
    assert later.tempo_map == TempoMap.constant(120)
    assert 2.0 <= silence_s < 4.5
    for before, after in zip(song.expert.notes, later.expert.notes, strict=True):
        at_s = tempo_map.seconds(before.tick) + silence_s
        assert later.tempo_map.seconds(after.tick) == pytest.approx(at_s, abs=1e-6)
    assert later.tempo_map.bar_beat(later.expert.notes[1].tick)[1:] == (0, 0.0)


def test_a_short_opening_bar_is_no_measure_for_the_others() -> None:
    first, usual = TimeSignature(0, 11, 16), TimeSignature(1320, 4, 4)
    tempo_map = TempoMap(480, signatures=(first, usual))
    track = Track((Note(360, Lane.KICK), Note(1320, Lane.RED)))
    song = Song(tempo_map=tempo_map, tracks=MappingProxyType({Difficulty.EXPERT: track}))
    later, silence_s = with_lead_in(song, 2.0)
    assert later.tempo_map == TempoMap.constant(120)
    assert silence_s == 2.625
    assert [note.tick for note in later.expert.notes] == [2880, 3840]


def test_an_opening_with_music_in_it_stays() -> None:
    tempo_map = TempoMap(480, (TempoChange(0, 250_000.0), TempoChange(960, 500_000.0)))
    own = Song(tempo_map=tempo_map, tracks=MappingProxyType({Difficulty.EXPERT: SONG.expert}))
    kept = Foreign("chart", (ForeignItem("ExpertSingle", 480, "N 0 0"),))
    others = Song(tempo_map=tempo_map, foreign=(kept,))
    for song in (own, others):
        later, silence_s = with_lead_in(song, 2.0)
        assert silence_s == 2.0
        assert later.tempo_map.tempos == (TempoChange(0, 250_000.0), TempoChange(4800, 500_000.0))
