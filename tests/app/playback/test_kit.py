"""The kit that ships with the program, and what it is given to play."""

import numpy as np
import pytest

from chart_hero_app.playback.kit import (
    FLAM_S,
    ONSET_S,
    Kit,
    click_name,
    sound_name,
    strokes_of_beats,
    strokes_of_notes,
)
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.base.files import resource_path
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.song import Dynamic, Note


def test_every_drum_has_three_layers_that_grow_louder() -> None:
    kit = Kit(44_100)
    for drum in DrumClass:
        levels = []
        for dynamic in (Dynamic.GHOST, Dynamic.NORMAL, Dynamic.ACCENT):
            samples = kit.samples(sound_name(drum, dynamic))
            assert np.abs(samples).max() <= 1.0
            levels.append(float(np.sqrt(np.mean(samples[:4410] ** 2))))
        assert levels == sorted(levels), drum
        assert levels[2] > 1.3 * levels[0], drum


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_strokes_begin_half_a_millisecond_in(rate: int) -> None:
    kit = Kit(rate)
    assert kit.onset == round(ONSET_S * rate)
    for drum in DrumClass:
        samples = np.abs(kit.samples(sound_name(drum, Dynamic.ACCENT)))
        first = np.flatnonzero(samples > 0.05 * samples.max())[0]
        assert abs(first / rate - ONSET_S) < 0.0012, drum
    click = kit.samples(click_name(True))
    assert np.flatnonzero(np.abs(click) > 0.1)[0] == kit.onset


def test_it_is_small_and_says_where_it_comes_from() -> None:
    folder = resource_path("kit")
    assert sum(file.stat().st_size for file in folder.iterdir()) < 2_000_000
    assert "CC-BY-4.0" in (folder / "ATTRIBUTION.txt").read_text(encoding="utf-8")


def test_flams_are_two_strokes() -> None:
    notes = (Note(0, Lane.RED, flam=True), Note(480, Lane.YELLOW, cymbal=True))
    strokes = strokes_of_notes(NoteColumns.of(notes), np.array([1.0, 2.0]))
    assert strokes.sounds.tolist() == ["snare_1", "snare_2", "hihat_2"]
    np.testing.assert_allclose(strokes.times_s, [1.0 - FLAM_S, 1.0, 2.0])


def test_the_first_beat_of_a_bar_sounds_different() -> None:
    strokes = strokes_of_beats(np.array([0.0, 0.5, 1.0]), np.array([True, False, True]))
    assert strokes.sounds.tolist() == ["click_1", "click_2", "click_1"]
    assert strokes.between(0.0, 1.0) == range(2)
