"""Blocks made ahead: the source itself, strokes on their sample, loops, the end."""

import numpy as np
import pytest

from chart_hero_app.playback.kit import Kit, Strokes
from chart_hero_app.playback.mixer import CHANNELS, Mixer
from chart_hero_app.playback.sounds import PlayedSound

RATE = 44_100
SONG, KIT = CHANNELS.index("song"), CHANNELS.index("kit")


@pytest.fixture(scope="module")
def kit() -> Kit:
    return Kit(RATE)


def mixer_of(kit: Kit, seconds: float = 2.0) -> tuple[Mixer, np.ndarray]:
    chance = np.random.default_rng(0)
    samples = chance.integers(-20_000, 20_000, (int(seconds * RATE), 2)).astype(np.int16)
    mixer = Mixer(RATE, kit)
    mixer.set_source("song", PlayedSound(samples, RATE))
    mixer.set_duration(seconds)
    return mixer, samples / 32767.0


def rendered(mixer: Mixer, frames: int) -> np.ndarray:
    """[channels, frames, 2]"""
    blocks, have = [], 0
    while have < frames:
        block = mixer.render()
        if not block.frames:
            break
        blocks.append(block.samples)
        have += block.frames
    return np.concatenate(blocks, axis=1)[:, :frames]


def test_at_normal_speed_it_is_the_song_itself(kit: Kit) -> None:
    mixer, samples = mixer_of(kit)
    mixer.jump(0.5, 1)
    out = rendered(mixer, 40_000)[SONG]
    expected = samples[22_050 : 22_050 + 40_000]
    np.testing.assert_allclose(out[200:], expected[200:], atol=1e-4)
    assert abs(out[0]).max() < abs(out[200:400]).max()  # faded in


@pytest.mark.parametrize("speed", [0.25, 0.5, 1.0, 1.7])
def test_strokes_lie_on_their_sample(kit: Kit, speed: float) -> None:
    mixer, _ = mixer_of(kit, 3.0)
    times = [0.31, 0.77, 1.2345]
    mixer.set_strokes("kit", Strokes(np.array(times), np.full(len(times), "click_1", np.object_)))
    mixer.set_speed(speed)
    mixer.jump(0.2, 1)
    out = np.abs(rendered(mixer, int(1.4 / speed * RATE))[KIT][:, 0])
    loud = np.flatnonzero(out > 0.1)
    begins = loud[np.diff(loud, prepend=-RATE) > 3000]
    np.testing.assert_allclose(begins, [(t - 0.2) / speed * RATE for t in times], atol=1.5)


def test_a_stroke_at_the_very_start_is_heard(kit: Kit) -> None:
    mixer, _ = mixer_of(kit)
    mixer.set_strokes("kit", Strokes(np.array([0.5]), np.array(["click_1"], np.object_)))
    mixer.jump(0.5, 1)
    assert np.abs(rendered(mixer, 500)[KIT]).max() > 0.3


def test_loops_repeat_to_the_sample(kit: Kit) -> None:
    mixer, samples = mixer_of(kit)
    mixer.set_loop((0.5, 0.75))
    mixer.jump(0.6, 1)
    out = rendered(mixer, 30_000)[SONG]
    length, first = round(0.25 * RATE), round(0.15 * RATE)
    start = round(0.5 * RATE)
    lap = out[first : first + length]
    np.testing.assert_allclose(lap[200:-200], samples[start : start + length][200:-200], atol=1e-4)
    np.testing.assert_allclose(
        out[first + length + 200 : first + length + 5000],
        samples[start + 200 : start + 5000],
        atol=1e-4,
    )


@pytest.mark.parametrize("speed", [1.0, 0.7, 1.3])
@pytest.mark.parametrize("parts", range(8))
def test_a_loop_may_end_between_samples(kit: Kit, parts: int, speed: float) -> None:
    mixer, _ = mixer_of(kit)
    mixer.set_loop((0.5, 0.6 + parts / 8 / RATE))
    mixer.set_speed(speed)
    mixer.jump(0.5, 1)
    blocks = [mixer.render() for _ in range(40)]
    assert all(block.frames for block in blocks)
    assert sum(block.song_s == 0.5 for block in blocks) > 3  # laps


def test_strokes_in_a_loop_come_every_lap(kit: Kit) -> None:
    mixer, _ = mixer_of(kit)
    mixer.set_strokes("metronome", Strokes(np.array([0.5]), np.array(["click_1"], np.object_)))
    mixer.set_loop((0.5, 0.8))
    mixer.jump(0.5, 1)
    out = np.abs(rendered(mixer, int(1.25 * RATE))[CHANNELS.index("metronome")][:, 0])
    loud = np.flatnonzero(out > 0.1)
    begins = loud[np.diff(loud, prepend=-RATE) > 3000]
    laps = np.arange(5) * 0.3 * RATE
    np.testing.assert_allclose(begins, laps, atol=2)


def test_a_playhead_behind_the_loop_runs_on(kit: Kit) -> None:
    mixer, _ = mixer_of(kit)
    mixer.jump(1.5, 1)
    mixer.set_loop((0.5, 0.75))
    assert mixer.render().song_s == 0.5  # past its end, the loop catches the song


def test_the_end(kit: Kit) -> None:
    mixer, _ = mixer_of(kit, 0.1)
    mixer.jump(0.0, 7)
    assert rendered(mixer, 10**6).shape[1] == 4410
    last = mixer.render()
    assert last.frames == 0
    assert last.jump == 7


def test_a_source_that_cannot_be_heard_costs_nothing(kit: Kit) -> None:
    mixer, _ = mixer_of(kit)
    mixer.set_wanted("song", False)
    mixer.jump(0.0, 1)
    assert np.abs(rendered(mixer, 5000)[SONG]).max() == 0


def test_another_rate_is_refused(kit: Kit) -> None:
    mixer, _ = mixer_of(kit)
    with pytest.raises(ValueError, match="48000"):
        mixer.set_source("drums", PlayedSound(np.zeros((10, 2), dtype=np.int16), 48_000))
