"""Reading what is played."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from chart_hero_app.playback.sounds import PlayedSound, load_sound
from chart_hero_core.audio.io import load_audio
from chart_hero_core.base.errors import AudioError


def write(path: Path, samples: np.ndarray, rate: int = 44_100) -> Path:
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


def test_stereo_stays_stereo(tmp_path: Path) -> None:
    samples = np.zeros((2000, 2))
    samples[:, 0] = 0.5
    sound = load_sound([write(tmp_path / "a.wav", samples)])
    assert sound.sample_rate == 44_100
    read = sound.read(0, 2000)
    assert abs(read[1000, 0] - 0.5) < 1e-4
    assert read[1000, 1] == 0


def test_outside_the_sound_is_silence() -> None:
    sound = PlayedSound(np.full((10, 2), 32767, dtype=np.int16), 44_100)
    read = sound.read(-5, 20)
    assert read[:5].max() == 0
    assert read[15:].max() == 0
    assert read[5:15].min() == 1.0
    assert sound.read(100, 4).max() == 0


def test_stems_are_added_and_turned_down_together(tmp_path: Path) -> None:
    one = write(tmp_path / "one.wav", np.full((1000, 2), 0.8))
    other = write(tmp_path / "other.wav", np.full(500, 0.7))
    sound = load_sound([one, other])
    read = sound.read(0, 1000)
    assert abs(read[100, 0] - 1.0) < 1e-3  # 1.5 became full scale
    assert abs(read[900, 0] - 0.8 / 1.5) < 1e-3


@pytest.mark.parametrize("rate", [44_100, 22_050])
def test_what_is_no_number_is_silent_and_nothing_else(tmp_path: Path, rate: int) -> None:
    samples = np.full((4000, 2), 0.5)
    samples[100] = np.nan
    samples[200] = np.inf
    broken = write(tmp_path / "broken.wav", samples, rate)
    whole = write(tmp_path / "whole.wav", np.full((4000, 2), 0.25), rate)
    assert np.median(load_sound([broken]).read(0, 4000)) == pytest.approx(0.5, abs=0.01)
    stems = load_sound([broken, whole]).read(0, 4000)
    assert np.median(stems) == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("with_ffmpeg", [False, True])
def test_a_damaged_file_is_heard_as_it_was_analysed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_ffmpeg: bool
) -> None:
    if not with_ffmpeg:
        for module in ("chart_hero_core.audio.io", "chart_hero_app.playback.sounds"):
            monkeypatch.setattr(f"{module}.ffmpeg_program", lambda: None)
    noise = np.random.default_rng(0).normal(0, 0.1, 44_100 * 8)
    path = tmp_path / "a.flac"
    soundfile.write(path, noise, 44_100)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes(5000) + data[len(data) // 2 + 5000 :])
    analysed = load_audio(path, 44_100)
    assert analysed.duration_s > 3
    played = load_sound([path])
    assert played.duration_s == pytest.approx(analysed.duration_s, abs=0.1)
    at = 3 * 44_100
    np.testing.assert_allclose(
        played.read(at, 999)[:, 0], analysed.samples[at : at + 999], atol=1e-3
    )


def test_rates(tmp_path: Path) -> None:
    low = write(tmp_path / "low.wav", np.zeros(8000), 8000)
    assert load_sound([low]).sample_rate == 32_000
    assert abs(load_sound([low]).duration_s - 1.0) < 0.01
    assert load_sound([low], 48_000).sample_rate == 48_000


def test_nothing_to_play(tmp_path: Path) -> None:
    with pytest.raises(AudioError):
        load_sound([])
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFFnonsense")
    with pytest.raises(AudioError):
        load_sound([broken])
