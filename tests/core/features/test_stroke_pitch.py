"""Low spectra of strokes: new tones stand out, what sounded before does not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.features.stroke_pitch import PITCHES_HZ, stroke_spectra


def tone(
    frequency_hz: float, start_s: float, seconds: float, decay: float = 0.0
) -> NDArray[np.float32]:
    time_s = np.arange(int(SAMPLE_RATE * seconds)) / SAMPLE_RATE - start_s
    sounding = np.sin(2 * np.pi * frequency_hz * time_s) * np.exp(-decay * np.maximum(time_s, 0))
    return np.asarray(np.where(time_s >= 0, sounding, 0), np.float32)


@pytest.mark.parametrize("place", [8, 15, 22, 30])
def test_a_new_tone_rises_above_one_that_holds(place: int) -> None:
    held = tone(PITCHES_HZ[40], 0.0, 2.0)
    samples = held + np.float32(0.5) * tone(PITCHES_HZ[place], 1.0, 2.0, decay=8)
    rise, later, level, before = stroke_spectra(samples, np.array([1.0]))[0]
    assert abs(int(rise.argmax()) - place) <= 1
    assert abs(int(later.argmax()) - place) <= 1
    assert abs(int(level.argmax()) - 40) <= 1
    assert abs(int(before.argmax()) - 40) <= 1
    assert rise.max() == pytest.approx(1.0)


def test_it_does_not_depend_on_the_level_and_ends_are_silence() -> None:
    samples = tone(110.0, 0.02, 0.3, decay=8)
    times_s = np.array([0.0, 0.02, 0.29, 5.0])
    found = stroke_spectra(samples, times_s)
    assert found.shape == (4, 4, len(PITCHES_HZ))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(
        stroke_spectra(np.float32(0.01) * samples, times_s)[1], found[1], atol=1e-3
    )
    assert stroke_spectra(samples, np.zeros(0)).shape == (0, 4, len(PITCHES_HZ))
