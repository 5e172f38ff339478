"""Where sound goes: the sound device, or nowhere at the same pace."""

import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.errors import DeviceError

Floats = NDArray[np.float32]
Fill = Callable[[Floats], None]  # fills [frames, 2] in place

SILENT_BLOCK_S = 0.01
# The least for a long buffer: at the 35 ms that some devices call high, a machine whose cores are
# all busy underran several times in 20 s; at 100 ms it did not.
LONG_BUFFER_S = 0.1
NO_DEVICE = (
    "No sound device was found, so the song cannot be heard; everything else works. "
    "Connect one and choose it in the preferences."
)
NO_PORTAUDIO = (
    "Sound cannot be played because the PortAudio library is missing; "
    "on Debian or Ubuntu install libportaudio2. Everything else works."
)


class Output(Protocol):
    """Asks ``fill`` for block after block from :meth:`start` to :meth:`stop`."""

    @property
    def latency_s(self) -> float:
        """How long after it was filled the start of a block is heard."""

    def start(self) -> None:
        """Begin. Raises :class:`DeviceError` when the device refuses."""

    def stop(self) -> None:
        """End at once and give the device back."""


Opener = Callable[[Fill, int, str, str], Output]  # fill, sample rate, device, latency


class SoundOutput:
    """A sound device, through PortAudio."""

    def __init__(
        self, fill: Fill, sample_rate: int, device: str = "", latency: str = "high"
    ) -> None:
        """``device`` is a name as :func:`device_names` gives it; empty is the system's choice.

        Raises:
            DeviceError: no PortAudio, no such device, or one that refuses.
        """
        sounddevice = _sounddevice()
        self._fill = fill
        self._error: type[Exception] = sounddevice.PortAudioError

        def opened() -> Any:
            return sounddevice.OutputStream(
                samplerate=sample_rate,
                channels=2,
                dtype="float32",
                device=device or None,
                latency=_latency(sounddevice, device, latency),
                callback=self._on_block,
                extra_settings=_settings(sounddevice, device),
            )

        try:
            try:
                self._stream = opened()
            except (sounddevice.PortAudioError, ValueError):
                if not _look_again(sounddevice):
                    raise
                self._stream = opened()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise DeviceError(_refusal(device, error)) from error
        _OPEN.add(self)

    @property
    def latency_s(self) -> float:
        """What the device says of itself."""
        return float(self._stream.latency)

    def start(self) -> None:
        """Begin. Raises :class:`DeviceError` when the device refuses."""
        try:
            self._stream.start()
        except self._error as error:
            self._stream.close(ignore_errors=True)
            _OPEN.discard(self)
            raise DeviceError(_refusal("", error)) from error

    def stop(self) -> None:
        """End; what the device still holds is dropped."""
        try:
            self._stream.abort(ignore_errors=True)
        finally:
            self._stream.close(ignore_errors=True)
            _OPEN.discard(self)

    def _on_block(self, out: Floats, frames: int, times: Any, status: Any) -> None:  # noqa: ARG002
        self._fill(out)


# What plays now: PortAudio may only be asked to look for devices anew while nothing does.
_OPEN: weakref.WeakSet[SoundOutput] = weakref.WeakSet()


class SilentOutput:
    """No device: the song runs at the right pace, unheard."""

    latency_s = 0.0

    def __init__(self, fill: Fill, sample_rate: int) -> None:
        self._fill = fill
        self._rate = sample_rate
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="silent-output", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        block = np.zeros((round(SILENT_BLOCK_S * self._rate), 2), dtype=np.float32)
        begun_s, delivered = time.perf_counter(), 0
        while not self._stop.is_set():
            self._fill(block)
            delivered += len(block)
            ahead_s = begun_s + delivered / self._rate - time.perf_counter()
            self._stop.wait(max(ahead_s, 0.0))


def device_names() -> tuple[str, ...]:
    """The names of the devices that can play.

    Raises:
        DeviceError: there is no PortAudio.
    """
    sounddevice = _sounddevice()
    _look_again(sounddevice)
    try:
        found = [d["name"] for d in sounddevice.query_devices() if d["max_output_channels"] >= 2]
    except (sounddevice.PortAudioError, ValueError) as error:
        raise DeviceError(_refusal("", error)) from error
    return tuple(dict.fromkeys(found))


def _look_again(sounddevice: Any) -> bool:
    """Have PortAudio see which devices there are now, as it only does when it begins.

    That may take a second where there are many, and cuts off what plays: then it is left alone.
    sounddevice has no public way to do it; without the private one the first list stays.
    """
    if _OPEN:
        return False
    try:
        sounddevice._terminate()
        sounddevice._initialize()
    except (AttributeError, sounddevice.PortAudioError):
        return False
    return True


def _sounddevice() -> Any:
    try:
        import sounddevice
    except OSError as error:  # PortAudio itself is missing
        raise DeviceError(NO_PORTAUDIO) from error
    return sounddevice


def _settings(sounddevice: Any, device: str) -> Any:
    """Let Windows convert sample rates; elsewhere the system does it by itself."""
    try:
        info = sounddevice.query_devices(device or None, "output")
        api = sounddevice.query_hostapis(info["hostapi"])["name"]
    except (sounddevice.PortAudioError, ValueError, KeyError):
        return None
    return sounddevice.WasapiSettings(auto_convert=True) if "WASAPI" in api else None


def _latency(sounddevice: Any, device: str, wanted: str) -> float | str:
    """Seconds for a long buffer, else what the device calls ``low``."""
    if wanted != "high":
        return wanted
    info = sounddevice.query_devices(device or None, "output")
    return max(float(info["default_high_output_latency"]), LONG_BUFFER_S)


def _refusal(device: str, error: Exception) -> str:
    if not device and "device -1" in str(error):  # PortAudio's word for "there is none"
        return NO_DEVICE
    reason = str(error).partition("[")[0].strip().rstrip(".:") or type(error).__name__
    name = f"The sound device {device}" if device else "The sound device"
    return f"{name} cannot be used ({reason}); choose another one in the preferences."
