"""Slower and faster with the pitch kept: pitch, level, attacks, sum of the parts."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chart_hero_app.playback.separation import separate
from chart_hero_app.playback.sounds import PlayedSound
from chart_hero_app.playback.stretch import Stretcher

RATE = 44_100


def played(samples: NDArray[np.float64]) -> PlayedSound:
    stereo = np.stack([samples, samples], axis=1)
    return PlayedSound(np.round(stereo * 32767).astype(np.int16), RATE)


def stretched(
    samples: NDArray[np.float64], speed: float, start: float = 0.0
) -> NDArray[np.float32]:
    stretcher = Stretcher(played(samples).read, 2, start, speed)
    count = int((len(samples) - start) / speed)
    return np.concatenate([stretcher.render(1000) for _ in range(count // 1000)])


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.75, 1.5, 2.0])
def test_pitch_and_level_stay(speed: float) -> None:
    t = np.arange(RATE * 2) / RATE
    out = stretched(0.5 * np.sin(2 * np.pi * 440 * t), speed)[:, 0]
    middle = out[len(out) // 4 : len(out) // 4 + RATE // 2]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 19))
    pitch_hz = spectrum.argmax() * RATE / (1 << 19)
    assert abs(1200 * np.log2(pitch_hz / 440)) < 2  # cents
    assert abs(20 * np.log10(middle.std() / (0.5 / np.sqrt(2)))) < 0.3  # dB


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.75, 1.5, 2.0])
def test_attacks_stay_where_they_belong(speed: float) -> None:
    chance = np.random.default_rng(0)
    samples = np.zeros(RATE * 3)
    places = [20_000, 50_000, 90_000]
    for place in places:
        samples[place : place + 1500] += (
            0.5 * chance.standard_normal(1500).clip(-1.5, 1.5) * np.exp(-np.arange(1500) / 250)
        )
    out = np.abs(stretched(samples, speed)[:, 0])
    for place in places:
        goal = int(place / speed)
        near = out[goal - 4000 : goal + 4000]
        attack = np.flatnonzero(near > 0.25 * near.max())[0] - 4000
        assert abs(attack) / RATE < 0.004, f"{attack / RATE * 1000:.1f} ms off"


def test_it_starts_in_the_middle_without_a_delay() -> None:
    samples = np.zeros(RATE * 2)
    samples[RATE : RATE + 200] = 0.8 * np.hanning(200)
    out = np.abs(stretched(samples, 0.5, start=float(RATE) - 2000)[:, 0])
    assert abs(int(out.argmax()) - 2 * (2000 + 100)) < 150


def test_block_sizes_do_not_matter() -> None:
    chance = np.random.default_rng(1)
    sound = played(chance.uniform(-0.5, 0.5, RATE // 2))
    one = Stretcher(sound.read, 2, 0.0, 0.6)
    other = Stretcher(sound.read, 2, 0.0, 0.6)
    whole = one.render(9000)
    parts = np.concatenate([other.render(count) for count in (1, 999, 4000, 123, 3877)])
    np.testing.assert_allclose(whole, parts, atol=1e-6)


def test_the_parts_add_up() -> None:
    chance = np.random.default_rng(2)
    samples = chance.uniform(-0.5, 0.5, (9000, 2)).astype(np.float32)
    ringing, striking = separate(samples)
    np.testing.assert_allclose(ringing + striking, samples, atol=1e-6)


def test_tones_ring_and_clicks_strike() -> None:
    t = np.arange(RATE) / RATE
    tone = (0.3 * np.sin(2 * np.pi * 300 * t))[:, None].astype(np.float32)
    click = np.zeros((RATE, 1), dtype=np.float32)
    click[RATE // 2] = 0.9
    ringing, _ = separate(tone)
    middle = slice(RATE // 4, 3 * RATE // 4)
    assert ringing[middle].std() > 0.95 * tone[middle].std()
    _, striking = separate(click)
    assert abs(striking[RATE // 2, 0]) > 0.8
