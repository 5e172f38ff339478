"""The model's input: the same frames however cut, in the right place, at the right level."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.features import logmel
from chart_hero_core.features.level import active_rms, to_reference_level
from chart_hero_core.features.logmel import HOP, MICRO_HOP, SAMPLE_RATE, LogMelSettings, log_mel


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE * 2).astype(np.float32)


def test_shape_and_type(noise: np.ndarray) -> None:
    features = log_mel(noise)
    assert features.shape == (3, len(noise) // HOP + 1, 96)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()


@given(first=st.integers(0, 300), count=st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_any_range_gives_the_same_frames(noise: np.ndarray, first: int, count: int) -> None:
    whole = log_mel(noise)
    count = min(count, whole.shape[1] - first)
    np.testing.assert_allclose(
        log_mel(noise, None, first, count), whole[:, first : first + count], atol=1e-5
    )


def test_chunk_size_does_not_matter(noise: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = log_mel(noise)
    monkeypatch.setattr(logmel, "_CHUNK_FRAMES", 37)
    np.testing.assert_allclose(log_mel(noise), whole, atol=1e-5)


def test_two_runs_are_identical(noise: np.ndarray) -> None:
    np.testing.assert_array_equal(log_mel(noise), log_mel(noise))


@pytest.mark.parametrize("hop", [HOP, MICRO_HOP])
def test_an_impulse_is_strongest_in_its_own_frame(hop: int) -> None:
    samples = np.zeros(SAMPLE_RATE, np.float32)
    samples[50 * hop] = 1.0
    energy = log_mel(samples, LogMelSettings(hop=hop)).sum(axis=2)
    assert energy[0].argmax() == 50
    assert energy[1].argmax() == 50


def test_every_other_micro_frame_is_a_baseline_frame(noise: np.ndarray) -> None:
    fine = log_mel(noise, LogMelSettings(hop=MICRO_HOP))
    np.testing.assert_allclose(fine[:, ::2][:, :300], log_mel(noise)[:, :300], atol=1e-5)


def test_a_full_scale_sine_reads_full_scale_in_its_band() -> None:
    time_s = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    sine = np.sin(2 * np.pi * 1000 * time_s).astype(np.float32)
    levels = np.expm1(log_mel(sine)[0, 80] / 0.2) / 1e4
    # A band is the weighted mean over its bins: one bin of them sounds.
    assert 0.2 < levels.max() <= 1.0


def test_no_band_is_deaf(noise: np.ndarray) -> None:
    assert (log_mel(noise).mean(axis=1) > 0.1).all()


@pytest.mark.parametrize("length", [0, 1, HOP - 1, HOP, 500])
def test_tiny_audio(length: int) -> None:
    assert log_mel(np.ones(length, np.float32)).shape == (3, length // HOP + 1, 96)


def test_level_ignores_silence_and_keeps_the_input() -> None:
    loud = np.full(SAMPLE_RATE, 0.5, np.float32)
    quiet = np.zeros(SAMPLE_RATE * 3, np.float32)
    song = np.concatenate([quiet, loud, quiet])
    before = song.copy()
    assert active_rms(song) == pytest.approx(0.5, rel=1e-3)
    assert active_rms(to_reference_level(song)) == pytest.approx(logmel.REFERENCE_RMS, rel=1e-3)
    np.testing.assert_array_equal(song, before)
    assert active_rms(quiet) == 0.0
    np.testing.assert_array_equal(to_reference_level(quiet), quiet)
    assert active_rms(np.full(10, 0.5, np.float32)) > 0
