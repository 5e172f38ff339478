"""What a .sng holds beside chart, sound and pictures stays when the song is written again."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.formats.dot_chart import write_chart
from chart_hero_core.formats.sng import read_sng, write_sng
from chart_hero_core.formats.song_folder import load_song, save_song_folder
from chart_hero_core.tasks.convert import convert
from tests.core.formats.small_songs import full_song

OTHERS = {
    "licence.txt": b"free",
    "Lyrics.json": b"{}",
    "album.bmp": b"BM",
    "extras/notes.chart": b"another chart",
    ".origin": b"here",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A .sng of a chart, a sound, further files, and some that are written anew or cannot be."""
    soundfile.write(tmp_path / "song.ogg", np.zeros(22_050), 22_050)
    contents = {
        **OTHERS,
        "notes.chart": write_chart(full_song()),
        "song.ogg": (tmp_path / "song.ogg").read_bytes(),
        "album.jpg": b"\xff\xd8\xff",
        "Song.ini": b"[song]\nname = Another\n",
        "nul/con.txt": b"no file on Windows",
        "licence.txt/inside": b"a folder of that name cannot be",
    }
    files: dict[str, Path] = {}
    for number, (name, data) in enumerate(contents.items()):
        files[name] = tmp_path / f"source{number}"
        files[name].write_bytes(data)
    write_sng(tmp_path / "a.sng", {"name": "T"}, files)
    return tmp_path / "a.sng"


@pytest.mark.parametrize("name", ["a.sng", "b.sng"])
def test_they_are_in_a_sng_written_from_it(package: Path, name: str) -> None:
    target = package.with_name(name)
    assert convert(package, target, ("chart",), SilentProgress()).proof.ok
    sng = read_sng(target)
    assert {other: sng.read(other) for other in OTHERS} == OTHERS
    assert set(sng.entries) == {*OTHERS, "notes.chart", "song.ogg", "album.jpg"}
    assert sng.metadata["name"] == "T"


def test_they_come_along_into_a_folder_and_replace_nothing(package: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "licence.txt").write_bytes(b"mine")
    loaded = load_song(package, unpack_to=tmp_path / "unpacked")
    written = save_song_folder(loaded.song, folder, source=loaded)
    assert folder / "extras" / "notes.chart" in written
    assert folder / "licence.txt" not in written
    found = {name: (folder / name).read_bytes() for name in OTHERS}
    assert found == {**OTHERS, "licence.txt": b"mine"}
