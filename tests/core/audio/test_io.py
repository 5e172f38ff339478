"""Decoding: right in time, level and channels; hostile files end in a result or one sentence."""

import contextlib
import dataclasses
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chart_hero_core.audio import io, readers
from chart_hero_core.audio.io import AudioClip, load_audio, load_song_audio, song_audio
from chart_hero_core.base.errors import AudioError, Cancelled
from chart_hero_core.base.progress import CallbackProgress

from .sounds import impulse, noise, peak_time_s, tone, write

needs_ffmpeg = pytest.mark.skipif(readers.ffmpeg_program() is None, reason="needs ffmpeg")


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".opus", ".mp3"])
@pytest.mark.parametrize("sample_rate", [44100, 48000])
def test_an_onset_keeps_its_time(tmp_path: Path, suffix: str, sample_rate: int) -> None:
    if suffix == ".opus" and sample_rate != 48000:
        pytest.skip("Opus knows 48 kHz only")
    path = write(tmp_path / f"a{suffix}", impulse(sample_rate, 1.7, 0.9), sample_rate)
    clip = load_audio(path)
    assert clip.sample_rate == 22050
    assert clip.duration_s == pytest.approx(1.7, abs=1e-4)
    assert peak_time_s(clip.samples, 22050) == pytest.approx(0.9, abs=1e-4)
    assert clip.warnings == ()


@pytest.mark.parametrize("sample_rate", [8000, 11025, 22050, 96000, 192000])
def test_every_rate_keeps_times_and_length(tmp_path: Path, sample_rate: int) -> None:
    path = write(tmp_path / "a.wav", impulse(sample_rate, 1.2, 0.7, channels=6), sample_rate)
    clip = load_audio(path)
    assert len(clip.samples) == pytest.approx(1.2 * 22050, abs=1)
    assert peak_time_s(clip.samples, 22050) == pytest.approx(0.7, abs=1e-4)


def test_channels_are_averaged(tmp_path: Path) -> None:
    channels = np.stack([np.full(500, v, np.float32) for v in (0.6, 0.0, -0.3)], axis=1)
    clip = load_audio(write(tmp_path / "a.wav", channels, 22050, subtype="FLOAT"))
    assert np.allclose(clip.samples, 0.1, atol=1e-6)


def test_blocks_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.wav", tone(44100, 1.0, 440.0), 44100, subtype="FLOAT")
    whole = load_audio(path).samples
    monkeypatch.setattr(readers, "_BLOCK_VALUES", 777)
    assert np.allclose(load_audio(path).samples, whole, atol=1e-6)


def test_clip_is_read_only_and_leaves_its_input_alone() -> None:
    values = np.ones(4, dtype=np.float32)
    clip = AudioClip(values, 4)
    assert clip.duration_s == 1.0
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 0.0
    values[0] = 3.0  # the caller's own array stays writable
    with pytest.raises(ValueError, match="not mono"):
        AudioClip(np.ones((2, 2), dtype=np.float32), 4)


def test_one_sample_is_a_result(tmp_path: Path) -> None:
    for rate in (8000, 22050, 192000):
        path = write(tmp_path / f"{rate}.wav", np.ones(1, dtype=np.float32), rate)
        assert 1 <= len(load_audio(path).samples) <= 3


def test_silence_is_a_result_with_a_warning(tmp_path: Path) -> None:
    clip = load_audio(write(tmp_path / "a.flac", np.zeros(9000, dtype=np.float32), 44100))
    assert clip.warnings == ("a.flac: The file is silent.",)


def test_numbers_that_are_none_are_muted(tmp_path: Path) -> None:
    sound = tone(22050, 0.1, 440.0)
    sound[[3, 4, 5]] = np.nan, np.inf, 1e30
    clip = load_audio(write(tmp_path / "a.wav", sound, 22050, subtype="FLOAT"))
    assert np.all(np.abs(clip.samples) <= 0.5)
    assert clip.warnings == ("a.wav: 3 samples held no usable number and were muted.",)


def _bad_files(folder: Path) -> dict[str, Path]:
    (folder / "dir.wav").mkdir()
    (folder / "empty.wav").touch()
    (folder / "text.wav").write_text("Dear diary, this is not a sound.\n" * 50)
    (folder / "list.wav").write_text("ffconcat version 1.0\nfile '/etc/hostname'\n")
    write(folder / "none.wav", np.zeros(0, dtype=np.float32), 22050)
    (folder / "riff.wav").write_bytes((folder / "none.wav").read_bytes()[:20])
    (folder / "x.raw").write_bytes(b"\x00" * 64)
    names = ("dir.wav", "empty.wav", "text.wav", "list.wav", "none.wav", "riff.wav", "x.raw")
    return {name: folder / name for name in (*names, "absent.wav", "nul\0.wav")}


@pytest.mark.parametrize("with_ffmpeg", [True, False])
def test_what_is_no_sound_gives_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_ffmpeg: bool
) -> None:
    if not with_ffmpeg:
        monkeypatch.setattr(readers, "ffmpeg_program", lambda: None)
    for name, path in _bad_files(tmp_path).items():
        with pytest.raises(AudioError) as caught:
            load_audio(path)
        text = str(caught.value)
        assert text.endswith(".")
        assert "\n" not in text, name


def test_without_ffmpeg_a_video_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "ffmpeg_program", lambda: None)
    (tmp_path / "a.m4a").write_bytes(b"\x00" * 100)
    with pytest.raises(AudioError, match="needs ffmpeg: please install it"):
        load_audio(tmp_path / "a.m4a")


@needs_ffmpeg
@pytest.mark.parametrize(("name", "codec"), [("a.m4a", "aac"), ("a.mka", "pcm_s16le")])
def test_other_formats_come_through_ffmpeg(tmp_path: Path, name: str, codec: str) -> None:
    source = write(tmp_path / "a.wav", impulse(44100, 1.5, 0.8, channels=2), 44100)
    _ffmpeg("-i", str(source), "-c:a", codec, str(tmp_path / name))
    clip = load_audio(tmp_path / name)
    assert peak_time_s(clip.samples, 22050) == pytest.approx(0.8, abs=1e-4)
    assert clip.warnings == ()


@needs_ffmpeg
def test_sound_that_starts_late_in_a_video_stays_late(tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", impulse(44100, 1.0, 0.5), 44100)
    picture = ("-f", "lavfi", "-i", "color=black:s=16x16:d=2")
    tracks = ("-map", "0:v", "-map", "1:a", "-c:a", "pcm_s16le")
    _ffmpeg(*picture, "-itsoffset", "0.5", "-i", str(source), *tracks, str(tmp_path / "v.mkv"))
    clip = load_audio(tmp_path / "v.mkv")
    # Matroska keeps time stamps in whole milliseconds.
    assert peak_time_s(clip.samples, 22050) == pytest.approx(1.0, abs=1e-3)


@needs_ffmpeg
def test_opus_in_webm_is_not_late(tmp_path: Path) -> None:
    """What Opus needs to start up lies before the zero of the file, which must stay the zero."""
    source = write(tmp_path / "a.wav", impulse(48000, 1.5, 0.8, channels=2), 48000)
    _ffmpeg("-i", str(source), "-c:a", "libopus", str(tmp_path / "a.webm"))
    clip = load_audio(tmp_path / "a.webm")
    assert peak_time_s(clip.samples, 22050) == pytest.approx(0.8, abs=1e-4)


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def test_a_wav_that_was_sent_to_a_pipe_is_whole(tmp_path: Path) -> None:
    """Its writer could not go back and fill in the sizes."""
    path = tmp_path / "piped.wav"
    soundfile.write(path, np.full(4000, 0.5), 22_050, "PCM_16")
    data = path.read_bytes()
    at = data.index(b"data") + 4
    unknown = b"\xff" * 4
    path.write_bytes(data[:4] + unknown + data[8:at] + unknown + data[at + 4 :])
    clip = load_audio(path)
    assert len(clip.samples) == 4000
    assert clip.warnings == ()


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".opus", ".mp3"])
def test_a_truncated_file_gives_its_first_part(tmp_path: Path, suffix: str) -> None:
    sound = noise(48000, 4.0)
    whole = write(tmp_path / f"whole{suffix}", sound, 48000)
    data = whole.read_bytes()
    cut = tmp_path / f"cut{suffix}"
    cut.write_bytes(data[: len(data) * 6 // 10])
    clip = load_audio(cut)
    assert 1.5 < clip.duration_s < 2.8
    cut_short = f"cut{suffix}: The file is damaged or cut short; its readable part was used."
    assert clip.warnings == (cut_short,)
    reference = load_audio(whole)
    assert reference.warnings == ()
    count = int(1.4 * 22050)  # mp3 and ogg fade into the cut
    assert np.allclose(clip.samples[:count], reference.samples[:count], atol=1e-3)


@pytest.mark.parametrize(
    ("form", "coding"),
    [("AIFF", "PCM_16"), ("AIFF", "FLOAT"), ("W64", "PCM_24"), ("RF64", "PCM_16"), ("WAV", "ULAW")],
)
def test_a_header_that_promises_more_than_there_is(tmp_path: Path, form: str, coding: str) -> None:
    path = tmp_path / "a.aiff"
    soundfile.write(path, noise(48000, 4.0), 48000, coding, format=form)
    assert load_audio(path).warnings == ()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    clip = load_audio(path)
    assert clip.duration_s == pytest.approx(2.4, abs=0.01)
    assert clip.warnings == (
        "a.aiff: The file is damaged or cut short; its readable part was used.",
    )


def test_of_ogg_files_one_after_the_other_only_the_first_is_read(tmp_path: Path) -> None:
    one = write(tmp_path / "one.ogg", noise(48000, 1.5), 48000).read_bytes()
    other = write(tmp_path / "other.ogg", noise(44100, 1.0), 44100).read_bytes()
    path = tmp_path / "both.ogg"
    path.write_bytes(one + other)
    clip = load_audio(path)
    assert clip.duration_s == pytest.approx(1.5, abs=0.01)
    assert clip.warnings == (
        "both.ogg: It is several pieces of sound one after the other; only the first was read.",
    )


@pytest.mark.parametrize("suffix", [".wav", ".ogg", ".mp3"])
def test_a_file_that_is_deleted_while_it_is_read(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"a{suffix}", noise(44100, 8.0), 44100)

    def delete(_fraction: float, _message: str) -> None:
        # Windows keeps a file that is open.
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)

    clip = load_audio(path, progress=CallbackProgress(delete))
    assert clip.duration_s == pytest.approx(8.0, abs=0.1)


def test_damage_in_the_middle_says_where(tmp_path: Path) -> None:
    path = write(tmp_path / "a.flac", noise(44100, 8.0), 44100)
    data = bytearray(path.read_bytes())
    third = len(data) // 2
    for index in range(third, third + 3000):
        data[index] ^= 0x5A
    path.write_bytes(data)
    clip = load_audio(path)
    assert len(clip.warnings) == 1
    assert "damaged" in clip.warnings[0]
    assert clip.duration_s > 3.9


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("encoded")
    sound = noise(22050, 0.3)
    return {
        suffix: write(folder / f"a{suffix}", sound, 22050).read_bytes()
        for suffix in (".wav", ".flac", ".ogg", ".aiff")
    }


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_broken_bytes_never_end_in_a_traceback(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    encoded: dict[str, bytes],
    data: st.DataObject,
) -> None:
    monkeypatch.setattr(readers, "ffmpeg_program", lambda: None)
    monkeypatch.setattr(io, "ffmpeg_program", lambda: None)
    suffix = data.draw(st.sampled_from(sorted(encoded)))
    broken = bytearray(encoded[suffix])
    for place in data.draw(st.lists(st.integers(0, len(broken) - 1), max_size=8)):
        broken[place] = data.draw(st.integers(0, 255))
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(broken[: data.draw(st.integers(1, len(broken)))])
    with contextlib.suppress(AudioError):
        clip = load_audio(path)
        assert np.isfinite(clip.samples).all()


def test_endless_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(io, "MAX_DURATION_S", 3600.0 / 3600)
    path = write(tmp_path / "a.wav", np.zeros(30000, dtype=np.float32), 22050)
    with pytest.raises(AudioError, match="longer than"):
        load_audio(path)


def test_progress_runs_up_to_one_and_can_stop(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros((400_000, 2), dtype=np.float32), 22050)
    seen: list[float] = []
    load_audio(path, progress=CallbackProgress(lambda fraction, _: seen.append(fraction)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 3
    with pytest.raises(Cancelled):
        load_audio(path, progress=CallbackProgress(is_cancelled=lambda: True))


# ---------------------------------------------------------------- songs


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
