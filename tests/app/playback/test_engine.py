"""The engine with a device that is driven by hand, and tied to the transport."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.document.transport import Channel, Transport
from chart_hero_app.playback.kit import Strokes
from chart_hero_app.playback.link import TransportLink
from chart_hero_app.playback.sounds import PlayedSound
from tests.app.playback.rig import RATE, Rig, wait_until


def test_it_plays_the_song(rig: Rig) -> None:
    output = rig.begin(1.0)
    heard = output.pull(0.1)
    expected = (np.arange(44_100, 44_100 + 4410) % 20_000) / 32767
    np.testing.assert_allclose(heard[300:, 0], expected[300:], atol=1e-3)


def test_volume_is_heard_at_once(rig: Rig) -> None:
    output = rig.begin(1.0)
    output.pull(0.02)
    rig.engine.set_gain("kit", 0.7)  # another channel: nothing to hear
    loud = output.pull(0.02)
    rig.engine.set_gain("song", 0.25)
    soft = output.pull(0.04)
    ratio = soft[600:, 0] / (np.arange(44_100 + 1764 + 600, 44_100 + 1764 * 2) % 20_000) * 32767
    np.testing.assert_allclose(ratio, 0.25, atol=0.01)
    assert np.abs(np.diff(np.concatenate([loud, soft])[:, 0])).max() < 0.02  # no click


def test_pause_fades_and_keeps_its_place(rig: Rig) -> None:
    output = rig.begin(1.0)
    output.pull(0.1)
    rig.engine.stop()
    tail = output.pull(0.05)
    assert np.abs(tail[300:]).max() == 0
    assert np.abs(np.diff(tail[:, 0])).max() < 0.02
    assert not rig.engine.playing
    assert 1.0 <= rig.engine.position_s <= 1.2


def test_a_jump_is_smooth_and_shown_at_once(rig: Rig) -> None:
    output = rig.begin(1.0)
    before = output.pull(0.05)
    rig.engine.seek(3.0)
    assert rig.engine.position_s == pytest.approx(3.0)
    wait_until(lambda: len(rig.engine._feed._blocks) >= 5)
    after = output.pull(0.05)
    joined = np.concatenate([before[-200:, 0], after[:, 0]])
    assert np.abs(np.diff(joined)).max() < 0.02
    expected = (np.arange(3 * RATE, 3 * RATE + len(after)) % 20_000) / 32767
    np.testing.assert_allclose(after[300:, 0], expected[300:], atol=1e-3)


def test_a_change_of_speed_neither_repeats_nor_skips(rig: Rig) -> None:
    output = rig.begin(1.0)
    output.pull(0.2)
    rig.engine.set_speed(0.5)
    wait_until(lambda: len(rig.engine._feed._blocks) >= 5)
    place_s = rig.engine._feed._segments.song_s(output_frames := rig.engine._feed._delivered)
    assert place_s == pytest.approx(1.2, abs=1e-3)
    output.pull(0.2)
    assert rig.engine._feed._segments.song_s(output_frames + 0.2 * RATE) == pytest.approx(
        1.3, abs=1e-3
    )


def test_strokes_are_heard(rig: Rig) -> None:
    rig.engine.set_gain("song", 0.0)
    rig.engine.set_gain("kit", 1.0)
    rig.engine.set_strokes("kit", Strokes(np.array([1.05]), np.array(["snare_3"], np.object_)))
    heard = rig.begin(1.0).pull(0.2)
    loud = np.flatnonzero(np.abs(heard[:, 0]) > 0.05)
    assert abs(loud[0] / RATE - 0.05) < 0.002


def test_the_end_of_the_song(rig: Rig, qtbot: QtBot) -> None:
    with qtbot.waitSignal(rig.engine.finished, timeout=20_000):
        output = rig.begin(3.8)
        output.pull(0.4)
    assert not rig.engine.playing
    assert rig.engine.position_s == 4.0


def test_scrubbing_lets_a_grain_be_heard(rig: Rig) -> None:
    rig.engine.scrub(2.0)
    output = rig.outputs[-1]
    wait_until(lambda: len(rig.engine._feed._blocks) >= 3)
    heard = output.pull(0.2)[:, 0]
    assert np.abs(heard[: int(0.05 * RATE)]).max() > 0.05
    assert np.abs(heard[int(0.1 * RATE) :]).max() == 0
    assert not rig.engine.playing
    assert rig.engine.position_s == 2.0


def test_an_idle_device_is_given_back(rig: Rig, qtbot: QtBot) -> None:
    rig.engine._idle.setInterval(50)
    rig.begin(1.0)
    rig.engine.stop()
    qtbot.waitUntil(lambda: not rig.outputs[-1].open, timeout=20_000)
    rig.engine.play(1.0)
    assert len(rig.outputs) == 2


def test_a_song_at_another_rate(rig: Rig) -> None:
    rig.engine.set_sound("drums", PlayedSound(np.zeros((100, 2), dtype=np.int16), RATE))
    rig.begin(1.0)
    rig.engine.set_sound("song", PlayedSound(np.zeros((48_000 * 4, 2), dtype=np.int16), 48_000))
    assert rig.engine.sample_rate == 48_000
    assert rig.engine.playing
    assert len(rig.outputs) == 2
    assert rig.engine._sources["drums"] is None


def test_tied_to_the_transport(rig: Rig, qtbot: QtBot) -> None:
    transport = Transport()
    transport.set_duration(4.0)
    transport.set_volume(Channel.SONG, 0.5)
    link = TransportLink(rig.engine, transport, Channel)
    assert rig.engine._gains["song"] == 0.5
    assert rig.engine._gains["metronome"] == 0.0
    transport.seek(1.0)
    transport.toggle()
    assert rig.engine.playing
    wait_until(lambda: len(rig.engine._feed._blocks) >= 5)
    rig.outputs[-1].pull(0.2)
    qtbot.waitUntil(lambda: transport.position_s > 1.05, timeout=20_000)
    transport.set_speed(0.5)
    assert rig.engine._speed == 0.5
    transport.set_audible(Channel.METRONOME, True)
    assert rig.engine._gains["metronome"] == 1.0
    transport.set_loop((1.0, 2.0))
    assert rig.engine._loop == (1.0, 2.0)
    transport.toggle()
    assert not rig.engine.playing
    assert transport.position_s == rig.engine.position_s
    del link
