"""Conversions between all forms of a chart, read back."""

from dataclasses import replace
from pathlib import Path

import pytest

from chart_hero_core.base.errors import ChartError, FormatError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.chart.song import Difficulty, Song, Track
from chart_hero_core.formats.dot_chart import read_chart, write_chart
from chart_hero_core.formats.midi import read_midi, write_midi
from chart_hero_core.formats.old_files import is_copy
from chart_hero_core.formats.song_folder import load_song
from chart_hero_core.tasks.convert import Conversion, convert
from tests.core.formats.small_songs import full_song


def _convert(source: Path, target: Path, formats: tuple[str, ...] | None = None) -> Conversion:
    return convert(source, target, formats, SilentProgress())


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "song.chart"
    path.parent.mkdir()
    path.write_bytes(write_chart(full_song(), lone=True))
    return path


def test_a_chart_becomes_a_mid_and_a_chart_again(chart: Path, tmp_path: Path) -> None:
    (tmp_path / "song.ini").write_text("[song]\ndelay = -15\n")
    mid = _convert(chart, tmp_path / "out.mid")
    assert mid.proof.ok
    assert mid.proof.left_out == ("out.mid cannot hold 1 kept event of ExpertSingle.",)
    assert mid.mended == ()
    assert mid.written == (tmp_path / "out.mid",)
    assert mid.proof.read_back == mid.proof.written == 17
    assert _convert(chart, tmp_path / "long.midi").proof.ok
    assert (tmp_path / "long.midi").read_bytes() == (tmp_path / "out.mid").read_bytes()
    back = _convert(tmp_path / "out.mid", tmp_path / "new" / "out.chart")
    assert back.proof.ok
    song = read_chart((tmp_path / "new" / "out.chart").read_bytes()).song
    assert song.tracks[Difficulty.EXPERT] == full_song().expert
    assert song.sections == full_song().sections


def test_a_lone_chart_keeps_its_delay_but_not_beside_a_song_ini(
    chart: Path, tmp_path: Path
) -> None:
    _convert(chart, tmp_path / "out.chart")
    assert b"Offset = -0.015\n" in (tmp_path / "out.chart").read_bytes()
    (tmp_path / "song.ini").write_text("[song]\ndelay = -15\n")
    assert _convert(chart, tmp_path / "out.chart").proof.ok
    assert b"Offset = 0\n" in (tmp_path / "out.chart").read_bytes()
    (tmp_path / "song.ini").rename(tmp_path / "Song.ini")
    assert _convert(chart, tmp_path / "out.chart").proof.ok
    assert b"Offset = 0\n" in (tmp_path / "out.chart").read_bytes()
    (tmp_path / "Song.ini").unlink()
    (tmp_path / "song.ini").write_text("[song]\nname = N\n")
    assert _convert(chart, tmp_path / "out.chart").proof.ok
    assert b"Offset = -0.015\n" in (tmp_path / "out.chart").read_bytes()


def test_a_lost_delay_is_a_difference(chart: Path, tmp_path: Path) -> None:
    (lost,) = _convert(chart, tmp_path / "out.mid").proof.differences
    assert "no place for the delay of -15 ms" in lost
    (tmp_path / "song.ini").write_text("[song]\ndelay = 20\n")
    for name in ("out.mid", "out.chart"):
        (other,) = _convert(chart, tmp_path / name).proof.differences
        assert other.startswith(f"{name}: The song.ini beside it says a delay of 20 ms")


@pytest.mark.parametrize("name", ["out", "out.sng", "out.zip"])
def test_a_chart_becomes_a_folder_or_package(chart: Path, tmp_path: Path, name: str) -> None:
    result = _convert(chart, tmp_path / name)
    assert result.proof.ok
    assert result.proof.files == ("notes.mid", "notes.chart")
    assert all(path.is_file() for path in result.written)
    if name.endswith(".zip"):
        return  # written for people; games and we read folders and .sng
    loaded = load_song(tmp_path / name, unpack_to=tmp_path / "unpacked")
    assert loaded.song.metadata.name == "Náme"
    assert loaded.song.metadata.delay_ms == -15
    assert loaded.song.expert == full_song().expert


def test_only_the_wanted_charts_are_written(chart: Path, tmp_path: Path) -> None:
    result = _convert(chart, tmp_path / "out", ("chart",))
    assert {path.name for path in result.written} == {"notes.chart", "song.ini"}
    assert not (tmp_path / "out" / "notes.mid").exists()


def test_a_five_lane_chart_becomes_pro(tmp_path: Path) -> None:
    source = tmp_path / "five.chart"
    source.write_text("[Song]\n{\n  Resolution = 192\n}\n[ExpertDrums]\n{\n  0 = N 5 0\n}\n")
    result = _convert(source, tmp_path / "five.mid")
    assert result.mended == ("The 5-lane chart was brought onto a 4-lane pro kit.",)
    assert result.proof.ok
    song = read_midi((tmp_path / "five.mid").read_bytes()).song
    assert song.expert.notes == result.song.expert.notes


def test_what_the_format_cannot_hold_is_said(tmp_path: Path) -> None:
    kick, hand, *rest = full_song().expert.notes
    flam = replace(full_song().expert, notes=(kick, replace(hand, flam=True), *rest))
    song = replace(full_song(), tracks={Difficulty.EXPERT: flam})
    source = tmp_path / "in.mid"
    source.write_bytes(write_midi(song))
    result = _convert(source, tmp_path / "out.chart")
    assert kick.tick == hand.tick
    assert len(result.proof.differences) == 1  # the kick has no part in it
    assert all("flam on became off" in text for text in result.proof.differences)


def test_impossible_conversions_are_refused(chart: Path, tmp_path: Path) -> None:
    with pytest.raises(ChartError, match="only hold one chart"):
        _convert(chart, tmp_path / "out.mid", ("chart", "mid"))
    with pytest.raises(ChartError, match="read but not written"):
        _convert(chart, tmp_path / "out.json")
    with pytest.raises(FormatError, match="absent"):
        _convert(tmp_path / "absent.chart", tmp_path / "out.mid")
    broken = tmp_path / "broken.mid"
    broken.write_bytes(b"MThd")
    with pytest.raises(FormatError):
        _convert(broken, tmp_path / "out.mid")
    assert not (tmp_path / "out.mid").exists()


@pytest.mark.parametrize("name", ["out.txt", "OUT.XML", "out.ogg", "out.chproj"])
def test_a_file_of_another_kind_does_not_become_a_folder(
    chart: Path, tmp_path: Path, name: str
) -> None:
    target = tmp_path / name
    with pytest.raises(ChartError, match=r"No \.\w+ files are written.*NAME\.sng"):
        _convert(chart, target)
    assert not target.exists()
    target.mkdir()  # whoever has a folder of that name means it
    assert _convert(chart, target).proof.ok


@pytest.mark.parametrize("name", ["Mr. Brightside", "vol.2", "will.i.am", "R.E.M"])
def test_dots_of_a_title_make_folders(chart: Path, tmp_path: Path, name: str) -> None:
    assert _convert(chart, tmp_path / name).proof.ok
    assert (tmp_path / name / "notes.chart").is_file()


def test_an_empty_track_is_no_reason_to_fail(tmp_path: Path) -> None:
    source = tmp_path / "empty.chart"
    source.write_bytes(write_chart(Song(tracks={Difficulty.EXPERT: Track()})))
    assert _convert(source, tmp_path / "out.mid").proof.ok


@pytest.mark.parametrize("name", ["out.chart", "out.mid", "out", "out.zip", "out.sng"])
def test_a_chart_that_is_replaced_is_kept(chart: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    _convert(chart, target)
    old = target / "notes.chart" if name == "out" else target
    old.write_bytes(mine := b"of a person")
    result = _convert(chart, target)
    copy = old.with_name(f"{old.name}.bak")
    assert copy in result.written
    assert copy.read_bytes() == mine
    assert result.proof.read_back == result.proof.written
    assert [file for file in _convert(chart, target).written if is_copy(file)] == []
    old.write_bytes(mine)
    _convert(chart, target)
    assert len(list(old.parent.glob("*.bak*"))) == 1
