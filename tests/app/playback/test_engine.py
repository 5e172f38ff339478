"""The engine with a device that is driven by hand, with none, and tied to the transport."""

import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.document.transport import Channel, Transport
from chart_hero_app.main_window.sound import output_names
from chart_hero_app.playback import outputs
from chart_hero_app.playback.engine import PlaybackEngine
from chart_hero_app.playback.kit import Strokes
from chart_hero_app.playback.link import TransportLink
from chart_hero_app.playback.outputs import Fill
from chart_hero_app.playback.sounds import PlayedSound
from chart_hero_core.base.errors import DeviceError

RATE = 44_100
PIECE = 441


class HandOutput:
    """A device that asks when the test says so."""

    latency_s = 0.0

    def __init__(self, fill: Fill) -> None:
        self.fill = fill
        self.open = False

    def start(self) -> None:
        self.open = True

    def stop(self) -> None:
        self.open = False

    def pull(self, seconds: float) -> np.ndarray:
        """What is heard in the next ``seconds``; gives the working thread the time it needs."""
        feed = self.fill.__self__  # type: ignore[attr-defined]
        pieces = []
        for _ in range(round(seconds * RATE / PIECE)):
            wait_until(lambda: feed._idle() or len(feed._blocks) >= 2)
            out = np.zeros((PIECE, 2), dtype=np.float32)
            self.fill(out)
            pieces.append(out)
        return np.concatenate(pieces)


class Rig:
    """An engine and the devices it opened."""

    def __init__(self) -> None:
        self.outputs: list[HandOutput] = []
        self.engine = PlaybackEngine(self._open)

    def _open(self, fill: Fill, rate: int, device: str, latency: str) -> HandOutput:
        self.outputs.append(HandOutput(fill))
        return self.outputs[-1]

    def begin(self, position_s: float) -> HandOutput:
        """Play and wait until blocks are there."""
        self.engine.play(position_s)
        wait_until(lambda: len(self.engine._feed._blocks) >= 5)
        return self.outputs[-1]


def wait_until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.005)


@pytest.fixture
def rig(qtbot: QtBot) -> Iterator[Rig]:
    before = set(threading.enumerate())
    made = Rig()
    ramp = np.repeat((np.arange(RATE * 4) % 20_000)[:, None], 2, axis=1).astype(np.int16)
    made.engine.set_sound("song", PlayedSound(ramp, RATE))
    made.engine.set_duration(4.0)
    made.engine.set_gain("song", 1.0)
    yield made
    made.engine.shut_down()
    assert set(threading.enumerate()) <= before
    assert not any(output.open for output in made.outputs)


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


def refuse(fill: Fill, rate: int, device: str, latency: str) -> HandOutput:
    raise DeviceError("There is no sound device.")


def test_without_a_device_the_song_runs_silently(qtbot: QtBot) -> None:
    engine = PlaybackEngine(refuse)
    told: list[str] = []
    engine.deviceFailed.connect(told.append)
    engine.set_duration(10.0)
    engine.play(1.0)
    qtbot.waitUntil(lambda: engine.position_s > 1.2, timeout=20_000)
    engine.stop()
    engine._close_output()
    engine.play(2.0)
    engine.shut_down()
    assert told == ["There is no sound device."]


def test_a_device_that_is_unplugged(
    rig: Rig, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chart_hero_app.playback.engine.STALL_S", 0.1)
    told: list[str] = []
    works: list[bool] = []
    rig.engine.deviceFailed.connect(told.append)
    rig.engine.soundChanged.connect(works.append)
    rig.begin(1.0).pull(0.2)
    rig.engine.set_gain("song", 0.5)
    # It asks no more: the playhead waits, and another device is tried (which never asks at all).
    qtbot.waitUntil(lambda: len(rig.outputs) == 2, timeout=20_000)
    assert not rig.outputs[0].open
    assert rig.engine.position_s == pytest.approx(1.2, abs=0.02)
    assert told == []
    # The song goes on unheard, and says so.
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert not rig.outputs[1].open
    assert works == [True, True, False]
    with qtbot.waitSignal(rig.engine.finished, timeout=20_000):
        rig.engine.seek(3.8)


def test_every_loss_of_the_device_is_told(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    works: list[bool] = []
    rig.engine.deviceFailed.connect(told.append)
    rig.engine.soundChanged.connect(works.append)
    for opener in (refuse, refuse, rig._open, refuse):
        monkeypatch.setattr(rig.engine, "_opener", opener)
        rig.engine.play(1.0)
        rig.engine.stop()
        rig.engine._close_output()
    assert works == [False, True, False]
    assert len(told) == 2


def test_the_real_opener_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(DeviceError, match="libportaudio2"):
        outputs.SoundOutput(lambda out: None, RATE)
    with pytest.raises(DeviceError):
        outputs.device_names()


def test_a_device_that_is_connected_again_plays_at_the_next_start(
    rig: Rig, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    works: list[bool] = []
    rig.engine.deviceFailed.connect(told.append)
    rig.engine.soundChanged.connect(works.append)
    monkeypatch.setattr(rig.engine, "_opener", refuse)
    rig.engine.play(1.0)
    qtbot.waitUntil(lambda: rig.engine.position_s > 1.05, timeout=20_000)
    rig.engine.stop()
    place_s = rig.engine.position_s
    monkeypatch.setattr(rig.engine, "_opener", rig._open)
    heard = rig.begin(place_s).pull(0.1)
    assert heard.any()
    assert place_s <= rig.engine.position_s <= place_s + 0.12
    assert works == [False, True]
    assert len(told) == 1


class PortAudio:
    """What sounddevice offers, with devices that come and go; it looks only when it begins."""

    class PortAudioError(Exception):
        pass

    def __init__(self) -> None:
        self.there: list[str] = []
        self.known: list[str] = []
        self.running = True
        self.refuses_to_start = False
        self.streams = 0

    def _terminate(self) -> None:
        assert self.running
        assert not self.streams, "that would cut off what plays"
        self.running = False

    def _initialize(self) -> None:
        self.running, self.known = True, list(self.there)

    def query_devices(self, device: str | None = None, kind: str = "") -> object:
        if not kind:
            return [{"name": name, "max_output_channels": 2} for name in self.known]
        self._find(device)
        return {"hostapi": 0, "default_high_output_latency": 0.03}

    def query_hostapis(self, _index: int) -> dict[str, str]:
        return {"name": "ALSA"}

    def _find(self, device: str | None) -> None:
        if not self.known:
            raise self.PortAudioError("Error querying device -1")
        if device is not None and device not in self.known:
            raise ValueError(f"No output device matching {device!r}")

    def OutputStream(self, **options: object) -> "PortAudio.Stream":
        self._find(options["device"])  # type: ignore[arg-type]
        if self.known != self.there:
            raise self.PortAudioError("Error opening OutputStream: Device unavailable")
        self.streams += 1
        return self.Stream(self)

    class Stream:
        latency = 0.1

        def __init__(self, library: "PortAudio") -> None:
            self._library = library

        def start(self) -> None:
            if self._library.refuses_to_start:
                raise self._library.PortAudioError("Device unavailable [PaErrorCode -9985]")

        def abort(self, ignore_errors: bool) -> None:
            assert ignore_errors

        def close(self, ignore_errors: bool) -> None:
            assert ignore_errors
            self._library.streams -= 1


@pytest.fixture
def port_audio(monkeypatch: pytest.MonkeyPatch) -> PortAudio:
    made = PortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", made)
    return made


def test_devices_that_come_and_go(port_audio: PortAudio) -> None:
    assert outputs.device_names() == ()
    with pytest.raises(DeviceError, match="No sound device was found"):
        outputs.SoundOutput(lambda out: None, RATE)
    port_audio.there = ["Speakers"]
    playing = outputs.SoundOutput(lambda out: None, RATE)
    playing.start()
    port_audio.there = ["Headphones"]
    assert outputs.device_names() == ("Speakers",)  # looking anew would cut the sound off
    playing.stop()
    assert outputs.device_names() == ("Headphones",)
    with pytest.raises(DeviceError, match="The sound device Speakers cannot be used"):
        outputs.SoundOutput(lambda out: None, RATE, "Speakers")
    port_audio.refuses_to_start = True
    refused = outputs.SoundOutput(lambda out: None, RATE)
    with pytest.raises(DeviceError, match=r"cannot be used \(Device unavailable\)"):
        refused.start()
    assert not port_audio.streams
    assert outputs.device_names() == ("Headphones",)


def test_a_device_list_that_cannot_be_had_is_one_sentence(
    port_audio: PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise port_audio.PortAudioError("PortAudio not initialized")

    monkeypatch.setattr(port_audio, "query_devices", fail)
    with pytest.raises(DeviceError, match="PortAudio not initialized"):
        outputs.device_names()
    assert output_names() == ()


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
    output = rig.outputs[-1]
    for _ in range(20):
        output.pull(0.01)
        qtbot.wait(10)
    assert transport.position_s > 1.05
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
