"""Songs packed into one file, .zip or .sng: written, proved, loaded, replaced."""

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from chart_hero_core.base.errors import ChartError, FormatError, StorageError
from chart_hero_core.formats.old_files import digest
from chart_hero_core.formats.package import pack_folder, save_package
from chart_hero_core.formats.proof import verify_export
from chart_hero_core.formats.sng import read_sng
from chart_hero_core.formats.song_folder import load_song, save_song_folder
from tests.core.formats.marked_song import make_song, sound


@pytest.mark.parametrize("suffix", [".zip", ".sng"])
def test_a_package_is_written_and_proved(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"A - T{suffix}"
    proof, _ = save_package(make_song(), target, audio={"song": sound(tmp_path / "a.wav")})
    assert proof.differences == ()
    assert proof.files == ("notes.mid", "notes.chart")
    assert sorted(path.name for path in tmp_path.iterdir()) == [target.name, "a.wav"]


def test_a_sng_is_loaded_with_its_sound(tmp_path: Path) -> None:
    song = make_song()
    save_package(song, tmp_path / "s.sng", audio={"song": sound(tmp_path / "a.wav")})
    assert read_sng(tmp_path / "s.sng").metadata["name"] == "Títle"
    loaded = load_song(tmp_path / "s.sng", unpack_to=tmp_path / "u")
    assert loaded.song.expert == song.expert
    assert loaded.song.metadata.other == {"icon": "x"}
    assert loaded.audio["song"].read_bytes() == (tmp_path / "a.wav").read_bytes()
    again = load_song(tmp_path / "s.sng", unpack_to=tmp_path / "u")
    assert again.audio == loaded.audio


def test_names_in_a_sng_may_be_spelt_as_in_a_folder(tmp_path: Path) -> None:
    save_song_folder(make_song(), tmp_path / "f", formats=["chart"])
    (tmp_path / "f" / "notes.chart").rename(tmp_path / "f" / "Notes.Chart")
    pack_folder(tmp_path / "f", tmp_path / "s.sng")
    loaded = load_song(tmp_path / "s.sng", unpack_to=tmp_path / "u")
    assert loaded.song.expert == make_song().expert


def test_pictures_and_videos_of_a_sng_come_along(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    save_song_folder(make_song(), folder)
    names = {"background.jpg", "video.mp4", "highway.png", "album.jpg"}
    for name in (*names, "album.exe", "notes.txt"):
        (folder / name).write_bytes(name.encode())
    pack_folder(folder, tmp_path / "s.sng")
    loaded = load_song(tmp_path / "s.sng", unpack_to=tmp_path / "u")
    assert {path.name for path in (tmp_path / "u").iterdir()} == names
    save_song_folder(loaded.song, tmp_path / "g", source=loaded)
    assert names <= {path.name for path in (tmp_path / "g").iterdir()}


@pytest.mark.skipif(os.name != "posix", reason="names are Unicode there")
def test_a_zip_may_have_a_name_that_is_no_unicode(tmp_path: Path) -> None:
    proof, _ = save_package(make_song(), tmp_path / os.fsdecode(b"caf\xe9.zip"))
    assert proof.ok


def test_a_zip_holds_one_folder(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    save_song_folder(make_song(), folder)
    (folder / ".hidden").write_text("x")
    pack_folder(folder, tmp_path / "A.zip")
    pack_folder(folder, tmp_path / "B.zip")
    with zipfile.ZipFile(tmp_path / "A.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["A/notes.chart", "A/notes.mid", "A/song.ini"]


@pytest.mark.parametrize("suffix", [".zip", ".sng"])
def test_a_package_that_is_replaced_is_kept_once(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"s{suffix}"
    target.write_bytes(b"of a person")
    _, copy = save_package(make_song(), target)
    assert copy == tmp_path / f"s{suffix}.bak"
    assert copy.read_bytes() == b"of a person"
    own = frozenset((digest(target),))
    assert save_package(make_song(), target)[1] is None  # the same once more
    other = replace(make_song(), sections=())
    assert save_package(other, target, replaceable=own)[1] is None
    target.write_bytes(b"of a person")
    assert save_package(other, target)[1] is None  # there is a copy of it already
    assert len(list(tmp_path.iterdir())) == 2


def test_a_package_that_cannot_be_replaced_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "s.sng"
    target.write_bytes(b"of a person")

    def full(*_: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr("chart_hero_core.formats.package.pack_folder", full)
    with pytest.raises(StorageError, match="full"):
        save_package(make_song(), target)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"of a person"]


def test_what_cannot_be_packed(tmp_path: Path) -> None:
    with pytest.raises(ChartError, match=r"no song\.ini"):
        pack_folder(tmp_path, tmp_path / "a.zip")
    for pack in (pack_folder, lambda f, t: save_package(make_song(), t)):
        with pytest.raises(ChartError, match=r"\.zip or \.sng"):
            pack(tmp_path, tmp_path / "a.rar")
    (tmp_path / "bad.zip").write_bytes(b"PK")
    with pytest.raises(FormatError, match="damaged"):
        verify_export(tmp_path / "bad.zip", make_song())
