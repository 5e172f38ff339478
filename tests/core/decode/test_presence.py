"""Strokes in company: what counts where drums play, and where they do not."""

import numpy as np
import pytest

from chart_hero_core.base.drums import DRUM_COUNT, DrumClass
from chart_hero_core.decode.decoder import decode
from chart_hero_core.decode.presence import has_confident_neighbours as passing
from chart_hero_core.decode.settings import DecodePlan, DecodeSettings
from tests.core.decode.strategies import HOP_S, by_hand

KICK, SNARE = DrumClass.KICK, DrumClass.SNARE


def kicks(count: int) -> np.ndarray:
    return np.full(count, int(KICK))


def test_rides_crashes_and_toms_need_no_company() -> None:
    drums = np.array([int(drum) for drum in DrumClass])
    times, confidence = np.full(DRUM_COUNT, 30.0), np.full(DRUM_COUNT, 0.5)
    kept = passing(drums, times, confidence, 0.9, 0.0, 60.0)
    asked = {KICK, SNARE, DrumClass.HIHAT}
    assert [drum for drum in DrumClass if kept[drum]] == [d for d in DrumClass if d not in asked]


def test_at_zero_every_stroke_stands_for_itself() -> None:
    assert passing(kicks(1), np.array([3.0]), np.array([0.1]), 0.0, 0.0, 300.0).all()


def test_one_sure_stroke_every_four_seconds_is_asked() -> None:
    times = np.array([10.0, 30.0, 32.0, 34.0, 36.0, 38.0])
    sure = np.full(6, 0.95)
    # 20 s around each ask for five; the first is alone.
    expected = [False, True, True, True, True, True]
    assert passing(kicks(6), times, sure, 0.95, 0.0, 100.0).tolist() == expected
    assert not passing(kicks(5), times[:-1], sure[:-1], 0.95, 0.0, 100.0).any()
    assert not passing(kicks(6), times, sure, 0.96, 0.0, 100.0).any()


def test_unsure_strokes_live_by_the_sure_ones_about_them() -> None:
    times = np.concatenate([np.arange(0.0, 20.0), [25.0, 31.0]])
    confidence = np.concatenate([np.full(20, 0.99), [0.3, 0.3]])
    kept = passing(kicks(22), times, confidence, 0.9, 0.0, 60.0)
    assert kept[:21].all()
    assert not kept[21]


def test_nothing_is_asked_outside_the_song() -> None:
    one = (kicks(1), np.array([0.5]), np.array([0.99]))
    assert passing(*one, 0.9, 0.0, 3.0).all()
    assert not passing(*one, 0.9, 0.0, 30.0).any()
    # A stroke refined to just before the song sees the same song as one at its start.
    assert passing(kicks(1), np.array([-0.002]), np.array([0.99]), 0.9, 0.0, 3.0).all()


@pytest.mark.parametrize(("level", "left"), [(0.0, 61), (0.9, 60)])
def test_the_decoder_leaves_out_what_sounds_where_no_drums_play(level: float, left: int) -> None:
    """A minute of drums, then half a minute of music with one doubtful stroke."""
    frames = round(90 / HOP_S)
    values = {round(second / HOP_S): 0.95 for second in range(60)}
    curves = by_hand(frames, {KICK: values, SNARE: {round(80 / HOP_S): 0.6}})
    knobs = DecodeSettings(thresholds=(0.5,) * DRUM_COUNT).with_value("presence", level)
    assert len(decode(curves, DecodePlan(knobs))) == left
