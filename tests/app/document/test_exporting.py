"""Export and its proof."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from chart_hero_app.document.exporting import (
    ExportPlan,
    Package,
    default_target,
    export,
    found_cover,
    stems,
)
from chart_hero_core.audio.io import song_audio
from chart_hero_core.base.drums import Lane
from chart_hero_core.base.errors import ChartError, ChartHeroError
from chart_hero_core.base.progress import SilentProgress
from chart_hero_core.chart.song import Dynamic, Note
from chart_hero_core.formats.package import save_package
from chart_hero_core.formats.song_folder import load_song, load_song_folder
from tests.app.songs import song, write_sound

NOTES = [
    Note(0, Lane.KICK),
    Note(0, Lane.YELLOW, cymbal=True),
    Note(480, Lane.RED, dynamic=Dynamic.GHOST),
    Note(960, Lane.KICK, double_kick=True),
    Note(1440, Lane.BLUE),
    Note(1920, Lane.GREEN, cymbal=True, dynamic=Dynamic.ACCENT),
]
# The smallest PNG there is.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f00050001ff56c72f0d0000000049454e44ae426082"
)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "in" / "tune.wav", 4.0)


@pytest.mark.parametrize("package", list(Package))
def test_what_is_written_is_what_is_read(package: Package, sound: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / f"Band - Tune{package.suffix}"
    plan = ExportPlan(
        song(NOTES),
        target,
        package,
        source=sound,
        audio=song_audio(sound),
        cover=PNG,
    )
    proof = export(plan, SilentProgress()).proof
    assert proof.ok, proof.differences
    assert (proof.written, proof.read_back) == (6, 6)
    assert target.exists()
    if package is Package.FOLDER:
        names = {path.name for path in target.iterdir()}
        assert names == {"notes.chart", "notes.mid", "song.ini", "song.wav", "album.png"}
        assert load_song(target).song.expert.notes == song(NOTES).expert.notes


@pytest.mark.parametrize("package", [Package.ZIP, Package.SNG])
def test_a_package_that_is_replaced_is_kept_once(
    package: Package, sound: Path, tmp_path: Path
) -> None:
    target = tmp_path / f"Tune{package.suffix}"
    target.write_bytes(b"a friend's work")
    plan = ExportPlan(song(NOTES), target, package, source=sound, audio=song_audio(sound))
    first = export(plan, SilentProgress())
    (kept,) = first.kept
    assert kept.read_bytes() == b"a friend's work"
    assert first.remark == f"Replaced files are kept: Tune{package.suffix}.bak"
    again = export(replace(plan, song=song(NOTES[:3]), own=first.digests), SilentProgress())
    assert again.kept == ()  # undo leads back to it
    assert again.proof.ok
    other = export(replace(plan, own=frozenset()), SilentProgress())
    assert [file.name for file in other.kept] == [f"Tune{package.suffix}.bak1"]


def test_a_package_that_could_not_be_written_leaves_no_copy(sound: Path, tmp_path: Path) -> None:
    target = tmp_path / "Tune.zip"
    target.write_bytes(b"a friend's work")
    missing = song_audio(sound)
    sound.unlink()
    with pytest.raises(ChartHeroError):
        export(
            ExportPlan(song(NOTES), target, Package.ZIP, source=sound, audio=missing),
            SilentProgress(),
        )
    assert target.read_bytes() == b"a friend's work"
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["Tune.zip"]


def test_one_format_alone(sound: Path, tmp_path: Path) -> None:
    plan = ExportPlan(song(NOTES), tmp_path / "out", formats=("chart",), audio=song_audio(sound))
    assert export(plan, SilentProgress()).proof.ok
    assert not (tmp_path / "out" / "notes.mid").exists()


def test_no_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChartError):
        export(ExportPlan(song(NOTES), tmp_path / "out", formats=()), SilentProgress())
    assert not (tmp_path / "out").exists()


def test_stems_keep_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "stems"
    for name in ("song", "drums", "bass"):
        write_sound(folder / f"{name}.wav", 0.5)
    found = stems(song_audio(folder))
    assert {name: path.name for name, path in found.items()} == {
        "song": "song.wav",
        "drums": "drums.wav",
        "bass": "bass.wav",
    }


def test_a_lone_file_becomes_the_song(sound: Path) -> None:
    assert stems(song_audio(sound)) == {"song": sound}
    assert stems(None) == {}


def test_the_place_is_named_as_the_command_line_names_it(tmp_path: Path) -> None:
    beside = default_target(song(charter="<b>Me</b>"), tmp_path / "tune.wav", Package.SNG)
    assert beside == tmp_path / "Band - Tune (Me).sng"
    nowhere = default_target(song(), tmp_path / "absent" / "tune.wav", Package.SNG)
    assert nowhere == Path.home() / "Band - Tune.sng"


def test_the_cover_is_found_whatever_the_case_of_its_name(tmp_path: Path) -> None:
    write_sound(tmp_path / "f" / "song.wav", 1.0)
    (tmp_path / "f" / "Album.PNG").write_bytes(PNG)
    folder = tmp_path / "f"
    assert found_cover(folder, song_audio(folder)) == folder / "Album.PNG"
    assert found_cover(folder, None) == folder / "Album.PNG"
    assert found_cover(tmp_path / "gone", None) is None


def test_a_picture_that_games_cannot_show_is_not_written(sound: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    plan = ExportPlan(
        song(NOTES), target, source=sound, audio=song_audio(sound), cover=b"RIFF\x10\0\0\0WEBP"
    )
    assert export(plan, SilentProgress()).proof.ok
    assert not list(target.glob("album.*"))


def test_pictures_in_a_package_come_along_whatever_the_case_of_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    write_sound(folder / "song.wav", 1.0)
    (folder / "background.png").write_bytes(PNG)
    package = tmp_path / "Tune.SNG"
    save_package(song(NOTES), package, source=load_song_folder(folder))
    target = tmp_path / "out"
    plan = ExportPlan(song(NOTES), target, source=package)
    assert export(plan, SilentProgress()).proof.ok
    assert (target / "background.png").read_bytes() == PNG


def test_silence_comes_before_sound_and_chart_alike(sound: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "Band - Tune"
    plan = ExportPlan(song(NOTES), target, source=sound, audio=song_audio(sound), lead_in=True)
    proof = export(plan, SilentProgress()).proof
    assert proof.ok, proof.differences
    written = load_song(target)
    first = written.song.expert.notes[0]
    silence_s = written.song.tempo_map.seconds(first.tick)
    assert silence_s == 2.0  # one bar of 4/4 at 120 BPM
    before, rate = soundfile.read(sound, always_2d=True)
    after, _ = soundfile.read(target / "song.ogg", always_2d=True)
    assert len(after) == len(before) + round(silence_s * rate)
    # Vorbis lets a stroke begin a little early.
    assert np.abs(after[: round(silence_s * rate) - 4096]).max() < 1e-3
    error = after[round(silence_s * rate) :] - before
    assert np.sqrt(np.mean(error**2)) < 0.2 * np.sqrt(np.mean(before**2))
    ini = written.song.metadata
    assert ini.length_ms == pytest.approx(1000 * len(after) / rate, abs=2)


def test_silence_never_replaces_the_songs_own_sound(sound: Path) -> None:
    plan = ExportPlan(
        song(NOTES), sound.parent, source=sound, audio=song_audio(sound), lead_in=True
    )
    own = sound.read_bytes()
    with pytest.raises(ChartError, match="another folder"):
        export(plan, SilentProgress())
    assert sound.read_bytes() == own
    assert [file.name for file in sound.parent.iterdir()] == [sound.name]
