"""Bringing sound into a form that games play."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from chart_hero_core.audio.io import load_audio
from chart_hero_core.audio.readers import ffmpeg_program
from chart_hero_core.formats.audio_files import place_audio
from chart_hero_core.formats.song_folder import save_song_folder
from tests.core.formats.marked_song import RATE, make_song, sound


def test_formats_that_games_do_not_know_become_ogg(tmp_path: Path) -> None:
    flac = sound(tmp_path / "in.flac", 2.0)
    written = save_song_folder(make_song(), tmp_path / "f", audio={"drums": flac})
    assert written[-1].name == "drums.ogg"
    info = soundfile.info(tmp_path / "f" / "drums.ogg")
    assert (info.format, info.samplerate, info.frames) == ("OGG", RATE, 2 * RATE)


@pytest.mark.skipif(ffmpeg_program() is None, reason="needs ffmpeg")
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_unicode_are_read_and_copied(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav"))
    sound(tmp_path / "plain.wav").rename(odd)
    assert load_audio(odd, RATE).sample_rate == RATE
    placed = save_song_folder(make_song(), tmp_path / "song", audio={"song": odd})
    assert tmp_path / "song" / "song.wav" in placed


def test_formats_that_only_ffmpeg_reads_become_ogg(tmp_path: Path) -> None:
    m4a = tmp_path / "in.m4a"
    wav = sound(tmp_path / "in.wav", 2.0)
    command = [ffmpeg_program() or "", "-v", "error", "-i", str(wav), "-c:a", "aac", str(m4a)]
    subprocess.run(command, check=True)
    save_song_folder(make_song(), tmp_path / "f", audio={"song": m4a})
    names = sorted(path.name for path in (tmp_path / "f").iterdir())
    assert names == ["notes.chart", "notes.mid", "song.ini", "song.ogg"]
    assert soundfile.info(tmp_path / "f" / "song.ogg").duration == pytest.approx(2.0, abs=0.1)


def test_what_games_cannot_play_is_encoded_whatever_it_is_called(tmp_path: Path) -> None:
    """Games play an mp3 or aiff by any name they know, but no flac called .ogg."""
    for name, kind in (("flac.ogg", "FLAC"), ("aiff.wav", "AIFF"), ("mp3.ogg", "MP3")):
        soundfile.write(tmp_path / name, np.zeros(2 * RATE), RATE, format=kind)
        save_song_folder(make_song(), tmp_path / kind, audio={"song": tmp_path / name})
        (file,) = (f for f in (tmp_path / kind).glob("song.*") if f.suffix != ".ini")
        assert soundfile.info(file).format == ("OGG" if kind == "FLAC" else kind)


@pytest.mark.skipif(ffmpeg_program() is None, reason="needs ffmpeg")
def test_a_file_called_mp3_that_is_none_is_encoded(tmp_path: Path) -> None:
    wav = sound(tmp_path / "in.wav", 2.0)
    command = [ffmpeg_program() or "", "-v", "error", "-i", str(wav), "-c:a", "aac", "-f", "mp4"]
    subprocess.run([*command, str(tmp_path / "in.mp3")], check=True)
    save_song_folder(make_song(), tmp_path / "f", audio={"song": tmp_path / "in.mp3"})
    assert [path.name for path in (tmp_path / "f").glob("song.*g")] == ["song.ogg"]
    assert soundfile.info(tmp_path / "f" / "song.ogg").duration == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("rate", [4000, 8000, 192_000, 655_350])
def test_any_sample_rate_can_be_encoded(tmp_path: Path, rate: int) -> None:
    """The Vorbis encoder crashed at the highest rates and refused the lowest."""
    soundfile.write(tmp_path / "in.flac", np.zeros((rate, 2)), rate)
    save_song_folder(make_song(), tmp_path / "f", audio={"song": tmp_path / "in.flac"})
    assert soundfile.info(tmp_path / "f" / "song.ogg").duration == pytest.approx(1.0, abs=1e-3)


def test_many_channels_become_two_that_hold_the_middle(tmp_path: Path) -> None:
    """The channels of Vorbis lie in another order: the voice would come from the right."""
    levels = np.array([0.4, 0.0, 0.2, 0.1, 0.0, 0.3])  # left right middle bass left right
    soundfile.write(tmp_path / "in.flac", np.tile(levels, (RATE, 1)), RATE)
    save_song_folder(make_song(), tmp_path / "f", audio={"song": tmp_path / "in.flac"})
    encoded, _ = soundfile.read(tmp_path / "f" / "song.ogg")
    assert encoded[RATE // 2] == pytest.approx([0.7 / 4, 0.6 / 4], abs=0.02)


@pytest.mark.skipif(ffmpeg_program() is None, reason="needs ffmpeg")
def test_sound_that_starts_late_in_a_video_is_as_late_when_encoded(tmp_path: Path) -> None:
    video = tmp_path / "in.mkv"
    wav = sound(tmp_path / "in.wav", 1.0)
    picture = ["-f", "lavfi", "-i", "color=black:s=16x16:d=1", "-itsoffset", "0.5", "-i", str(wav)]
    tracks = ["-map", "0:v", "-map", "1:a", "-c:a", "pcm_s16le", str(video)]
    subprocess.run([ffmpeg_program() or "", "-v", "error", *picture, *tracks], check=True)
    save_song_folder(make_song(), tmp_path / "f", audio={"song": video})
    assert soundfile.info(tmp_path / "f" / "song.ogg").duration == pytest.approx(1.5, abs=0.002)


@pytest.mark.parametrize("name", ["song.wav", "song.ogg"])
def test_an_unfinished_recording_is_exported_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / "stopped.wav"
    soundfile.write(path, np.full(22_050, 0.25), 22_050, "PCM_16")
    data = path.read_bytes()
    at = data.index(b"data") + 4
    path.write_bytes(data[:4] + bytes(4) + data[8:at] + bytes(4) + data[at + 4 :])
    place_audio(path, tmp_path / name)
    assert soundfile.info(tmp_path / name).duration == pytest.approx(1.0)
    if name == "song.wav":
        assert (tmp_path / name).read_bytes() == data


@pytest.mark.parametrize(
    ("kind", "subtype", "called", "name"),
    [
        ("MP3", "MPEG_LAYER_III", "in.wav", "song.mp3"),
        ("WAV", "PCM_16", "in.mp3", "song.wav"),
        ("OGG", "VORBIS", "in.mp3", "song.ogg"),
        ("OGG", "VORBIS", "in.opus", "song.ogg"),
        ("OGG", "OPUS", "in.wav", "song.ogg"),
        ("OGG", "OPUS", "in.opus", "song.opus"),
    ],
)
def test_sound_is_called_what_it_is(
    tmp_path: Path, kind: str, subtype: str, called: str, name: str
) -> None:
    """A game that goes by the name would not play an mp3 called .wav."""
    soundfile.write(tmp_path / called, np.zeros(48_000), 48_000, subtype, format=kind)
    folder = tmp_path / "f"
    save_song_folder(make_song(), folder, audio={"song": tmp_path / called})
    assert [path.name for path in folder.glob("song.*") if path.suffix != ".ini"] == [name]
    assert (folder / name).read_bytes() == (tmp_path / called).read_bytes()


def test_sound_in_its_own_folder_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    soundfile.write(path, np.zeros(RATE), RATE, "MPEG_LAYER_III", format="MP3")
    save_song_folder(make_song(), tmp_path, audio={"song": path})
    assert sorted(each.name for each in tmp_path.glob("song.*")) == ["song.ini", "song.wav"]
