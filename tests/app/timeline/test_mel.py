"""The mel picture and its worker."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.timeline.mel import BANDS, CHUNK_FRAMES, SCALES, SPAN_DB, MelPicture
from chart_hero_app.timeline.spectrogram import MelWorker

RATE = 22_050


def level_db(value: int) -> float:
    return SPAN_DB[0] + value / 255 * (SPAN_DB[1] - SPAN_DB[0])


def sine(hz: float, seconds: float = 1.0, level: float = 1.0) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hz * t)).astype(np.float32)


@pytest.mark.parametrize("hz", [200.0, 1000.0, 6000.0])
def test_a_tone_shows_at_its_height_and_level(hz: float) -> None:
    picture = MelPicture(sine(hz, level=0.1), RATE)
    picture.fill(0)
    column = picture.scale(0)[:, picture.frames // 2]
    band = int(column.argmax())
    assert abs(band / (BANDS - 1) - picture.position(hz)) < 0.03
    assert abs(level_db(int(column[band])) + 20.0) < 4.0
    assert abs(picture.hz_at(picture.position(hz)) - hz) < 0.5


def test_an_onset_shows_at_its_time() -> None:
    samples = np.zeros(RATE * 2, dtype=np.float32)
    samples[RATE:] = sine(1000.0)
    picture = MelPicture(samples, RATE)
    picture.fill(0)
    level = picture.scale(0).max(axis=0).astype(int)
    rise = int(np.argmax(np.diff(level)))
    assert abs(rise * picture.hop_s - 1.0) < 0.02


def test_chunks_join_seamlessly_and_scales_hold_the_louder() -> None:
    chance = np.random.default_rng(0)
    samples = chance.uniform(-1, 1, RATE * 26).astype(np.float32)
    picture = MelPicture(samples, RATE)
    assert picture.chunks >= 3
    assert next(iter(picture.order(13.0))) == 1
    for chunk in picture.order(13.0):
        picture.fill(chunk)
    assert picture.done.all()
    assert not list(picture.order(0.0))
    shifted = MelPicture(samples[picture.hop * (CHUNK_FRAMES - 8) :], RATE)
    shifted.fill(0)
    border = picture.scale(0)[:, CHUNK_FRAMES : CHUNK_FRAMES + 8].astype(int)
    np.testing.assert_allclose(border, shifted.scale(0)[:, 8:16].astype(int), atol=1)
    fine, coarse = picture.scale(0), picture.scale(1)
    np.testing.assert_array_equal(
        coarse[:, :1000], np.maximum(fine[:, 0:2000:2], fine[:, 1:2000:2])
    )
    assert picture.scale_for(0.1) == 0
    assert picture.scale_for(4.5) == 2
    assert picture.scale_for(1e9) == SCALES - 1


def test_a_very_short_sound() -> None:
    picture = MelPicture(np.zeros(3, dtype=np.float32), RATE)
    picture.fill(0)
    assert picture.frames == 1
    assert picture.scale(SCALES - 1).max() == 0


def test_the_worker_fills_all_and_can_be_stopped(qtbot: QtBot) -> None:
    worker = MelWorker()
    picture = MelPicture(np.zeros(RATE * 30, dtype=np.float32), RATE)
    with qtbot.waitSignal(worker.finished, timeout=10_000):
        worker.start(picture, 20.0)
    assert picture.done.all()
    other = MelPicture(np.zeros(RATE * 600, dtype=np.float32), RATE)
    worker.start(other, 0.0)
    worker.stop()
    assert not other.done.all()
