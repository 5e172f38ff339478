"""Changes of harmony: chords and bass count, strokes and loudness do not."""

import tracemalloc

import numpy as np
import pytest

from chart_hero_core.features.harmony import harmony_changes
from chart_hero_core.features.logmel import SAMPLE_RATE

HOP_S = 128 / SAMPLE_RATE
CHORD_S = 2.0
# C, F, G, A minor: pitches as MIDI notes, the bass first.
CHORDS = ((36, 60, 64, 67), (41, 60, 65, 69), (43, 59, 62, 67), (45, 60, 64, 69))


def music(chords: int, *, noise: float = 0.0) -> np.ndarray:
    """Chords of two seconds; with strokes of white noise every half second, off their changes."""
    time_s = np.arange(int(CHORD_S * SAMPLE_RATE)) / SAMPLE_RATE
    parts = []
    for index in range(chords):
        notes = CHORDS[index % len(CHORDS)]
        tones = [np.sin(2 * np.pi * 440 * 2 ** ((note - 69) / 12) * time_s) for note in notes]
        parts.append(0.1 * np.sum(tones, axis=0))
    samples = np.concatenate(parts)
    strokes = np.random.default_rng(1).normal(size=len(samples))
    since_s = (np.arange(len(samples)) / SAMPLE_RATE + 0.25) % 0.5
    return np.asarray(samples + noise * strokes * np.exp(-since_s / 0.03), np.float32)


def curve(samples: np.ndarray) -> np.ndarray:
    return harmony_changes(samples, HOP_S, len(samples) // 128 + 1)


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_it_is_highest_where_chords_change(noise: float) -> None:
    found = curve(music(12, noise=noise))
    for change_s in CHORD_S * np.arange(1, 12):
        near = found[round((change_s - 0.6) / HOP_S) : round((change_s + 0.6) / HOP_S)]
        assert abs(int(near.argmax()) * HOP_S - 0.6) < 0.06
        assert near.max() > 1.0
    middles = found[np.round(CHORD_S * (np.arange(12) + 0.5) / HOP_S).astype(int)]
    assert middles.max() < 0.0


def test_it_does_not_depend_on_the_level() -> None:
    np.testing.assert_allclose(curve(0.01 * music(4)), curve(music(4)), atol=1e-3)


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0), np.zeros(100), np.zeros(5 * SAMPLE_RATE), music(1)[: SAMPLE_RATE // 3]],
)
def test_nothing_to_hear_says_nothing(samples: np.ndarray) -> None:
    found = harmony_changes(np.asarray(samples, np.float32), HOP_S, 50)
    assert found.shape == (50,)
    assert not found.any()


def test_frames_after_the_end_are_finite() -> None:
    found = harmony_changes(music(3), HOP_S, 5_000)
    assert found.shape == (5_000,)
    assert np.isfinite(found).all()


def test_long_songs_take_a_less_than_their_spectrum() -> None:
    samples = music(60)
    curve(samples[: 6 * SAMPLE_RATE])  # what is imported is not counted
    tracemalloc.start()
    curve(samples)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    whole = len(samples) // 1024 * 2049 * np.dtype(np.complex64).itemsize
    assert peak < whole
