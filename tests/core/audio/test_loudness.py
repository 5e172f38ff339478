"""Loudness: agrees with the standard's own test tones and with the library on whole songs."""

import math

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.audio import loudness
from chart_hero_core.audio.io import AudioClip
from chart_hero_core.audio.loudness import REFERENCE_LUFS, integrated_lufs, normalise_loudness

from .sounds import noise, tone


@pytest.mark.parametrize("sample_rate", [22050, 44100, 48000])
def test_a_full_scale_sine_of_997_hz_is_minus_3_lufs(sample_rate: int) -> None:
    # ITU-R BS.1770-4: a 0 dBFS 997 Hz sine in one channel reads -3.01 LKFS.
    clip = AudioClip(tone(sample_rate, 3.0, 997.0, level=1.0), sample_rate)
    assert integrated_lufs(clip) == pytest.approx(-3.01, abs=0.06)


def test_pieces_give_what_the_whole_gives() -> None:
    rate = 8000
    sound = noise(rate, 150.0) * np.interp(
        np.arange(150 * rate), [0, 60 * rate, 61 * rate, 150 * rate], [0.02, 0.9, 0.1, 0.5]
    ).astype(np.float32)
    whole = pyloudnorm.Meter(rate).integrated_loudness(sound.astype(np.float64))
    assert integrated_lufs(AudioClip(sound, rate)) == pytest.approx(whole, abs=0.005)


def test_silence_before_and_after_does_not_count() -> None:
    rate = 22050
    sound = tone(rate, 20.0, 1000.0)
    padded = np.concatenate(
        [np.zeros(rate * 70, np.float32), sound, np.zeros(rate * 9, np.float32)]
    )
    alone = integrated_lufs(AudioClip(sound, rate))
    assert integrated_lufs(AudioClip(padded, rate)) == pytest.approx(alone, abs=0.2)


@pytest.mark.parametrize("length", [0, 1, 2, 100, 8819, 8820, 22050])
def test_silence_of_any_length_has_no_loudness(length: int) -> None:
    clip = AudioClip(np.zeros(length, dtype=np.float32), 22050)
    assert integrated_lufs(clip) == -math.inf
    assert normalise_loudness(clip) is clip


def test_short_sound_is_measured_as_if_it_repeated() -> None:
    short = AudioClip(tone(22050, 0.1, 1000.0), 22050)
    long = AudioClip(tone(22050, 2.0, 1000.0), 22050)
    assert integrated_lufs(short) == pytest.approx(integrated_lufs(long), abs=0.3)


@settings(max_examples=15, deadline=None)
@given(level=st.floats(1e-3, 4.0), length=st.integers(10, 40_000))
def test_normalising_reaches_the_target(level: float, length: int) -> None:
    clip = AudioClip(noise(22050, length / 22050, level), 22050, ("kept",))
    before = clip.samples.copy()
    result = normalise_loudness(clip)
    assert integrated_lufs(result) == pytest.approx(REFERENCE_LUFS, abs=0.02)
    assert result.warnings == ("kept",)
    assert np.array_equal(clip.samples, before)


def test_piece_borders_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    clip = AudioClip(noise(8000, 20.0), 8000)
    whole = integrated_lufs(clip)
    for piece_s in (2.0, 3.3, 7.0, 19.8):
        monkeypatch.setattr(loudness, "_PIECE_S", piece_s)
        assert integrated_lufs(clip) == pytest.approx(whole, abs=0.01)
