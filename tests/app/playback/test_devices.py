"""Sound devices that are missing, are unplugged, and come back."""

import sys

import pytest
from pytestqt.qtbot import QtBot

from chart_hero_app.main_window.sound import output_names
from chart_hero_app.playback import outputs
from chart_hero_app.playback.engine import PlaybackEngine
from chart_hero_app.playback.outputs import Fill
from chart_hero_core.base.errors import DeviceError
from tests.app.playback.rig import RATE, HandOutput, Rig


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
