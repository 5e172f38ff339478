"""Fingerprints: copies are recognised through encoding, trimming and mixing, others are not."""

from pathlib import Path

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.audio import fingerprint as module
from chart_hero_core.audio.fingerprint import (
    SAME_RECORDING,
    fingerprint,
    match,
    similarity,
)
from chart_hero_core.audio.io import AudioClip, load_audio

from .sounds import Samples, noise, write

RATE = 22050


def _music(seed: int, duration_s: float = 20.0) -> Samples:
    """Plucked notes and drum-like bursts at random times: as unlike any other seed as songs are."""
    generator = np.random.default_rng(seed)
    sound = noise(RATE, duration_s, 0.002, seed)
    for _ in range(int(duration_s * 6)):
        length = int(0.4 * RATE)
        start = int(generator.integers(0, len(sound) - length))
        time_s = np.arange(length) / RATE
        pitch_hz = 55.0 * 2 ** (generator.integers(0, 60) / 12)
        note = sum(np.sin(2 * np.pi * pitch_hz * k * time_s) / k for k in (1, 2, 3))
        sound[start : start + length] += (0.2 * note * np.exp(-time_s * 8)).astype(np.float32)
    return sound


@pytest.fixture(scope="module")
def song() -> AudioClip:
    return AudioClip(_music(1), RATE)


def test_a_recording_equals_itself_at_any_level(song: AudioClip) -> None:
    own = fingerprint(song)
    assert similarity(own, own) == 1.0
    softer = fingerprint(AudioClip(song.samples * np.float32(0.05), RATE))
    assert similarity(own, softer) > 0.95


@pytest.mark.parametrize("suffix", [".mp3", ".ogg", ".opus"])
def test_encoded_copies_are_recognised(tmp_path: Path, song: AudioClip, suffix: str) -> None:
    rate = 48000 if suffix == ".opus" else RATE
    samples = soxr.resample(song.samples, RATE, rate)
    copy = load_audio(write(tmp_path / f"a{suffix}", samples, rate), 44100)
    assert similarity(fingerprint(song), fingerprint(copy)) > 4 * SAME_RECORDING


@pytest.mark.parametrize(("start_s", "end_s"), [(0.7777, 20.0), (3.0, 9.0), (12.345, 17.5)])
def test_trimmed_copies_are_recognised_and_placed(
    song: AudioClip, start_s: float, end_s: float
) -> None:
    trimmed = AudioClip(song.samples[round(start_s * RATE) : round(end_s * RATE)], RATE)
    found = match(fingerprint(song), fingerprint(trimmed))
    assert found.similarity > 4 * SAME_RECORDING
    assert found.offset_s == pytest.approx(start_s, abs=0.03)
    turned = match(fingerprint(trimmed), fingerprint(song))
    assert turned.similarity == pytest.approx(found.similarity, abs=0.05)
    assert turned.offset_s == pytest.approx(-start_s, abs=0.03)


def test_a_copy_under_other_music_is_recognised(song: AudioClip) -> None:
    mixed = AudioClip(song.samples + np.float32(0.7) * _music(2), RATE)
    assert similarity(fingerprint(song), fingerprint(mixed)) > SAME_RECORDING


def test_other_recordings_are_not(song: AudioClip) -> None:
    prints = [fingerprint(AudioClip(_music(seed), RATE)) for seed in range(2, 8)]
    prints.append(fingerprint(AudioClip(noise(RATE, 20.0), RATE)))
    own = fingerprint(song)
    assert max(similarity(own, other) for other in prints) < SAME_RECORDING / 2


@settings(max_examples=25, deadline=None)
@given(length=st.integers(0, 3000), level=st.sampled_from([0.0, 1e-4, 1.0]))
def test_next_to_nothing_is_like_nothing(length: int, level: float) -> None:
    tiny = fingerprint(AudioClip(noise(RATE, length / RATE, level), RATE))
    assert len(tiny.hashes) == len(tiny.frames)
    assert 0.0 <= similarity(tiny, tiny) <= 1.0
    assert similarity(tiny, fingerprint(AudioClip(np.zeros(0, np.float32), RATE))) == 0.0


def test_silence_has_no_landmarks() -> None:
    silent = fingerprint(AudioClip(np.zeros(5 * RATE, dtype=np.float32), RATE))
    assert len(silent.hashes) == 0
    assert similarity(silent, silent) == 0.0


def test_pieces_join_without_a_seam(song: AudioClip, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fingerprint(song)
    monkeypatch.setattr(module, "_PIECE_FRAMES", 300)
    pieces = fingerprint(song)
    # Which peaks are the strongest of their second depends on where the seconds are cut.
    assert similarity(whole, pieces) > 0.5
    assert match(whole, pieces).offset_s == 0.0


def test_a_loop_that_repeats_for_ever_stays_quick() -> None:
    bar = _music(3, 2.0)
    looped = fingerprint(AudioClip(np.tile(bar, 60), RATE))
    assert similarity(looped, looped) > 0.5
