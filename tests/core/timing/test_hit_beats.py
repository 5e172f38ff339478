"""The networks over strokes: their input, their shapes, and that they hear a plain beat."""

import math

import numpy as np
import pytest

from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.timing.hit_beats import FRAME_S, HitBeatNet, raster
from chart_hero_core.timing.hit_tempo import TEMPO_STEP, HitTempoNet, tempo_classes


def test_strokes_are_shared_between_frames() -> None:
    hits = [
        Hit(0.1, DrumClass.KICK),
        Hit(0.205, DrumClass.RIDE, 0.8, 0.5),
        Hit(-1.0, DrumClass.KICK),
        Hit(99.0, DrumClass.KICK),
    ]
    found = raster(hits, 20)
    assert found.shape == (8, 20)
    assert found[DrumClass.KICK, 5] == pytest.approx(1.0)
    weight = 0.8 * (0.3 + 0.7 * 0.5)
    assert found[DrumClass.RIDE, 10] == pytest.approx(0.75 * weight, rel=1e-5)
    assert found[DrumClass.RIDE, 11] == pytest.approx(0.25 * weight, rel=1e-5)
    assert found.sum() == pytest.approx(1 + weight, rel=1e-5)
    assert not raster([], 5).any()


def test_a_plain_beat_is_heard() -> None:
    hits = []
    for beat in range(64):
        hits.append(Hit(beat * 0.5, DrumClass.SNARE if beat % 2 else DrumClass.KICK))
        hits += [Hit(beat * 0.5 + 0.25 * k, DrumClass.HIHAT) for k in (0, 1)]
    strokes = raster(hits, 1600)
    found, tempo = HitTempoNet.load().log_odds(strokes)
    for log_odds in (HitBeatNet.load().log_odds(strokes), found):
        assert log_odds.shape == (2, 1600)
        beats = np.arange(8, 56) * 0.5
        on = log_odds[0, np.rint(beats / FRAME_S).astype(int)]
        off = log_odds[0, np.rint((beats + 0.12) / FRAME_S).astype(int)]
        assert np.median(on) > 1
        assert np.median(off) < -3
    likeliest = tempo.argmax(axis=1)[40:360]
    assert np.median(likeliest) == pytest.approx(tempo_classes(np.array([0.5]))[0], abs=1)


@pytest.mark.parametrize("frames", [1, 2, 7, 300])
def test_short_input_is_fine(frames: int) -> None:
    silence = np.zeros((8, frames), np.float32)
    found, tempo = HitTempoNet.load().log_odds(silence)
    assert len(tempo) == math.ceil(frames / TEMPO_STEP)
    for log_odds in (HitBeatNet.load().log_odds(silence), found):
        assert log_odds.shape == (2, frames)
        assert np.isfinite(log_odds).all()
