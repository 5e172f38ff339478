"""Exported files as an independent parser reads them."""

from pathlib import Path

import pytest

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Note, Song, Track
from chart_hero_core.formats.dot_chart import read_chart, write_chart
from chart_hero_core.formats.midi import read_midi, write_midi
from chart_hero_core.timing.tempo_map import TempoMap
from tests.core.formats import scan_chart


@pytest.fixture(scope="session")
def parser(shared: Path) -> scan_chart.ScanChart:
    return scan_chart.install(shared)


def _check(parser: scan_chart.ScanChart, sources: list[Path], folder: Path) -> None:
    """Export each source in both formats; the parser must read them as we do."""
    ini = folder / "song.ini"
    ini.write_text(scan_chart.INI, encoding="utf-8")
    paths: list[Path] = []
    songs = []
    for source in sources:
        song = read_midi(source.read_bytes(), pro_drums=True).song
        files = {".mid": write_midi(song), ".chart": write_chart(song)}
        songs.append(read_midi(files[".mid"], pro_drums=True).song)
        songs.append(read_chart(files[".chart"], pro_drums=True).song)
        for suffix, data in files.items():
            paths.append(folder / f"{source.stem}{suffix}")
            paths[-1].write_bytes(data)
    after = parser.check(paths, ini)
    assert len(after) == len(paths)
    for path, song, report in zip(paths, songs, after, strict=True):
        assert scan_chart.differences(song, report) == [], path.name
        assert report["raw"]["problems"] == [], path.name
    # Only these may have had their issues before.
    found = [scan_chart.issue_counts(report) for report in after]
    doubtful = [index for index in range(len(sources)) if any(found[2 * index :][:2])]
    before = parser.check([sources[index] for index in doubtful], ini)
    for index, report in zip(doubtful, before, strict=True):
        for own in (2 * index, 2 * index + 1):
            new = found[own] - scan_chart.issue_counts(report)
            assert not new, f"{paths[own].name}: {new}"


def test_a_few_real_charts(parser: scan_chart.ScanChart, shared: Path, tmp_path: Path) -> None:
    charts = sorted((shared / "training" / "charts").glob("*.mid"))
    smallest = sorted(charts, key=lambda path: (path.stat().st_size, path.name))
    _check(parser, smallest[:4], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_every_real_chart(
    parser: scan_chart.ScanChart, shared: Path, tmp_path: Path, part: int
) -> None:
    _check(parser, sorted((shared / "training" / "charts").glob("*.mid"))[part::6], tmp_path)


def test_long_slow_music_is_in_time_for_the_parser(
    parser: scan_chart.ScanChart, tmp_path: Path
) -> None:
    """At 40.0004 BPM, which a .chart cannot say, for half an hour: 18 ms late at 40 BPM."""
    tempo_map = TempoMap.constant(40.0004)
    notes = tuple(Note(480 * beat, Lane.RED) for beat in range(1200))
    path, ini = tmp_path / "notes.chart", tmp_path / "song.ini"
    song = Song(tempo_map=tempo_map, tracks={Difficulty.EXPERT: Track(notes)})
    path.write_bytes(write_chart(song))
    ini.write_text(scan_chart.INI, encoding="utf-8")
    (report,) = parser.check([path], ini)
    heard = report["drums"]["expert"]["notes"]
    assert [note["tick"] for note in heard] == [note.tick for note in notes]
    assert max(abs(n["ms"] - tempo_map.seconds(n["tick"]) * 1000) for n in heard) <= 0.501
