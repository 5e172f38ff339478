"""Separated drums are drums with errors: nearer to them than the mix is, and not the same."""

import numpy as np
import pytest

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.separation import separated

LENGTH = 3 * SAMPLE_RATE + 17


def strokes(rng: np.random.Generator) -> Float32Array:
    """Noise that decays within 50 ms, eight times a second."""
    envelope = np.exp(-(np.arange(LENGTH) % (SAMPLE_RATE // 8)) / (0.05 * SAMPLE_RATE))
    return np.asarray(0.3 * envelope * rng.normal(0, 1, LENGTH), np.float32)


def chord() -> Float32Array:
    """Three held tones."""
    turns = 2 * np.pi * np.arange(LENGTH) / SAMPLE_RATE
    return np.asarray(sum(0.1 * np.sin(turns * hertz) for hertz in (220, 277, 330)), np.float32)


def distance_db(wanted: Float32Array, heard: Float32Array) -> float:
    """How far what differs lies below what is wanted."""
    return float(10 * np.log10(np.sum(wanted**2) / (np.sum((wanted - heard) ** 2) + 1e-12)))


@pytest.mark.parametrize("seed", range(6))
def test_most_of_the_music_goes_and_some_of_the_drums(seed: int) -> None:
    rng = np.random.default_rng(seed)
    drums, music = strokes(rng), chord()
    heard = separated(drums, music, rng)
    assert heard.shape == drums.shape
    assert heard.dtype == np.float32
    assert distance_db(drums, drums + music) + 3 < distance_db(drums, heard) < 25


def test_the_same_seed_makes_the_same_errors() -> None:
    drums, music = strokes(np.random.default_rng(0)), chord()
    one, same, other = (separated(drums, music, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_nothing_is_taken_where_there_is_nothing_else() -> None:
    drums, silence = strokes(np.random.default_rng(0)), np.zeros(LENGTH, np.float32)
    assert distance_db(drums, separated(drums, silence, np.random.default_rng(1))) > 30
    assert not separated(silence, silence, np.random.default_rng(1)).any()
