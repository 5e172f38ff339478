"""Load, save, load: nothing may be lost. On random songs, and on real charts."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from chart_hero_core.chart.song import Metadata, Song
from chart_hero_core.formats.dot_chart import read_chart, write_chart
from chart_hero_core.formats.midi import read_midi, write_midi
from tests.core.formats.song_strategies import songs

_random_songs = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@given(song=songs(chart=False))
@_random_songs
def test_a_song_comes_back_from_a_mid(song: Song) -> None:
    data = write_midi(song)
    result = read_midi(data, pro_drums=True)
    assert result.song == song
    assert result.mended == ()
    assert write_midi(result.song) == data


@given(song=songs(chart=True))
@_random_songs
def test_a_song_comes_back_from_a_chart(song: Song) -> None:
    data = write_chart(song, lone=True)
    result = read_chart(data, pro_drums=True)
    assert result.song == song
    assert result.mended == ()
    assert write_chart(result.song, lone=True) == data


@given(song=songs(chart=False, both=True))
@_random_songs
def test_both_formats_say_the_same(song: Song) -> None:
    from_chart = read_chart(write_chart(song), pro_drums=True).song
    assert replace(from_chart, tempo_map=song.tempo_map) == song
    for change in song.tempo_map.tempos[1:]:
        late_s = from_chart.tempo_map.seconds(change.tick) - song.tempo_map.seconds(change.tick)
        assert abs(late_s) <= _chart_rounding_s(song, change.tick)
    back = read_midi(write_midi(from_chart), pro_drums=True).song
    assert replace(back, tempo_map=song.tempo_map) == song


def _chart_rounding_s(song: Song, tick: int) -> float:
    """How far one rounding to 0.001 BPM can move any stretch before ``tick``."""
    tempo_map = song.tempo_map
    slowest_bpm = min(change.bpm for change in tempo_map.tempos)
    return 1e-9 + tempo_map.seconds(tick) * 0.001 / max(slowest_bpm, 0.001)


def _check_chart(path: Path) -> None:
    """Identity through .mid; all but the decimals of tempos through .chart."""
    data = path.read_bytes()
    before = None
    for pro_drums in (None, True):
        song = read_midi(data, pro_drums=pro_drums).song
        if song == before:  # its marks tell a pro chart: it was looked at
            continue
        before = song
        assert song.tracks or song.foreign, path.name
        again = read_midi(write_midi(song), pro_drums=pro_drums)
        assert again.song == song, path.name
        assert again.mended == (), path.name
    from_chart = read_chart(write_chart(song), pro_drums=True)
    assert from_chart.mended == ()
    same = replace(from_chart.song, tempo_map=song.tempo_map, foreign=song.foreign)
    assert same == song, path.name
    _check_tempo_map(song, from_chart.song, path.name)
    assert read_chart(write_chart(from_chart.song), pro_drums=True).song == from_chart.song
    back = read_midi(write_midi(from_chart.song), pro_drums=True).song
    assert back.tracks == song.tracks
    _check_tempo_map(song, back, path.name)


def _check_tempo_map(song: Song, other: Song, name: str) -> None:
    """The same changes, and no tick further away than one stretch of one tempo can round."""
    first, second = song.tempo_map, other.tempo_map
    assert first.signatures == second.signatures, name
    assert [t.tick for t in first.tempos] == [t.tick for t in second.tempos], name
    last = max((note.tick for track in song.tracks.values() for note in track.notes), default=0)
    ticks = [*(change.tick for change in first.tempos), last]
    # A unit of the last digit: 0.001 BPM in a .chart, one microsecond a quarter in a .mid.
    rounding_s = max(
        (first.seconds(end) - first.seconds(change.tick))
        * (0.001 / change.bpm + 1 / change.us_per_quarter)
        for change, end in zip(first.tempos, ticks[1:], strict=True)
    )
    for tick in ticks:
        late_s = abs(first.seconds(tick) - second.seconds(tick))
        assert late_s <= 0.0002 + rounding_s, name
        assert late_s < 0.001, name  # what charters would not notice


def test_a_few_real_charts(shared: Path) -> None:
    charts = sorted((shared / "training" / "charts").glob("*.mid"))
    smallest = sorted(charts, key=lambda path: (path.stat().st_size, path.name))
    for path in smallest[:8]:
        _check_chart(path)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_every_real_chart(shared: Path, part: int) -> None:
    for path in sorted((shared / "training" / "charts").glob("*.mid"))[part::6]:
        _check_chart(path)


def test_an_empty_song_comes_back() -> None:
    for song in (
        read_midi(write_midi(Song())).song,
        read_chart(write_chart(Song())).song,
    ):
        assert replace(song, metadata=Metadata()) == Song()
