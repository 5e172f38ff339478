"""The level at which the model hears a song: that of its music, not of the silence in it."""

import numpy as np
import pytest

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.features.level import active_rms, to_reference_level
from chart_hero_core.features.logmel import REFERENCE_RMS, SAMPLE_RATE


def _noise(seconds: float, rms: float) -> Float32Array:
    samples = np.random.default_rng(0).normal(0, rms, int(seconds * SAMPLE_RATE))
    return samples.astype(np.float32)


def test_what_is_nearly_silent_does_not_count() -> None:
    music, murmur = _noise(4.0, 0.2), _noise(12.0, 0.01)  # 26 dB under the music
    assert active_rms(np.concatenate([music, murmur])) == pytest.approx(0.2, rel=0.02)
    soft = _noise(4.0, 0.04)  # 14 dB under it is music, too
    both = active_rms(np.concatenate([music, soft]))
    assert both == pytest.approx(np.sqrt((0.2**2 + 0.04**2) / 2), rel=0.02)


def test_blocks_20_db_under_the_loudest_are_silence() -> None:
    block = SAMPLE_RATE // 5
    loud = np.full(block, 0.5, np.float32)
    for quiet, level in ((0.0, 0.5), (0.049, 0.5), (0.051, np.sqrt((0.25 + 0.051**2) / 2))):
        samples = np.concatenate([loud, np.full(block, quiet, np.float32)])
        assert active_rms(samples) == pytest.approx(level, rel=1e-4)


def test_the_end_of_a_song_counts_by_its_length() -> None:
    cut = SAMPLE_RATE // 5 + SAMPLE_RATE // 20
    assert active_rms(np.full(cut, 0.5, np.float32)) == pytest.approx(
        0.5 * np.sqrt(0.625), rel=1e-3
    )


@pytest.mark.parametrize("loudness", [0.003, 0.9])
def test_every_song_is_heard_at_one_level_and_left_as_it_was(loudness: float) -> None:
    song = _noise(2.0, loudness)
    before = song.copy()
    assert active_rms(to_reference_level(song)) == pytest.approx(REFERENCE_RMS, rel=1e-3)
    np.testing.assert_array_equal(song, before)


def test_silence_stays_silence() -> None:
    assert active_rms(np.zeros(0, np.float32)) == 0.0
    assert not to_reference_level(np.zeros(SAMPLE_RATE, np.float32)).any()
