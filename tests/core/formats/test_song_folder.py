"""Song folders: reading what is there, and writing what games want."""

import contextlib
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import AudioError, ChartError, FormatError
from chart_hero_core.chart.song import Difficulty, Note, Section, Song, Track
from chart_hero_core.formats.proof import verify_export
from chart_hero_core.formats.song_folder import (
    finished_metadata,
    load_song,
    load_song_folder,
    save_song_folder,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap
from tests.core.formats.marked_song import make_song, sound


def test_a_folder_is_written_and_proved(tmp_path: Path) -> None:
    song = make_song()
    folder = tmp_path / "deep" / "song"
    written = save_song_folder(song, folder, audio={"song": sound(tmp_path / "in.wav")})
    assert {path.name for path in written} == {"notes.chart", "notes.mid", "song.ini", "song.wav"}
    assert {path.name for path in folder.iterdir()} == {path.name for path in written}
    proof = verify_export(folder, song)
    assert proof.differences == ()
    assert proof.ok
    assert proof.summary == "7 notes written, 7 read back, 0 differences"
    assert proof.files == ("notes.mid", "notes.chart")
    assert 'MusicStream = "song.wav"' in (folder / "notes.chart").read_text()
    ini = (folder / "song.ini").read_text()
    for line in ("song_length = 5000", "pro_drums = True", "diff_drums = 0", "icon = x"):
        assert line in ini


def test_without_sound_the_chart_tells_the_length(tmp_path: Path) -> None:
    assert finished_metadata(make_song()).length_ms == 4_462  # two seconds after the last note
    late = finished_metadata(make_song(end_tick=9_600))
    assert late.length_ms == 9_387  # the end at 9.3846 s, and 2 ms for what files round
    data = replace(make_song().metadata, delay_ms=500)
    assert finished_metadata(make_song(metadata=data)).length_ms == 4_962
    assert finished_metadata(Song()).length_ms is None
    at_once = MappingProxyType({Difficulty.EXPERT: Track((Note(0, Lane.RED),))})
    assert finished_metadata(Song(tracks=at_once)).length_ms == 2_000


def test_the_same_song_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        save_song_folder(make_song(), tmp_path / name)
    for name in ("notes.chart", "notes.mid", "song.ini"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("kind", ["chart", "mid"])
def test_load_save_load_is_the_identity(tmp_path: Path, kind: str) -> None:
    save_song_folder(make_song(), tmp_path / "one", formats=[kind])
    once = load_song_folder(tmp_path / "one")
    save_song_folder(once.song, tmp_path / "two", formats=[kind], source=once)
    assert load_song_folder(tmp_path / "two").song == once.song
    assert once.mended == ()


def test_song_ini_wins_and_fills_from_the_chart(tmp_path: Path) -> None:
    save_song_folder(make_song(), tmp_path, formats=["chart"])
    (tmp_path / "song.ini").write_text("[song]\nname = Other\nartist =\npro_drums = True\n")
    metadata = load_song_folder(tmp_path).song.metadata
    assert (metadata.name, metadata.artist, metadata.album) == ("Other", "Artist", "Album")


def test_empty_keys_of_song_ini_leave_the_word_to_the_chart(tmp_path: Path) -> None:
    chart = (
        "[Song]\n{\nResolution = 192\nOffset = 1.5\n}\n[ExpertDrums]\n{\n0 = N 4 0\n9 = N 5 0\n}\n"
    )
    (tmp_path / "notes.chart").write_text(chart, encoding="utf-8")
    (tmp_path / "song.ini").write_text("[song]\npro_drums =\ndelay =\n", encoding="utf-8")
    song = load_song(tmp_path).song
    assert song.metadata.delay_ms == 1500
    assert song.expert.notes == (Note(0, Lane.GREEN, cymbal=True), Note(9, Lane.GREEN))


def test_odd_spellings_and_two_charts(tmp_path: Path) -> None:
    save_song_folder(make_song(), tmp_path)
    (tmp_path / "notes.mid").rename(tmp_path / "Notes.MID")
    (tmp_path / "song.ini").rename(tmp_path / "Song.ini")
    sound(tmp_path / "Song.WAV")
    sound(tmp_path / "drums.flac")
    sound(tmp_path / "drums.ogg")
    sound(tmp_path / "random.ogg")
    loaded = load_song_folder(tmp_path)
    assert loaded.chart_path == tmp_path / "Notes.MID"
    assert loaded.song.metadata.name == "Títle"
    assert dict(loaded.audio) == {"song": tmp_path / "Song.WAV", "drums": tmp_path / "drums.ogg"}
    assert loaded.mended == ()  # they say the same
    save_song_folder(replace(make_song(), sections=()), tmp_path, formats=("chart",))
    assert load_song_folder(tmp_path).mended == (
        "The song has two charts that differ; Notes.MID was read, as games do.",
    )


def test_a_chosen_chart_brings_its_folder_along(tmp_path: Path) -> None:
    save_song_folder(make_song(), tmp_path, audio={"song": sound(tmp_path / "x" / "a.wav")})
    loaded = load_song(tmp_path / "notes.chart")
    assert loaded.chart_path == tmp_path / "notes.chart"
    assert loaded.mended == ()
    save_song_folder(replace(make_song(), sections=()), tmp_path, formats=("mid",))
    assert load_song(tmp_path / "notes.chart").mended == (
        "The song has two charts that differ; notes.chart was read, games would read notes.mid.",
    )
    assert list(loaded.audio) == ["song"]
    assert load_song(tmp_path / "song.ini").chart_path == tmp_path / "notes.mid"
    lone = tmp_path / "lone" / "other.mid"
    lone.parent.mkdir()
    lone.write_bytes((tmp_path / "notes.mid").read_bytes())
    assert len(load_song(lone).song.expert.notes) == 7
    assert load_song(lone).song.metadata.name == ""


def test_a_folder_without_a_chart(tmp_path: Path) -> None:
    sound(tmp_path / "song.wav")
    (tmp_path / "song.ini").write_text("[song]\nname = T\nalbum_track = 3\n")
    loaded = load_song(tmp_path)
    assert loaded.chart_path is None
    assert loaded.song.metadata.name == "T"
    assert loaded.song.metadata.other == {"album_track": "3"}


@settings(deadline=None, max_examples=60)
@given(
    name=st.sampled_from(["notes.mid", "notes.chart", "a.midi.json"]),
    start=st.sampled_from([b"", b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk", b"[Song]\n{\n", b"{"]),
    data=st.binary(max_size=80),
)
def test_broken_charts_give_a_song_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, start: bytes, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("broken") / name
    path.write_bytes(start + data)
    with contextlib.suppress(FormatError):
        assert load_song(path).chart_path == path


def test_what_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="holds no song"):
        load_song(tmp_path)
    with pytest.raises(FormatError, match="is not a chart"):
        load_song(sound(tmp_path / "song.wav"))
    with pytest.raises(FormatError, match="no file or folder"):
        load_song(tmp_path / "none")
    with pytest.raises(FormatError, match="Could not read"):
        load_song(tmp_path / "none.mid")
    with pytest.raises(FormatError, match="Could not read"):
        load_song_folder(tmp_path / "none")


def test_pictures_and_sounds_come_along_from_the_source(tmp_path: Path) -> None:
    first = tmp_path / "first"
    save_song_folder(make_song(), first, audio={"song": sound(tmp_path / "a.wav")})
    for name in ("album.png", "background.jpg", "notes.txt"):
        (first / name).write_bytes(b"x")
    loaded = load_song_folder(first)
    assert loaded.cover == first / "album.png"
    save_song_folder(loaded.song, tmp_path / "second", source=loaded)
    names = {path.name for path in (tmp_path / "second").iterdir()}
    expected = {"notes.chart", "notes.mid", "song.ini", "song.wav", "album.png", "background.jpg"}
    assert names == expected
    jpg = tmp_path / "new.jpeg"
    jpg.write_bytes(b"jpg")
    save_song_folder(loaded.song, tmp_path / "third", source=loaded, cover=jpg)
    assert (tmp_path / "third" / "album.jpg").read_bytes() == b"jpg"
    assert not (tmp_path / "third" / "album.png").exists()
    with pytest.raises(ChartError, match=r"\.png or \.jpg"):
        save_song_folder(loaded.song, tmp_path / "x", cover=tmp_path / "a.bmp")


def test_an_old_chart_is_kept_and_hides_nothing(tmp_path: Path) -> None:
    save_song_folder(make_song(), tmp_path, formats=("mid",))
    old = (tmp_path / "notes.mid").read_bytes()
    save_song_folder(make_song(), tmp_path, formats=("chart",))
    assert (tmp_path / "notes.mid").exists()  # as saving leaves it
    new = make_song(sections=(Section(1920, "New"),))
    written = save_song_folder(new, tmp_path, formats=("chart",), replaceable=())
    assert not (tmp_path / "notes.mid").exists()
    assert (tmp_path / "notes.mid.bak").read_bytes() == old
    assert {"notes.mid.bak", "notes.chart.bak"} <= {path.name for path in written}
    assert load_song_folder(tmp_path).song.sections[0].name == "New"


def test_saving_into_its_own_folder_leaves_the_rest_alone(tmp_path: Path) -> None:
    save_song_folder(make_song(), tmp_path / "f", audio={"song": sound(tmp_path / "a.wav")})
    (tmp_path / "f" / "mine.txt").write_text("keep")
    before = (tmp_path / "f" / "song.wav").stat()
    loaded = load_song_folder(tmp_path / "f")
    save_song_folder(loaded.song, tmp_path / "f", source=loaded)
    after = (tmp_path / "f" / "song.wav").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert (tmp_path / "f" / "mine.txt").read_text() == "keep"


def test_nothing_is_written_when_something_cannot_be(tmp_path: Path) -> None:
    slow = make_song(tempo_map=TempoMap(480, (TempoChange(0, 2e7),)))
    good = sound(tmp_path / "a.wav")
    with pytest.raises(ChartError, match="tempo"):
        save_song_folder(slow, tmp_path / "f")
    with pytest.raises(ChartError, match="chart format"):
        save_song_folder(make_song(), tmp_path / "f", formats=["txt"])
    with pytest.raises(ChartError, match="no name of a sound file"):
        save_song_folder(make_song(), tmp_path / "f", audio={"../evil": good})
    with pytest.raises(AudioError, match="no sound file"):
        save_song_folder(make_song(), tmp_path / "f", audio={"song": tmp_path / "none.ogg"})
    assert not (tmp_path / "f").exists()
    text = tmp_path / "text.flac"
    text.write_text("not sound")
    with pytest.raises(AudioError):
        save_song_folder(make_song(), tmp_path / "g", audio={"song": text})
    assert list((tmp_path / "g").glob("*")) == []


def test_an_export_that_is_interrupted_leaves_the_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    song = make_song()
    save_song_folder(song, tmp_path, audio={"song": sound(tmp_path / "in.wav")})
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    other = sound(tmp_path.parent / "other.ogg", 3.0)
    cover = tmp_path.parent / "cover.png"
    cover.write_bytes(b"picture")
    monkeypatch.setattr("chart_hero_core.formats.song_folder.copy_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_song_folder(song, tmp_path, audio={"song": other}, cover=cover)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
