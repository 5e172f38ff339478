"""Modelled kits: complete, the same for the same seed, exact in time, and in a drum kit's order."""

import numpy as np
import pytest

from chart_hero_core.base.arrays import Float32Array
from chart_hero_core.features.logmel import SAMPLE_RATE
from chart_hero_core.synthesis.articulations import TOMS, Articulation
from chart_hero_core.synthesis.kits import Kit, assemble, pitch_hz
from chart_hero_core.synthesis.modelled import modelled_kits
from chart_hero_core.synthesis.modelled_sound import (
    Colour,
    Partials,
    bins_hz,
    click,
    finished,
    ring,
    wash,
)
from chart_hero_core.synthesis.performances import from_strokes
from chart_hero_core.synthesis.render import Balance, render, tune

A = Articulation
ONSET = round(0.0005 * SAMPLE_RATE)


@pytest.fixture(scope="module")
def kits() -> list[Kit]:
    return modelled_kits(4, seed=5)


def _strokes(kit: Kit) -> list[tuple[Articulation, Float32Array]]:
    return [
        (articulation, sample)
        for articulation, layers in kit.sounds.items()
        for robins in layers
        for sample in robins
    ]


def _lasts_s(sample: Float32Array) -> float:
    """Until all but a hundredth of the energy has sounded."""
    energy = np.cumsum(sample.astype(np.float64) ** 2)
    return float(np.searchsorted(energy, 0.99 * energy[-1])) / SAMPLE_RATE


def _centroid_hz(sample: Float32Array) -> float:
    power = np.abs(np.fft.rfft(sample)) ** 2
    return float((power * np.fft.rfftfreq(len(sample), 1 / SAMPLE_RATE)).sum() / power.sum())


def test_the_same_seed_gives_the_same_kits_and_another_one_others(kits: list[Kit]) -> None:
    (one,), (other,) = modelled_kits(1, 5), modelled_kits(1, 4, weight=0.3)
    assert one.name == kits[0].name == "modelled_5_000"
    assert kits[1].name == "modelled_5_001"
    assert other.weight == 0.3
    for (articulation, sample), (same, twin) in zip(_strokes(one), _strokes(kits[0]), strict=True):
        assert articulation is same
        np.testing.assert_array_equal(sample, twin)
    first, second, third = (kit.sounds[A.CRASH_1][-1][0][:1000] for kit in (one, kits[1], other))
    assert not np.allclose(first, second)
    assert not np.allclose(first, third)


def test_kits_are_complete_and_say_what_they_are(kits: list[Kit]) -> None:
    wanted = set(Articulation) - {A.CRASH_3}
    for kit in kits:
        assert wanted <= set(kit.sounds)
        assert all(len(layers) >= 2 for layers in kit.sounds.values())
        assert all(len(robins) == 2 for layers in kit.sounds.values() for robins in layers)
        assert not kit.heldout
        assert not kit.partial
        assert kit.acoustic
        assert not kit.doubled
    assert any(A.CRASH_3 in kit.sounds for kit in kits)


def test_strokes_begin_at_the_onset_and_stay_in_bounds(kits: list[Kit]) -> None:
    for kit in kits:
        for articulation, sample in _strokes(kit):
            name = f"{kit.name} {articulation.name}"
            assert sample.dtype == np.float32, name
            assert np.isfinite(sample).all(), name
            assert not sample[:ONSET].any(), name
            peak = float(np.abs(sample).max())
            begins = int(np.flatnonzero(np.abs(sample) > 0.05 * peak)[0])
            assert begins < ONSET + 0.003 * SAMPLE_RATE, name
            assert peak < 1.3, name
            assert len(sample) < 5 * SAMPLE_RATE, name


def test_hard_strokes_are_as_loud_as_those_of_sampled_kits(kits: list[Kit]) -> None:
    """Bounds: the 10th and 90th percentile of the sampled kits' peaks, and 9 dB about them."""
    bounds = {
        A.KICK: (0.19, 1.3),
        A.SNARE: (0.2, 1.3),
        A.TOM_LOW: (0.17, 1.3),
        A.HIHAT_CLOSED: (0.028, 0.96),
        A.CRASH_1: (0.094, 1.3),
        A.RIDE: (0.042, 1.14),
    }
    for kit in kits:
        for articulation, (low, high) in bounds.items():
            peak = float(np.abs(kit.sounds[articulation][-1][0]).max())
            assert low < peak < high, f"{kit.name} {articulation.name}"


def test_soft_strokes_are_softer_and_darker(kits: list[Kit]) -> None:
    for articulation in (A.SNARE, A.CRASH_1, A.RIDE, A.HIHAT_OPEN):
        for kit in kits:
            soft, hard = kit.sounds[articulation][0][0], kit.sounds[articulation][-1][0]
            assert np.abs(soft).max() < 0.7 * np.abs(hard).max()
        ratios = [
            _centroid_hz(kit.sounds[articulation][0][0])
            / _centroid_hz(kit.sounds[articulation][-1][0])
            for kit in kits
        ]
        assert np.median(ratios) < 0.97, articulation.name


def test_hats_ring_the_longer_the_more_they_are_open(kits: list[Kit]) -> None:
    for kit in kits:
        shut, half, wide = (
            _lasts_s(kit.sounds[hat][-1][0]) for hat in (A.HIHAT_CLOSED, A.HIHAT_HALF, A.HIHAT_OPEN)
        )
        assert shut < half < wide, kit.name
        assert shut < 0.3
        assert wide < _lasts_s(kit.sounds[A.CRASH_1][-1][0]) * 2


def test_toms_go_down(kits: list[Kit]) -> None:
    for kit in kits:
        high, mid, low = (pitch_hz(kit.sounds[tom]) for tom in TOMS)
        assert high > mid > low > 45, kit.name


def test_modelled_kits_play(kits: list[Kit]) -> None:
    rng = np.random.default_rng(1)
    voices = tune(assemble(kits, rng), Balance.draw(rng), rng)
    take = from_strokes("one", [(0.5, A.RIDE, 0.8)], [(0.5, True)], human=False, kind="generated")
    samples, heard = render(take, voices, 2.0, rng)
    assert len(heard.times_s) == 1
    assert not samples[: SAMPLE_RATE // 2 - ONSET - 1].any()
    assert np.abs(samples).max() > 0.01


def test_a_ring_is_the_sum_of_its_sines() -> None:
    one = Partials(*(np.array([value]) for value in (441.0, 0.5, 0.1, 0.0, 0.3)))
    time_s = np.arange(5000) / SAMPLE_RATE
    sine = 0.5 * np.exp(-time_s / 0.1) * np.sin(2 * np.pi * 441 * time_s + 0.3)
    assert np.abs(ring(one, 5000) - sine).max() < 1e-5
    grown = Partials(*(np.array([value]) for value in (441.0, 0.5, 0.1, 0.02, 0.3)))
    assert np.abs(ring(grown, 5000) - sine * -np.expm1(-time_s / 0.02)).max() < 1e-5


def test_a_wash_fades_as_it_is_told() -> None:
    rng = np.random.default_rng(2)
    flat = np.ones(129)
    noise = wash(rng, flat, 0.2 * flat, 0.0005 * flat, SAMPLE_RATE)
    assert len(noise) == SAMPLE_RATE
    early, late = (np.std(noise[int(at * SAMPLE_RATE) :][:2000]) for at in (0.05, 0.25))
    assert early / late == pytest.approx(np.e, rel=0.15)


def test_a_colour_falls_on_both_sides_and_a_click_is_short() -> None:
    colour = Colour(400.0, 12.0, 0.0, 5000.0, 6.0, np.zeros(9))
    gains_db = 20 * np.log10(colour.gains(np.array([200.0, 1000.0, 10000.0])))
    assert gains_db == pytest.approx([-12, 0, -6])
    darker_db = 20 * np.log10(colour.gains(np.array([200.0, 1600.0]), darker_db=3.0))
    assert darker_db == pytest.approx([-12, -3])
    assert bins_hz(256)[-1] == SAMPLE_RATE / 2
    hit = click(np.random.default_rng(3), (1000, 5000), 0.001, 4000)
    assert np.abs(hit[400:]).max() < 0.01 * np.abs(hit).max()


def test_a_finished_stroke_has_its_level_and_pre_roll() -> None:
    steady = np.ones(5000)
    out = finished(steady, 0.5, 0.5, -6.0206)
    assert not out[:ONSET].any()
    assert np.abs(out).max() == pytest.approx(0.25, rel=1e-3)
    assert len(out) == ONSET + 5000
