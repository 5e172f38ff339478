"""Which files of a folder are a song's drums and its mix, and what they sound like together."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from chart_hero_core.audio.io import load_song_audio, song_audio
from chart_hero_core.base.errors import AudioError

from .sounds import write


def _stems(folder: Path, **levels: float) -> Path:
    for name, level in levels.items():
        write(folder / f"{name}.wav", np.full(100, level, np.float32), 22050, subtype="FLOAT")
    return folder


def _names(files: tuple[Path, ...]) -> list[str]:
    return [file.stem for file in files]


def test_drums_come_first_and_song_is_the_backing(tmp_path: Path) -> None:
    folder = _stems(tmp_path / "My Song", song=0.1, drums=0.2, guitar=0.04, preview=0.9, crowd=0.9)
    song = song_audio(folder)
    assert song.title == "My Song"
    assert song.folder == folder
    assert _names(song.drums) == ["drums"]
    assert _names(song.mix) == ["song", "drums", "guitar"]
    clip, domain = load_song_audio(song)
    assert domain == "drums"
    assert np.allclose(clip.samples, 0.2)
    clip, domain = load_song_audio(song, "mix")
    assert domain == "mix"
    assert np.allclose(clip.samples, 0.34)


def test_numbered_drums_are_added_at_equal_level(tmp_path: Path) -> None:
    song = song_audio(_stems(tmp_path, drums_1=0.1, drums_2=0.2, drums_3=0.3, drums_4=-0.05))
    clip, domain = load_song_audio(song)
    assert domain == "drums"
    assert np.allclose(clip.samples, 0.55)


def test_a_song_alone_is_the_mix(tmp_path: Path) -> None:
    song = song_audio(_stems(tmp_path, song=0.1, preview=0.5))
    assert song.drums == ()
    assert load_song_audio(song)[1] == "mix"
    with pytest.raises(AudioError, match="no drum stem; please use the whole mix"):
        load_song_audio(song, "drums")


def test_shorter_stems_are_padded_and_warnings_kept(tmp_path: Path) -> None:
    _stems(tmp_path, song=0.25)
    write(tmp_path / "bass.wav", np.full(160, 0.5, np.float32), 22050, subtype="FLOAT")
    write(tmp_path / "keys.wav", np.zeros(50, np.float32), 22050)
    clip, _ = load_song_audio(song_audio(tmp_path), "mix")
    assert np.allclose(clip.samples, [0.75] * 100 + [0.5] * 60)
    assert clip.warnings == ("keys.wav: The file is silent.",)


def test_names_are_taken_in_any_case_and_the_best_copy_wins(tmp_path: Path) -> None:
    write(tmp_path / "SONG.OGG".lower(), np.zeros(100, np.float32), 22050)
    (tmp_path / "song.ogg").rename(tmp_path / "SONG.OGG")
    write(tmp_path / "song.wav", np.zeros(100, np.float32), 22050)
    (tmp_path / "video.mp4").write_bytes(b"x")
    (tmp_path / "notes.chart").write_text("")
    song = song_audio(tmp_path / "notes.chart")
    assert [file.name for file in song.mix] == ["song.wav"]
    (tmp_path / "song.wav").unlink()
    assert [file.name for file in song_audio(tmp_path).mix] == ["SONG.OGG"]


def test_a_single_file_is_what_it_is_said_to_be(tmp_path: Path) -> None:
    _stems(tmp_path, take=0.1, drums=0.1)
    song = song_audio(tmp_path / "take.wav")
    assert (song.title, song.drums) == ("take", ())
    assert load_song_audio(song)[1] == "mix"
    assert load_song_audio(song, "drums")[1] == "drums"
    assert load_song_audio(song_audio(tmp_path / "drums.wav"))[1] == "drums"


def test_folders_that_cannot_be_decided(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no sound file in"):
        song_audio(tmp_path)
    _stems(tmp_path, preview=0.1)
    with pytest.raises(AudioError, match="no sound file in"):
        song_audio(tmp_path)
    _stems(tmp_path, one=0.1)
    assert _names(song_audio(tmp_path).mix) == ["one"]
    _stems(tmp_path, two=0.1)
    with pytest.raises(AudioError, match=r"several sound files \(one.wav, two.wav\)"):
        song_audio(tmp_path)
    with pytest.raises(AudioError, match="no file or folder"):
        song_audio(tmp_path / "absent")


def test_song_audio_is_frozen(tmp_path: Path) -> None:
    song = song_audio(_stems(tmp_path, song=0.1))
    with pytest.raises(dataclasses.FrozenInstanceError):
        song.title = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "is_drums"),
    [
        ("drums", True),
        ("My Song (Drums)", True),
        ("song.drums", True),
        ("kit_drum", True),
        ("Drumsville", False),
        ("eardrums", False),
        ("song", False),
    ],
)
def test_a_lone_file_named_after_drums_is_the_drums(
    tmp_path: Path, name: str, is_drums: bool
) -> None:
    path = tmp_path / f"{name}.wav"
    path.write_bytes(b"")
    assert bool(song_audio(path).drums) is is_drums


@pytest.mark.parametrize(("name", "way"), [("k.sng", "chart-hero convert"), ("K.ZIP", "unpack it")])
def test_of_a_package_it_is_said_how_to_unpack_it(name: str, way: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"SNGPKG")
    with pytest.raises(AudioError, match=f"{name} is packed: .*{way}.*, and give the folder"):
        song_audio(tmp_path / name)
