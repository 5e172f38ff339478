"""Finding the attack near a note."""

import numpy as np

from chart_hero_app.timeline.transients import (
    activation_peak,
    energy_rise,
    nearest_transients,
)
from chart_hero_core.audio.io import AudioClip
from chart_hero_core.base.drums import Activations, DrumClass

HOP_S = 0.01


def activations(frame: int, shape: tuple[float, ...] = (0.4, 0.9, 0.4)) -> Activations:
    classes = np.zeros((8, 200), dtype=np.float32)
    classes[DrumClass.SNARE, frame - 1 : frame + 2] = shape
    return Activations(classes, classes.max(axis=0), HOP_S)


def click(at_s: float, rate: int = 22_050) -> AudioClip:
    chance = np.random.default_rng(0)
    samples = chance.normal(0, 0.002, rate * 2).astype(np.float32)
    first = round(at_s * rate)
    samples[first : first + 2000] += (
        chance.standard_normal(2000) * 0.4 * np.exp(-np.arange(2000) / 300)
    ).astype(np.float32)
    return AudioClip(samples, rate)


def test_the_peak_to_a_fraction_of_a_frame() -> None:
    assert activation_peak(activations(100), DrumClass.SNARE, 1.02) == 1.0
    leaning = activation_peak(activations(100, (0.2, 0.9, 0.7)), DrumClass.SNARE, 1.0)
    assert leaning is not None
    assert 1.0 < leaning < 1.005


def test_out_of_reach_or_another_drum() -> None:
    assert activation_peak(activations(100), DrumClass.SNARE, 1.05) is None
    assert activation_peak(activations(100), DrumClass.KICK, 1.0) is None


def test_the_model_s_own_offset_counts() -> None:
    base = activations(100)
    offset = np.full((8, 200), 0.25, dtype=np.float32)
    given = Activations(base.classes, base.onset, HOP_S, offset=offset)
    found = activation_peak(given, DrumClass.SNARE, 1.0)
    assert found is not None
    assert abs(found - 1.0025) < 1e-9


def test_micro_spans_are_asked_first() -> None:
    base = activations(100)
    classes = np.zeros((8, 60), dtype=np.float32)
    classes[DrumClass.SNARE, 21] = 0.9
    fine = Activations(classes, classes.max(axis=0), 0.005, 0.9)
    both = Activations(base.classes, base.onset, HOP_S, spans=(fine,))
    found = activation_peak(both, DrumClass.SNARE, 1.0)
    assert found is not None
    assert abs(found - 1.005) < 1e-9


def test_the_attack_in_the_sound() -> None:
    clip = click(0.8)
    for asked_s in (0.78, 0.8, 0.825):
        found = energy_rise(clip.samples, clip.sample_rate, asked_s)
        assert found is not None
        assert abs(found - 0.8) < 0.001
    assert energy_rise(clip.samples, clip.sample_rate, 1.5) is None
    assert energy_rise(clip.samples[:5], clip.sample_rate, 0.0) is None


def test_both_sources_together() -> None:
    times = np.array([1.01, 0.79, 1.6])
    drums = [DrumClass.SNARE] * 3
    found = nearest_transients(times, drums, activations(100), click(0.8))
    assert found is not None
    np.testing.assert_allclose(found, [1.0, 0.8, 1.6], atol=0.001)
    assert nearest_transients(times, drums, None, None) is None
