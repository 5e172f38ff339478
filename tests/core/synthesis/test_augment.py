"""Shortcuts of the rendering of clips against the plain way to the same result."""

import numpy as np
import pytest
from scipy.signal import fftconvolve

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis import augment
from chart_hero_core.synthesis.articulations import Articulation
from chart_hero_core.synthesis.render import Balance, Spread, tune


@pytest.fixture
def noise() -> Float32Array:
    return np.random.default_rng(0).normal(0, 0.1, 3 * SAMPLE_RATE).astype(np.float32)


@pytest.mark.parametrize("speed", [0.5, 0.94, 1.0, 1.37, 2.0])
def test_resampling_reads_between_samples(noise: Float32Array, speed: float) -> None:
    places = np.arange(0, len(noise) - 1, speed)
    expected = np.interp(places, np.arange(len(noise)), noise)
    played = augment.resample_by(noise, speed)
    assert played.dtype == np.float32
    assert played == pytest.approx(expected, abs=1e-6)


def test_points_are_joined_by_straight_lines() -> None:
    assert augment.joined(np.array([0.0, 4.0, 2.0]), 4).tolist() == [0, 1, 2, 3, 4, 3.5, 3, 2.5]


@pytest.mark.parametrize("seed", range(6))
def test_an_equaliser_in_pieces_is_one_equaliser(noise: Float32Array, seed: int) -> None:
    """Pieces begin elsewhere in sound that is moved: the result must only move along."""
    moved = np.concatenate([np.zeros(12345, np.float32), noise])
    shaped, later = (
        augment.shape_tone(samples, np.random.default_rng(seed)) for samples in (noise, moved)
    )
    assert len(shaped) == len(noise)
    assert np.abs(later[12345:] - shaped).max() < 5e-3 * np.std(shaped)


def test_an_equaliser_rings_forth_and_back_alike() -> None:
    click = np.zeros(60001, np.float32)
    click[30000] = 1.0
    ringing = augment.shape_tone(click, np.random.default_rng(1))
    assert np.abs(ringing).argmax() == 30000
    assert ringing == pytest.approx(ringing[::-1], abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_a_room_is_a_convolution(noise: Float32Array, seed: int) -> None:
    click = np.zeros(2 * SAMPLE_RATE, np.float32)
    click[0] = 1.0
    response = augment.add_room(click, np.random.default_rng(seed))
    wet = augment.add_room(noise, np.random.default_rng(seed))
    expected = fftconvolve(noise, response)[: len(noise)]
    assert wet == pytest.approx(expected, abs=1e-5)


def test_sounds_are_shaped_once_and_in_any_order() -> None:
    layers = tuple((np.full(3000, 1.0 + i, np.float32),) * 2 for i in range(3))
    sounds = {Articulation.CRASH_1: layers}
    first, second = (
        tune(sounds, Balance.draw(rng), rng, Spread(0.2, 0.2))[Articulation.CRASH_1].layers
        for rng in (np.random.default_rng(4), np.random.default_rng(4))
    )
    assert [len(robins) for robins in first] == [2, 2, 2]
    assert first[1][0] is first[1][0]
    backwards = [list(robins)[::-1] for robins in second[::-1]]
    for layer in range(3):
        for robin in range(2):
            np.testing.assert_array_equal(first[layer][robin], backwards[2 - layer][1 - robin])
