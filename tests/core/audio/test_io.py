"""Decoding: right in time, level and channels; hostile files end in a result or one sentence."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from chart_hero_core.audio import readers
from chart_hero_core.audio.io import AudioClip, load_audio
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


def test_of_channels_that_cancel_each_other_out_one_is_inverted(tmp_path: Path) -> None:
    left = tone(22050, 1.0, 440.0)
    file = write(tmp_path / "a.wav", np.stack([left, -left], axis=1), 22050)
    clip = load_audio(file)
    np.testing.assert_allclose(clip.samples, left, atol=1e-3)
    assert "cancel each other out" in clip.warnings[0]


def test_channels_with_nothing_in_common_are_averaged_as_they_are(tmp_path: Path) -> None:
    left, right = noise(22050, 1.0, seed=1), noise(22050, 1.0, seed=2)
    file = write(tmp_path / "a.wav", np.stack([left, right], axis=1), 22050)
    clip = load_audio(file)
    np.testing.assert_allclose(clip.samples, (left + right) / 2, atol=1e-3)
    assert not clip.warnings


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


def test_progress_runs_up_to_one_and_can_stop(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.zeros((400_000, 2), dtype=np.float32), 22050)
    seen: list[float] = []
    load_audio(path, progress=CallbackProgress(lambda fraction, _: seen.append(fraction)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 3
    with pytest.raises(Cancelled):
        load_audio(path, progress=CallbackProgress(is_cancelled=lambda: True))
