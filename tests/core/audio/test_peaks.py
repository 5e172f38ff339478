"""Peaks: at every zoom they are those of the samples; building in parts changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chart_hero_core.audio.io import AudioClip
from chart_hero_core.audio.peaks import PeakPyramid

from .sounds import noise, tone

RATE = 1000


def test_hand_computed() -> None:
    sound = np.zeros(128, dtype=np.float32)
    sound[[5, 40, 100]] = 0.5, -1.0, 0.25
    pyramid = PeakPyramid(RATE)
    pyramid.append(sound)
    lowest, highest, rms = pyramid.ranges(0.0, 0.128, 4)
    assert highest.tolist() == [0.5, 0.0, 0.0, 0.25]
    assert lowest.tolist() == [0.0, -1.0, 0.0, 0.0]
    assert rms == pytest.approx([0.5 / 32**0.5, 1 / 32**0.5, 0.0, 0.25 / 32**0.5], abs=1e-3)
    lowest, highest, rms = pyramid.ranges(0.0, 0.128, 1)
    assert (lowest[0], highest[0]) == (-1.0, 0.5)
    assert rms[0] == pytest.approx(((0.25 + 1.0 + 0.0625) / 128) ** 0.5, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_sample_lies_within_its_column_and_neighbours(data: st.DataObject) -> None:
    length = data.draw(st.integers(1, 5000))
    sound = noise(RATE, length / RATE, seed=length)
    columns = data.draw(st.integers(1, 300))
    start = data.draw(st.integers(-500, length))
    end = start + data.draw(st.integers(1, 2 * length))
    clip = AudioClip(sound, RATE)
    lowest, highest, rms = PeakPyramid.of(clip).ranges(start / RATE, end / RATE, columns)
    assert lowest.shape == highest.shape == rms.shape == (columns,)
    assert (lowest <= highest).all()
    assert (rms <= np.maximum(np.abs(lowest), np.abs(highest)) + 1e-3).all()
    inside = sound[max(start, 0) : max(end, 0)]
    if len(inside):
        # A block may reach over the border of the view by less than one column.
        assert highest.max() >= inside.max() - 1e-3
        assert lowest.min() <= inside.min() + 1e-3
        # Beyond its ends a sound is at rest, whatever its own samples are.
        assert highest.max() <= max(sound.max(), 0.0) + 1e-3
        assert lowest.min() >= min(sound.min(), 0.0) - 1e-3
    else:
        assert not highest.any()
        assert not lowest.any()


def test_beyond_its_ends_a_sound_is_at_rest() -> None:
    clip = AudioClip(np.full(4, 0.5, dtype=np.float32), RATE)
    lowest, highest, rms = PeakPyramid.of(clip).ranges(-0.004, 0.008, 3)
    assert lowest.tolist() == highest.tolist() == [0.0, 0.5, 0.0]
    assert rms == pytest.approx([0.0, 0.5, 0.0], abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(parts=st.lists(st.integers(0, 700), min_size=1, max_size=12))
def test_building_in_parts_changes_nothing(parts: list[int]) -> None:
    sound = noise(RATE, (sum(parts) + 1) / RATE)
    whole, growing = PeakPyramid(RATE), PeakPyramid(RATE)
    whole.append(sound)
    done = 0
    for size in [*parts, 1]:
        growing.append(sound[done : done + size])
        done += size
        growing.ranges(0.0, 1.0, 10)
    assert growing.duration_s == whole.duration_s
    for columns in (1, 3, 20, 200):
        for one, other in zip(
            whole.ranges(0.0, whole.duration_s, columns),
            growing.ranges(0.0, growing.duration_s, columns),
            strict=True,
        ):
            assert np.allclose(one, other, atol=2e-3)


def test_close_up_the_samples_themselves_are_shown() -> None:
    sound = tone(RATE, 2.0, 5.0)
    pyramid = PeakPyramid.of(AudioClip(sound, RATE))
    lowest, highest, _ = pyramid.ranges(0.5, 0.6, 100)
    assert np.allclose(lowest, sound[500:600])
    assert np.allclose(highest, sound[500:600])
    lowest, _, _ = pyramid.ranges(0.5, 0.51, 100)  # ten columns a sample
    assert np.allclose(lowest, np.repeat(sound[500:510], 10))


def test_outside_there_is_nothing() -> None:
    pyramid = PeakPyramid.of(AudioClip(np.ones(1000, dtype=np.float32), RATE))
    for start_s, end_s in ((-3.0, -1.0), (1.0, 2.0), (0.5, 0.5), (0.6, 0.4)):
        assert not any(values.any() for values in pyramid.ranges(start_s, end_s, 10))
    _, highest, _ = pyramid.ranges(-1.0, 2.0, 3)
    assert highest.tolist() == [0.0, 1.0, 0.0]
    assert not any(values.any() for values in PeakPyramid(RATE).ranges(0.0, 1.0, 5))
    assert pyramid.ranges(0.0, 1.0, 0)[0].shape == (0,)


def test_the_tail_of_an_unfinished_block_counts() -> None:
    pyramid = PeakPyramid(RATE)
    pyramid.append(np.zeros(320, dtype=np.float32))
    pyramid.append(np.full(3, 0.5, dtype=np.float32))
    for columns in (1, 2, 10):
        assert pyramid.ranges(0.0, 0.323, columns)[1].max() == 0.5
